"""A CSV or JSON Lines file too large to hold as objects: its columns are read when asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, overload

from chimera.errors import RunError
from chimera.evidence.document import mapping
from chimera.evidence.jsontext import Loader, written

_AT_ONCE = 10_000  # cells
# Which numbers of a column count: those from zero on where none can be less, or all but -1.
COUNTED = {
    "finite": "isfinite({0})",
    "zero and more": "isfinite({0}) AND {0} >= 0",
    "not -1": "isfinite({0}) AND {0} <> -1",
}
_MEMORY = "400MB"  # of the engine; what does not fit goes to disk


@lru_cache(maxsize=1)
def available() -> bool:
    """Tell whether the engine is installed."""
    return find_spec("duckdb") is not None and find_spec("numpy") is not None


@dataclass(frozen=True)
class Bulk:
    """A large file and how to read it; it can be sent to another process."""

    place: str
    container: str  # csv or jsonl
    names: tuple[str, ...]  # every column, in the order of the file, as the table has them
    numeric: frozenset[str]  # those read as numbers
    first: int  # number of the first row: the line of the file it stands in
    delimiter: str = ","
    count: int = 0  # rows
    size: int = 0  # bytes, when it was scanned
    modified_ns: int = 0
    bad: tuple[tuple[str, tuple[str, ...]], ...] = ()  # column -> cells that mark a failed row
    zeros: tuple[str, ...] = ()  # a row where all of these columns are zero has failed
    lenient: bool = False  # some cells of numeric columns hold none
    kept: tuple[tuple[str, str], ...] = ()  # column -> which of its numbers count, if not all do
    keys: tuple[str, ...] = ()  # of JSON behind the names, where they are spelled otherwise
    spaced: bool = False  # blanks around the delimiters are no part of the cells
    repeats: bool = False  # its head holds two rows of the same labels and settings

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        return {**asdict(self), "numeric": sorted(self.numeric)}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Bulk:
        """Return what `to_json` was made of."""
        names: list[str] = ["names", "zeros", "keys"]
        lists = {name: tuple(plain[name]) for name in names if name in plain}
        pairs = {
            "bad": tuple((column, tuple(cells)) for column, cells in plain["bad"]),
            "kept": tuple((column, sort) for column, sort in plain["kept"]),
        }
        return cls(**{**plain, **lists, **pairs, "numeric": frozenset(plain["numeric"])})

    def query(self, selected: str, rest: str = "", *, valid: bool = False) -> list[tuple[Any, ...]]:
        """Return the rows of a query over the file; `valid` leaves failed rows out.

        Raises:
            RunError: The file is not what it was, or cannot be read as it was scanned.

        """
        where = f" WHERE {self.valid}" if valid and self.valid else ""
        statement = f"SELECT {selected} FROM {self.source}{where} {rest}"  # noqa: S608 - quoted
        found: list[tuple[Any, ...]] = self.run(statement).fetchall()
        return found

    def column(self, name: str) -> Any:  # noqa: ANN401 - a numpy array
        """Return a numeric column as an array of floats, NaN where a cell holds no number."""
        return _column(self, name)

    @property
    def source(self) -> str:
        """The file as a table of SQL."""
        typed = frozenset[str]() if self.lenient else self.numeric
        kinds = {self.key(n): "DOUBLE" if n in typed else "VARCHAR" for n in self.names}
        columns = "{" + ", ".join(f"{quoted(n)}: '{kind}'" for n, kind in kinds.items()) + "}"
        if self.container == "jsonl":
            source = f"read_json({quoted(self.place)}, columns={columns}, format='nd')"
        else:
            source = (
                f"read_csv({quoted(self.place)}, columns={columns}, auto_detect=false,"
                f" delim={quoted(self.delimiter)}, skip={self.first - 1}, header=false,"
                " quote='\"', escape='\"', strict_mode=true)"
            )
        if not (self.lenient or self.spaced or self.keys or (self.kept and self.numeric)):
            return source
        cells = ", ".join(map(self._cell, self.names))
        return f"(SELECT {cells} FROM {source})"  # noqa: S608 - quoted

    def _cell(self, name: str) -> str:
        """Return what a cell of a column counts as."""
        cell = named(self.key(name))
        if name not in self.numeric:
            cell = f"trim({cell}, concat(' ', chr(9)))" if self.spaced else cell
            return f"{cell} AS {named(name)}"
        if self.lenient:  # without `concat` the engine reads the file with the type of the cast
            cell = f"TRY_CAST(concat({cell}) AS DOUBLE)"
        sort = dict(self.kept).get(name)
        if sort:
            cell = f"CASE WHEN {COUNTED[sort].format(cell)} THEN {cell} END"
        return f"{cell} AS {named(name)}"

    def key(self, name: str) -> str:
        """Return how the file spells a name."""
        return self.keys[self.names.index(name)] if self.keys else name

    @property
    def lines(self) -> str:
        """The file as a table of its lines from the first row on, as they are written."""
        return (
            f"read_csv({quoted(self.place)}, columns={{'line': 'VARCHAR'}}, auto_detect=false,"
            f" delim='\x01', skip={self.first - 1}, header=false, quote='', escape='')"
        )

    @property
    def valid(self) -> str:
        """The condition that a row has not failed; empty where none has."""
        parts = [
            f"coalesce({named(column)}, '') NOT IN ({', '.join(map(quoted, cells))})"
            for column, cells in self.bad
        ]
        if self.zeros:
            parts.append(f"NOT ({' AND '.join(f'{named(column)} = 0' for column in self.zeros)})")
        return " AND ".join(parts)

    def run(self, statement: str) -> Any:  # noqa: ANN401 - DuckDB's result
        """Run a statement over `source`; raises what `query` does."""
        import duckdb

        if self.size and state_of(self.place) != (self.size, self.modified_ns):
            raise RunError(f"{os.path.basename(self.place)} has changed since it was read")  # noqa: PTH119
        config: dict[str, Any] = {
            "memory_limit": _MEMORY,
            "autoinstall_known_extensions": "false",  # nothing is fetched
        }
        return duckdb.connect(config=config).execute(statement)


def quoted(text: str) -> str:
    """Return text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    """Return the name of a column as SQL has it."""
    return '"' + column.replace('"', '""') + '"'


