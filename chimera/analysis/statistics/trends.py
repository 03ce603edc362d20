"""One series in run order: drift, changes of level, and what the next value may be."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from chimera.analysis.statistics.splits import best_split, significant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LEAST: Final = 10
_LEAST_CHANGED: Final = 20
_MOST: Final = 1000  # values whose pairs are formed; more are reduced to medians of neighbours
_MOST_SPLIT: Final = 200


@dataclass(frozen=True, slots=True)
class Trend:
    """How a series moves from run to run."""

    slope: float
    """Relative change per run: 0.01 is 1 % more each run, compounded."""
    low: float
    """Lower end of its 95 % interval."""
    high: float
    """Upper end."""
    p: float
    """Two-sided p-value that the series has no monotone trend."""
    n: int
    """Number of values."""


def trend(values: Sequence[float]) -> Trend | None:
    """Return the drift of a series in run order, None below 10 values.

    The slope is that of Theil and Sen on the logs, as e to the slope less 1, with Sen's 95 %
    interval (Sen, Journal of the American Statistical Association 63, 1968); the p-value is that of
    Kendall's tau against the order, the test of Mann (Econometrica 13, 1945). Both by scipy. Of
    more than 1,000 values the slope is that of the medians of neighbouring runs, in blocks of one
    size. None also unless all values are positive and finite and the slope is a float.
    """
    if len(values) < _LEAST or not all(0 < value < math.inf for value in values):
        return None
    from scipy.stats import kendalltau, theilslopes

    size = -(-len(values) // _MOST)
    logs = _blocks([math.log(value) for value in values], size)
    found = theilslopes(logs, alpha=0.95)
    slopes = [float(s) / size for s in (found.slope, found.low_slope, found.high_slope)]
    if max(slopes) > math.log(1e300):
        return None
    p = 1.0 if len(set(values)) == 1 else float(kendalltau(range(len(values)), values).pvalue)
    slope, low, high = map(math.expm1, slopes)
    return Trend(slope, low, high, p, len(values))


def change_points(
    values: Sequence[float],
    seed: int = 0,
    alpha: float = 0.01,
    least: int = 5,
    magnitude: float = 0.05,
) -> list[int]:
    """Return the indices at which a new level begins, in order; none below 20 values.

    E-divisive (Matteson and James, Journal of the American Statistical Association 109, 2014):
    a segment is split where the energy distance of its two sides is largest, if at most a share
    alpha of 199 random orders of the segment reach it; then each side likewise. As in MongoDB's
    and Hunter's use of it, a side has at least `least` values, and in the end only changes stay
    whose medians differ by at least the share `magnitude`. The orders are drawn from the seed: the
    same values give the same result. Of more than 200 values the medians of neighbouring runs are
    taken, in blocks of one size.
    """
    if len(values) < _LEAST_CHANGED:
        return []
    import numpy as np

    size = -(-len(values) // _MOST_SPLIT)
    largest = max(map(abs, values)) or 1.0  # what is divided by it does not overflow
    blocks = _blocks([value / largest for value in values], size)
    drawn = np.random.default_rng(seed)
    found = _divided(np.array(blocks), max(least, 2), alpha, drawn)
    return [index * size for index in _large(found, blocks, magnitude)]


def prediction_interval(
    history: Sequence[float], level: float = 0.95
) -> tuple[float, float] | None:
    """Return the interval in which one new value falls if nothing has changed.

    Student's t on the logs: mean +- t * s * sqrt(1 + 1 / n), which supposes log-normal values
    (Hahn and Meeker, Statistical Intervals, 1991, section 4.7). None below 10 values, unless all
    are positive and finite, and where an end is beyond what a float holds.
    """
    n = len(history)
    if n < _LEAST or not all(0 < value < math.inf for value in history):
        return None
    from scipy.special import stdtrit

    logs = [math.log(value) for value in history]
    centre = statistics.fmean(logs)
    reach = float(stdtrit(n - 1, (1 + level) / 2)) * statistics.stdev(logs) * math.sqrt(1 + 1 / n)
    if abs(centre) + reach > math.log(1e300):
        return None
    return math.exp(centre - reach), math.exp(centre + reach)


def _blocks(values: list[float], size: int) -> list[float]:
    """Return the medians of neighbours, `size` at a time; what is left at the end is left out."""
    if size == 1:
        return values
    whole = len(values) // size * size
    return [statistics.median(values[i : i + size]) for i in range(0, whole, size)]


def _divided(
    values: NDArray[np.float64], least: int, alpha: float, drawn: np.random.Generator
) -> list[int]:
    """Return where the values change, splitting each side again."""
    if len(values) < 2 * least:
        return []
    at, reached = best_split(values, least)
    if not significant(values, least, reached, alpha, drawn):
        return []
    left = _divided(values[:at], least, alpha, drawn)
    right = _divided(values[at:], least, alpha, drawn)
    return [*left, at, *(at + index for index in right)]


def _large(found: list[int], values: list[float], magnitude: float) -> list[int]:
    """Drop the change of least size, as long as it is too small, and measure again."""
    while found:
        edges = [0, *found, len(values)]
        medians = [statistics.median(values[a:b]) for a, b in pairwise(edges)]
        sizes = [
            abs(after - before) / abs(before) if before else math.inf
            for before, after in pairwise(medians)
        ]
        least = min(range(len(sizes)), key=sizes.__getitem__)
        if sizes[least] >= magnitude:
            break
        found = found[:least] + found[least + 1 :]
    return found
