"""Inheritance: a persona that extends another, merged, with the place of every value.

Keys of mappings are merged one by one, everything else replaces; `null` takes an inherited key
away. A version is of one file and is not inherited. In the instructions `{{ inherited }}` stands
for those of the persona that is extended.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from chimera import yamlfile
from chimera.errors import ConfigError, nearest, nearest_of
from chimera.flaws import Flaw
from chimera.persona import LONGEST_PROMPT, Persona
from chimera.project import Project
from chimera.variables import INHERITED, Value, placeholders, woven
from chimera.yamlfile import Document, Place, Where

EXTENDS: Final = "extends"
LONGEST_CHAIN: Final = 8  # files
_OWN: Final = frozenset({EXTENDS, "version"})  # keys that are not inherited


@dataclass(frozen=True, slots=True)
class Resolved:
    """A persona as it is used, and where it comes from.

    Attributes:
        persona: The persona.
        document: Its merged values, each with its place.
        files: The files, the persona's own first.
    """

    persona: Persona
    document: Document
    files: tuple[Path, ...]

    def as_text(self) -> str:
        """Return the merged YAML, right of each line the file and line it comes from."""
        from chimera.origins import annotated

        return annotated(self.document)


def resolve(path: Path, project: Project | None = None) -> Resolved:
    """Read a persona and those it extends.

    Args:
        path: The persona's file.
        project: Where a name after `extends` is looked up; the project around the file if left out.

    Raises:
        NotFoundError: If there is no such file.
        ConfigError: If a file is no persona, or `extends` leads nowhere or in a circle.
    """
    chain = _chain(path, project or Project.around(path))
    return _merged(tuple((file, *yamlfile.stamp(file)) for file in chain))


@lru_cache(maxsize=256)
def _merged(stamped: tuple[tuple[Path, int, int], ...]) -> Resolved:
    files = tuple(file for file, *_ in stamped)
    documents = [yamlfile.read(file) for file in files]
    document = _as_written(documents[-1])
    for child in reversed(documents[:-1]):
        document = merge(document, child)
    return Resolved(yamlfile.fit(document, Persona), document, files)


def _chain(path: Path, project: Project) -> list[Path]:
    """Return the persona's file and, one after the other, those it extends."""
    chain = [path]
    while parent := _parent(chain[-1], project):
        _refuse_endless(chain, parent)
        chain.append(parent)
    return chain


def _refuse_endless(chain: list[Path], parent: Path) -> None:
    shown = " → ".join(map(str, [*chain, parent]))
    problem = None
    if os.path.realpath(parent) in map(os.path.realpath, chain):
        problem = f"extends goes in a circle: {shown}"
    elif len(chain) == LONGEST_CHAIN:
        problem = f"extends more than {LONGEST_CHAIN - 1} personas in a row: {shown}"
    if problem:
        raise ConfigError.of(yamlfile.read(chain[-1]).problem(problem, EXTENDS))


def _parent(path: Path, project: Project) -> Path | None:
    """Return the file a persona extends; None if it extends none."""
    document = _read(path, *yamlfile.stamp(path))
    if EXTENDS not in document.data:
        return None
    name = document.data[EXTENDS]
    if not isinstance(name, str) or not name.strip():
        said = f"extends: must be the name of a persona, or ./FILE.yaml, not {_told(name)}"
        raise ConfigError.of(document.problem(said, EXTENDS))
    if name.endswith((".yaml", ".yml")) or "/" in name:
        return _relative(path, name, document)
    return _named(path, name, project, document)


def _told(given: object) -> str:
    return "nothing: leave the key out to extend none" if given is None else repr(given)


@lru_cache(maxsize=256)
def _read(path: Path, _mtime_ns: int, _size: int) -> Document:
    return yamlfile.read(path)


def _relative(path: Path, name: str, document: Document) -> Path:
    if Path(name).is_absolute():
        said = f"extends: must be relative to this file, as ./FILE.yaml, not {name!r}"
        raise ConfigError.of(document.problem(said, EXTENDS))
    found = Path(os.path.normpath(path.parent / name))
    if not found.is_file():
        names = sorted(p.name for p in found.parent.glob("*.y*ml")) if found.parent.is_dir() else []
        said = f"extends: there is no file {str(found)!r}{nearest(found.name, names)}"
        near = nearest_of(found.name, names)
        raise ConfigError.of(document.problem(said, EXTENDS, allowed=tuple(names), nearest=near))
    return found


