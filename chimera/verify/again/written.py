"""A cell of an artifact → the number it spells, in the unit that is asked for."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Final

_TIMES: Final = {
    1e-9: "ns nsec nsecs nanosecond nanoseconds nanos",
    1e-6: "us µs μs usec usecs microsecond microseconds micros",
    1e-3: "ms msec msecs millisecond milliseconds millis",
    1.0: "s sec secs second seconds",
    60.0: "min mins minute minutes",
    3600.0: "h hr hrs hour hours",
}
_SIZES: Final = {
    1.0: "b byte bytes",
    1e3: "kb kbyte kbytes kilobytes",
    1e6: "mb mbyte mbytes megabytes",
    1e9: "gb gbyte gbytes gigabytes",
    1e12: "tb tbyte terabytes",
    2.0**10: "kib ki kibibytes",
    2.0**20: "mib mi mebibytes",
    2.0**30: "gib gi gibibytes",
    2.0**40: "tib",
}
_POWERS: Final = {1e-3: "mw milliwatt milliwatts", 1.0: "w watt watts", 1e3: "kw"}
_SCALES: Final = {
    word: (kind, factor)
    for kind, factors in (("time", _TIMES), ("size", _SIZES), ("power", _POWERS))
    for factor, spellings in factors.items()
    for word in spellings.split()
}
_DIGITS: Final = r"[+-]?(?:\d[\d.,]*|\.\d+)(?:[eE][+-]?\d+)?"
_QUANTITY: Final = re.compile(rf"({_DIGITS})\s*(.*)", re.DOTALL)
_MARGIN: Final = re.compile(r"(.*?)\(?\s*(?:±|\+/?-)\s*[\d.,]+(?:[eE][+-]?\d+)?\s*([^\d()]*)\)?\Z")
_SPREAD: Final = re.compile(r"(?:±|\+/?-)\s*(.*?)\)?\Z")
_CLOCK: Final = re.compile(r"(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)\Z")
_SPAN: Final = re.compile(r"(?:(\d+)h)?\s?(?:(\d+)m(?:in)?)?\s?(?:(\d+(?:\.\d+)?)s)?\Z")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?\Z")
# A comma behind a lone 0, or before one, two, or more than three digits, divides no thousands.
_COMMA: Final = re.compile(r"[+-]?(?:0,\d+|\d+,(?:\d\d?|\d{4,}))\Z")
_POINT: Final = re.compile(r"[+-]?[\d,]*\.\d+\Z")


def number_in(cell: str, unit: str | None = None, *, decimal_comma: bool = False) -> float | None:
    """Return the number of a cell; None where it holds none that is finite.

    A unit behind the number is converted to the one asked for where both are of one kind: `120 ms`
    is 0.12 in s. Durations (`1m30s`, `0:01:30`) are in seconds. Of `1.5 ± 0.1` the first counts;
    `margin_of` returns the other.
    """
    text = cell.strip().strip('"').strip()
    seconds = _clock(text)
    if seconds is not None:
        return _scaled(seconds, "s", unit)
    margin = _MARGIN.match(text)
    tail = ""
    if margin:
        text, tail = margin[1].strip(), margin[2].strip()
    match = _QUANTITY.match(text)
    if match is None:
        return None
    value = _digits(match[1], decimal_comma=decimal_comma)
    return None if value is None else _scaled(value, match[2].strip() or tail, unit)


def margin_of(cell: str) -> str:
    """Return what stands behind ± in a cell, with the unit; the cell itself where nothing does."""
    match = _SPREAD.search(cell)
    return match[1] if match else cell


def unit_in(cell: str) -> str:
    """Return what stands behind the number of a cell; empty where nothing does."""
    match = _QUANTITY.match(cell.strip().strip('"').strip())
    return match[2].strip() if match else ""


def writes_decimal_commas(cells: Iterable[str]) -> bool:
    """Tell whether cells write 394,60 for 394.60: some do, and none has a point."""
    numbers = [match[1] for cell in cells if (match := _QUANTITY.match(cell.strip()))]
    return any(map(_COMMA.match, numbers)) and not any(map(_POINT.match, numbers))


def same_kind(one: str, other: str) -> float | None:
    """Return how many of the other unit one is; None where they are not of one kind or unknown."""
    first, second = _SCALES.get(one.lower()), _SCALES.get(other.lower())
    if first is None or second is None or first[0] != second[0]:
        return None
    return first[1] / second[1]


def _digits(text: str, *, decimal_comma: bool) -> float | None:
    if _COMMA.match(text) or (decimal_comma and "," in text):
        text = text.replace(".", "").replace(",", ".")
    elif _THOUSANDS.match(text):
        text = text.replace(",", "")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _clock(text: str) -> float | None:
    if match := _CLOCK.match(text):
        hours, minutes, seconds = map(float, match.groups())
    elif (match := _SPAN.match(text)) and sum(part is not None for part in match.groups()) > 1:
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
    else:
        return None
    return hours * 3600 + minutes * 60 + seconds


def _scaled(value: float, written: str, unit: str | None) -> float:
    factor = same_kind(written, unit) if written and unit else None
    return value if factor is None else value * factor
