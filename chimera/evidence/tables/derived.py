"""Columns that follow from others: sums of times and tokens, counts over times.

An identity has to hold in every row, within what the rounding of the written digits allows. It is
noted with the column, and gives a unit only where it leaves no choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, product

from chimera.evidence.names import plain, resolve
from chimera.evidence.numerals import EXACT, MOST_HIDDEN, rounding
from chimera.evidence.records import Series
from chimera.evidence.units import BYTES, SCALES, TIMES
from chimera.evidence.words import words

_FEWEST = 3  # rows in which an identity must hold
_MOST = 12  # columns of one kind that are tried with each other
_RAW = frozenset({"raw", "sum"})
_TIMES = words("ttft e2e_latency latency duration load prompt_eval eval compile_time itl tpot")
_WHOLES = words("total sum overall all")


@dataclass(slots=True)
class _Column:
    index: int
    series: Series
    kind: str | None
    rounded: float | None = None

    @property
    def name(self) -> str:
        return self.series.column.rpartition("/")[2]

    @property
    def slack(self) -> float:
        """What rounding may hide of its numbers."""
        if self.rounded is None:
            self.rounded = rounding(self.series.texts)
        return self.rounded


def mark_derived(series: tuple[Series, ...]) -> tuple[Series, ...]:
    """Note the columns that are sums or ratios of others, with the units that follow from it."""
    if len(series) < _FEWEST or len(series[0].values) < _FEWEST:
        return series
    columns = [_Column(i, s, _kind(s)) for i, s in enumerate(series) if s.statistic in _RAW]
    found = list(series)
    for kind in ("time", "tokens", "bytes"):
        alike = [column for column in columns if column.kind in {kind, "any"}]
        if _FEWEST <= len(alike) <= _MOST:
            _mark_sums(alike, kind, found)
    if any("throughput" in one.metric for one in found):
        _mark_ratios([_anew(column, found) for column in columns], found)
    return tuple(found)


def _anew(column: _Column, found: Sequence[Series]) -> _Column:
    series = found[column.index]
    if series is column.series:
        return column
    return _Column(column.index, series, _kind(series), column.rounded)


def _kind(one: Series) -> str | None:
    if one.unit in TIMES or (one.unit is None and one.metric in _TIMES):
        return "time"
    if one.unit == "tokens":
        return "tokens"
    if one.unit in BYTES:
        return "bytes"
    return "any" if one.unit is None and plain(one.column) in _WHOLES else None


def _mark_sums(columns: list[_Column], kind: str, found: list[Series]) -> None:
    for whole in columns:
        if kind != "time" and _WHOLES.isdisjoint(plain(whole.name).split("_")):
            continue
        parts = [c for c in columns if c is not whole and c.kind == kind and _may_hold(whole, c)]
        summed = next(_sums(whole, parts), None)
        if summed:
            some, unit = summed
            _mark(whole, " + ".join(part.name for part in some), unit, found)
            for part in some:
                _mark(part, "", unit, found)


def _sums(whole: _Column, parts: list[_Column]) -> Iterator[tuple[Sequence[_Column], str]]:
    """Yield the columns that a whole is the sum of, two of them or three, and the common unit."""
    row = next((i for i, v in enumerate(whole.series.values) if v is not None), 0)
    for some in chain(combinations(parts, 2), combinations(parts, 3)):
        if not _adds_up(whole, some, row):
            continue
        unit = _common_unit([whole, *some])
        if unit and _is_sum(whole, some):
            yield some, unit


def _adds_up(whole: _Column, parts: Sequence[_Column], row: int) -> bool:
    """Tell whether a column may be the sum of others, from one row that all of them fill."""
    cells = [column.series.values[row] for column in (whole, *parts)]
    full = [value for value in cells if value is not None]
    if len(full) < len(cells):
        return True
    off, exact = abs(2 * full[0] - sum(full)), EXACT * abs(full[0])
    if off > MOST_HIDDEN * len(full) + exact:
        return False
    return off <= sum(column.slack for column in (whole, *parts)) + exact


def _may_hold(whole: _Column, part: _Column) -> bool:
    """Tell from the first row that has both that a part is not larger than the whole."""
    for total, value in zip(whole.series.values, part.series.values, strict=True):
        if total is not None and value is not None:
            return value <= total or value <= total + whole.slack + part.slack + EXACT
    return False


def _common_unit(columns: Sequence[_Column]) -> str | None:
    """Return the one unit among columns; None where there is none, or more than one."""
    units = {column.series.unit for column in columns} - {None}
    return units.pop() if len(units) == 1 else None


def _is_sum(whole: _Column, parts: Sequence[_Column]) -> bool:
    """Tell whether a column is the sum of others in every row, in enough of them."""
    slack = sum(column.slack for column in (whole, *parts))
    values = zip(*(column.series.values for column in (whole, *parts)), strict=True)
    full: list[tuple[float, ...]] = [cells for cells in values if None not in cells]
    if any(abs(2 * cells[0] - sum(cells)) > slack + EXACT * abs(cells[0]) for cells in full):
        return False
    different = {cells[0] for cells in full}
    return len(full) >= _FEWEST and len(different) > 1 and all(map(_says_something, parts))


def _says_something(column: _Column) -> bool:
    return sum(map(bool, column.series.values)) >= _FEWEST - 1


def _mark_ratios(columns: list[_Column], found: list[Series]) -> None:
    counts = [column for column in columns if column.kind == "tokens"]
    times = [column for column in columns if column.kind == "time"]
    if len(counts) * len(times) > _MOST * _MOST:
        return
    for rate in columns:
        if "throughput" not in rate.series.metric or rate.series.unit not in {"tok/s", None}:
            continue
        for count, time, unit in _divisions(counts, times, rate):
            _mark(rate, f"{count.name} / {time.name}", "tok/s", found)
            _mark(time, "", unit, found)
            break


def _divisions(
    counts: list[_Column], times: list[_Column], rate: _Column
) -> Iterator[tuple[_Column, _Column, str]]:
    """Yield the columns whose ratio a rate is, with the unit that the time must have for it."""
    for count, time in product(counts, times):
        known = time.series.unit
        units = [known] if known else [] if rate.series.unit is None else ["s", "ms", "us"]
        for unit in units:
            if _is_ratio(rate, count, time, SCALES[unit][1]):
                yield count, time, unit


def _is_ratio(rate: _Column, count: _Column, time: _Column, scale: float) -> bool:
    columns = (rate.series.values, count.series.values, time.series.values)
    rate_off, time_off = rate.slack, time.slack
    rows, different = 0, set()
    for value, number, span in zip(*columns, strict=True):
        if value is None or number is None or not span:
            continue
        expected, error = number / (span * scale), time_off / abs(span)
        slack = rate_off + abs(expected) * (error * (1 + error) + EXACT)
        if abs(value - expected) > slack:
            return False
        rows += 1
        different.add(value)
    return rows >= _FEWEST and len(different) > 1 and _says_something(count)


def _mark(column: _Column, formula: str, unit: str, found: list[Series]) -> None:
    one = found[column.index]
    if one.unit is not None and not formula:
        return
    one = replace(one, derived=one.derived or formula)
    if one.unit is None:
        name = resolve((column.name,), unit)
        one = replace(one, unit=unit, metric=name.metric, direction=one.direction or name.direction)
    found[column.index] = one
