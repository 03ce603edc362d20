"""Load and what it brings: speed-up, efficiency, and where more load stops to help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_KEPT: Final = 0.95  # share of the throughput that has to be goodput


@dataclass(frozen=True, slots=True)
class Step:
    """What one level of load gives, against the smallest level."""

    level: float
    """The load: clients, users, threads."""
    throughput: float
    """Work per time at this level, in the caller's unit."""
    speedup: float
    """Throughput over that of the smallest level."""
    efficiency: float
    """Speed-up over the growth of the load; 1 is linear scaling."""


def scaling(levels: Sequence[float], throughputs: Sequence[float]) -> list[Step]:
    """Return speed-up and efficiency of each level, in ascending order of the levels.

    S(n) = X(n) / X(n1) and E(n) = S(n) / (n / n1), n1 the smallest level (Gunther, Guerrilla
    Capacity Planning, 2007, chapter 4). Empty where the smallest level has no positive throughput,
    since nothing is a baseline then.

    Raises:
        ValueError: If a level is not positive or occurs twice, or the lengths differ.
    """
    _check(levels)
    rows = sorted(zip(levels, throughputs, strict=True))
    if not rows or not rows[0][1] > 0:
        return []
    least, base = rows[0]
    return [Step(n, x, x / base, x / base / (n / least)) for n, x in rows]


def little(throughput: float, latency_s: float) -> float:
    """Return how many requests are under way on average: L = X * R.

    Throughput in requests per second, latency in seconds (Little, Operations Research 9, 1961).
    """
    return throughput * latency_s


def _check(levels: Sequence[float]) -> None:
    if not all(level > 0 for level in levels):
        raise ValueError("a level that is not positive")
    if len(set(levels)) < len(levels):
        raise ValueError("a level occurs twice; take the median of its runs first")
