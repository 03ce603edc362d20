"""A whole project: every file read, every problem kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from chimera.cases import suites
from chimera.checks.agents import agent_problems
from chimera.checks.cases import case_problems, odd_files
from chimera.checks.caught import caught
from chimera.checks.folders import look
from chimera.checks.graphs import Graphs
from chimera.errors import Problem
from chimera.inherit import resolve
from chimera.project import PROJECT_FILE, Project


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a project.

    Attributes:
        files: How many files were read.
        problems: What is wrong; such a file cannot be used.
        notes: What is allowed and may be a mistake.
    """

    files: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def checked(project: Project, *, load: bool = False) -> Checked:
    """Check every file of a project's own; what it takes from others is read where it is used.

    Args:
        project: The project.
        load: Whether graph files are also loaded as the programs they are, and compiled.
    """
    found = look(project)
    problems = [*found.problems]
    settings = project.root / PROJECT_FILE
    if settings.is_file():
        problems += caught(settings, project.file)
    for path in found.files["personas"]:
        problems += caught(path, lambda p=path: resolve(p, project))  # type: ignore[misc]
    for path in found.files["agents"]:
        problems += agent_problems(path, project)
    tests = suites.paths(project)
    for path in tests:
        problems += case_problems(path, project)
    unread, gone = odd_files(project)
    graphs = Graphs(project, load=load)
    for path in found.files["graphs"]:
        graphs.check(path)
    count = sum(map(len, found.files.values())) + len(tests) + settings.is_file()
    problems += [*unread, *graphs.problems]
    return Checked(count, _once(problems), _once([*found.notes, *gone, *graphs.notes]))


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems in the order of their places, each once: files are read more than once."""
    return sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line or 0))
