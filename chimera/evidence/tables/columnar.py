"""JSON that holds a table by columns: parallel lists, and the ways data frames are written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from chimera.evidence.document import Json, NumberText
from chimera.evidence.names import plain, resolve
from chimera.evidence.tables.grid import escape
from chimera.evidence.tables.roles import is_setting, role_of
from chimera.evidence.words import words

_HEADS = ("columns", "header", "headers", "fields")
_BODIES = ("data", "rows", "values")
_SAMPLES = words("samples times runs results measurements latencies timings durations values data")
_FEWEST = 2  # rows, and columns


@dataclass(slots=True)
class Block:
    """A table within a JSON object: per column its scalars, and the pointer to each from there."""

    columns: dict[str, list[Json]]
    pointer: Callable[[str, int], str]
    keys: frozenset[str]  # of the object that it is made of
    step: str = ""  # what the template of its rows has behind that of the object
    rows: int = field(init=False)

    def __post_init__(self) -> None:
        self.rows = len(next(iter(self.columns.values())))


def block_of(value: dict[str, Json]) -> Block | None:
    """Return the table that an object holds by columns, None where it holds none."""
    lists = {key: child for key, child in value.items() if isinstance(child, list) and key}
    if lists:
        return _split(lists) or (_parallel(lists) if len(lists) >= _FEWEST else None)
    return _indexed(value)


def rows_of(value: list[Json]) -> Block | None:
    """Return the table that a list of lists under a header holds."""
    head, *body = value
    if not isinstance(head, list) or len(body) < 1 or not all(map(_is_text, head)):
        return None
    found = _cells([str(name) for name in head], body)
    places = {str(name): index for index, name in enumerate(head)}
    if found is None:
        return None
    return Block(found, lambda c, row: f"/{row + 1}/{places[c]}", frozenset(), "/*")


def sample_lists(value: dict[str, Json], parent: str) -> dict[str, list[Json]]:
    """Return lists of samples keyed by what was measured, as `{"samples": {"alloc": […]}}` does."""
    if len(value) < _FEWEST or not isinstance(next(iter(value.values())), list):
        return {}
    if not _names_samples(parent):
        return {}
    lists = {key: child for key, child in value.items() if isinstance(child, list)}
    numbers = all(len(child) > 1 and all(map(_is_number, child)) for child in lists.values())
    named = any(resolve((key or "value",)).known or _is_column(key) for key in value)
    return lists if len(lists) == len(value) and numbers and not named else {}


def _names_samples(parent: str) -> bool:
    return plain(parent) in _SAMPLES or (parent not in {"", "*"} and resolve((parent,)).known)


def _split(lists: dict[str, list[Json]]) -> Block | None:
    """Read `{"columns": […], "data": [[…], …]}`, as pandas writes it with `orient="split"`."""
    head = next((key for key in _HEADS if key in lists), None)
    body = next((key for key in _BODIES if key in lists), None)
    if head is None or body is None or not all(map(_is_text, lists[head])):
        return None
    names = [str(name) for name in lists[head]]
    found = _cells(names, lists[body])
    places = {name: index for index, name in enumerate(names)}
    keys = frozenset({head, body, "index"})
    if found is None:
        return None
    return Block(found, lambda c, row: f"/{body}/{row}/{places[c]}", keys, f"/{body}/*")


def _cells(names: list[str], body: list[Json]) -> dict[str, list[Json]] | None:
    rows = [row for row in body if isinstance(row, list) and len(row) == len(names)]
    if not names or not rows or len(rows) < len(body) or len(set(names)) < len(names):
        return None
    if not any(_is_number(cell) for row in rows for cell in row):
        return None
    if any(isinstance(cell, dict | list) for row in rows for cell in row):
        return None
    return {name: [row[index] for row in rows] for index, name in enumerate(names) if name}


def _indexed(value: dict[str, Json]) -> Block | None:
    """Read `{"ttft_ms": {"0": …, "1": …}, …}`, as pandas writes it if not told otherwise."""
    if not value or not isinstance(next(iter(value.values())), dict):
        return None
    columns = {key: child for key, child in value.items() if key and isinstance(child, dict)}
    if len(columns) < _FEWEST or len(columns) < len(value):
        return None
    index = list(next(iter(columns.values())))
    if not index or index != [str(n) for n in range(len(index))]:
        return None
    if any(list(child) != index for child in columns.values()):
        return None
    if any(isinstance(v, dict | list) for child in columns.values() for v in child.values()):
        return None
    cells = {key: list(child.values()) for key, child in columns.items()}
    return Block(cells, lambda c, row: f"/{escape(c)}/{row}", frozenset(columns))


def _parallel(lists: dict[str, list[Json]]) -> Block | None:
    """Read lists of one length, one of which says to what the numbers of the others belong."""
    lengths = {len(child) for child in lists.values() if child and _is_flat(child)}
    for length in sorted(lengths, reverse=True):
        alike = {k: c for k, c in lists.items() if len(c) == length and _is_flat(c)}
        said = [key for key in alike if _is_column(key) or _is_text(alike[key][0])]
        if length >= _FEWEST and said and len(alike) > len(said):
            return Block(alike, lambda c, row: f"/{escape(c)}/{row}", frozenset(alike))
    return None


def _is_flat(values: list[Json]) -> bool:
    return not any(isinstance(value, dict | list) for value in values)


def _is_column(key: str) -> bool:
    """Tell whether a name is that of a setting, a label or an identifier."""
    name = plain(key).removesuffix("s")
    roles = {role_of((key,)), role_of((name or key,))}
    known = resolve((key,)).known
    return not roles.isdisjoint({"parameter", "label", "identifier"}) or (
        not known and (is_setting(key) or is_setting(name))
    )


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and not isinstance(value, NumberText)


def _is_number(value: Json) -> bool:
    return isinstance(value, NumberText) or (isinstance(value, int) and not isinstance(value, bool))
