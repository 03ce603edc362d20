"""Packs: personas, agents and graphs that other packages bring.

A package is a pack by one entry point of the group `chimera.packs`. Its name is the pack's, its
value a package, or a module in one, whose folder holds `personas/`, `agents/` or `graphs/`. That
folder is found without running the pack's code. A pack that cannot be used is left out, said once
in the log, and named where something is not found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from chimera.errors import Problem

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "chimera.packs"
FOLDERS = ("personas", "agents", "graphs")


@dataclass(frozen=True, slots=True)
class Pack:
    """What a package brings.

    Attributes:
        name: The name of its entry point; `NAME:persona` asks for a thing of this pack.
        root: The folder with its `personas/`, `agents/` and `graphs/`.
    """

    name: str
    root: Path


@dataclass(frozen=True, slots=True)
class Packs:
    """The packs that are installed.

    Attributes:
        usable: Those that can be used, by name.
        problems: One for each that cannot; its file is the entry point.
    """

    usable: tuple[Pack, ...]
    problems: tuple[Problem, ...]


def installed() -> Packs:
    """Return the packs of this environment; read again once an import path has changed.

    It takes some milliseconds for a few hundred packages, so ask only where a name is not found
    in the project itself.
    """
    return _read(tuple(_stamps(sys.path)))


def of_entry_points(points: Iterable[EntryPoint]) -> Packs:
    """Return the packs that some entry points stand for."""
    usable: dict[str, Pack] = {}
    problems: list[Problem] = []
    ordered = sorted(points, key=lambda point: (point.name, point.value))
    names = [key_of(point.name) for point in ordered]
    for point, name in zip(ordered, names, strict=True):
        found = _folder(point) if names.count(name) == 1 else _namesakes(point, ordered)
        if isinstance(found, Path):
            usable[point.name] = Pack(point.name, found)
        else:
            problems.append(_problem(point, found))
    return Packs(tuple(usable.values()), tuple(problems))


def key_of(name: str) -> str:
    """Return a name as it is compared: case, `-` and `_` do not matter."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


@lru_cache(maxsize=1)
def _read(_stamps: tuple[tuple[str, int], ...]) -> Packs:
    from importlib.metadata import entry_points

    packs = of_entry_points(entry_points(group=GROUP))
    if packs.problems:
        from chimera.logs import logger

        for problem in packs.problems:
            logger().warning("pack.left_out", problem=str(problem))
    return packs


def _stamps(paths: Sequence[str]) -> Iterable[tuple[str, int]]:
    for path in paths:
        try:
            yield path, Path(path or ".").stat().st_mtime_ns
        except OSError:
            continue


def _folder(point: EntryPoint) -> Path | str:
    """Return the folder of a pack, or what is wrong with it."""
    top, *below = point.value.split(".")
    if not all(part.isidentifier() for part in (top, *below)):
        return "it must name a package, or a module in one, as in name = 'package'"
    places = [_beside(place.joinpath(*below)) for place in _locations(top)]
    if not places:
        return f"there is no package {top!r}; install its distribution again"
    for place in places:
        if any((place / folder).is_dir() for folder in FOLDERS):
            return place
    return f"the folder of {point.value!r} has none of {', '.join(f'{f}/' for f in FOLDERS)}"


def _locations(top: str) -> list[Path]:
    """Return the folders of a top-level package, found without running it."""
    from importlib.util import find_spec

    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return []
    return [Path(place) for place in (spec and spec.submodule_search_locations) or ()]


def _beside(place: Path) -> Path:
    """Return the folder of a package, or the one a module stands in."""
    return place.parent if place.with_suffix(".py").is_file() else place


def _namesakes(point: EntryPoint, points: Sequence[EntryPoint]) -> str:
    alike = [other.value for other in points if key_of(other.name) == key_of(point.name)]
    return f"{len(alike)} packages have a pack of this name ({', '.join(alike)}); remove one"


def _problem(point: EntryPoint, what: str) -> Problem:
    owner = point.dist.name if point.dist else "?"
    place = f"{owner} (entry point {GROUP})"
    return Problem(place, None, f"pack {point.name!r} = {point.value!r} is left out: {what}")
