"""Statistics of one group of values, and how much a sample of its size can tell."""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

PERCENTILES: Final = {"p90": (0.90, 29), "p95": (0.95, 59), "p99": (0.99, 299)}
"""Percentile -> its rank, and the smallest n whose maximum is a distribution-free 95 % upper bound
of it: the least n with 1 - q**n >= 0.95 (Hahn and Meeker, Statistical Intervals, 1991)."""

_LEAST_FOR_INTERVAL: Final = 6  # the least n with 1 - 2 * 0.5**n >= 0.95
_MILD: Final = 1.5
_SEVERE: Final = 3.0
_LEAST_FENCED: Final = 4  # below, the quartiles are the extremes or lie between them and one value
_HUGE: Final = 2.0**500  # values beyond are scaled, since their squares and sums overflow
_COUNTED: Final = 1000  # n up to which the binomial coefficients are summed as whole numbers


@dataclass(frozen=True, slots=True)
class Outliers:
    """Which values stand apart, by their index; they are labelled and never left out."""

    mild: tuple[int, ...]
    """Beyond 1.5 interquartile ranges from the quartiles, but not severe."""
    severe: tuple[int, ...]
    """Beyond 3 interquartile ranges."""
    low: float
    """The lower of the two inner fences, in the unit of the values."""
    high: float
    """The upper inner fence."""


def describe(values: Sequence[float]) -> dict[str, float]:
    """Return the statistics that a sample supports, by name.

    One value is a `value`. From two on: median, mean, min, max and the sample standard deviation
    (n - 1); from six on the ends of the distribution-free 95 % interval of the median, which are
    order statistics with ranks from the binomial distribution (Hahn and Meeker, Statistical
    Intervals, 1991, section 5.2); percentiles, interpolated between order statistics, from the n
    in `PERCENTILES`. What a float cannot hold is left out.

    Raises:
        ValueError: If there are no values.
    """
    if not values:
        raise ValueError("no values")
    if len(values) == 1:
        return {"value": values[0]}
    scale = _scale(values)
    small = sorted(value / scale for value in values)
    found = {
        "median": statistics.median(small) * scale,
        "mean": statistics.fmean(small) * scale,
        "min": min(values),
        "max": max(values),
        "stdev": _stdev(small) * scale,
    }
    if len(small) >= _LEAST_FOR_INTERVAL:
        below = _below_median(len(small))
        found |= {"median_low": small[below] * scale, "median_high": small[-below - 1] * scale}
    supported = [name for name, (_, least) in PERCENTILES.items() if len(values) >= least]
    if supported:
        cuts = statistics.quantiles(small, n=100, method="inclusive")
        found |= {name: cuts[round(PERCENTILES[name][0] * 100) - 1] * scale for name in supported}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def outliers(values: Sequence[float]) -> Outliers:
    """Return the values beyond Tukey's fences (Exploratory Data Analysis, 1977, section 2C).

    The quartiles are interpolated between order statistics. Below four values, or where the
    quartiles are equal, there is no spread to measure by: nothing is labelled, and the fences are
    the minimum and the maximum.

    Raises:
        ValueError: If there are no values.
    """
    if not values:
        raise ValueError("no values")
    scale = _scale(values)
    small = [value / scale for value in values]
    spread = 0.0
    if len(values) >= _LEAST_FENCED:
        first, _, third = statistics.quantiles(small, n=4, method="inclusive")
        spread = third - first
    if spread <= 0:
        return Outliers((), (), min(values), max(values))
    beyond = [max(first - value, value - third) / spread for value in small]
    return Outliers(
        mild=tuple(i for i, far in enumerate(beyond) if _MILD < far <= _SEVERE),
        severe=tuple(i for i, far in enumerate(beyond) if far > _SEVERE),
        low=_held((first - _MILD * spread) * scale),
        high=_held((third + _MILD * spread) * scale),
    )


def _scale(values: Sequence[float]) -> float:
    """Return a power of two by which huge values are divided before they are added up."""
    largest = max(map(abs, values))
    return 2.0 ** (math.frexp(largest)[1] - 1) if largest > _HUGE else 1.0


def _held(value: float) -> float:
    """Return the nearest value that is not infinite."""
    return min(max(value, -sys.float_info.max), sys.float_info.max)


@lru_cache(maxsize=4096)
def _below_median(n: int) -> int:
    """Return how many values lie below the interval of the median, and as many above it.

    That is the largest k with P(B <= k) <= 0.025, B binomial with n and 1/2: the median lies below
    the value that has k others below it exactly if at most k values lie below the median.
    """
    if n <= _COUNTED:
        counts = accumulate(math.comb(n, k) for k in range(n))
        return next(k for k, count in enumerate(counts) if count * 40 > 2**n) - 1
    from scipy.special import bdtr

    k = int(n / 2 - 2 * math.sqrt(n))  # four standard deviations below the mean
    while bdtr(k + 1, n, 0.5) <= 0.025:  # noqa: PLR2004  half of 5 %
        k += 1
    return k


def _stdev(values: Sequence[float]) -> float:
    """Return the sample standard deviation, by the two-pass formula with exact summation."""
    mean = statistics.fmean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
