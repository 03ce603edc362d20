"""Requests: tables whose rows are single requests, with the metrics limits are set for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chimera.analysis.groups import RAW
from chimera.analysis.objectives import Objective
from chimera.analysis.order import moment
from chimera.analysis.places import places
from chimera.evidence.names import plain
from chimera.evidence.records import Series, Table
from chimera.evidence.units import SCALES
from chimera.evidence.words import words

_STARTS: Final = words("start_time started_at start started request_start start_timestamp begin")
_ENDS: Final = words("end_time ended_at end ended finished_at request_end end_timestamp finish")


@dataclass(frozen=True, slots=True)
class Column:
    """A series with a limit, and the table it stands in."""

    table: Table
    series: Series
    limit: float  # in the unit of the series


@dataclass(frozen=True, slots=True)
class Requests:
    """Single requests of one file, with a column for each limit; row i is the same in all."""

    path: str
    columns: tuple[Column, ...]  # in the order of the limits
    seconds: float | None  # from the start of the first to the end of the last
    duration: tuple[Table, Series] | None  # the cell that states these seconds

    @property
    def n(self) -> int:
        """Number of requests, failed ones included."""
        return len(self.columns[0].table.rows)

    @property
    def failed(self) -> frozenset[int]:
        """Requests that failed in any of the tables, as indices."""
        return frozenset(row for one in self.columns for row in one.table.failures)

    def values(self, column: Column) -> list[float | None]:
        """Return the values of a column; None for a request that failed."""
        failed = self.failed
        return [None if i in failed else v for i, v in enumerate(column.series.values)]

    def places(self, column: Column) -> list[str]:
        """Return where the cells of a column stand."""
        bulk = column.table.bulk
        if bulk is not None:
            return [
                f"rows {bulk.first}-{bulk.first + bulk.count - 1}, column {column.series.column}"
            ]
        return places(column.table, column.series, range(self.n))


def requests(tables: Sequence[Table], limits: Sequence[Objective]) -> list[Requests]:
    """Return the requests of every file that has all limited metrics, one value per request.

    They stand in one table, or in arrays beside each other of the same length, as serving
    benchmarks write them. Prose is left out.
    """
    by_file: dict[tuple[str, str, int], list[Table]] = defaultdict(list)
    for table in tables:
        if table.evidence and len(table.rows):
            by_file[table.path, *_beside(table)].append(table)
    by_path: dict[str, list[Table]] = defaultdict(list)
    for table in tables:
        by_path[table.path].append(table)
    found = []
    for (path, _, _), members in by_file.items():
        columns = [_column(members, limit) for limit in limits]
        if all(columns):
            kept = tuple(column for column in columns if column)
            stated = _duration(by_path[path])
            seconds = _stated(stated) or _span(kept[0].table)
            found.append(Requests(path, kept, seconds, stated if _stated(stated) else None))
    return found


def has(tables: Sequence[Table], limit: Objective) -> bool:
    """Return whether any table has single values of a limited metric, in a unit that fits."""
    return any(_column([table], limit) is not None for table in tables if table.evidence)


def _beside(table: Table) -> tuple[str, int]:
    """Return what arrays of the same requests share; the table itself for any other."""
    if table.container in {"json", "yaml"} and not any(s.column for s in table.series):
        array = table.rows[0].rpartition("/")[0]
        return f"{array.rpartition('/')[0]}/*", len(table.rows)
    return f"{table.name} {table.rows[0]}", len(table.rows)


def _column(tables: Sequence[Table], limit: Objective) -> Column | None:
    for table in tables:
        for series in table.series:
            value = limit.in_unit(series.unit)
            if series.metric == limit.metric and series.statistic == RAW and value is not None:
                return Column(table, series, value)
    return None


def _duration(tables: Sequence[Table]) -> tuple[Table, Series] | None:
    """Return the only duration of a whole run that a file states."""
    found = [
        (table, series)
        for table in tables
        for series in table.series
        if series.metric == "duration" and len(table.rows) == 1 and series.statistic == RAW
    ]
    return found[0] if len(found) == 1 else None


def _stated(found: tuple[Table, Series] | None) -> float | None:
    if found is None or found[1].values[0] is None:
        return None
    own, factor = SCALES.get(found[1].unit or "", ("", 0.0))
    seconds = found[1].values[0] * factor
    return seconds if own == "s" and seconds > 0 else None


def _span(table: Table) -> float | None:
    """Return the seconds from the first start to the last end, where each row tells both."""
    starts, ends = _moments(table, _STARTS), _moments(table, _ENDS)
    if starts is None or ends is None:
        return None
    span = max(ends) - min(starts)
    return span if span > 0 else None


def _moments(table: Table, names: frozenset[str]) -> list[float] | None:
    for name, cells in table.ids.items():
        found = [moment(cell) for cell in cells] if plain(name) in names else [None]
        if None not in found:
            return list(_known(found))
    return None


def _known(found: Sequence[float | None]) -> Iterator[float]:
    return (value for value in found if value is not None)
