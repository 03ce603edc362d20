"""More than two groups: whether any of them differs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain


def kruskal(groups: Sequence[Sequence[float]]) -> float:
    """Return the p-value that independent groups come from one distribution.

    By scipy, with the chi-squared approximation and correction for ties (Kruskal and Wallis,
    Journal of the American Statistical Association 47, 1952); 1 if all values are equal.

    Raises:
        ValueError: If there are fewer than two groups, or an empty one.
    """
    if len(groups) < 2 or not all(map(len, groups)):  # noqa: PLR2004
        raise ValueError("fewer than two groups with values")
    if len(set(chain.from_iterable(groups))) == 1:
        return 1.0
    from scipy.stats import kruskal as by_scipy

    return float(by_scipy(*groups).pvalue)


def friedman(blocks: Sequence[Sequence[float]]) -> float:
    """Return the p-value that the levels, one per column, do not differ within blocks, one per row.

    By scipy, with the chi-squared approximation and correction for ties (Friedman, Journal of the
    American Statistical Association 32, 1937); two levels by the exact sign test, which it then is
    (Dixon and Mood, ibid. 41, 1946); 1 if no block has different values.

    Raises:
        ValueError: If there is no block, or the blocks are not of one size of at least two.
    """
    sizes = {len(block) for block in blocks}
    if len(sizes) != 1 or sizes <= {0, 1}:
        raise ValueError("no blocks of one size of at least two")
    if all(len(set(block)) == 1 for block in blocks):
        return 1.0
    if sizes == {2}:
        return _signs([b - a for a, b in blocks])
    from scipy.stats import friedmanchisquare

    return float(friedmanchisquare(*zip(*blocks, strict=True)).pvalue)


def _signs(differences: Sequence[float]) -> float:
    from scipy.stats import binomtest

    unequal = [difference > 0 for difference in differences if difference]
    return float(binomtest(sum(unequal), len(unequal)).pvalue)
