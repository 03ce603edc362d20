"""Tables that name their metrics in cells → grids with a column per metric.

Four shapes: one metric per row with its value (`metric, value, unit`), one metric per row with
its statistics (`metric, mean, p95`), one metric per row with a column per configuration, and one
statistic per row with a column per metric, as `describe` of pandas gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from chimera.evidence.names import plain, resolve
from chimera.evidence.numerals import number, read_column
from chimera.evidence.tables.grid import HEADERS, Grid
from chimera.evidence.tables.roles import UNIT_NAMES, role_of
from chimera.evidence.tables.stated import may_be_unit, sides_in, states_sides
from chimera.evidence.units import unit_of
from chimera.evidence.words import words

_METRICS = words(
    "metric metrics metric_name measurement measure kpi counter key property indicator"
)
_PERHAPS = words("name parameter test item category quantity what label stat statistic")
_VALUES = words("value val result measured reading metric_value values")
_STATISTICS = words("statistic stat percentile aggregation aggregate agg quantile")
_COUNTS = words("count n samples runs")
_REMARKS = words("description notes note comment comments remark remarks meaning source")
_MOST = 200  # different metrics, or rows of a pivot table
_FIRST = 4  # cells, one of which at least must name a metric
_FEWEST = 2  # columns of a pivot table


def reshaped(grids: Iterable[Grid]) -> list[Grid]:
    """Return the grids, those that name metrics in cells turned into ones with columns for them."""
    return [part for grid in grids for part in _reshape(grid)]


def _reshape(grid: Grid) -> list[Grid]:
    key = _key_of(grid)
    if key is None:
        statistics = _statistics_of(grid)
        return [grid if statistics is None else _by_statistic(grid, statistics)]
    others = [column for column in grid.columns if column != key]
    value = next((c for c in others if plain(c) in _VALUES), None)
    if value is not None:
        return _of_values(grid, key, value)
    measured = [c for c in others if _is_statistic(c)]
    if measured and not any(resolve((c,)).metric != "value" for c in measured):
        return _by_metric(grid, key, measured)
    return _of_configs(grid, key, [c for c in others if not _is_remark(c)])


def _key_of(grid: Grid) -> str | None:
    """Return the column whose cells are names of metrics."""
    if len(grid.columns) < _FEWEST or _is_turned(grid):
        return None
    for column, named, values in _perhaps_key(tuple(grid.columns)):
        cells = grid.columns[column]
        asked = named or len(cells) <= _MOST
        if asked and _name_metrics(cells, sure=named, values=values):
            return column
    return None


def _is_turned(grid: Grid) -> bool:
    """Tell a grid whose cells stand elsewhere already; those that are drawn have a place each."""
    return bool(grid.places) and grid.container != "text"


@lru_cache(maxsize=HEADERS)
def _perhaps_key(names: tuple[str, ...]) -> tuple[tuple[str, bool, bool], ...]:
    """Return the columns that may name metrics, whether they claim it, and values stand beside."""
    values = any(plain(name) in _VALUES for name in names)
    found = []
    for index, name in enumerate(names[: _MOST + 2]):
        leaf = plain(name)
        if leaf in _METRICS or leaf in _PERHAPS or not index:
            found.append((name, leaf in _METRICS, values and leaf.startswith("metric")))
    return tuple(found)


def _name_metrics(cells: list[str], *, sure: bool, values: bool) -> bool:
    """Tell whether cells are names of metrics.

    `sure` says that their column claims it, `values` that the numbers stand in a column beside it.
    """
    first = [cell for cell in cells[:_FIRST] if cell]
    if any(number(cell) is not None for cell in first):
        return False
    if not (sure or any(resolve((cell,)).known for cell in first)):
        return False
    names = {cell for cell in cells if cell}
    if not 0 < len(names) <= _MOST or any(number(name) is not None for name in names):
        return False
    known = sum(resolve((name,)).known for name in names)
    return known > 0 or values if sure else known * 2 > len(names) > 1


def _is_statistic(column: str) -> bool:
    name = resolve((column,))
    return name.statistic != "raw" and name.metric == "value" and plain(column) not in _VALUES


def _is_remark(column: str) -> bool:
    leaf = plain(column)
    return leaf in _REMARKS or leaf in UNIT_NAMES or role_of((column,)) == "text"


def _statistics_of(grid: Grid) -> str | None:
    """Return the column whose cells say which statistic the numbers of a row are."""
    if len(grid.columns) < _FEWEST or _is_turned(grid) or len(grid.rows) < _FEWEST:
        return None
    for column in _perhaps_statistics(tuple(grid.columns)):
        cells = grid.columns[column]
        if not _names_statistic(cells[0]) or len(set(cells)) > _MOST:
            continue
        found = {cell for cell in cells if plain(cell) not in _COUNTS}
        if len(found) >= _FEWEST and all(map(_names_statistic, found)):
            return column
    return None


@lru_cache(maxsize=HEADERS)
def _perhaps_statistics(names: tuple[str, ...]) -> tuple[str, ...]:
    leaves = enumerate(map(plain, names[: _MOST + 2]))
    return tuple(names[i] for i, leaf in leaves if not i or leaf in _STATISTICS | _PERHAPS)


@lru_cache(maxsize=HEADERS)
def _names_statistic(cell: str) -> bool:
    return bool(cell) and (plain(cell) in _COUNTS or _is_statistic(cell))


def _by_statistic(grid: Grid, key: str) -> Grid:
    """Turn the statistics of each metric into columns; rows of equal labels become one."""
    others = [c for c in grid.columns if c != key and not _is_measured(grid, c)]
    groups: dict[tuple[str, ...], dict[str, int]] = {}
    for index, statistic in enumerate(grid.columns[key]):
        rows = groups.setdefault(tuple(grid.columns[c][index] for c in others), {})
        if statistic in rows:
            return grid
        rows[statistic] = index
    firsts = [min(rows.values()) for rows in groups.values()]

    def first(columns: dict[str, list[str]]) -> dict[str, list[str]]:
        return {name: [cells[index] for index in firsts] for name, cells in columns.items()}

    turned = replace(
        grid,
        rows=[grid.rows[index] for index in firsts],
        columns=first({column: grid.columns[column] for column in others}),
        context=first(grid.context),
        labels=first(grid.labels),
        units={},
        places={},
    )
    for column in grid.columns:
        if column != key and column not in others:
            _spread_out(grid, column, list(groups.values()), turned)
    return turned


def _is_measured(grid: Grid, column: str) -> bool:
    return role_of((column,)) is None and _is_numeric(grid.columns[column])


def _spread_out(grid: Grid, column: str, groups: list[dict[str, int]], into: Grid) -> None:
    """Add a column for each statistic of a metric; counts become the runs behind them."""
    cells = grid.columns[column]
    for statistic in dict.fromkeys(name for rows in groups for name in rows):
        at = [rows.get(statistic) for rows in groups]
        texts = ["" if index is None else cells[index] for index in at]
        if plain(statistic) in _COUNTS:
            counted = [f"{value:.0f}" if (value := number(text)) else "" for text in texts]
            if into.context.setdefault("n", counted) != counted:
                into.context["n"] = [""] * len(texts)
            continue
        name = f"{column} {statistic}"
        into.columns[name] = texts
        into.paths[name] = (*grid.path(column), statistic)
        into.places[name] = ["" if index is None else grid.place(index, column) for index in at]
        if column in grid.units:
            into.units[name] = grid.units[column]


def _of_values(grid: Grid, key: str, value: str) -> list[Grid]:
    others = [c for c in grid.columns if c not in {key, value} and not _is_remark(c)]
    names = grid.columns[key]
    unique = len(set(filter(None, names))) == sum(map(bool, names))
    sides = {c for c in others if states_sides(c, grid.columns[c])}
    if unique and not set(others) - sides:
        return [_one_row(grid, key, value, sides)]
    statistics = [c for c in others if plain(c) in _STATISTICS]
    return _by_metric(grid, key, [value], statistics[:1])


def _one_row(grid: Grid, key: str, value: str, sides: set[str]) -> Grid:
    """Turn keys and values into a table of one row; each cell keeps its place."""
    row = Grid(grid.container, grid.name, grid.rows[:1], {}, evidence=grid.evidence)
    row.context = {name: cells[:1] for name, cells in grid.context.items()}
    row.labels = {name: cells[:1] for name, cells in grid.labels.items()}
    row.decimal_comma = grid.decimal_comma
    unit = next((c for c in grid.columns if plain(c) in UNIT_NAMES), None)
    for index, name in enumerate(grid.columns[key]):
        if not name:
            continue
        row.columns[name] = [grid.columns[value][index]]
        row.paths[name] = (name,)
        row.places[name] = [grid.place(index, value)]
        if unit and may_be_unit(text := grid.columns[unit][index].strip()):
            row.units[name] = unit_of(text) or text
        for column in sides:
            row.sides[name] = sides_in(column, [grid.columns[column][index]])
    return row


def _by_metric(
    grid: Grid, key: str, values: list[str], statistics: list[str] | None = None
) -> list[Grid]:
    """Split the rows of a grid by metric, and by statistic where a column names that, too."""
    further = grid.columns[statistics[0]] if statistics else [""] * len(grid.rows)
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, names in enumerate(zip(grid.columns[key], further, strict=True)):
        if names[0]:
            groups.setdefault(tuple(filter(None, names)), []).append(index)
    if len(groups) > _MOST:
        return [grid]
    left = [c for c in grid.columns if c != key and c not in (statistics or [])]
    return [_part(grid, names, rows, left, values) for names, rows in groups.items()]


def _part(
    grid: Grid, names: tuple[str, ...], rows: list[int], left: list[str], values: list[str]
) -> Grid:
    def some(columns: dict[str, list[str]]) -> dict[str, list[str]]:
        return {name: [cells[index] for index in rows] for name, cells in columns.items()}

    own = {c: names if len(values) == 1 else (*names, c) for c in values}
    return replace(
        grid,
        name=" ".join([*filter(None, [grid.name]), *names]),
        rows=[grid.rows[index] for index in rows],
        columns=some({column: grid.columns[column] for column in left}),
        context=some(grid.context),
        labels=some(grid.labels),
        places=some(grid.places),
        paths={column: own.get(column) or grid.path(column) for column in left},
    )


def _of_configs(grid: Grid, key: str, configs: list[str]) -> list[Grid]:
    """Turn the columns of configurations into rows; one that is no configuration is left out."""
    named = [c for c in configs if not _is_metric(c) and _is_numeric(grid.columns[c])]
    names = grid.columns[key]
    if len(named) < _FEWEST or len(named) < len(configs) - 1 or max(Counter(names).values()) > 1:
        return [grid]
    turned = Grid(grid.container, grid.name, [f"column {c}" for c in named], {})
    turned.evidence, turned.decimal_comma = grid.evidence, grid.decimal_comma
    turned.labels = {"config": named}
    unit = next((c for c in grid.columns if plain(c) in UNIT_NAMES), None)
    for index, name in enumerate(names):
        turned.columns[name] = [grid.columns[c][index] for c in named]
        turned.paths[name] = (name,)
        turned.places[name] = [grid.place(index, c) for c in named]
        if unit and may_be_unit(text := grid.columns[unit][index].strip()):
            turned.units[name] = unit_of(text) or text
    turned.context = {name: cells[:1] * len(named) for name, cells in grid.context.items()}
    return [turned]


def _is_metric(column: str) -> bool:
    """Tell the header of a metric or of a change from that of a configuration."""
    name = resolve((column,))
    change = {"change", "delta", "diff", "difference", "improvement", "gain", "\u03b4"}
    return name.known or name.statistic != "raw" or not change.isdisjoint(plain(column).split("_"))


def _is_numeric(cells: list[str]) -> bool:
    numbers = sum(read_column([cell]) is not None for cell in cells if cell)
    return numbers * 2 > sum(map(bool, cells))
