"""How facts are written: names of metrics, numbers with their unit."""

from __future__ import annotations

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


def title(metric: str) -> str:
    """Return the name of a metric for people: `TTFT`, `Load time`, `Compile time`."""
    spoken = TITLES.get(metric, metric.replace("_", " "))
    return spoken[:1].upper() + spoken[1:]


def spoken(metric: str) -> str:
    """Return the name of a metric inside a sentence: `TTFT`, `load time`."""
    name = title(metric)
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def number(value: float) -> str:
    """Return a number with four significant digits, whole from 1,000 on, never in exponents.

    The number shown differs from the value by at most half a unit of its last digit.
    """
    if value == int(value) and abs(value) < 1e15:  # noqa: PLR2004  floats are whole beyond
        return f"{int(value):,}"
    size = abs(value)
    if size >= 1000:  # noqa: PLR2004  four digits before the point
        return f"{value:,.0f}"
    decimals = 3
    while decimals < 12 and size < 10 ** (3 - decimals):  # noqa: PLR2004  a float's useful digits
        decimals += 1
    while decimals > 0 and size >= 10 ** (4 - decimals):
        decimals -= 1
    return f"{value:.{decimals}f}"


def quantity(value: float, unit: str | None) -> str:
    """Return a number with its unit: `76.88 tok/s`, `12 %`, `0.75`."""
    return f"{number(value)} {unit}" if unit else number(value)


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return `1 file`, `2 files`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
