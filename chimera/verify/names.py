"""Names: how texts of artifacts look once a report shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

Json = Mapping[str, Any]


def shown_as(span: str, names: Iterable[str]) -> bool:
    """Return whether a code span shows one of the names, as a whole or cut short."""
    shown = squeezed(span)
    if shown in names or (shown == "(empty)" and "" in names):
        return True
    return span.endswith("…") and any(name.startswith(shown[:-1]) for name in names)


@lru_cache(maxsize=8192)
def squeezed(text: str) -> str:
    """Return text as code spans show it: printable, one line, look-alikes for pipe, backtick."""
    return one_line(text).replace("|", "¦").replace("`", "'")


def one_line(text: str) -> str:
    """Return text without control characters and line breaks."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def stem(fact_id: str) -> str:
    """Return what a report cites of a fact's id: `F4k7q2m` of `F4k7q2m.median`."""
    return fact_id.partition(".")[0]


def gather(data: object, into: set[str]) -> None:
    """Add every string of plain data, keys included."""
    if isinstance(data, str):
        into.add(data)
    elif isinstance(data, dict):
        into.update(data)
        for value in data.values():
            if isinstance(value, str):
                into.add(value)
            elif isinstance(value, dict | list):
                gather(value, into)
    elif isinstance(data, list | tuple):
        for value in data:
            gather(value, into)
