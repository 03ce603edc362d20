"""Units: which of them measure the same thing, and by what factor.

Prefixes of bytes follow IEC 80000-13: `kB` is 1000 bytes, `KiB` is 1024.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from chimera.evidence.words import words

POINTS: Final = "pp"
PERCENT: Final = "%"
FACTOR: Final = "x"

_SIZES: Final = {
    "time": {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0},
    "bytes": {
        "B": 1.0, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
        "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30, "TiB": 2.0**40,
    },
    "power": {"W": 1.0, "mW": 1e-3, "kW": 1e3},
    "energy": {"J": 1.0, "mJ": 1e-3, "kJ": 1e3, "Wh": 3600.0, "kWh": 3.6e6},
    "frequency": {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9},
    "share": {PERCENT: 0.01},
    "points": {POINTS: 0.01},
    "factor": {FACTOR: 1.0},
    "temperature": {"°C": 1.0},
    "tok": {"tok": 1.0, "tokens": 1.0, "token": 1.0},
}  # fmt: skip
_MEASURES: Final = {
    unit: (name, size) for name, sizes in _SIZES.items() for unit, size in sizes.items()
}
_SPELLED: Final = {
    "µs": "us", "μs": "us", "sec": "s", "second": "s", "seconds": "s", "millisecond": "ms",
    "milliseconds": "ms", "microsecond": "us", "microseconds": "us", "nanosecond": "ns",
    "nanoseconds": "ns", "minute": "min", "minutes": "min", "hour": "h", "hours": "h",
    "percent": PERCENT, "percentage points": POINTS, "percentage point": POINTS, "points": POINTS,
    "times": FACTOR, "\u00d7": FACTOR,
    "byte": "B", "bytes": "B", "megabytes": "MB", "gigabytes": "GB",
    "fold": FACTOR, "-fold": FACTOR, "watts": "W", "joules": "J", "rps": "req/s",
}  # fmt: skip
_COUNTED: Final = {
    "tokens": "tok", "token": "tok", "requests": "req", "request": "req", "queries": "query",
    "operations": "op", "ops": "op",
}  # fmt: skip
_PREFIXES: Final = {"k": 1e3, "M": 1e6, "G": 1e9}
_RATE: Final = re.compile(r"([^\s/]{1,16})(?:/| per )([A-Za-zµμ]{1,12})")
_COUNTS: Final = words("tok req op query row image sample step prompt char call event byte B msg")


class Measure(NamedTuple):
    """What a unit measures, and how many basic units it is."""

    what: str
    size: float


@lru_cache(maxsize=1024)
def measure(unit: str) -> Measure | None:
    """Return what a unit measures; None for a word that is no unit."""
    name = _SPELLED.get(unit, unit)
    if name in _MEASURES:
        return Measure(*_MEASURES[name])
    rate = _RATE.fullmatch(name)
    return _rate(rate.group(1), rate.group(2)) if rate else None


def _rate(counted: str, per: str) -> Measure:
    below = measure(per)
    what, size = _COUNTED.get(counted, counted), 1.0
    bytes_ = _SIZES["bytes"].get(what)
    if bytes_ is not None:
        what, size = "bytes", bytes_
    elif what[0] in _PREFIXES and _COUNTED.get(what[1:], what[1:]) in _COUNTS:
        what, size = _COUNTED.get(what[1:], what[1:]), _PREFIXES[what[0]]
    if below is None or below.what != "time":
        return Measure(f"{what}/{_COUNTED.get(per, per)}", size)
    return Measure(f"{what}/time", size / below.size)


def alike(one: str | None, other: str | None) -> bool:
    """Return whether two units measure the same thing."""
    if one == other:
        return True
    first, second = measure(one or ""), measure(other or "")
    return first is not None and second is not None and first.what == second.what


def converted(value: float, unit: str | None, into: str | None) -> float | None:
    """Return a value in another unit; None where the units measure different things."""
    if unit == into:
        return value
    have, want = measure(unit or ""), measure(into or "")
    if have is None or want is None or have.what != want.what:
        return None
    return value * have.size / want.size
