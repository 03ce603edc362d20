"""Two groups: how many times one is the other, with an interval, and whether they differ at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from chimera.analysis.statistics.pairs import sums_at
from chimera.analysis.statistics.ranks import (
    EXACT,
    EXACT_PAIRS,
    midranks,
    rank_sum_critical,
    rank_sum_p,
    signed_rank_critical,
    signed_rank_p,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALPHA: Final = 0.05
LEAST_FOR_ORDER: Final = 4  # runs per group before two groups can differ at 5 %: 2/C(8,4) = 0.029
PRACTICAL: Final = 1.02  # medians closer than 2 % differ by less than runs on one machine do
Verdict = Literal["differs", "negligible", "undecided", "not_testable"]
_SAME: Final = 11  # decimals of log ratios that are compared: closer than the rounding of logs
_LARGEST_LOG: Final = 709.0  # beyond, neither a ratio nor its reciprocal is sure to be a float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many times the second group the first is, and how sure that is."""

    ratio: float
    """First over second: the Hodges-Lehmann estimate."""
    low: float
    """Lower end of the interval; NaN where samples of these sizes have none at that level."""
    high: float
    """Upper end, NaN likewise."""
    level: float
    """Confidence of the interval, such as 0.95."""
    p: float
    """Two-sided p-value that there is no difference."""
    least_p: float
    """The smallest p-value that samples of these sizes can have."""
    delta: float
    """Cliff's delta, from -1 (the first is always lower) to 1 (always higher)."""
    n: int
    """Number of values in the first group."""
    m: int
    """Number of values in the second group."""
    paired: bool
    """Whether the values belong together by pairs."""

    @property
    def reachable(self) -> bool:
        """Whether samples of these sizes can tell a difference at 5 % at all."""
        return self.least_p <= ALPHA


def compare(
    first: Sequence[float], second: Sequence[float], level: float = 0.95
) -> Comparison | None:
    """Return how many times the second of two independent groups the first is.

    The ratio is e to the Hodges-Lehmann estimate on logs: the median of all differences (Hodges
    and Lehmann, Annals of Mathematical Statistics 34, 1963). The interval inverts the Mann-Whitney
    test: order statistics of these differences, without continuity correction for ties, which
    makes it wider if anything (Moses; Hollander, Wolfe and Chicken, Nonparametric Statistical
    Methods, 2014, section 4.3). The p-value is that of `mann_whitney`; delta is Cliff's
    (Psychological Bulletin 114, 1993). None unless all values are positive and finite and the
    ratio and its interval are within what a float holds.
    """
    if not (_positive(first) and _positive(second)):
        return None
    import numpy as np

    above, below = np.sort(np.log(first)), np.sort(-np.log(second))
    n, m = len(first), len(second)
    critical = rank_sum_critical(n, m, level)
    estimate = _estimate(above, below, n * m, critical)
    if estimate is None:
        return None
    return Comparison(
        *estimate,
        level=level,
        p=mann_whitney(first, second),
        least_p=_least_p(n, m),
        delta=_dominance(first, second) / (n * m),
        n=n,
        m=m,
        paired=False,
    )


def compare_paired(
    first: Sequence[float], second: Sequence[float], level: float = 0.95
) -> Comparison | None:
    """Return how many times the second value of a pair the first is, from pairs of values.

    On the logs of the ratios: the median of the Walsh averages, the interval by inverting
    Wilcoxon's signed rank test, and its p-value, exact up to 50 pairs, from the pairs that are not
    equal (Wilcoxon, Biometrics 1, 1945; Hollander, Wolfe and Chicken, Nonparametric Statistical
    Methods, 2014, sections 3.1 to 3.3). Log ratios are rounded to 11 decimals, so that equal
    ratios are ties. Delta is the share of pairs with the first higher less that with it lower
    (Cliff, Psychological Bulletin 114, 1993). None as in `compare`.

    Raises:
        ValueError: If there are not as many first as second values.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} first and {len(second)} second values make no pairs")
    if not (_positive(first) and _positive(second)):
        return None
    import numpy as np

    logs = np.sort(np.round(np.log(first) - np.log(second), _SAME))
    n = len(logs)
    halves = logs / 2
    estimate = _estimate(halves, halves, n * (n + 1) // 2, signed_rank_critical(n, level))
    if estimate is None:
        return None
    return Comparison(
        *estimate,
        level=level,
        p=_signed_rank(logs),
        least_p=math.ldexp(2, -n),
        delta=float(np.sign(logs).mean()),
        n=n,
        m=n,
        paired=True,
    )


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the two-sided p-value that two samples come from one distribution.

    Exact, with and without ties, up to a product of the sizes of 2,500 (Mann and Whitney, Annals of
    Mathematical Statistics 18, 1947; with ties conditional on them, by the distance of the rank sum
    from its mean); else scipy's normal approximation with corrections for ties and continuity
    (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 2014, section 4.1).
    """
    import numpy as np

    if len(first) * len(second) <= EXACT:
        few, many = sorted((first, second), key=len)
        return rank_sum_p(midranks(np.array([*few, *many], dtype=float)), len(few))
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(first, second, method="asymptotic").pvalue)