def _named(path: Path, name: str, project: Project, document: Document) -> Path:
    """Return the first file of a name; of the persona's own, the one that it hides."""
    files = project.paths("personas", name, near=path)
    here = os.path.realpath(path)
    own = [n for n, file in enumerate(files) if os.path.realpath(file) == here]
    if own:
        files = files[own[0] + 1 :]
    if files:
        return files[0]
    if own:
        said = f"extends: {name!r} is this persona, and it hides none of that name"
        raise ConfigError.of(document.problem(said, EXTENDS))
    names = project.names("personas")
    said = f"extends: no persona is called {name!r}{nearest(name, names)}"
    raise ConfigError.of(
        document.problem(
            f"{said} (there are: {', '.join(names)})",
            EXTENDS,
            allowed=tuple(names),
            nearest=nearest_of(name, names),
        )
    )


def merge(parent: Document, child: Document) -> Document:
    """Return what a child says over what its parent does.

    Raises:
        ConfigError: If the child takes away what there is not, or `{{ inherited }}` stands for
            nothing, or twice.
    """
    child = _as_written(child)
    mine = {key: value for key, value in child.data.items() if key not in _OWN}
    theirs = {key: value for key, value in parent.data.items() if key not in _OWN}
    places = {w: place for w, place in parent.places.items() if not w or w[0] not in _OWN}
    written = {**parent.written, **child.written}
    merged = Document(child.source, {}, {**places, (): child.place()}, written)
    _merge(theirs, mine, merged, child, ())
    merged.data.update(theirs)
    if "version" in child.data:
        merged.data["version"] = child.data["version"]
        merged.places["version",] = child.place("version")
    _weave(parent, child, merged)
    return merged


def _merge(
    into: dict[str, Any], over: Mapping[str, object], merged: Document, child: Document, at: Where
) -> None:
    """Put the child's keys over the inherited ones, their places too."""
    for key, value in over.items():
        where = (*at, key)
        known = into.get(key)
        if value is None:
            if key not in into:
                near = nearest_of(key, into)
                said = f"there is nothing inherited that null takes away{nearest(key, into)}"
                raise ConfigError.of(child.told(Flaw(said, where, tuple(into), near)))
            del into[key]
            _forget(merged.places, where)
        elif isinstance(value, Mapping) and isinstance(known, Mapping):
            into[key] = dict(known)
            merged.places[where] = child.place(*where)
            _merge(into[key], value, merged, child, where)
        elif isinstance(known, Mapping) and at == ("variables",) and isinstance(value, Value):
            into[key] = {**known, "default": value}  # the short form sets the value
            merged.places[*where, "default"] = child.place(*where)
        else:
            _forget(merged.places, where)
            into[key] = value
            merged.places.update(_below(child.places, where))


def _weave(parent: Document, child: Document, merged: Document) -> None:
    """Put the inherited instructions in place of `{{ inherited }}`, line by line."""
    text, inherited = child.data.get("instructions"), parent.data.get("instructions")
    if not isinstance(text, str):
        return
    lines = [line for name, line in placeholders(text) if name == INHERITED]
    if not lines:
        return
    problem = None
    if len(lines) > 1:
        problem = "instructions: {{ inherited }} stands in them twice"
    elif not isinstance(inherited, str):
        problem = "instructions: there are none that {{ inherited }} could stand for"
    if problem:
        raise ConfigError.of(child.problem(problem, "instructions", line=lines[-1]))
    whole, places = [], []
    body = str(inherited).strip("\n")
    for number, line in enumerate(text.split("\n")):
        here = child.place("instructions", number)
        new = woven(line, body).split("\n") if number == lines[0] else [line]
        alone = number == lines[0] and line.strip().startswith("{{")
        whole += new
        places += [
            here if number != lines[0] or (n == 0 and not alone) else _of(parent, n)
            for n in range(len(new))
        ]
    if len("\n".join(whole)) > LONGEST_PROMPT:
        said = f"instructions: with the inherited ones longer than {LONGEST_PROMPT} characters"
        raise ConfigError.of(child.problem(said, "instructions", line=lines[0]))
    merged.data["instructions"] = "\n".join(whole)
    _forget(merged.places, ("instructions",))
    merged.places["instructions",] = child.place("instructions")
    merged.places.update({("instructions", n): place for n, place in enumerate(places)})


def _of(parent: Document, line: int) -> Place:
    return parent.place("instructions", line)


def _as_written(document: Document) -> Document:
    """Return a document whose version is as it was written: 1.10 is no 1.1."""
    written = document.written.get(("version",))
    if written is None or isinstance(document.data["version"], bool):
        return document
    data = {**document.data, "version": written}
    return Document(document.source, data, document.places, document.written)


def _below(places: Mapping[Where, Place], where: Where) -> Iterator[tuple[Where, Place]]:
    return ((w, place) for w, place in places.items() if w[: len(where)] == where)


def _forget(places: dict[Where, Place], where: Where) -> None:
    for old in [w for w, _ in _below(places, where)]:
        del places[old]
