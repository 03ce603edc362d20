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
    folder, name = _place(name) if kind == "project" else (Path(), name)
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} is no name: letters, digits, - and _, a letter first{_near(name)}"
        )
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


def _place(path: str) -> tuple[Path, str]:
    """Return the folder in which a new project lies, and its name; `.` is the working folder."""
    named = Path(path)
    name = named.name or (named.resolve().name if path else "")
    return (named.parent, name) if named.name not in {"", ".."} else (named.resolve().parent, name)


def _near(name: str) -> str:
    """Return a hint at a name that looks like this one; nothing if there is none."""
    words = re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:64]
    return f"; {words!r} would be one" if _NAME.fullmatch(words) else ""


def _persona(project: Project, slug: str, extends: str | None = None) -> Made:
    if extends is not None:
        project.path("personas", extends)
    text = templates.persona(_title(slug), extends)
    path = _write(project.root / "personas" / f"{slug}.yaml", text)
    asking = f"chimera try persona {slug} --text 'Throughput doubled.'"
    return Made([path], [], [asking, f"chimera new agent {slug}"])


def _agent(project: Project, slug: str) -> Made:
    persona = _one_of(project, "personas", slug)
    path = _write(project.root / "agents" / f"{slug}.yaml", templates.agent(persona))
    said = f"it speaks as {persona!r}: no persona is called {slug!r} yet"
    note = [] if persona == slug else [said]
    asking = f"chimera try agent {slug} --text 'Throughput doubled.'"
    return Made([path], note, [asking, f"chimera new graph {slug}"])


def _graph(project: Project, slug: str) -> Made:
    agent = _one_of(project, "agents", slug)
    text = templates.graph(_title(slug), agent)
    path = _write(project.root / "graphs" / f"{slug.replace('-', '_')}.py", text)
    note = [] if agent == slug else [f"it asks {agent!r}: no agent is called {slug!r} yet"]
    return Made([path], note, ["chimera check", f"chimera run {slug} 'Throughput doubled.'"])


def _one_of(project: Project, kind: Kind, slug: str) -> str:
    """Return the one of that name, else the project's own newest, else a bundled one."""
    if slug in project.names(kind):
        return slug
    own = project.root.joinpath(kind).glob("*.yaml")
    newest = max(own, key=lambda path: (path.stat().st_mtime_ns, path.name), default=None)
    return "analyst" if newest is None else newest.stem


def _project(root: Path) -> Made:
    texts = {
        "personas/reviewer.yaml": templates.persona("Reviewer", None),
        "personas/tests/reviewer.yaml": templates.CASES,
        "agents/reviewer.yaml": templates.agent("reviewer"),
        "graphs/review_text.py": templates.graph("Review a text", "reviewer"),
        "chimera.yaml": templates.SETTINGS,
    }
    beside = {"README.md": templates.readme(root.name), ".gitignore": templates.IGNORED}
    kept = [name for name in beside if (root / name).exists()]
    for name in texts:  # all or nothing
        _refuse_existing(root / name)
    new = {**texts, **{name: text for name, text in beside.items() if name not in kept}}
    files = [_write(root / name, text) for name, text in new.items()]
    _write_schemas(root)
    notes = [f"{root / name} stays as it is" for name in kept]
    following = [
        *([] if root.resolve() == Path.cwd() else [f"cd {root}"]),
        "chimera check",
        "chimera test",
        "chimera run review-text 'Throughput doubled.'",
    ]
    return Made(files, notes, following)


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


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise SetupError(f"{path} is already there")


def _write(path: Path, text: str) -> Path:
    _refuse_existing(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"cannot write {str(path)!r}: {error.strerror}") from None
    return path
