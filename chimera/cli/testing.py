"""`chimera test`: a line for each case, why it did not pass, and the counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, Unpack

import click

from chimera.cases import sitting
from chimera.cases.playing import Verdict
from chimera.cases.sitting import Tested, Wish
from chimera.cases.wording import reasons, title
from chimera.logs import configure
from chimera.project import Project
from chimera.session import ModelChoice


class Options(TypedDict):
    """The options of `chimera test`."""

    live: bool
    record: bool
    accept: bool
    model: str | None
    base_urls: tuple[str, ...]
    as_json: bool
    project: Path | None


def tested(names: tuple[str, ...], **options: Unpack[Options]) -> bool:
    """Run the tests of a project, print what came of them, and return whether all is well."""
    configure(verbose=False)
    choice = ModelChoice(model=options["model"], base_url=list(options["base_urls"]) or None)
    wish = Wish(
        live=options["live"], record=options["record"], accept=options["accept"], choice=choice
    )
    lines = _Lines(accepting=wish.accept)
    heard = None if options["as_json"] else lines.hear
    result = sitting.run(Project.find(options["project"]), names, wish, heard)
    if options["as_json"]:
        click.echo(json.dumps(result.as_dict(), indent=1, ensure_ascii=False))
    else:
        _close(result)
    return result.passed


class _Lines:
    """Prints verdicts as they come; how a persona has changed once for each file."""

    def __init__(self, *, accepting: bool) -> None:
        self._accepting = accepting
        self._told: set[str] = set()

    def hear(self, verdict: Verdict) -> None:
        first = verdict.suite not in self._told
        self._told.add(verdict.suite)
        click.echo(title(verdict))
        lines = reasons(verdict, drift=first)
        if self._accepting and first and verdict.passed:
            lines = [f"  {line}" for line in verdict.drift]
        for line in lines:
            click.echo(f"    {line}")


def _close(result: Tested) -> None:
    click.echo(result.summary)
    for name in result.accepted:
        click.echo(f"accepted: the persona of {name}")
    if result.passed and result.open:
        names = ", ".join(result.open)
        click.echo(f"never accepted, so no drift is seen: {names} (chimera test --accept)")
