"""Statistics of one group of values, and how much a sample of its size can tell."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final

PERCENTILES: Final = {"p90": (0.90, 29), "p95": (0.95, 59), "p99": (0.99, 299)}
"""Percentile -> its rank, and the smallest n for which a sample holds a distribution-free 95 % upper
bound of it: the least n with 1 - q**n >= 0.95 (Hahn and Meeker, Statistical Intervals, 1991)."""

LEAST_FOR_ORDER: Final = 4  # runs per group before two groups can differ at 5 %: 2/C(8,4) = 0.029
ALPHA: Final = 0.05


def describe(values: Sequence[float]) -> dict[str, float]:
    """Return the statistics that a sample supports, by name.

    One value is a `value`. From two on: median, mean, min, max and the sample standard deviation
    (n - 1); percentiles (linear interpolation between order statistics) from the n in `PERCENTILES`.

    Raises:
        ValueError: If there are no values.
    """
    if not values:
        raise ValueError("no values")
    if len(values) == 1:
        return {"value": values[0]}
    found = {
        "median": statistics.median(values),
        "mean": statistics.fmean(values),
        "min": min(values),
        "max": max(values),
        "stdev": _stdev(values),
    }
    supported = [name for name, (_, least) in PERCENTILES.items() if len(values) >= least]
    if supported:
        cuts = statistics.quantiles(values, n=100, method="inclusive")
        found.update({name: cuts[round(PERCENTILES[name][0] * 100) - 1] for name in supported})
    return found


def separated(first: Sequence[float], second: Sequence[float]) -> bool:
    """Return whether every value of one sample lies beyond every value of the other."""
    return min(first) > max(second) or max(first) < min(second)


def separation_p(n_first: int, n_second: int) -> float:
    """Return the two-sided p-value of full separation under the exact Mann-Whitney test.

    Of the C(n1 + n2, n1) equally likely orders, two separate the samples (Mann and Whitney, 1947).
    """
    return 2 / math.comb(n_first + n_second, n_first)


def _stdev(values: Sequence[float]) -> float:
    """Return the sample standard deviation, by the two-pass formula with exact summation."""
    mean = statistics.fmean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
