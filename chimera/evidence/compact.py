"""Tables as they are kept: the cells of a column as one text, its numbers as one array.

A folder of many files is mostly cells, and each of them is an object of 50 bytes or more.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from sys import intern
from typing import Any, Final, cast, overload

from chimera.evidence.records import Series, Table

_CELLS = 3  # shorter columns gain nothing
_NUMBERS = 3  # likewise
_SHORT = 5  # characters of a cell that comes again and again
_ALIKE = 64  # cells of a column that may be the same in many files
_BETWEEN = "\x1f"
_NONE: Final[Mapping[Any, Any]] = {}  # one for all tables: nearly all have no failure, no settings


class Cells(Sequence[str]):
    """The cells of a column as one text, taken apart when they are asked for."""

    __slots__ = ("_count", "_joined")

    def __init__(self, joined: str, count: int) -> None:
        self._joined, self._count = joined, count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        return iter(self._joined.split(_BETWEEN))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        return self._joined == other._joined if isinstance(other, Cells) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._joined)

    def __reduce__(self) -> tuple[type[Cells], tuple[str, int]]:
        """Return how to pickle it: as two plain values."""
        return Cells, (self._joined, self._count)


def shared(cells: Iterable[str]) -> tuple[str, ...]:
    """Return cells as plain texts; for settings and labels, which are the same in many files."""
    found = tuple(map(str, cells))
    return _shared(found) if len(found) <= _ALIKE else tuple(map(intern, found))


@lru_cache(maxsize=1024)
def _shared(cells: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(intern, cells))


def compact(table: Table) -> Table:
    """Return a table that takes less memory and is faster to send to another process."""
    if table.bulk is not None:
        return table
    return replace(
        table,
        labels=table.labels or _NONE,
        params=table.params or _NONE,
        ids=table.ids or _NONE,
        failures=table.failures or _NONE,
        series=tuple(map(_compact, table.series)),
    )


def _compact(one: Series) -> Series:
    return Series(
        one.column,
        one.metric,
        one.unit,
        one.direction,
        one.statistic,
        _numbers(one.values),
        _cells(one.texts),
        one.definition,
        one.places,
        one.invalid or _NONE,
        one.derived,
    )


def _numbers(values: Sequence[float | None]) -> Sequence[float | None]:
    if len(values) < _NUMBERS or None in values:
        return values
    return array("d", cast("Sequence[float]", values))


def _cells(texts: Sequence[str]) -> Sequence[str]:
    if isinstance(texts, Cells):
        return texts
    if len(texts) < _CELLS:
        return tuple(intern(str(cell)) if len(cell) <= _SHORT else str(cell) for cell in texts)
    joined = _BETWEEN.join(texts)
    whole = joined.count(_BETWEEN) == len(texts) - 1
    return Cells(joined, len(texts)) if whole else tuple(map(str, texts))
