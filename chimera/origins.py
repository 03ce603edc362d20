"""A document as YAML text, and right of each line the file and line it comes from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml

from chimera.yamlfile import Document, Place, Where

_WIDEST: Final = 100  # a longer line pushes its own origin aside, not those of all others
_ENDLESS: Final = 1 << 20  # no scalar is broken


def annotated(document: Document) -> str:
    """Return a document as text, a comment with file and line behind each line."""
    lines = list(listed(document))
    width = max((len(text) for text, _ in lines if len(text) <= _WIDEST), default=0)
    shown = {place.file: _short(place.file) for _, place in lines}
    return "\n".join(f"{text:<{width}}  # {shown[p.file]}:{p.line}" for text, p in lines)


def listed(document: Document) -> Iterator[tuple[str, Place]]:
    """Yield the lines of a document as YAML, each with the place it comes from."""
    yield from _mapping(document.data, (), document)


def _mapping(
    data: Mapping[str, object], at: Where, document: Document
) -> Iterator[tuple[str, Place]]:
    for key, value in data.items():
        yield from _entry(f"{_scalar(key)}:", value, (*at, key), document)


def _entry(
    opening: str, value: object, where: Where, document: Document
) -> Iterator[tuple[str, Place]]:
    """Yield a value behind its key or dash; what takes lines of its own is moved in."""
    place = document.place(*where)
    if isinstance(value, str) and (mark := _block(value)):
        yield f"{opening} {mark}", place
        for number, line in enumerate(value.removesuffix("\n").split("\n")):
            yield f"  {line}".rstrip(), document.place(*where, number)
        return
    if isinstance(value, Mapping | list) and value:
        yield opening, place
        inner = _mapping(value, where, document) if isinstance(value, Mapping) else None
        for line, origin in inner or _items(value, where, document):
            yield f"  {line}", origin
        return
    yield f"{opening} {_scalar(value)}", place


def _items(value: object, at: Where, document: Document) -> Iterator[tuple[str, Place]]:
    for number, item in enumerate(value if isinstance(value, list) else []):
        where = (*at, number)
        lines = (
            _mapping(item, where, document)
            if isinstance(item, Mapping) and item
            else _entry("", item, where, document)
        )
        for first, (line, place) in enumerate(lines):
            yield f"{'  ' if first else '- '}{line.removeprefix(' ') if not first else line}", place


def _block(text: str) -> str | None:
    """Return how a text of several lines opens as a block; None if it can be none."""
    body = text.removesuffix("\n")
    if "\n" not in body:
        return None
    if body.startswith((" ", "\n", "\t")) or body.endswith(("\n", " ")) or not _plain_lines(body):
        return None
    return "|" if text.endswith("\n") else "|-"


def _plain_lines(body: str) -> bool:
    return all(line.isprintable() and line == line.rstrip() for line in body.split("\n"))


def _scalar(value: object) -> str:
    """Return a value on one line: in double quotes where it holds line breaks."""
    quotes = '"' if isinstance(value, str) and not value.isprintable() else None
    text = yaml.safe_dump(
        value, width=_ENDLESS, allow_unicode=True, default_flow_style=True, default_style=quotes
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _short(file: str) -> str:
    """Return a path from the working folder where it lies below, else in full."""
    try:
        return str(Path(os.path.abspath(file)).relative_to(Path.cwd()))  # noqa: PTH100  as named
    except (ValueError, OSError):
        return file
