"""A grid: the cells of one table as text, before anything is known about its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from chimera.evidence.names import plain
from chimera.evidence.numerals import number
from chimera.evidence.records import Container, Direction, Series, Table

_SHOWN = 200  # cells that show whether a column without a name holds numbers
_TREES = frozenset({"json", "jsonl", "yaml"})
HEADERS = 1024  # whose names were looked at, that are kept: files of a folder are alike
_AGAIN = re.compile(r"(?<=.)#\d{1,4}\Z")  # our mark on the second column of a name


@dataclass(slots=True)
class Grid:
    """Rows and columns of text; every column is as long as `rows`."""

    container: Container
    name: str  # where in the file; for JSON a pointer template with `*` for the row's key
    rows: list[str]  # a locator per row
    columns: dict[str, list[str]]
    context: dict[str, list[str]] = field(default_factory=dict)  # from the objects around it
    units: dict[str, str] = field(default_factory=dict)  # from a units row
    labels: dict[str, list[str]] = field(default_factory=dict)  # known to be labels
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of columns named in cells
    places: dict[str, list[str]] = field(default_factory=dict)  # of cells that stand elsewhere
    sides: dict[str, Direction | None] = field(default_factory=dict)  # better side by column
    decimal_comma: bool = False
    evidence: bool = True

    @property
    def is_tree(self) -> bool:
        """Whether columns lie within each other: their names are pointers."""
        return self.container in _TREES

    @property
    def template(self) -> str | None:
        """The pointer template that its columns lie below, None where they lie side by side."""
        return self.name if self.is_tree else None

    def path(self, column: str) -> tuple[str, ...]:
        """Return the names of a column and of what it is nested in, outermost first."""
        return self.paths.get(column) or path_of(column, self.template)

    def place(self, index: int, column: str) -> str:
        """Return the place of a cell, as `Table.locate` gives it."""
        if column in self.places:
            return self.places[column][index]
        probe = Table("", self.container, self.name, tuple(self.rows))
        return probe.locate(Series(column, "", None, None, "", (), ()), index)


def columns_of(header: list[str], rows: list[list[str]]) -> dict[str, list[str]]:
    """Return the columns that have a name, and the first without one where it names the rows."""
    columns = {name: [row[i] for row in rows] for i, name in enumerate(header) if name}
    if not header or not is_unnamed(header[0]):
        return columns
    cells = columns.pop(header[0], None) or [row[0] for row in rows]
    filled = list(filter(None, cells))
    if not columns or not filled or any(number(cell) is not None for cell in filled[:_SHOWN]):
        return columns
    name = name_of_rows(header)
    return {name: cells, **columns} if name else columns


def is_unnamed(name: str) -> bool:
    """Tell the header of an index as pandas writes it, and as it writes that once more."""
    return not name or name.startswith("Unnamed: ")


def name_of_rows(header: Sequence[str]) -> str:
    """Return what the first column is called where the file gives it no name."""
    taken = set(map(plain, header[1:]))
    return next((name for name in ("name", "label", "index") if name not in taken), "")


@lru_cache(maxsize=8192)
def path_of(column: str, template: str | None) -> tuple[str, ...]:
    """Return the names on the way to a column, outermost first; a tree has more than one."""
    if template is None:
        return (_AGAIN.sub("", column),)
    outer = [part for part in template.split("/") if part not in {"", "*"}]
    inner = [part for part in column.split("/") if part]
    return tuple(map(unescape, outer + inner)) or ("value",)


def escape(key: str) -> str:
    """Return a key as a segment of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def unescape(segment: str) -> str:
    """Return the key that a segment of a JSON pointer stands for."""
    return segment.replace("~1", "/").replace("~0", "~") if "~" in segment else segment
