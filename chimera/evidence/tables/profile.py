"""Grid → table: every column sorted into metrics, labels, parameters, run counts and failures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from chimera.evidence.metrics import COUNT_WORDS
from chimera.evidence.names import Name, bare, plain, resolve, singular
from chimera.evidence.numerals import Numbers, read_column
from chimera.evidence.records import Series, Table
from chimera.evidence.tables.failures import error_outputs, failed_rows, zero_rows
from chimera.evidence.tables.grid import Grid
from chimera.evidence.tables.merge import drop_copies, mark_aggregates, without_redundant
from chimera.evidence.tables.options import expand_options
from chimera.evidence.tables.roles import is_setting, looks_numeric, role_of
from chimera.evidence.units import family_of, unit_of
from chimera.evidence.words import words

_QUANTILE = re.compile(r"(?i)^(percent(age served|ile)s?|quantiles?)$")
_FEW = 24  # distinct texts that still name groups
_LONGEST_LABEL = 80
_DEVICE = words("power_draw fan_speed utilization_gpu gpu_util clock_graphics gpu_utilization")
_TIMED = frozenset({"time", "rate", "time per"})
_VALUES = words("value score mean median min max result")
_NOT_SAMPLES = words(
    "ci ci95 range bounds shape dims size "
    "percentiles quantiles histogram bins buckets edges thresholds outliers"
)


@dataclass(slots=True)
class _Sorted:
    """The columns of a grid by what they are."""

    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    params: dict[str, tuple[str, ...]] = field(default_factory=dict)
    metrics: list[tuple[str, Name, Numbers]] = field(default_factory=list)
    failures: list[tuple[str, list[str]]] = field(default_factory=list)
    runs: list[list[str]] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)


def profile(
    grid: Grid, path: str, siblings: Mapping[str, str], problems: list[str]
) -> Table | None:
    """Return the table of a grid, None where it holds neither a metric nor a failure.

    `siblings` gives the unit of names that elsewhere in the file carry one (`p50` from `p50_ms`).
    """
    found = _Sorted()
    for label, cells in grid.labels.items():
        found.labels[label] = tuple(cells)
    hardware = _is_device(grid)
    grid.columns = expand_options(grid.columns)
    for column, cells in grid.columns.items():
        numbers = _sort(grid, column, cells, found)
        if numbers is not None:
            _measure(grid, column, (numbers, siblings), found, hardware=hardware)
            _note(column, numbers, problems)
    for column, cells in grid.context.items():
        _sort_context(column, cells, found)
    return _table(grid, path, found)


def sibling_units(grids: list[Grid]) -> dict[str, str]:
    """Return the units that names carry, by the name without it; doubtful ones left out."""
    units: dict[str, str | None] = {}
    for grid in grids:
        for column in grid.columns:
            leaf = column.rpartition("/")[2]
            named = bare(leaf) if leaf else None
            if named:
                name, unit = named
                units[name] = unit if units.get(name, unit) == unit else None
    return {name: unit for name, unit in units.items() if unit}


def _sort(grid: Grid, column: str, cells: list[str], found: _Sorted) -> Numbers | None:
    """File one column under its role; return its numbers where it may be a metric."""
    path = grid.path(column)
    role = role_of(path)
    if role == "failure":
        found.failures.append((path[-1], cells))
        return _count_of(path[-1], cells)
    if role == "runs":
        found.runs.append(cells)
    elif role == "identifier":
        found.texts.append(cells)
    elif role is not None:
        return _name_like(grid, column, cells, found)
    elif any(cells):
        comma = grid.decimal_comma
        numbers = read_column(cells, decimal_comma=comma) if looks_numeric(cells) else None
        if numbers is None:
            _text_column(grid, column, cells, found)
        return numbers
    return None


def _count_of(leaf: str, cells: list[str]) -> Numbers | None:
    return read_column(cells) if plain(leaf) in COUNT_WORDS else None


def _name_like(grid: Grid, column: str, cells: list[str], found: _Sorted) -> Numbers | None:
    """File a label, a setting or a fact of the environment; return what is a reading after all."""
    path = grid.path(column)
    role = role_of(path)
    if plain(path[-1]) in {"temperature", "temp"} and _is_device(grid):
        return read_column(cells)
    numbers = read_column(cells) if role == "label" and looks_numeric(cells) else None
    if numbers is not None and (_has_fractions(numbers) or resolve(path).known):
        return numbers
    if any(cells) and not _is_partial(grid, column, cells):
        numeric_setting = numbers is not None and is_setting(path[-1])
        _put(found.labels if role == "label" and not numeric_setting else found.params, path, cells)
    return None


def _has_fractions(numbers: Numbers) -> bool:
    return any(value is not None and value % 1 for value in numbers.values)


def _is_device(grid: Grid) -> bool:
    """Tell whether a table holds readings of a device, whose temperature is no setting."""
    return any(plain(column.rpartition("/")[2]) in _DEVICE for column in grid.columns)


def _is_partial(grid: Grid, column: str, cells: list[str]) -> bool:
    """Tell whether a nested key describes only some rows: it then divides nothing by itself."""
    return grid.container in {"json", "jsonl"} and "/" in column and "" in cells


def _text_column(grid: Grid, column: str, cells: list[str], found: _Sorted) -> None:
    """File a text column: a setting, a label if few texts repeat, else only text."""
    path = grid.path(column)
    filled = [cell for cell in cells if cell]
    distinct = set(filled)
    if _is_partial(grid, column, cells):
        found.texts.append(cells)
    elif is_setting(path[-1]):
        _put(found.params, path, cells)
    elif {cell.lower() for cell in distinct} <= {"true", "false"}:
        if len(distinct) > 1:
            _put(found.params, path, cells)
    elif len(distinct) <= min(_FEW, len(filled) // 2) and _longest(distinct) <= _LONGEST_LABEL:
        _put(found.labels, path, cells)
    else:
        found.texts.append(cells)


def _longest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)


def _put(into: dict[str, tuple[str, ...]], path: tuple[str, ...], cells: list[str]) -> None:
    """File cells under the plain name, qualified by the parent where another column has it."""
    name = plain(path[-1])
    if name == "name" and len(path) > 1:
        name = singular(plain(path[-2]))
    values = tuple(cells)
    if name in into and len(path) > 1:
        if all(mine in {"", other} for mine, other in zip(values, into[name], strict=True)):
            return
        name = f"{plain(path[-2])}_{name}"
    into.setdefault(name, values)


def _sort_context(column: str, cells: list[str], found: _Sorted) -> None:
    path = tuple(column.split("/"))
    role = role_of(path)
    if role == "failure":
        found.failures.append((path[-1], cells))
    elif role == "runs":
        found.runs.append(cells)
    else:
        into = found.labels if role == "label" else found.params
        if plain(path[-1]) not in into:
            _put(into, path, cells)


def _measure(
    grid: Grid,
    column: str,
    read: tuple[Numbers, Mapping[str, str]],
    found: _Sorted,
    *,
    hardware: bool,
) -> None:
    """File a numeric column as a metric or a setting, or drop it where nothing says what it is."""
    numbers, siblings = read
    path = grid.path(column)
    stated = _stated_units(grid, path[-1])
    if len(stated) > 1:
        numbers.problems.append("mixes units: " + ", ".join(sorted(stated)))
    if not numbers.any or len(stated) > 1 or (column == "" and _is_interval(path[-1])):
        return
    unit = grid.units.get(column) or numbers.unit or siblings.get(plain(path[-1]))
    name = resolve(path, unit or unit_of("".join(stated)), hardware=hardware)
    if name.known and not (name.unit is None and is_setting(path[-1])):
        if name.direction:
            numbers.values = [None if v == -1 else v for v in numbers.values]
        found.metrics.append((column, name, numbers))
    elif is_setting(path[-1]):
        _put(found.params, path, grid.columns[column])
    elif _is_telling(numbers.values, grid):
        found.metrics.append((column, name, numbers))


def _stated_units(grid: Grid, leaf: str) -> set[str]:
    """Return the units that a column `unit` states for the values beside it."""
    if plain(leaf) not in _VALUES:
        return set()
    return {cell for name in ("unit", "units") for cell in grid.columns.get(name, []) if cell}


def _is_interval(name: str) -> bool:
    """Tell a list of numbers that are no samples: the ends of an interval, buckets, a shape."""
    word = plain(name)
    return word in _NOT_SAMPLES or "confidence" in word or word.startswith("ci_")


def _is_telling(values: list[float | None], grid: Grid) -> bool:
    """Tell whether numbers of an unknown name may be a metric: they vary, or are fractions."""
    filled = [value for value in values if value is not None]
    if len(filled) == 1:
        return grid.container == "json" and filled[0] % 1 != 0
    return len(set(filled)) > 1 and any(value % 1 for value in filled)


def _note(column: str, numbers: Numbers, problems: list[str]) -> None:
    problems += [f"column {column}: {problem}" for problem in numbers.problems]


def _table(grid: Grid, path: str, found: _Sorted) -> Table | None:
    failures = failed_rows(found.failures)
    for cells in found.texts:
        for index, reason in error_outputs(cells).items():
            failures.setdefault(index, reason)
    timed = [numbers.values for _, name, numbers in found.metrics if _is_timed(name)]
    for index, reason in zero_rows(timed).items():
        failures.setdefault(index, reason)
    computed = any(_QUANTILE.search(column) for column in grid.columns)
    series = tuple(
        _series(
            column,
            _of_quantiles(name) if computed else name,
            numbers,
            grid.columns[column],
            failures,
        )
        for column, name, numbers in found.metrics
    )
    series = mark_aggregates(drop_copies(series))
    if not series and not failures:
        return None
    return Table(
        path=path,
        container=grid.container,
        name=grid.name,
        rows=tuple(grid.rows),
        labels=without_redundant(found.labels, found.params),
        params=found.params,
        series=series,
        failures=failures,
        declared_n=_declared(found, series, len(grid.rows)),
        evidence=grid.evidence,
    )


def _of_quantiles(name: Name) -> Name:
    """Return what a column is beside one of percentages: a quantile for each row, no sample."""
    return replace(name, statistic="quantile") if name.statistic == "raw" else name


def _is_timed(name: Name) -> bool:
    return family_of(name.unit) in _TIMED and name.statistic not in {"stdev", "cv", "variance"}


def _series(
    column: str, name: Name, numbers: Numbers, cells: list[str], failures: Mapping[int, str]
) -> Series:
    values = numbers.values
    if failures:
        values = [None if index in failures else value for index, value in enumerate(values)]
    return Series(
        column=column,
        metric=name.metric,
        unit=name.unit,
        direction=name.direction,
        statistic=name.statistic,
        values=tuple(values),
        texts=tuple(cells),
    )


def _declared(found: _Sorted, series: tuple[Series, ...], rows: int) -> tuple[int | None, ...]:
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
