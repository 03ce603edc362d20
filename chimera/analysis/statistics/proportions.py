"""Proportions: how often something happened, of how many."""

from __future__ import annotations


def wilson(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a proportion, from 0 to 1.

    By scipy, without continuity correction (Wilson, Journal of the American Statistical Association
    22, 1927; recommended by Brown, Cai and DasGupta, Statistical Science 16, 2001).

    Raises:
        ValueError: If n is below 1 or the hits are not from 0 to n.
    """
    _check(hits, n)
    from scipy.stats import binomtest

    found = binomtest(hits, n).proportion_ci(level, method="wilson")
    return max(0.0, float(found.low)), min(1.0, float(found.high))


def fisher(hits1: int, n1: int, hits2: int, n2: int) -> float:
    """Return the exact two-sided p-value that two independent proportions are equal.

    By scipy: all tables with the same margins that are no more likely than this one (Fisher, The
    Design of Experiments, 1935, chapter 2).

    Raises:
        ValueError: If an n is below 1 or its hits are not from 0 to n.
    """
    _check(hits1, n1)
    _check(hits2, n2)
    from scipy.stats import fisher_exact

    return min(1.0, float(fisher_exact([[hits1, n1 - hits1], [hits2, n2 - hits2]])[1]))


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value that two proportions of the same items are equal.

    From the items that only the first or only the second got right; the others say nothing of the
    difference. Binomial test with 1/2 (McNemar, Psychometrika 12, 1947), by scipy; 1 without any.

    Raises:
        ValueError: If a count is negative.
    """
    if min(only_first, only_second) < 0:
        raise ValueError(f"a negative count: {only_first!r}, {only_second!r}")
    if only_first == only_second:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(only_first, only_first + only_second).pvalue)


def _check(hits: int, n: int) -> None:
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"{hits!r} of {n!r} is no proportion")
