"""Numbers that are none: placeholders, impossible values, rows that sum up the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from chimera.evidence.names import Name, plain
from chimera.evidence.numerals import Numbers
from chimera.evidence.records import Series
from chimera.evidence.units import family_of
from chimera.evidence.words import words

_NEVER_NEGATIVE = frozenset({"time", "rate", "time per", "bytes", "power", "energy"})
_TOTALS = words(
    "aggregated aggregate total totals grand_total overall geomean geometric_mean gesamt summe "
    "macro_avg micro_avg weighted_avg all_requests"
)
_PERHAPS = words("mean average avg sum median")  # operations are called so, too
_FEWEST = 2  # rows besides the one that sums them up
_CLOSE = 0.02


def invalid_cells(name: Name, numbers: Numbers) -> dict[int, str]:
    """Return why cells of a metric do not count, and take out their numbers."""
    invalid = dict(numbers.invalid)
    if name.direction is None or min(filter(None, numbers.values), default=0) >= 0:
        return invalid
    impossible = is_never_negative(name.unit)
    for index, value in enumerate(numbers.values):
        if value is not None and (value == -1 or (impossible and value < 0)):
            invalid[index] = why_impossible(name.metric, value)
    if len(invalid) > len(numbers.invalid):
        numbers.values = [None if i in invalid else v for i, v in enumerate(numbers.values)]
    return invalid


def is_never_negative(unit: str | None) -> bool:
    """Tell whether what a unit measures cannot be below zero."""
    return family_of(unit) in _NEVER_NEGATIVE


def why_impossible(metric: str, value: float) -> str:
    """Return why a number below zero does not count."""
    if value == -1:
        return "-1 stands for no value"
    return f"a negative {metric.replace('_', ' ')} is impossible"


def total_rows(labels: Mapping[str, tuple[str, ...]], series: tuple[Series, ...]) -> dict[int, str]:
    """Return the rows that sum up the others, and why: their label says so.

    Words that also name operations count only in the last row, where its numbers bear them out.
    """
    found: dict[int, str] = {}
    for cells in labels.values():
        for index, word in _candidates(cells):
            sure = word in _TOTALS or any(_sums_up(one.values, index) for one in series)
            if sure:
                found[index] = f"{cells[index]!r} sums up the other rows"
    return found


def without_rows(one: Series, rows: Mapping[int, str]) -> Series:
    """Return a series in which the numbers of some rows do not count."""
    values = tuple(None if index in rows else value for index, value in enumerate(one.values))
    invalid = {i: reason for i, reason in rows.items() if one.values[i] is not None}
    return replace(one, values=values, invalid={**invalid, **one.invalid})


def _candidates(cells: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    if len(cells) <= _FEWEST:
        return
    said = {cell: w for cell in set(cells) if (w := plain(cell)) in _TOTALS or w in _PERHAPS}
    marked = [(i, said[cell]) for i, cell in enumerate(cells) if cell in said] if said else []
    others = len(cells) - len(marked)
    for index, word in marked:
        once = sum(cell == cells[index] for cell in cells) == 1
        if once and others >= _FEWEST and (word in _TOTALS or index == len(cells) - 1):
            yield index, word


def _sums_up(values: Sequence[float | None], index: int) -> bool:
    total = values[index]
    others = [value for i, value in enumerate(values) if i != index and value is not None]
    if not total or len(others) < _FEWEST:
        return False
    sums = (sum(others), sum(others) / len(others), sorted(others)[len(others) // 2])
    return any(abs(total - one) <= _CLOSE * abs(total) for one in sums)
