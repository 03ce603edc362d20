"""An agent's file: what it says, and whether what it names is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from chimera import yamlfile
from chimera.agentfile import AgentFile, spoken
from chimera.checks.caught import caught
from chimera.errors import Problem, nearest, nearest_of
from chimera.models.providers import missing

if TYPE_CHECKING:
    from chimera.project import Project
    from chimera.yamlfile import Document


def agent_problems(path: Path, project: Project) -> list[Problem]:
    """Return everything that is wrong with an agent's file."""
    problems = caught(path, lambda: yamlfile.load(path, AgentFile))
    if not problems:
        file = yamlfile.load(path, AgentFile)
        problems = [*_models(yamlfile.read(path), file)]
        if not caught(path, lambda: project.persona(file.persona)):  # else told where it stands
            problems += caught(path, lambda: spoken(path, file, project))
    return [*problems, *_persona(path, project)]


def _persona(path: Path, project: Project) -> Iterator[Problem]:
    """Yield that there is no persona of the name, also where the rest of the file is wrong."""
    if caught(path, lambda: yamlfile.read(path)):
        return
    document = yamlfile.read(path)
    name = document.data.get("persona")
    if isinstance(name, str) and name and not project.paths("personas", name):
        yield _no_persona(document, name, project)


def _no_persona(document: Document, name: str, project: Project) -> Problem:
    names = project.names("personas")
    said = (
        f"persona: no persona is called {name!r}{nearest(name, names)}"
        f" (there are: {', '.join(names)})"
    )
    near = nearest_of(name, names)
    return document.problem(said, "persona", allowed=tuple(names), nearest=near)


def _models(document: Document, file: AgentFile) -> Iterator[Problem]:
    """Yield models whose provider is unknown or not installed."""
    named: list[tuple[tuple[str | int, ...], str | None]] = [(("model",), file.model)]
    named += [(("fallbacks", n, "model"), one.model) for n, one in enumerate(file.fallbacks)]
    for where, model in named:
        if model and (said := missing(model)):
            yield document.problem(f"{where[-1]}: {said}", *where)