def state_of(place: str) -> tuple[int, int]:
    """Return size and time of a file, by which a change is noticed."""
    state = os.lstat(place)
    return state.st_size, state.st_mtime_ns


@lru_cache(maxsize=1)
def _column(bulk: Bulk, name: str) -> Any:  # noqa: ANN401 - a numpy array
    import numpy as np

    statement = f"SELECT {named(name)} AS x FROM {bulk.source}"  # noqa: S608 - quoted
    got = bulk.run(statement).fetchnumpy()["x"]
    values = got.filled(np.nan) if isinstance(got, np.ma.MaskedArray) else got
    return np.where(np.isfinite(values), values, np.nan)


class Numbers(Sequence[float | None]):
    """The values of a column, read when the first of them is asked for."""

    def __init__(self, bulk: Bulk, name: str, failures: Mapping[int, str]) -> None:
        self._bulk, self._name, self._failures = bulk, name, failures

    def __len__(self) -> int:
        return self._bulk.count

    def __iter__(self) -> Iterator[float | None]:
        for index, value in enumerate(self._bulk.column(self._name).tolist()):
            yield None if value != value or index in self._failures else value  # noqa: PLR0124 - NaN

    @overload
    def __getitem__(self, index: int) -> float | None: ...
    @overload
    def __getitem__(self, index: slice) -> list[float | None]: ...
    def __getitem__(self, index: int | slice) -> float | list[float | None] | None:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        value = float(self._bulk.column(self._name)[index])
        return None if value != value or index in self._failures else value  # noqa: PLR0124 - NaN


class Texts(Sequence[str]):
    """The cells of a column as they are written: one is looked up, all are read in one go."""

    def __init__(self, bulk: Bulk, name: str) -> None:
        self._bulk, self._name = replace(bulk, numeric=frozenset(), lenient=False), name

    def __len__(self) -> int:
        return self._bulk.count

    def __iter__(self) -> Iterator[str]:
        found = self._bulk.run(f"SELECT {self._selected}")
        while some := found.fetchmany(_AT_ONCE):
            yield from (self._written(cell) for (cell,) in some)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        row = index + len(self) if index < 0 else index
        found = self._bulk.run(f"SELECT {self._selected} LIMIT 1 OFFSET {row}").fetchone()
        if not found:
            raise IndexError(index)
        return self._written(found[0])

    @property
    def _selected(self) -> str:
        if self._bulk.container == "jsonl":
            return f"line FROM {self._bulk.lines}"
        return f"{named(self._name)} FROM {self._bulk.source}"

    def _written(self, found: str | None) -> str:
        """Return a cell; of JSON from its line, as the engine writes numbers in its own way."""
        if self._bulk.container != "jsonl":
            return found or ""
        value = mapping(Loader().load(found or "null")).get(self._bulk.key(self._name))
        return "" if isinstance(value, dict | list) else written(value)


class Counted(Sequence[str]):
    """Row numbers, made when they are asked for."""

    def __init__(self, first: int, count: int) -> None:
        self._range = range(first, first + count)

    def __len__(self) -> int:
        return len(self._range)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        found = self._range[index]
        return str(found) if isinstance(found, int) else list(map(str, found))
