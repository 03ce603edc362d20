"""Design: which settings a table varies, how its runs are spread over them, and in which order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise, product
from typing import Final

from chimera.analysis.cold import cold_rows
from chimera.analysis.order import run_order
from chimera.analysis.roles import HOSTS
from chimera.evidence.records import Series, Table
from chimera.evidence.words import words

REPEATS: Final = words(
    "run run_id run_index run_number repeat repeats repetition rep replicate replica trial seed "
    "random_seed attempt iteration iterations iter index sample round second elapsed time le "
    "percentage_served"
)
"""Settings that number runs or moments rather than say how something was run."""
_NAMING: Final = re.compile(r"config|variant|combination|setting|experiment|(?:^|_)(?:id|name)$")
_MOST_LEVELS: Final = 24
_MOST_FACTORS: Final = 12
_ALIASED: Final = 0.9  # Cramer's V from which two factors hardly vary apart
_Levels = Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Factor:
    """A setting or a label with two levels or more among the runs."""

    name: str
    setting: bool  # rather than a label or a host
    levels: tuple[str, ...]  # as written; numbers in their order, else by name
    rows: tuple[tuple[int, ...], ...]  # of each level, in run order
    blocked: bool  # most levels ran in one stretch each, so that time and level go together
    cold: tuple[int, ...]  # cold starts of each level

    @property
    def balanced(self) -> bool:
        """Whether all levels ran equally often."""
        return len(set(map(len, self.rows))) == 1

    @property
    def numbers(self) -> tuple[float, ...] | None:
        """The levels as numbers, None where one is none."""
        return _numbers(self.levels)


@dataclass(frozen=True, slots=True)
class Design:
    """How the runs of a table are spread over what it varies."""

    table: Table
    rows: tuple[int, ...]  # those with a value, in run order
    order: str  # what that order is known by, inside a sentence
    ordered: bool  # False where the rows are sorted by the factors, which says nothing about time
    history: bool  # one row per commit, version or date
    factors: tuple[Factor, ...]  # settings first
    cells: Mapping[tuple[str, ...], tuple[int, ...]]  # levels of all factors -> rows
    aliases: Mapping[str, tuple[str, ...]]  # factor -> factors that it does not vary apart from
    cold: frozenset[int]  # rows that were cold starts

    @property
    def fewest(self) -> int:
        """Runs of the cell that ran least, of those that ran."""
        return min(map(len, self.cells.values()), default=0)

    @property
    def most(self) -> int:
        """Runs of the cell that ran most."""
        return max(map(len, self.cells.values()), default=0)

    @property
    def full(self) -> bool:
        """Whether every combination of the levels ran: a full factorial design."""
        everything = product(*(factor.levels for factor in self.factors))
        return bool(self.cells) and all(cell in self.cells for cell in everything)

    def others(self, factor: Factor) -> tuple[Factor, ...]:
        """Return the factors that vary apart from one."""
        apart = {factor.name, *self.aliases.get(factor.name, ())}
        return tuple(other for other in self.factors if other.name not in apart)


def audit(table: Table, series: Series) -> Design:
    """Return the design behind a series: what varies, how often each cell ran, in which order.

    Factors are settings, and labels or hosts that repeat. A label that only names the combinations
    of the settings is none, nor is a number of the run. Two factors are aliases where one
    determines the other, or Cramer's V, corrected for bias (Bergsma, Journal of the Korean
    Statistical Society 42, 2013), is 0.9 or more. A factor is blocked where fewer than half of its
    levels were returned to after another one (Box, Hunter and Hunter, Statistics for
    Experimenters, 2005, chapter 3, on why the order of runs matters).
    """
    valid = [i for i, v in enumerate(series.values) if v is not None and i not in table.failures]
    order = run_order(table, valid)
    cold = cold_rows(table).intersection(valid)
    factors = tuple(
        _factor(name, cells, order.rows, cold, setting=name in table.params)
        for name, cells in _columns(table, valid)
    )
    return Design(
        table=table,
        rows=order.rows,
        order=order.words,
        ordered=order.words.startswith("in order of ") or not _is_sorted(factors, order.rows),
        history=order.history,
        factors=factors,
        cells=_cells(factors, order.rows),
        aliases=_aliases(factors, len(valid)),
        cold=cold,
    )


def _columns(table: Table, rows: Sequence[int]) -> list[tuple[str, Sequence[str]]]:
    """Return the columns that are factors: settings, then labels and hosts that repeat."""
    settings = [
        (name, cells)
        for name, cells in table.params.items()
        if name.lower() not in REPEATS and _varies(cells, rows)
    ]
    hosts = {name: cells for name, cells in table.ids.items() if name.lower() in HOSTS}
    labels = [
        (name, cells)
        for name, cells in {**table.labels, **hosts}.items()
        if name not in table.params
        and 1 < len({cells[i] for i in rows}) <= len(rows) / 2
        and not _is_name(name, cells, settings, rows)
    ]
    return (settings + labels)[:_MOST_FACTORS]


def _varies(cells: Sequence[str], rows: Sequence[int]) -> bool:
    """Return whether all rows have a level, and not the same."""
    found = {cells[i] for i in rows}
    return len(found) > 1 and "" not in found


def _is_name(
    label: str,
    cells: Sequence[str],
    settings: Iterable[tuple[str, Sequence[str]]],
    rows: Sequence[int],
) -> bool:
    """Return whether a label names the settings rather than says what else was measured.

    That is where they determine it, and it is called a configuration or the like, or its cells
    hold theirs.
    """
    columns = [column for _, column in settings]
    held: dict[tuple[str, ...], str] = {}
    for i in rows:
        if held.setdefault(tuple(column[i] for column in columns), cells[i]) != cells[i]:
            return False
    if not columns or _NAMING.search(label.lower()):
        return bool(columns)
    return any(all(_holds(cells[i], column[i]) for i in rows) for column in columns)


def _holds(text: str, part: str) -> bool:
    """Return whether a text has a part that does not go on as a number or word would."""
    return re.search(rf"(?<![\d.]){re.escape(part)}(?![\d])", text) is not None


def _factor(
    name: str,
    cells: Sequence[str],
    rows: Sequence[int],
    cold: frozenset[int],
    *,
    setting: bool,
) -> Factor:
    by_level: dict[str, list[int]] = defaultdict(list)
    for i in rows:
        by_level[cells[i]].append(i)
    levels = sorted(by_level)
    numbers = _numbers(levels)
    if numbers is not None:
        levels = [level for _, level in sorted(zip(numbers, levels, strict=True))]
    stretches = 1 + sum(cells[a] != cells[b] for a, b in pairwise(rows))
    return Factor(
        name=name,
        setting=setting,
        levels=tuple(levels),
        rows=tuple(tuple(by_level[level]) for level in levels),
        blocked=stretches < 1.5 * len(levels),
        cold=tuple(len(cold.intersection(by_level[level])) for level in levels),
    )


def _numbers(levels: Sequence[str]) -> tuple[float, ...] | None:
    try:
        return tuple(float(level) for level in levels)
    except ValueError:
        return None


def _cells(
    factors: Sequence[Factor], rows: Sequence[int]
) -> dict[tuple[str, ...], tuple[int, ...]]:
    levels = [level_of(factor) for factor in factors]
    cells: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for i in rows:
        cells[tuple(level[i] for level in levels)].append(i)
    return {cell: tuple(found) for cell, found in cells.items()}


def level_of(factor: Factor) -> dict[int, str]:
    """Return the level of each row."""
    return {i: level for level, rows in zip(factor.levels, factor.rows, strict=True) for i in rows}


def _is_sorted(factors: Sequence[Factor], rows: Sequence[int]) -> bool:
    """Return whether rows stand as nested loops would write them, or as sorting would."""
    levels = [level_of(factor) for factor in factors]
    changes = [sum(level[a] != level[b] for a, b in pairwise(rows)) for level in levels]
    nested = [levels[k] for k in sorted(range(len(levels)), key=changes.__getitem__)]
    ranks = [
        {name: at for at, name in enumerate(dict.fromkeys(n[i] for i in rows))} for n in nested
    ]
    keys = [[rank[n[i]] for rank, n in zip(ranks, nested, strict=True)] for i in rows]
    return all(a <= b for a, b in pairwise(keys))


def _aliases(factors: Sequence[Factor], count: int) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one, other in combinations(factors, 2):
        if max(len(one.levels), len(other.levels)) < count and _is_alias(one, other, count):
            found[one.name].append(other.name)
            found[other.name].append(one.name)
    return {name: tuple(names) for name, names in found.items()}


def _is_alias(one: Factor, other: Factor, count: int) -> bool:
    """Return whether two factors hardly vary apart."""
    level = level_of(other)
    table: dict[tuple[int, str], int] = defaultdict(int)
    for k, rows in enumerate(one.rows):
        for i in rows:
            table[k, level[i]] += 1
    if len(table) == max(len(one.levels), len(other.levels)):
        return True
    sizes = dict(zip(other.levels, map(len, other.rows), strict=True))
    spread = sum(n * n / (len(one.rows[k]) * sizes[name]) for (k, name), n in table.items()) - 1
    return _cramer(spread, len(one.levels), len(other.levels), count) >= _ALIASED


def _cramer(spread: float, rows: int, columns: int, count: int) -> float:
    """Return Cramer's V, corrected for bias, from chi-squared over n."""
    least = max(0.0, spread - (rows - 1) * (columns - 1) / (count - 1))
    size = min(k - (k - 1) ** 2 / (count - 1) for k in (rows, columns)) - 1
    return float((least / size) ** 0.5) if size > 0 else 0.0
