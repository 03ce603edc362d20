"""`chimera verify`: a text against its `report.json`, and that against the artifacts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chimera.cli.tracing import loaded
from chimera.errors import NotFoundError, SetupError
from chimera.evidence.decode import one_line
from chimera.evidence.sources import artifact_reader, noted_sources
from chimera.verify.again.recompute import Outcome, Recomputation, Status, recompute
from chimera.verify.text import Unsupported, Verification, verify

_FAILING: tuple[Status, ...] = ("differs", "changed", "unreachable")
_MOST = 40  # lines of one kind that are shown
_SHOWN = 100  # characters of a line or a reason
_WORDS = {
    "confirmed": "confirmed from the bytes of their files",
    "differs": "differing",
    "changed": "in files that changed",
    "unreachable": "unreachable",
    "not_recomputable": "not recomputable",
    "too_large": "in files too large to read again",
}


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found in a text, and in the facts where the sources could be reached."""

    report: str
    text: Verification
    facts: Recomputation | None
    unreached: str = ""  # why the sources could not be read

    @property
    def holds(self) -> bool:
        """Whether nothing is unsupported, differs, has changed or is gone."""
        return not self.text.unsupported and not (self.facts and self.facts.of(*_FAILING))

    def as_json(self) -> str:
        """Return it as JSON."""
        facts = self.facts and {
            **self.facts.counts,
            "found": [asdict(one) for one in self.facts.outcomes if one.status != "confirmed"],
        }
        found = {
            "report": self.report,
            "holds": self.holds,
            "numbers": self.text.numbers,
            "supported": self.text.supported,
            "problems": self.text.problems,
            "unsupported": [asdict(item) for item in self.text.unsupported],
            "facts": facts,
            "unreached": self.unreached or None,
        }
        return json.dumps(found, indent=1)


def verified(report: Path, sources: Sequence[str]) -> Verified:
    """Check a Markdown file, or the report of a run folder, and the facts beside it.

    Raises:
        SetupError: There is no such file, no `report.json` of ours beside it, or no source where
            one was named.

    """
    path = report / "report.md" if report.is_dir() else report
    if not path.is_file():
        raise NotFoundError(f"no report at {str(path)!r}")
    document, folder = _beside(path), path.parent
    try:
        text = verify(path.read_bytes().decode("utf-8", "replace"), document)
        facts, unreached = _facts(document, list(sources), noted_sources(folder))
    except (KeyError, TypeError, AttributeError) as error:
        raise SetupError(f"the report.json beside {path} is not whole: {error!r}") from error
    return Verified(path.name, text, facts, unreached)


def _beside(path: Path) -> dict[str, Any]:
    """Return the report that a text belongs to: of its own name, else the folder's."""
    own, folder = path.with_suffix(".json"), path.with_name("report.json")
    if own.is_file() and own not in {path, folder}:
        with suppress(SetupError):  # JSON that only shares the name
            return loaded(own)
    if not folder.is_file():
        raise NotFoundError(f"no report.json beside {str(path)!r}")
    return loaded(folder)


def _facts(
    document: dict[str, Any], given: list[str], noted: list[str] | None
) -> tuple[Recomputation | None, str]:
    """Compute the facts again; where the sources noted cannot be listed, say why instead."""
    if not given and not noted:
        return None, "the folder does not say where the sources are; name them with --source"
    try:
        read = artifact_reader(given or noted or [])
    except SetupError as error:
        if given:
            raise
        return None, f"{error}; name the sources with --source"
    return recompute(document, read), ""


def as_text(found: Verified) -> str:
    """Return what was found as a short account."""
    return "\n".join([*_text_lines(found), *_fact_lines(found)])


def _text_lines(found: Verified) -> Iterator[str]:
    unsupported = found.text.unsupported
    said = f"{found.text.numbers:,} numbers, {found.text.supported:,} supported"
    problems = "".join(f", {kind}: {count:,}" for kind, count in found.text.problems.items())
    yield f"{found.report}: {said}, {len(unsupported):,} problems{problems}"
    yield from (f"  line {item.line}: {_said(item)}" for item in unsupported[:_MOST])
    yield from _rest(len(unsupported))


def _said(item: Unsupported) -> str:
    return f"{item.kind} {one_line(item.token, _SHOWN)!r} in {one_line(item.text, _SHOWN)!r}"


def _fact_lines(found: Verified) -> Iterator[str]:
    if found.facts is None:
        yield f"facts: not computed again: {found.unreached}"
        return
    counts = found.facts.counts
    said = [f"{counts[key]:,} {what}" for key, what in _WORDS.items() if counts[key]]
    yield f"facts: {len(found.facts.outcomes):,}: {', '.join(said) or 'none'}"
    failing = found.facts.of(*_FAILING)
    yield from (
        f"  {one.fact} {one.status}: {one_line(one.reason, _SHOWN)}" for one in failing[:_MOST]
    )
    yield from _rest(len(failing))
    yield from _reasons(found.facts.of("not_recomputable", "too_large"))


def _reasons(outcomes: list[Outcome]) -> Iterator[str]:
    """Say why facts could not be computed, alike reasons together with the first example."""
    alike: dict[str, list[str]] = {}
    for one in outcomes:
        reason, _, example = one.reason.partition(": ")
        alike.setdefault(reason, []).append(example)
    for reason, examples in list(alike.items())[:_MOST]:
        more = f", such as {one_line(examples[0], _SHOWN)!r}" if examples[0] else ""
        yield f"  {len(examples):,} not computed again: {one_line(reason, _SHOWN)}{more}"
    yield from _rest(len(alike))


def _rest(count: int) -> Iterator[str]:
    if count > _MOST:
        yield f"  and {count - _MOST:,} more"