def least_runs(alpha: float = ALPHA, family: int = 1) -> int:
    """Return the least n at which two groups of n can differ at a level in a family of tests.

    That is the least n whose smallest p-value 2 / C(2n, n), times the number of tests (Bonferroni,
    and Holm's first step), is at most alpha.

    Raises:
        ValueError: If alpha is not above 0 or there is no test.
    """
    if alpha <= 0 or family < 1:
        raise ValueError(f"no n reaches {alpha!r} in a family of {family!r}")
    n = 1
    while _least_p(n, n) * family > alpha:
        n += 1
    return n


def verdict(
    c: Comparison, p_adjusted: float, equivalence: Comparison | None, band: float = PRACTICAL
) -> Verdict:
    """Return what may be said of two groups, from the p-value adjusted for its family.

    `not_testable` where the sizes reach no difference; `negligible` where the interval of
    `equivalence`, the same comparison at level 0.90, lies inside (1 / band, band), whatever the
    p-value: two one-sided tests at 5 % (Schuirmann, Journal of Pharmacokinetics and
    Biopharmaceutics 15, 1987); `differs` where the adjusted p-value is at most 5 %, the interval
    excludes 1 and the ratio is as far from 1 as the band or further; else `undecided`.
    """
    if not c.reachable:
        return "not_testable"
    if equivalence is not None and 1 / band < equivalence.low <= equivalence.high < band:
        return "negligible"
    excluded = c.low > 1 or c.high < 1
    matters = c.ratio >= band or c.ratio <= 1 / band
    return "differs" if p_adjusted <= ALPHA and excluded and matters else "undecided"


def _positive(values: Sequence[float]) -> bool:
    return len(values) > 0 and all(0 < value < math.inf for value in values)


def _estimate(
    rows: NDArray[np.float64], columns: NDArray[np.float64], count: int, critical: int | None
) -> tuple[float, float, float] | None:
    """Return the ratio of the median sum and of the interval's ends, from logs in order."""
    ends = () if critical is None else (critical, count - 1 - critical)
    ranks = [(count - 1) // 2, count // 2, *ends]
    upper = rows is columns
    left, right, *limits = sums_at(rows, columns, ranks, upper=upper)
    if not all(abs(log) <= _LARGEST_LOG for log in (left, right, *limits)):
        return None
    low, high = map(math.exp, limits) if limits else (math.nan, math.nan)
    return math.exp((left + right) / 2), low, high


def _signed_rank(logs: NDArray[np.float64]) -> float:
    """Return the two-sided p-value of Wilcoxon's signed rank test of the logs that are not 0."""
    unequal = logs[logs != 0]
    if not len(unequal):
        return 1.0
    if len(unequal) <= EXACT_PAIRS:
        return signed_rank_p(midranks(abs(unequal)), unequal > 0)
    from scipy.stats import wilcoxon

    return float(wilcoxon(unequal, correction=True).pvalue)


def _least_p(n: int, m: int) -> float:
    """Return the p-value of two samples without overlap, 2 / C(n + m, n)."""
    if n * m <= EXACT:
        return min(1.0, 2 / math.comb(n + m, n))
    orders = math.lgamma(n + m + 1) - math.lgamma(n + 1) - math.lgamma(m + 1)
    return min(1.0, 2 * math.exp(-orders))


def _dominance(first: Sequence[float], second: Sequence[float]) -> int:
    """Return in how many pairs the first is higher, less those in which it is lower."""
    import numpy as np

    ordered = np.sort(second)
    higher = np.searchsorted(ordered, first, side="left").sum()
    not_lower = np.searchsorted(ordered, first, side="right").sum()
    return int(higher + not_lower) - len(first) * len(second)
