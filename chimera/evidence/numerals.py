"""Cells → numbers: plain, grouped in thousands, with a unit behind them; never a guess."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from chimera.evidence.units import unit_of

_MISSING = frozenset({"", "-", "\u2013", "\u2014", "n/a", "na", "none", "null", "nan", "?", "n.a."})
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})
# Thousands in groups of three, or two as in India (22,80,000); the last group has three digits.
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?\Z")
_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+\Z")
_AMBIGUOUS = re.compile(r"[+-]?\d{1,3},\d{3}\Z")
_WITH_UNIT = re.compile(r"([+-]?\d[\d.,]*(?:[eE][+-]?\d+)?)\s*([^\d\s.,][^\d]{0,15})\Z")
_NUMERIC_SHARE = 0.8  # of the filled cells make a column numeric


@dataclass(slots=True)
class Numbers:
    """The numbers of a column, None where a cell holds none."""

    values: list[float | None]
    unit: str | None = None  # behind every number, where the cells say so
    problems: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Tell whether there is a number at all."""
        return any(value is not None for value in self.values)


def number(text: str) -> float | None:
    """Return the finite number a cell spells, None for anything else."""
    try:
        value = float(text)
    except ValueError:
        if not _GROUPED.match(text):
            return None
        value = float(text.replace(",", ""))
    return None if value - value != 0 or "_" in text else value


def read_column(cells: list[str], *, decimal_comma: bool = False) -> Numbers | None:
    """Return the numbers of a column, or None where it is no column of numbers."""
    try:
        values: list[float | None] = [float(cell) if cell else None for cell in cells]
    except ValueError:
        return _read_mixed(cells, decimal_comma=decimal_comma)
    if any(v is not None and v - v != 0 for v in values) or any("_" in cell for cell in cells):
        return _read_mixed(cells, decimal_comma=decimal_comma)
    return Numbers(values)


def _read_mixed(cells: list[str], *, decimal_comma: bool) -> Numbers | None:
    numbers = Numbers([])
    read = _comma_reader(cells, numbers) if decimal_comma else number
    units: set[str | None] = set()
    strange = filled = 0
    for cell in map(str.strip, cells):
        value = read(cell)
        if value is not None:
            units.add(None)
        elif cell and cell.lower() not in _MISSING:
            value, unit = _with_unit(cell)
            units.add(unit) if value is not None else None
            strange += value is None
        filled += bool(cell) and cell.lower() not in _MISSING
        numbers.values.append(value)
    if not filled or (strange > (1 - _NUMERIC_SHARE) * filled and not numbers.problems):
        return None
    _note_not_finite(cells, numbers)
    if len(units) > 1:
        numbers.problems.append("mixes units: " + ", ".join(sorted(u or "none" for u in units)))
        numbers.values = [None] * len(cells)
    elif units:
        numbers.unit = units.pop()
    return numbers


def _note_not_finite(cells: list[str], numbers: Numbers) -> None:
    for cell, value in zip(cells, numbers.values, strict=True):
        text = cell.strip().lower()
        if value is None and text and text not in _MISSING:
            sort = "not finite" if text.lstrip("+-") in _NOT_FINITE or "e" in text else "no number"
            numbers.problems.append(f"holds {cell[:24]!r}, {sort}")
            return


def _with_unit(cell: str) -> tuple[float | None, str | None]:
    match = _WITH_UNIT.match(cell)
    if match is None:
        return None, None
    unit = unit_of(match[2].strip())
    return (number(match[1]), unit) if unit else (None, None)


def _comma_reader(cells: list[str], numbers: Numbers) -> Callable[[str], float | None]:
    """Return a reader for files that separate cells with `;`, where a comma may be the point."""
    commas = [cell.strip() for cell in cells if "," in cell]
    if not commas:
        return number
    if all(map(_AMBIGUOUS.match, commas)):
        numbers.problems.append(f"{commas[0]!r} may be a thousand or a fraction: not read")
        return _without_comma
    if all(map(_DECIMAL_COMMA.match, commas)):
        return _decimal_comma
    return number


def _without_comma(text: str) -> float | None:
    return None if "," in text else number(text)


def _decimal_comma(text: str) -> float | None:
    return number(text.replace(".", "").replace(",", ".")) if "," in text else number(text)
