"""Cells → numbers: plain, grouped in thousands, with a unit behind them; never a guess."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from chimera.evidence.units import SCALES, unit_of
from chimera.evidence.words import words

_MISSING = frozenset({"", "-", "\u2013", "\u2014", "n/a", "na", "none", "null", "nan", "?", "n.a."})
_BLANK = frozenset({"", "-", "\u2013", "\u2014"})
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})
# Written where a number should stand, when there was none.
_FAILED = words(
    "oom timeout timed_out error err fail failed failure invalid crash crashed killed dnf skipped "
    "unsupported aborted cancelled canceled missing unavailable dnr"
)
# Thousands in groups of three, or two as in India (22,80,000); the last group has three digits.
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?\Z")
_DECIMAL_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+\Z")
_SHOWS_COMMA = re.compile(r"[+-]?\d+,(?:\d\d?|\d{4,})\Z")
_POINT = re.compile(r"[+-]?[\d,]*\.\d+\Z")
_AMBIGUOUS = re.compile(r"[+-]?\d{1,3},\d{3}\Z")
# An exponent with a letter behind it may be a hash, `66106050347e48c`, and no °C.
_WITH_UNIT = re.compile(r"([+-]?\d[\d.,]*(?:[eE][+-]?\d+(?![cd]))?)\s*([^\d\s.,][^\d]{0,15})\Z")
_MARGIN = re.compile(r"(.*?[^\s(])\s*\(?\s*(?:\u00b1|\+/?-)\s*\d[\d.,]*\s*([^\d\s()]{0,8})\s*\)?\Z")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d(?:\.\d+)?)\Z")
_SPAN = re.compile(r"(?:(\d+)h\s?)?(?:(\d+)m(?:in)?\s?)?(?:(\d+(?:\.\d+)?)s)?\Z")
_SPAN_ENDS = frozenset("hmns \t\n\r\f\v")
EXACT = 1e-9  # of a value: what binary fractions hide
MOST_HIDDEN = 0.05  # by rounding: where there is one digit behind the point
_LONG = 9  # digits behind the point from which a number is not rounded
_SHOWN = 50  # cells of a column that are looked at for the sign before its fractions
_LOOKED_AT = 2_000  # cells of a long column, from which its precision is taken
_NOT_DIGITS = " %abcdefghijklmnopqrstuvwxyz/"  # a unit behind a number
_STARTS = frozenset("0123456789+-")
FEWEST = 5  # filled cells for each one that is no number: a column of numbers has four in five


@dataclass(slots=True)
class Numbers:
    """The numbers of a column, None where a cell holds none."""

    values: list[float | None]
    unit: str | None = None  # behind every number, where the cells say so
    problems: list[str] = field(default_factory=list)
    invalid: dict[int, str] = field(default_factory=dict)  # index -> why a filled cell is none
    margin: bool = False  # cells are written `mean ± spread`

    @property
    def any(self) -> bool:
        """Tell whether there is a number at all."""
        return self.values.count(None) < len(self.values)


def number(text: str) -> float | None:
    """Return the finite number a cell spells, None for anything else."""
    # A word, or a unit behind a number: an exception takes ten times as long.
    if text[:1].isalpha() or text[-1:].isalpha() or text[-1:] == "%":
        return None
    try:
        value = float(text)
    except ValueError:
        if "," not in text or not _GROUPED.match(text):
            return None
        value = float(text.replace(",", ""))
    return None if value - value != 0 or "_" in text else value


def rounding(cells: Sequence[str]) -> float:
    """Return the most that rounding hides of the numbers of a column: half of the last digit.

    A column has one precision, that of its longest cells: many writers drop zeros at the end.
    """
    some = cells[:: 1 + len(cells) // _LOOKED_AT]
    text = "".join(some)
    if "." not in text and "e" not in text:
        return 0.0
    behind = [cell.partition(".")[2] for cell in some]
    if "e" not in text and "".join(behind).isdecimal():
        digits = max(map(len, behind))
    else:
        digits = max(map(_decimals, some))
    return 0.5 * float(10**-digits) if 0 < digits <= _LONG else 0.0


def _decimals(cell: str) -> int:
    """Return the digits behind the point: four in `0.0012`, five in `1.2e-4`."""
    if "." not in cell and "e" not in cell:
        return 0
    behind = cell.partition(".")[2]
    if behind.isdecimal():
        return len(behind)
    mantissa, _, exponent = cell.lower().partition("e")
    shift = int(exponent) if exponent.lstrip("+-").isdecimal() and len(exponent) < _LONG else 0
    return max(0, len(mantissa.partition(".")[2].rstrip(_NOT_DIGITS)) - shift)


def read_column(cells: list[str], *, decimal_comma: bool = False) -> Numbers | None:
    """Return the numbers of a column, or None where it is no column of numbers."""
    values: list[float | None]
    try:
        if len(cells) == 1 and cells[0]:  # most tables of JSON
            values = [total := float(cells[0])]
        elif "" in cells:
            values = [float(cell) if cell else None for cell in cells]
            total = sum(filter(None, values))
        else:
            values = list(map(float, cells))
            total = sum(values)  # type: ignore[arg-type]
    except ValueError:
        return _read_mixed(cells, decimal_comma=decimal_comma)
    if total - total != 0 or "_" in "".join(cells):  # not finite, or `1_000`
        return _read_mixed(cells, decimal_comma=decimal_comma)
    return Numbers(values)


def writes_decimal_commas(columns: Iterable[Sequence[str]], least: int = 1) -> bool:
    """Tell whether a table writes 394,60 for 394.60: some cells do, and none has a point.

    `least` is the number of different cells that have to, more where a comma separates cells.
    """
    some = [cell for cells in columns for cell in cells[:_SHOWN] if cell[:1] in _STARTS]
    if not any("," in cell for cell in some):
        return False
    digits = list(map(_digits, some))
    shown = {one for one in digits if _SHOWS_COMMA.match(one)}
    return len(shown) >= least and not any(map(_POINT.match, digits))


def read_clock(cells: list[str]) -> Numbers | None:
    """Return the seconds of a column of durations as a clock shows them, None for any other."""
    values = [_clock(cell.strip()) for cell in cells]
    filled = [cell for cell, value in zip(cells, values, strict=True) if value is None and cell]
    return None if filled or not any(cells) else Numbers(values, "s")


def _clock(cell: str) -> float | None:
    match = _CLOCK.match(cell)
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3]) if match else None


@dataclass(slots=True)
class _Cells:
    """Cells read one by one: their numbers, and the unit behind each."""

    read: Callable[[str], float | None]
    values: list[float | None] = field(default_factory=list)
    units: list[str | None] = field(default_factory=list)
    strange: int = 0  # filled, and neither a number nor a word for one that is missing
    margin: bool = False

    def add(self, cell: str) -> None:
        value, unit = self.read(cell), None
        if value is None and cell and cell.lower() not in _MISSING:
            value, unit = self._written(cell)
            if value is None:
                self.strange += cell.lower().replace(" ", "_").strip("!.") not in _FAILED
        self.values.append(value)
        self.units.append(unit)

    def _written(self, cell: str) -> tuple[float | None, str | None]:
        margin = "\u00b1" in cell or "+/-" in cell or "+-" in cell
        if margin and (match := _MARGIN.match(cell)):
            value, unit = self.read(match[1]), unit_of(match[2]) if match[2] else None
            if value is None:
                value, unit = _with_unit(match[1], self.read)
            self.margin = self.margin or value is not None
            return value, unit
        value, unit = _with_unit(cell, self.read)
        if value is None and cell[0].isdecimal():
            return _span(cell), "s"
        return value, unit


class Doubt(Enum):
    """What a single cell of a column of numbers is."""

    NUMBER = "a number is read from it"
    MISSING = "it says that there is none"
    STRANGE = "neither"


def doubt(cell: str) -> Doubt:
    """Return what a cell is that `float` may not read."""
    found = _Cells(_decimal_comma if _DECIMAL_COMMA.match(cell) else number)
    found.add(cell.strip())
    if found.values[0] is not None:
        return Doubt.NUMBER
    return Doubt.STRANGE if found.strange else Doubt.MISSING


def _read_mixed(cells: list[str], *, decimal_comma: bool) -> Numbers | None:
    numbers = Numbers([])
    found = _Cells(_comma_reader(cells, numbers) if decimal_comma else number)
    stripped = [cell.strip() for cell in cells]
    filled = sum(cell.lower() not in _MISSING for cell in stripped)
    for cell in stripped:
        found.add(cell)
        if found.strange * FEWEST > filled and not numbers.problems:
            return None
    if numbers.problems or _is_numeric(found, filled):
        numbers.values, numbers.margin = found.values, found.margin
        _note_invalid(stripped, numbers)
        _settle_units(numbers, found.units)
        return numbers
    return None


def _is_numeric(found: _Cells, filled: int) -> bool:
    return found.strange * FEWEST <= filled and any(value is not None for value in found.values)


def _settle_units(numbers: Numbers, units: list[str | None]) -> None:
    """Give the column the unit of its cells; convert where each names its own of one kind."""
    pairs = list(zip(numbers.values, units, strict=True))
    named = Counter(unit for value, unit in pairs if value)  # a bare zero has any unit
    if len(named) <= 1:
        numbers.unit = next(iter(named), next((u for v, u in pairs if v is not None), None))
        return
    scales = {unit: SCALES.get(unit or "") for unit in named}
    bases = {scale[0] if scale else None for scale in scales.values()}
    if len(bases) > 1 or None in bases:
        names = sorted(unit or "none" for unit in named)
        numbers.problems.append("mixes units: " + ", ".join(names))
        numbers.values = [None] * len(pairs)
        return
    kinds = " and ".join(sorted(filter(None, named)))
    main = "s" if bases == {"s"} else named.most_common(1)[0][0]
    one = SCALES[main or ""][1]
    factors = {unit: SCALES[unit or ""][1] / one for unit in named}
    numbers.values = [value * factors[unit] if value else value for value, unit in pairs]
    numbers.unit = main
    numbers.problems.append(f"its cells name {kinds}: read as {main}")


def _note_invalid(cells: list[str], numbers: Numbers) -> None:
    """Say of each filled cell without a number why, and of the first odd one in the problems."""
    odd = not numbers.problems
    for index, (cell, value) in enumerate(zip(cells, numbers.values, strict=True)):
        if value is not None or cell in _BLANK:
            continue
        numbers.invalid[index] = why_none(cell)
        if odd and cell.lower() not in _MISSING:
            numbers.problems.append(numbers.invalid[index])
            odd = False


def why_none(cell: str) -> str:
    """Return why no number is read from a filled cell."""
    not_finite = cell.lower().lstrip("+-") in _NOT_FINITE
    if not_finite or (number(cell[:-1]) is None and _is_float(cell)):
        return f"holds {cell[:24]!r}, not finite"
    return f"holds {cell[:24]!r}, no number"


def is_blank(cell: str) -> bool:
    """Tell a cell that is empty or crossed out."""
    return cell in _BLANK


def _is_float(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _with_unit(cell: str, read: Callable[[str], float | None]) -> tuple[float | None, str | None]:
    match = _WITH_UNIT.match(cell) if cell[0] in _STARTS else None
    if match is None:
        return None, None
    unit = unit_of(match[2].strip())
    return (read(match[1]), unit) if unit else (None, None)


def _span(cell: str) -> float | None:
    """Return the seconds of `1h2m`, `1m12.5s`."""
    match = _SPAN.match(cell) if cell[-1:] in _SPAN_ENDS else None
    if match is None or sum(part is not None for part in match.groups()) < 2:  # noqa: PLR2004 - one alone is a unit
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds


def _comma_reader(cells: list[str], numbers: Numbers) -> Callable[[str], float | None]:
    """Return a reader for files that separate cells with `;`, where a comma may be the point."""
    commas = [_digits(cell) for cell in cells if "," in cell]
    if not commas:
        return number
    if all(map(_AMBIGUOUS.match, commas)):
        numbers.problems.append(f"{commas[0]!r} may be a thousand or a fraction: not read")
        return _without_comma
    if all(map(_DECIMAL_COMMA.match, commas)):
        return _decimal_comma
    return number


def _digits(cell: str) -> str:
    """Return a cell without a unit behind its number."""
    match = _WITH_UNIT.match(cell.strip())
    return match[1] if match else cell.strip()


def _without_comma(text: str) -> float | None:
    return None if "," in text else number(text)


def _decimal_comma(text: str) -> float | None:
    return number(text.replace(".", "").replace(",", ".")) if "," in text else number(text)
