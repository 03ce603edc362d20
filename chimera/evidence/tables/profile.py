"""Grid → table: its columns filed by what they are, its failed rows and odd cells marked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from sys import intern

from chimera.evidence.compact import shared
from chimera.evidence.names import Name, bare
from chimera.evidence.numerals import Numbers
from chimera.evidence.records import Series, Table
from chimera.evidence.tables.columns import Columns, file_columns
from chimera.evidence.tables.derived import mark_derived
from chimera.evidence.tables.failures import error_outputs, failed_rows, is_timed, zero_rows
from chimera.evidence.tables.grid import HEADERS, Grid
from chimera.evidence.tables.merge import drop_copies, mark_aggregates, without_redundant
from chimera.evidence.tables.options import expand_options
from chimera.evidence.tables.stated import Stated, prefix_of, stated
from chimera.evidence.tables.validity import invalid_cells, total_rows, without_rows

_FEW = 1000  # rows whose locators other tables have, too
_QUANTILE = re.compile(r"(?i)^(percent(age served|ile)s?|quantiles?)$")
_SPREAD = frozenset({"stdev", "cv", "variance"})


def profile(
    grid: Grid, path: str, siblings: Mapping[str, str], problems: list[str]
) -> Table | None:
    """Return the table of a grid, None where it holds neither a metric nor a failure.

    `siblings` gives the unit of names that elsewhere in the file carry one (`p50` from `p50_ms`).
    """
    grid.columns = expand_options(grid.columns)
    said = stated(grid)
    found = file_columns(grid, siblings, said)
    problems += found.problems
    failures = _failures(found)
    series = _all_series(grid, found, said, failures)
    if not series and not failures:
        return None
    return Table(
        path=path,
        container=grid.container,
        name=grid.name,
        rows=shared(grid.rows) if len(grid.rows) <= _FEW else tuple(grid.rows),
        labels=without_redundant(found.labels, found.params),
        params=found.params,
        series=series,
        failures=failures,
        declared_n=_declared(found, series, len(grid.rows)),
        evidence=grid.evidence,
        ids=found.ids,
    )


def sibling_units(grids: list[Grid]) -> dict[str, str]:
    """Return the units that names carry, by the name without it; doubtful ones left out."""
    units: dict[str, str | None] = {}
    for grid in grids:
        for name, unit in _units_in(tuple(grid.columns)):
            units[name] = unit if units.get(name, unit) == unit else None
    return {name: unit for name, unit in units.items() if unit}


@lru_cache(maxsize=HEADERS)
def _units_in(names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    leaves = (name.rpartition("/")[2] for name in names)
    return tuple(named for leaf in leaves if leaf and (named := bare(leaf)))


def _failures(found: Columns) -> dict[int, str]:
    failures = failed_rows(found.failures)
    for cells in found.texts:
        for index, reason in error_outputs(cells).items():
            failures.setdefault(index, reason)
    if any(0 in numbers.values for _, _, numbers in found.metrics):
        timed = [numbers.values for _, name, numbers in found.metrics if _is_timed(name)]
        for index, reason in zero_rows(timed).items():
            failures.setdefault(index, reason)
    return failures


def _all_series(
    grid: Grid, found: Columns, said: Stated, failures: Mapping[int, str]
) -> tuple[Series, ...]:
    computed = _has_quantiles(tuple(grid.columns))
    beside = Counter(prefix_of(column) for column, _, _ in found.metrics) if said.sides else {}
    made = []
    for column, name, numbers in found.metrics:
        named = name
        if said.sides:
            alone = beside[prefix_of(column)] == 1
            side = said.side_of(column, grid.path(column), alone=alone)
            named = replace(name, direction=side[0]) if side else name
        if named.statistic == "raw" and (computed or numbers.margin):
            named = replace(named, statistic="quantile" if computed else "mean")
        made.append(_series(grid, column, named, numbers, failures))
    series = mark_aggregates(drop_copies(made))
    totals = total_rows(found.labels, series)
    if totals:
        series = tuple(without_rows(one, totals) for one in series)
    return mark_derived(series) if grid.evidence else series


@lru_cache(maxsize=HEADERS)
def _has_quantiles(names: tuple[str, ...]) -> bool:
    return any(_QUANTILE.search(name) for name in names)


def _is_timed(name: Name) -> bool:
    return is_timed(name.metric, name.unit) and name.statistic not in _SPREAD


def _series(
    grid: Grid, column: str, name: Name, numbers: Numbers, failures: Mapping[int, str]
) -> Series:
    invalid = invalid_cells(name, numbers)
    values = numbers.values
    if failures:
        values = [None if index in failures else value for index, value in enumerate(values)]
        invalid = {index: why for index, why in invalid.items() if index not in failures}
    return Series(
        column=intern(str(column)),
        metric=name.metric,
        unit=name.unit,
        direction=name.direction,
        statistic=name.statistic,
        values=tuple(values),
        texts=tuple(grid.columns[column]),
        places=tuple(grid.places.get(column, ())),
        invalid=invalid,
    )


def _declared(found: Columns, series: tuple[Series, ...], rows: int) -> tuple[int | None, ...]:
    """Return the runs behind each row of an aggregate table, where a column says so."""
    if all(one.statistic == "raw" for one in series):
        return ()
    completed = [list(one.texts) for one in series if one.metric == "completed"]
    declared: list[int | None] = [None] * rows
    for cells in [*found.runs, *completed]:
        for index, cell in enumerate(cells):
            if declared[index] is None and cell.isdecimal() and len(cell) < 10:  # noqa: PLR2004 - more runs than that is no count
                declared[index] = int(cell)
    return tuple(declared) if any(n is not None for n in declared) else ()
