"""Rows of a known format on their way to a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chimera.evidence.document import Json
from chimera.evidence.numerals import number
from chimera.evidence.records import Direction, Series, Table


@dataclass(frozen=True, slots=True)
class Measure:
    """What a column of a known format holds."""

    metric: str
    unit: str | None
    direction: Direction | None
    statistic: str = "raw"


@dataclass(slots=True)
class Row:
    """One row: its locator, what was measured under which settings, and the cells by column."""

    place: str
    labels: dict[str, str]
    params: dict[str, str]
    cells: dict[str, str]
    n: int | None = None
    failure: str | None = None


@dataclass(slots=True)
class Rows:
    """The rows of one table."""

    name: str  # as in `Table.name`
    measures: Mapping[str, Measure]  # by column
    rows: list[Row] = field(default_factory=list)

    def table(self, path: str, container: str) -> Table:
        """Return the table of these rows; the numbers of failed rows are left out."""
        return Table(
            path=path,
            container="csv" if container == "csv" else "json",
            name=self.name,
            rows=tuple(row.place for row in self.rows),
            labels=_columns([row.labels for row in self.rows]),
            params=_columns([row.params for row in self.rows]),
            series=tuple(self._series(column) for column in self.measures if self._has(column)),
            failures={i: row.failure for i, row in enumerate(self.rows) if row.failure},
            declared_n=self._declared(),
        )

    def _has(self, column: str) -> bool:
        return any(row.cells.get(column) for row in self.rows)

    def _series(self, column: str) -> Series:
        measure = self.measures[column]
        texts = tuple(row.cells.get(column, "") for row in self.rows)
        values = tuple(
            None if row.failure else number(text)
            for row, text in zip(self.rows, texts, strict=True)
        )
        return Series(
            column=column,
            metric=measure.metric,
            unit=measure.unit,
            direction=measure.direction,
            statistic=measure.statistic,
            values=values,
            texts=texts,
        )

    def _declared(self) -> tuple[int | None, ...]:
        counts = tuple(row.n for row in self.rows)
        return counts if any(n is not None for n in counts) else ()


def mapping(value: Json) -> dict[str, Json]:
    """Return a JSON object, an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """Return a JSON array, an empty one for anything else."""
    return value if isinstance(value, list) else []


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


def _columns(rows: list[dict[str, str]]) -> dict[str, tuple[str, ...]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: tuple(row.get(name, "") for row in rows) for name in names}
