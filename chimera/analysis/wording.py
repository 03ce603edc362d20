"""How facts are written: names of metrics, numbers with their unit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final

TITLES: Final = {
    "bits_per_char": "Bits per character",
    "eval": "Evaluation time",
    "itl": "Inter-token latency",
    "load": "Load time",
    "prompt_eval": "Prompt evaluation time",
    "request_throughput": "Request throughput",
    "throughput": "Throughput",
    "tpot": "Time per output token",
    "ttft": "TTFT",
}


_ACRONYMS: Final = {"cpu", "gpu", "io", "ram", "vram"}


def title(metric: str) -> str:
    """Return the name of a metric for people: `TTFT`, `Load time`, `Compile time`."""
    words = TITLES.get(metric) or " ".join(
        word.upper() if word in _ACRONYMS else word for word in metric.split("_")
    )
    return words[:1].upper() + words[1:]


def spoken(metric: str) -> str:
    """Return the name of a metric inside a sentence: `TTFT`, `load time`."""
    name = title(metric)
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def number(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits, whole from 1,000 on, never in exponents.

    The number shown differs from the value by at most half a unit of its last digit.
    """
    if value == int(value) and abs(value) < 1e15:  # noqa: PLR2004  floats are whole beyond
        return f"{int(value):,}"
    size = abs(value)
    if size >= 1000:  # noqa: PLR2004  the digits before the point are never cut
        return f"{value:,.0f}"
    decimals = min(max(digits - 1 - math.floor(math.log10(size)), 0), _MOST_DECIMALS)
    return f"{value:.{decimals}f}"


def quantity(value: float, unit: str | None, shown: str | None = None) -> str:
    """Return a number with its unit: `76.88 tok/s`, `12 %`, `0.75`.

    Seconds, micro- and nanoseconds are given in the unit to be `shown`, else as s, ms, µs or ns.
    """
    shown = shown or readable(value, unit)
    if not math.isfinite(value * factor(unit, shown)):
        shown = unit
    return f"{number(value * factor(unit, shown))} {shown}" if shown else number(value)


def readable(value: float, unit: str | None) -> str | None:
    """Return the unit a value reads well in: for seconds the largest that keeps it above 0.1."""
    if unit not in _SCALED or value == 0:
        return unit
    seconds = abs(value) * _SECONDS[unit]
    return next((name for name in _SHOWN if seconds >= _SECONDS[name] / 10), "ns")


def factor(unit: str | None, shown: str | None) -> float:
    """Return what a value in one unit of time is multiplied by to be shown in another."""
    if unit == shown or unit not in _SECONDS or shown not in _SECONDS:
        return 1.0
    return round(_SECONDS[unit] / _SECONDS[shown], 12)


_MOST_DECIMALS: Final = 15  # what a float can tell
_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "us": 1e-6, "ns": 1e-9}
_SHOWN: Final = ("s", "ms", "µs", "ns")
_SCALED: Final = frozenset({"s", "us", "ns"})  # milliseconds are left as people write them


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return `1 file`, `2 files`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(texts: Iterable[str], last: str = "and") -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    *most, end = texts
    return f"{', '.join(most)} {last} {end}" if most else end
