"""Persona tests: what their files say, whether whom they ask is there, and what is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from chimera import yamlfile
from chimera.cases import suites
from chimera.cases.casefile import CaseFile
from chimera.cases.playing import speaker
from chimera.cases.recording import Recording
from chimera.checks.caught import caught
from chimera.errors import Problem, nearest, nearest_of
from chimera.project import Kind, Project
from chimera.session import ModelChoice
from chimera.yamlfile import Document

_MISSPELT: Final = {".yml", ".json"}  # of a file somebody meant to be read


def case_problems(path: Path, project: Project) -> list[Problem]:
    """Return everything that is wrong with a file of persona tests."""
    problems = caught(path, lambda: yamlfile.read(path))
    if problems:
        return problems
    document = yamlfile.read(path)
    problems = caught(path, lambda: yamlfile.fit(document, CaseFile))
    lost = [*_unknown(document, project)]
    if problems or lost:
        return [*problems, *lost]
    suite = suites.read(path)
    for case in suite.file.cases:
        problems += caught(path, lambda case=case: suite.question(case))  # type: ignore[misc]
    problems += caught(suite.recorded, lambda: Recording.load(suite.recorded))
    who: Kind = "agents" if suite.file.agent else "personas"
    if not caught(path, lambda: _spoken_by(project, who, suite)):  # else told where it stands
        problems += caught(path, lambda: speaker(project, suite, ModelChoice()))
    return problems


def odd_files(project: Project) -> tuple[list[Problem], list[Problem]]:
    """Return files among the tests that are never read, and recordings of tests that are gone."""
    folder = project.root / suites.FOLDER
    names = {path.stem for path in suites.paths(project)}
    unread = [
        Problem(str(path), None, "is never read: persona tests end in '.yaml'; rename it")
        for path in sorted(folder.glob("*"))
        if path.suffix.lower() in _MISSPELT | {".yaml"} and path.suffix != ".yaml"
    ]
    gone = [
        Problem(str(path), None, f"is never played: there is no test {path.stem + '.yaml'!r}")
        for path in sorted(folder.glob("recorded/*.json"))
        if path.stem not in names
    ]
    return unread, gone


def _unknown(document: Document, project: Project) -> Iterator[Problem]:
    """Yield that there is no persona or agent of the name, also where the rest is wrong."""
    kinds: tuple[tuple[str, Kind], ...] = (("persona", "personas"), ("agent", "agents"))
    for key, kind in kinds:
        name = document.data.get(key)
        if isinstance(name, str) and name and not project.paths(kind, name):
            names = project.names(kind)
            there = f" (there are: {', '.join(names)})"
            said = f"{key}: no {key} is called {name!r}{nearest(name, names)}{there}"
            near = nearest_of(name, names)
            yield document.problem(said, key, allowed=tuple(names), nearest=near)


def _spoken_by(project: Project, kind: Kind, suite: suites.Suite) -> None:
    """Read whom the tests ask."""
    if kind == "agents":
        project.speaker(str(suite.file.agent))
    else:
        project.persona(str(suite.file.persona))
