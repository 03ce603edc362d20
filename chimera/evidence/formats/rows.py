"""Rows of a known format on their way to a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice

from chimera.evidence.document import Json, items, mapping
from chimera.evidence.formats.samples import Cell
from chimera.evidence.numerals import number
from chimera.evidence.records import Container, Direction, Series, Table

__all__ = [
    "Measure",
    "Row",
    "Rows",
    "at",
    "count",
    "items",
    "mapping",
    "numeric",
    "spread",
    "text",
    "texts",
]

_NO_DIRECTION = frozenset({"stdev", "stderr", "variance", "iqr", "ci_low", "ci_high"})
_MOST_COLUMNS = 500  # of labels, settings or ids: each run may bring its own
_FEWEST_COLUMNS = 20
_MOST_CELLS = 5_000_000
_LONGEST_TEXT = 500  # characters of a label, which every row repeats


@dataclass(frozen=True, slots=True)
class Measure:
    """What a column of a known format holds.

    `definition` names the formula behind the metric, such as `vllm.itl`, where tools mean
    different things by one name: values of different definitions are never compared.
    """

    metric: str
    unit: str | None
    direction: Direction | None
    statistic: str = "raw"
    definition: str | None = None


@dataclass(slots=True)
class Row:
    """One row: its place, what was measured under which settings, and the cells by column.

    For JSON the place is the pointer of the row and a column the pointer from there; for a text
    each cell has a place of its own. `invalid` gives the reason for cells that hold no measurement.
    """

    place: str
    labels: dict[str, str]
    params: dict[str, str]
    cells: Mapping[str, str | Cell | None]
    n: int | None = None  # runs behind the row, where the file says
    failure: str | None = None  # why no number of the row counts
    ids: dict[str, str] = field(default_factory=dict)  # which run it was: commit, date, host
    invalid: dict[str, str] = field(default_factory=dict)  # by column


@dataclass(slots=True)
class Rows:
    """The rows of one table."""

    name: str  # as in `Table.name`
    measures: Mapping[str, Measure]  # by column
    rows: list[Row] = field(default_factory=list)
    decimal_comma: bool = False  # whether the tool wrote `2163,8` for 2163.8

    def table(self, path: str, container: Container, format_: str = "") -> Table:
        """Return the table of these rows; the numbers of failed rows are left out."""
        return Table(
            path=path,
            container=container,
            name=self.name,
            rows=tuple(row.place for row in self.rows),
            labels=_columns([row.labels for row in self.rows]),
            params=_columns([row.params for row in self.rows]),
            ids=_columns([row.ids for row in self.rows]),
            series=tuple(self._series(column) for column in self.measures if self._has(column)),
            failures={i: row.failure for i, row in enumerate(self.rows) if row.failure},
            declared_n=self._declared(),
            format=format_,
        )

    def _has(self, column: str) -> bool:
        return any(row.cells.get(column) for row in self.rows)

    def _series(self, column: str) -> Series:
        measure = self.measures[column]
        cells = [row.cells.get(column) or "" for row in self.rows]
        written = tuple(cell.text if isinstance(cell, Cell) else cell for cell in cells)
        placed = any(isinstance(cell, Cell) for cell in cells)
        invalid = {
            i: row.invalid[column] for i, row in enumerate(self.rows) if column in row.invalid
        }
        values = tuple(
            None if row.failure or index in invalid else self._number(cell)
            for index, (row, cell) in enumerate(zip(self.rows, written, strict=True))
        )
        return Series(
            column=column,
            metric=measure.metric,
            unit=measure.unit,
            direction=measure.direction,
            statistic=measure.statistic,
            values=values,
            texts=written,
            definition=measure.definition,
            places=tuple(c.place if isinstance(c, Cell) else "" for c in cells) if placed else (),
            invalid=invalid,
        )

    def _number(self, cell: str) -> float | None:
        return number(cell.replace(",", ".") if self.decimal_comma else cell)

    def _declared(self) -> tuple[int | None, ...]:
        counts = tuple(row.n for row in self.rows)
        return counts if any(n is not None for n in counts) else ()


def text(value: Json) -> str:
    """Return a scalar as it is written, an empty text for null, objects and arrays."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else ""


def texts(value: Json, *names: str) -> dict[str, str]:
    """Return the filled scalars of a JSON object as text, only those named if names are given."""
    found = mapping(value)
    return {key: text(found.get(key)) for key in names or found if text(found.get(key))}


def numeric(value: Json) -> float | None:
    """Return the finite number a JSON scalar holds, None for anything else."""
    return None if isinstance(value, bool) else number(text(value))


def at(value: Json, pointer: str) -> Json:
    """Return what stands at a pointer below a JSON value (`latency/mean`), None if nothing does."""
    for part in pointer.split("/") if pointer else ():
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list):
            value = value[int(key)] if key.isdigit() and int(key) < len(value) else None
        else:
            value = mapping(value).get(key)
    return value


def spread(pointer: str, measure: Measure, statistics: Mapping[str, str]) -> dict[str, Measure]:
    """Return the columns of a distribution: each key below the pointer, with its statistic."""
    return {
        f"{pointer}/{key}": replace(
            measure,
            statistic=name,
            direction=None if name in _NO_DIRECTION else measure.direction,
        )
        for key, name in statistics.items()
    }


def count(value: Json) -> int | None:
    """Return a JSON integer, None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _columns(rows: list[dict[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return rows as columns: as many as the rows have room for, of texts a reader can repeat."""
    most = min(_MOST_COLUMNS, max(_FEWEST_COLUMNS, _MOST_CELLS // max(1, len(rows))))
    names = islice(dict.fromkeys(name for row in rows for name in row), most)
    return {name: tuple(_short(row.get(name, "")) for row in rows) for name in names}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
