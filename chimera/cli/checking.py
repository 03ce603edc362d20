"""`chimera check`: what is wrong with a project's files, for people and for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from chimera.errors import Problem
from chimera.project import Project

if TYPE_CHECKING:
    from chimera.checks import Checked


def checked(start: Path | None, *, load: bool) -> Checked:
    """Check a project's files; places are told from the working folder where they lie below it."""
    from chimera import checks

    with redirect_stdout(sys.stderr):  # graph files are programs, and may print
        found = checks.checked(Project.find(start), load=load)
    return checks.Checked(found.files, _near(found.problems), _near(found.notes))


def as_text(found: Checked) -> str:
    """Return how the check ended, a line each for what is odd."""
    count = f"{found.files} file{'' if found.files == 1 else 's'}"
    wrong = len(found.problems)
    ends = (
        f"{wrong} problem{'' if wrong == 1 else 's'} in {count}"
        if wrong
        else f"{count} {'is' if found.files == 1 else 'are'} valid"
    )
    return "\n".join([*(f"note: {note}" for note in found.notes), ends])


def as_json(found: Checked) -> str:
    """Return what was found as JSON: `files`, `problems` and `notes`."""
    return json.dumps(asdict(found), indent=1)


def _near(problems: list[Problem]) -> list[Problem]:
    return [
        replace(problem, file=short)
        for problem, short in zip(problems, _short(problems), strict=True)
    ]


def _short(problems: list[Problem]) -> Iterator[str]:
    here = Path.cwd()
    for problem in problems:
        path = Path(problem.file)
        yield str(path.relative_to(here)) if path.is_relative_to(here) else problem.file
