"""Statistics of one group of values, and how much a sample of its size can tell."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Final

PERCENTILES: Final = {"p90": (0.90, 29), "p95": (0.95, 59), "p99": (0.99, 299)}
"""Percentile -> its rank, and the smallest n whose maximum is a distribution-free 95 % upper bound
of it: the least n with 1 - q**n >= 0.95 (Hahn and Meeker, Statistical Intervals, 1991)."""

LEAST_FOR_ORDER: Final = 4  # runs per group before two groups can differ at 5 %: 2/C(8,4) = 0.029
ALPHA: Final = 0.05
_HUGE: Final = 2.0**500  # values beyond are scaled, since their squares and sums overflow
_EXACT_TIED: Final = 144  # the same with ties, which take longer
_EXACT: Final = 2500  # product of the sample sizes up to which every order is counted


def describe(values: Sequence[float]) -> dict[str, float]:
    """Return the statistics that a sample supports, by name.

    One value is a `value`. From two on: median, mean, min, max and the sample standard deviation
    (n - 1); percentiles, interpolated between order statistics, from the n in `PERCENTILES`.
    What a float cannot hold is left out.

    Raises:
        ValueError: If there are no values.
    """
    if not values:
        raise ValueError("no values")
    if len(values) == 1:
        return {"value": values[0]}
    largest = max(map(abs, values))
    scale = 2.0 ** (math.frexp(largest)[1] - 1) if largest > _HUGE else 1.0
    small = [value / scale for value in values]
    found = {
        "median": statistics.median(small) * scale,
        "mean": statistics.fmean(small) * scale,
        "min": min(values),
        "max": max(values),
        "stdev": _stdev(small) * scale,
    }
    supported = [name for name, (_, least) in PERCENTILES.items() if len(values) >= least]
    if supported:
        cuts = statistics.quantiles(small, n=100, method="inclusive")
        found |= {name: cuts[round(PERCENTILES[name][0] * 100) - 1] * scale for name in supported}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p-value that two samples come from one distribution.

    Exact for small samples (Mann and Whitney, Annals of Mathematical Statistics 18, 1947; with ties
    by the shift algorithm of Streitberg and Roehmel, EDV in Medizin und Biologie 17, 1986); else
    the normal approximation with corrections for ties and continuity (Hollander, Wolfe and Chicken,
    Nonparametric Statistical Methods, 2014, section 4.1).
    """
    n, m = len(first), len(second)
    u = sum((a > b) + 0.5 * (a == b) for a in first for b in second)
    u = min(u, n * m - u)
    pooled = sorted([*first, *second])
    counts = [len(list(same)) for _, same in groupby(pooled)]
    if max(counts) == 1 and n * m <= _EXACT:
        return min(1.0, 2 * _orders_up_to(int(u), n, m) / math.comb(n + m, n))
    if n * m <= _EXACT_TIED:
        return _deals_as_far(first, second) / math.comb(n + m, n)
    ties = sum(t**3 - t for t in counts) / ((n + m) * (n + m - 1))
    variance = n * m / 12 * (n + m + 1 - ties)
    if variance == 0:
        return 1.0
    z = (n * m / 2 - u - 0.5) / math.sqrt(variance)
    return min(1.0, 2 * (1 - statistics.NormalDist().cdf(max(z, 0.0))))


def _orders_up_to(u: int, n: int, m: int) -> int:
    """Count the orders of n + m values with a statistic of at most u (generating function)."""
    counts = [1] + [0] * u
    for k in range(1, n + 1):  # multiply by (1 - x^(m+k)) / (1 - x^k), up to x^u
        for i in range(u, m + k - 1, -1):
            counts[i] -= counts[i - m - k]
        for i in range(k, u + 1):
            counts[i] += counts[i - k]
    return sum(counts)


def _deals_as_far(first: Sequence[float], second: Sequence[float]) -> int:
    """Count the ways to deal the values out whose rank sum is as far from its mean or further."""
    pooled = sorted([*first, *second])
    doubled = {v: pooled.index(v) * 2 + pooled.count(v) + 1 for v in set(pooled)}  # twice the rank
    sums: list[Counter[int]] = [Counter({0: 1}), *(Counter() for _ in first)]
    for value in pooled:
        for chosen in range(len(first), 0, -1):
            for total, count in sums[chosen - 1].items():
                sums[chosen][total + doubled[value]] += count
    mean = len(first) * (len(pooled) + 1)
    seen = abs(sum(doubled[value] for value in first) - mean)
    return sum(count for total, count in sums[-1].items() if abs(total - mean) >= seen)


def _stdev(values: Sequence[float]) -> float:
    """Return the sample standard deviation, by the two-pass formula with exact summation."""
    mean = statistics.fmean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
