"""`chimera new`: files that run as they are."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from chimera import schemas
from chimera.cli import templates
from chimera.errors import ConfigError, SetupError
from chimera.project import KINDS, Kind, Project

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_SCHEMAS: Final = ".chimera/schemas"  # below the project, where editors find them without network


@dataclass(frozen=True, slots=True)
class Made:
    """What was written, and what to type next."""

    files: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    following: list[str] = field(default_factory=list)


def create(kind: str, name: str, start: Path | None, *, extends: str | None = None) -> Made:
    """Write a new project, persona, agent or graph.

    Raises:
        ConfigError: If the name cannot be a file's name, or there is no persona to extend.
        SetupError: If a file is already there.
    """
    folder, name = (Path(name).parent, Path(name).name) if kind == "project" else (Path(), name)
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name: letters, digits, - and _, a letter first")
    if extends is not None and kind != "persona":
        raise ConfigError("--extends is for a new persona")
    if kind == "project":
        return _project(folder / name)
    root = start or _here()
    project = Project(Path(os.path.abspath(root)))  # noqa: PTH100  links are not followed
    slug = name.lower().replace("_", "-")
    making: dict[str, Callable[[Project, str], Made]] = {
        "persona": partial(_persona, extends=extends),
        "agent": _agent,
        "graph": _graph,
    }
    made = making[kind](project, slug)
    if kind != "graph":
        _write_schemas(project.root)
    return Made(made.files, [*_hides(project, kind, slug), *made.notes], made.following)


def _persona(project: Project, slug: str, extends: str | None = None) -> Made:
    if extends is not None:
        project.path("personas", extends)
    text = templates.persona(_title(slug), extends)
    path = _write(project.root / "personas" / f"{slug}.yaml", text)
    asking = f"chimera try persona {slug} --text 'Throughput doubled.'"
    return Made([path], [], [asking, f"chimera new agent {slug}"])


def _agent(project: Project, slug: str) -> Made:
    known = [name for name in project.names("personas") if name == slug]
    persona = known[0] if known else "analyst"
    path = _write(project.root / "agents" / f"{slug}.yaml", templates.agent(persona))
    note = [] if known else [f"it speaks as {persona!r}: no persona is called {slug!r} yet"]
    asking = f"chimera try agent {slug} --text 'Throughput doubled.'"
    return Made([path], note, [asking, f"chimera new graph {slug}"])


def _graph(project: Project, slug: str) -> Made:
    known = [name for name in project.names("agents") if name == slug]
    agent = known[0] if known else "analyst"
    text = templates.graph(_title(slug), agent)
    path = _write(project.root / "graphs" / f"{slug.replace('-', '_')}.py", text)
    note = [] if known else [f"it asks {agent!r}: no agent is called {slug!r} yet"]
    return Made([path], note, ["chimera check", f"chimera run {slug} 'Throughput doubled.'"])


def _project(root: Path) -> Made:
    files = [
        _write(root / "personas" / "reviewer.yaml", templates.persona("Reviewer", None)),
        _write(root / "personas" / "tests" / "reviewer.yaml", templates.CASES),
        _write(root / "agents" / "reviewer.yaml", templates.agent("reviewer")),
        _write(root / "graphs" / "review_text.py", templates.graph("Review a text", "reviewer")),
        _write(root / "chimera.yaml", templates.SETTINGS),
        _write(root / "README.md", templates.readme(root.name)),
        _write(root / ".gitignore", templates.IGNORED),
    ]
    _write_schemas(root)
    following = [
        f"cd {root}",
        "chimera check",
        "chimera test",
        "chimera run review-text 'Throughput doubled.'",
    ]
    return Made(files, [], following)


def _write_schemas(root: Path) -> None:
    """Put the schemas that the first lines of the files name where an editor finds them."""
    for name in schemas.names():
        path = root / _SCHEMAS / f"{name}.schema.json"
        text = schemas.path(name).read_text(encoding="utf-8")
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.unlink(missing_ok=True)
            _write(path, text)


def _hides(project: Project, kind: str, slug: str) -> list[str]:
    plural: Kind = next(one for one in KINDS if one.startswith(kind))
    hidden = project.paths(plural, slug)[1:]
    return [f"it is used instead of the {kind} {slug!r} in {hidden[0].parent}"] if hidden else []


def _title(slug: str) -> str:
    return slug.replace("-", " ").title()


def _here() -> Path:
    """Return the project of the working folder; the working folder itself where there is none."""
    root = Project.find().root
    return Path.cwd() if root == Project.bundled().root and root != Path.cwd() else root


def _write(path: Path, text: str) -> Path:
    if path.exists():
        raise SetupError(f"{path} is already there")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"cannot write {str(path)!r}: {error.strerror}") from None
    return path
