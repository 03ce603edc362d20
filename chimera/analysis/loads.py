"""Loads: the rows of tables that measured the same thing under different concurrency or rates."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chimera.analysis.facts import Fact, FactBook, Source
from chimera.analysis.groups import RAW
from chimera.analysis.places import places
from chimera.analysis.statistics import describe
from chimera.evidence.names import plain
from chimera.evidence.records import Series, Table
from chimera.evidence.words import words

CLIENTS: Final = words(
    "concurrency max_concurrency num_concurrent_requests concurrent_requests num_concurrency "
    "concurrency_level clients num_clients n_clients number_of_clients connections num_connections "
    "n_connections parallel_clients num_parallel n_parallel parallel parallelism"
)
"""Settings that say how many requests are under way at once, in a closed loop."""
USERS: Final = words("users num_users n_users user_count vus virtual_users streams num_streams")
"""Settings that say how many may be under way: users also wait and think."""
WORKERS: Final = words(
    "threads num_threads n_threads nthreads thread thread_count number_of_threads workers "
    "num_workers n_workers procs nprocs processes num_processes cores num_cores"
)
"""Settings that say how many do the work."""
RATES: Final = words(
    "request_rate target_request_rate rate target_rate arrival_rate target_qps target_rps "
    "offered_rate offered_rps offered_qps requested_rate"
)
"""Settings that say how many requests are sent per second, whatever comes back."""
_FOLLOWS: Final = words("num_prompts num_requests n_requests requests total_requests")
_Key = tuple[object, ...]
_Place = tuple[Table, int]


@dataclass(frozen=True, slots=True)
class Level:
    """What was measured at one level of load."""

    load: float
    cell: str  # the load as written
    rows: tuple[_Place, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """The levels of one setting, lowest first, all else the same."""

    setting: str
    kind: frozenset[str]  # CLIENTS, USERS, WORKERS or RATES
    path: str  # the file, or the folder of several
    files: int
    same: tuple[tuple[str, str], ...]  # labels of all rows that tell this ladder from others
    levels: tuple[Level, ...]

    @property
    def tables(self) -> list[Table]:
        """The tables the rows stand in."""
        seen = {id(table): table for level in self.levels for table, _ in level.rows}
        return list(seen.values())

    def series(self, metric: str, unit: str | None, statistics: frozenset[str]) -> list[Series]:
        """Return the series of a metric in the first table, by the statistics asked for."""
        found = self.tables[0].series
        return [
            s for s in found if (s.metric, s.unit) == (metric, unit) and s.statistic in statistics
        ]

    def values(self, level: Level, like: Series) -> tuple[list[float], list[Source]]:
        """Return the valid values of a series at one level, from all tables, with their places."""
        values, sources = [], []
        by_table: dict[int, tuple[Table, list[int]]] = {}
        for table, row in level.rows:
            by_table.setdefault(id(table), (table, []))[1].append(row)
        for table, rows in by_table.values():
            series = next((s for s in table.series if _alike(s, like)), None)
            kept = [i for i in rows if i not in table.failures]
            kept = [i for i in kept if series is not None and series.values[i] is not None]
            if series is None or not kept:
                continue
            values += [v for i in kept if (v := series.values[i]) is not None]
            sources += [Source(path=table.path, locator=p) for p in places(table, series, kept)]
        return values, sources

    def centre(self, level: Level, like: Series, book: FactBook) -> Fact | None:
        """State the median of a series at one level, or its only value; None without any."""
        values, sources = self.values(level, like)
        if not values:
            return None
        found = describe(values)
        statistic = "median" if "median" in found else "value"
        single = len(values) == 1
        tool = like.statistic != RAW
        formula = "as written by the tool" if tool else "as written"
        return book.add(
            metric=like.metric,
            statistic=like.statistic if single and tool else statistic,
            value=found[statistic],
            unit=like.unit,
            direction=like.direction,
            n=len(values),
            scope={"path": self.path, self.setting: level.cell, **dict(self.same)},
            formula=formula if single else f"{statistic}(values)",
            sources=sources,
        )


def ladders(tables: Sequence[Table]) -> list[Ladder]:
    """Return where one setting of load was varied and nothing else that is known.

    Rows belong together in one table, or across tables of one kind in files of one folder, as
    tools write them that make a file per level. How many requests were sent may grow with the
    load. Failed rows stay, so that a level without a successful run shows as such. Large tables
    and prose are left out.
    """
    found = []
    kept = [t for t in tables if t.evidence and t.bulk is None and t.series]
    for kind in (CLIENTS, USERS, WORKERS, RATES):
        loaded = [table for table in kept if any(plain(c) in kind for c in table.params)]
        inside = [one for table in loaded for one in _built([table], kind)]
        whole = {id(table) for one in inside for table in one.tables}
        by_folder: dict[_Key, list[Table]] = defaultdict(list)
        for table in loaded:
            if id(table) not in whole:
                by_folder[_like(table)].append(table)
        found += inside
        for members in by_folder.values():
            if len(members) > 1:
                found += _built(members, kind)
    return found


def _like(table: Table) -> _Key:
    columns = tuple((s.column, s.metric, s.unit, s.statistic) for s in table.series)
    return table.path.rpartition("/")[0], table.name, table.format, columns


def _built(tables: Sequence[Table], kind: frozenset[str]) -> Iterator[Ladder]:
    setting = next((c for c in tables[0].params if plain(c) in kind), None)
    if setting is None or any(setting not in table.params for table in tables):
        return
    rows: dict[_Key, list[_Place]] = defaultdict(list)
    for table in tables:
        for i in range(len(table.rows)):
            rows[_others(table, setting, i)].append((table, i))
    varying = _varying(tables)
    for members in rows.values():
        levels = _levels(members, setting)
        if len(levels) > 1:
            yield _ladder(setting, kind, levels, varying)


def _others(table: Table, setting: str, row: int) -> _Key:
    """Return everything that is set or named in a row, but the load and what follows it."""
    known = {**table.labels, **table.params}
    left = {setting, *(c for c in known if plain(c) in _FOLLOWS)}
    return tuple((c, cells[row]) for c, cells in sorted(known.items()) if c not in left)


def _varying(tables: Sequence[Table]) -> set[str]:
    columns = {c for table in tables for c in (*table.labels, *table.params)}
    cells = {
        c: {v for t in tables for v in (t.labels.get(c) or t.params.get(c) or ())} for c in columns
    }
    return {c for c, found in cells.items() if len(found) > 1}


def _levels(members: Sequence[_Place], setting: str) -> list[Level]:
    by_load: dict[float, list[_Place]] = defaultdict(list)
    cells: dict[float, str] = {}
    for table, row in members:
        cell = table.params[setting][row]
        load = _positive(cell)
        if load is not None:
            by_load[load].append((table, row))
            cells.setdefault(load, cell)
    return [Level(load, cells[load], tuple(rows)) for load, rows in sorted(by_load.items())]


def _ladder(
    setting: str, kind: frozenset[str], levels: Sequence[Level], varying: set[str]
) -> Ladder:
    table, row = levels[0].rows[0]
    paths = {table.path for level in levels for table, _ in level.rows}
    known = {**table.labels, **table.params}
    same = tuple(
        (c, cells[row])
        for c, cells in known.items()
        if c in varying and c != setting and plain(c) not in _FOLLOWS and cells[row]
    )
    path = table.path if len(paths) == 1 else table.path.rpartition("/")[0] or "."
    return Ladder(setting, kind, path, len(paths), same, tuple(levels))


def _positive(cell: str) -> float | None:
    try:
        load = float(cell)
    except ValueError:
        return None
    return load if 0 < load < math.inf else None


def _alike(one: Series, other: Series) -> bool:
    return (one.column, one.metric, one.unit, one.statistic, one.definition) == (
        other.column,
        other.metric,
        other.unit,
        other.statistic,
        other.definition,
    )
