"""The folders of a project: which files are read, and which never will be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from chimera.errors import Problem, nearest_of
from chimera.packs import key_of
from chimera.project import KINDS, PROJECT_FILE, Kind, Project

_SUFFIX: Final = {"personas": ".yaml", "agents": ".yaml", "graphs": ".py"}
_MISSPELT: Final = {".yml", ".yaml", ".json", ".py"}  # of a file somebody meant to be read


@dataclass(frozen=True, slots=True)
class Found:
    """The files of a project by kind, and what is odd about their names."""

    files: dict[Kind, list[Path]]
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def look(project: Project) -> Found:
    """Return the files of a project's own folders."""
    found = Found({kind: [] for kind in KINDS})
    for kind in KINDS:
        folder = project.root / kind
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if path.suffix == _SUFFIX[kind] and path.is_file():
                found.files[kind].append(path)
            elif path.suffix.lower() in _MISSPELT and path.is_file():
                said = f"is never read: files of {kind} end in {_SUFFIX[kind]!r}; rename it"
                found.problems.append(Problem(str(path), None, said))
        found.problems.extend(_doubles(kind, found.files[kind]))
        found.notes.extend(_hiding(project, kind, found.files[kind]))
    found.problems.extend(_misspelt(project))
    return found


def _doubles(kind: Kind, paths: list[Path]) -> list[Problem]:
    """Return files whose names mean the same: only the first is ever used."""
    alike: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        alike[key_of(path.stem)].append(path)
    return [
        Problem(
            str(path),
            None,
            f"has the name of {same[0].name!r}, which is used instead (case, - and _ do not matter"
            f" in names of {kind}); rename one",
        )
        for same in alike.values()
        for path in same[1:]
    ]


def _hiding(project: Project, kind: Kind, paths: list[Path]) -> list[Problem]:
    """Return files that are used instead of one of a pack, or a bundled one, of that name."""
    return [
        Problem(str(path), None, f"hides the {kind[:-1]} of the same name in {others[1].parent}")
        for path in paths
        if len(others := project.paths(kind, path.stem)) > 1
        and others[0] == path
        and others[1].parent != path.parent
    ]


def _misspelt(project: Project) -> list[Problem]:
    """Return a project file under a name that is not read."""
    if (project.root / PROJECT_FILE).is_file():
        return []
    wanted = {"chimera.yml", ".chimera.yaml", "chimera.json", "Chimera.yaml"}
    names = sorted(path.name for path in project.root.iterdir() if path.is_file())
    return [
        Problem(str(project.root / name), None, f"is never read: rename it to {PROJECT_FILE!r}")
        for name in names
        if name in wanted or (name.endswith(".yaml") and nearest_of(name, [PROJECT_FILE]))
    ]
