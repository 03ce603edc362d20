"""Tests of ranks computed again: the orders are counted with whole numbers of any length.

Counts of subsets by their sum are coefficients of a polynomial; it is kept in one long integer,
each coefficient in bits of its own (the substitution of Kronecker, 1882).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from statistics import NormalDist
from typing import Final

Values = Sequence[float]
NORMAL: Final = NormalDist()
_EXACT: Final = 2_500  # product of two sizes up to which orders are counted
_EXACT_PAIRS: Final = 50
_EXACT_ORDERS: Final = 33  # values whose inversions are counted
_ROUNDING: Final = 1 + 1e-9


def mann_whitney_p(first: Values, second: Values) -> float:
    """Return the two-sided p-value that two samples come from one distribution.

    Exact given the ties, by the distance of the rank sum from its mean, up to a product of the
    sizes of 2,500 (Mann and Whitney, 1947); else the normal approximation with corrections for
    ties and continuity (Hollander, Wolfe and Chicken, 2014, section 4.1).
    """
    n, m = len(first), len(second)
    doubled = _doubled_ranks([*first, *second])
    if n * m <= _EXACT:
        return _rank_sum_p(doubled, n)
    total = n + m
    above = sum(doubled[:n]) / 2 - n * (n + 1) / 2
    ties = sum(t**3 - t for t in Counter(doubled).values())
    deviation = math.sqrt(n * m / 12 * (total + 1 - ties / (total * (total - 1))))
    return _two_sided(max(0.0, abs(above - n * m / 2) - 0.5), deviation)


def rank_sum_outside(n: int, m: int, level: float) -> int:
    """Return how many sorted differences lie outside each end of the interval.

    The largest u with P(U <= u) <= (1 - level) / 2; beyond a product of 2,500 by the normal
    approximation with continuity correction (Hollander, Wolfe and Chicken, 2014, section 4.3).

    Raises:
        ValueError: Samples of these sizes have no such interval.

    """
    if n * m > _EXACT:
        return _approximate(n * m / 2, n * m * (n + m + 1) / 12, level)
    few = min(n, m)
    counts = _subsets(tuple(range(1, n + m + 1)), few)[few * (few + 1) // 2 :]
    return _outside(counts, math.comb(n + m, few), level)


def signed_rank_outside(n: int, level: float) -> int:
    """Return likewise how many sorted Walsh averages lie outside (ibid., section 3.3).

    Raises:
        ValueError: So many pairs have no such interval.

    """
    if n > _EXACT_PAIRS:
        return _approximate(n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24, level)
    return _outside(_sums(tuple(range(1, n + 1))), 2**n, level)


def signed_rank_p(differences: Values) -> float:
    """Return the two-sided p-value of Wilcoxon's signed rank test of differences that are not 0.

    Exact given the ties up to 50 (Wilcoxon, 1945); else the normal approximation with corrections
    for ties and continuity.
    """
    if not differences:
        return 1.0
    n = len(differences)
    doubled = _doubled_ranks([abs(difference) for difference in differences])
    above = sum(rank for rank, d in zip(doubled, differences, strict=True) if d > 0)
    total = sum(doubled)
    if n <= _EXACT_PAIRS:
        counts = _sums(tuple(sorted(doubled)))
        far = sum(c for s, c in enumerate(counts) if abs(2 * s - total) >= abs(2 * above - total))
        return float(min(1.0, far / 2**n))
    ties = sum(t**3 - t for t in Counter(doubled).values())
    deviation = math.sqrt((n * (n + 1) * (2 * n + 1) - ties / 2) / 24)
    return _two_sided(max(0.0, abs(above / 2 - n * (n + 1) / 4) - 0.5), deviation)


def kruskal_p(*groups: Values) -> float:
    """Return the p-value that groups come from one distribution (Kruskal and Wallis, 1952).

    Chi-squared approximation, corrected for ties; 1 if all values are equal.
    """
    pooled = list(chain.from_iterable(groups))
    if len(set(pooled)) == 1:
        return 1.0
    n, sums = len(pooled), 0.0
    doubled = iter(_doubled_ranks(pooled))
    for group in groups:
        sums += (sum(next(doubled) for _ in group) / 2) ** 2 / len(group)
    ties = sum(t**3 - t for t in Counter(pooled).values())
    h = (12 / (n * (n + 1)) * sums - 3 * (n + 1)) / (1 - ties / (n**3 - n))
    return _chi_squared_above(h, len(groups) - 1)


def friedman_p(*levels: Values) -> float:
    """Return the p-value that levels do not differ within blocks (Friedman, 1937).

    The i-th values form a block. Chi-squared approximation, corrected for ties; two levels by the
    sign test, which it then is; 1 if no block has different values.
    """
    blocks = list(zip(*levels, strict=True))
    if all(len(set(block)) == 1 for block in blocks):
        return 1.0
    k, n = len(levels), len(blocks)
    if k == 2:  # noqa: PLR2004 - the sign test
        higher = sum(b > a for a, b in blocks)
        unequal = sum(b != a for a, b in blocks)
        tail = sum(math.comb(unequal, i) for i in range(min(higher, unequal - higher) + 1))
        return float(min(1.0, 2 * tail / 2**unequal))
    ranked = [_doubled_ranks(block) for block in blocks]
    sums = sum((sum(column) / 2) ** 2 for column in zip(*ranked, strict=True))
    ties = sum(t**3 - t for block in blocks for t in Counter(block).values())
    statistic = 12 / (k * n * (k + 1)) * sums - 3 * n * (k + 1)
    return _chi_squared_above(statistic / (1 - ties / (k * (k * k - 1) * n)), k - 1)


def kendall_p(values: Values) -> float:
    """Return the p-value that a series has no monotone trend (Kendall, 1938; Mann, 1945).

    Exact by counting inversions for up to 33 different values; else the normal approximation,
    corrected for ties; 1 if all are equal.
    """
    n = len(values)
    if len(set(values)) == 1:
        return 1.0
    pairs = n * (n - 1) // 2
    falls = sum(b < a for i, a in enumerate(values) for b in values[i + 1 :])
    ties = [t for t in Counter(values).values() if t > 1]
    few = min(falls, pairs - falls)
    if not ties and (n <= _EXACT_ORDERS or few <= 1):
        return 1.0 if 2 * few == pairs else min(1.0, 2 * _inversions(n, few) / math.factorial(n))
    score = pairs - sum(t * (t - 1) // 2 for t in ties) - 2 * falls
    spread = n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)
    return _two_sided(abs(score), math.sqrt(spread / 18))


def _doubled_ranks(values: Values) -> list[int]:
    """Return twice the rank of each value; equal ones share the mean of their ranks."""
    counts = Counter(values)
    ordered = sorted(counts)
    ends = [0, *accumulate(counts[value] for value in ordered)]
    ranks = {
        value: low + high + 1 for value, (low, high) in zip(ordered, pairwise(ends), strict=True)
    }
    return [ranks[value] for value in values]


def _rank_sum_p(doubled: Sequence[int], chosen: int) -> float:
    few = min(chosen, len(doubled) - chosen)
    step = math.gcd(*doubled)
    steps = [rank // step for rank in doubled]
    counts = _subsets(tuple(sorted(steps)), few)
    seen = sum(steps[:chosen]) if few == chosen else sum(steps[chosen:])
    total, n = sum(steps) * few, len(steps)
    far = sum(c for s, c in enumerate(counts) if abs(n * s - total) >= abs(n * seen - total))
    return min(1.0, far / math.comb(n, few))


@lru_cache(maxsize=64)
def _subsets(parts: tuple[int, ...], size: int) -> list[int]:
    """Return how many subsets of a size have each sum, from 0 on."""
    width = math.comb(len(parts), min(size, len(parts) // 2)).bit_length()
    found = [1] + [0] * size
    for seen, part in enumerate(parts, start=1):
        for k in range(min(seen, size), 0, -1):
            found[k] += found[k - 1] << (part * width)
    return list(_coefficients(found[size], width, sum(sorted(parts)[-size:]) + 1))


@lru_cache(maxsize=64)
def _sums(parts: tuple[int, ...]) -> list[int]:
    """Return how many subsets have each sum, from 0 on."""
    width = len(parts) + 1
    found = 1
    for part in parts:
        found += found << (part * width)
    return list(_coefficients(found, width, sum(parts) + 1))


def _coefficients(packed: int, width: int, count: int) -> Iterator[int]:
    digits = f"{packed:b}".zfill(width * count)
    for end in range(len(digits), len(digits) - width * count, -width):
        yield int(digits[end - width : end], 2)


def _inversions(n: int, most: int) -> int:
    """Return how many orders of n values have at most so many inversions."""
    counts = [1] + [0] * most
    for size in range(2, n + 1):
        sums = [0, *accumulate(counts)]
        counts = [sums[k + 1] - sums[max(0, k + 1 - size)] for k in range(most + 1)]
    return sum(counts)


def _outside(counts: Iterable[int], total: int, level: float) -> int:
    rare = (1 - level) / 2 * _ROUNDING
    outside = sum(count / total <= rare for count in accumulate(counts)) - 1
    if outside < 0:
        raise ValueError("samples of these sizes have no such interval")
    return outside


def _approximate(mean: float, variance: float, level: float) -> int:
    z = NORMAL.inv_cdf((1 + level) / 2)
    return max(0, math.floor(mean - z * math.sqrt(variance) - 0.5))


def _two_sided(distance: float, deviation: float) -> float:
    return math.erfc(distance / deviation / math.sqrt(2)) if deviation else 1.0


def _chi_squared_above(x: float, freedom: int) -> float:
    """Return the chance that chi-squared exceeds x, by its finite sums.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 26.4.4 and 26.4.5.
    """
    half = max(0.0, x) / 2
    if freedom % 2:
        terms = (half ** (i - 0.5) / math.gamma(i + 0.5) for i in range(1, (freedom + 1) // 2))
        return min(1.0, math.erfc(math.sqrt(half)) + math.exp(-half) * math.fsum(terms))
    terms = (half**i / math.factorial(i) for i in range(freedom // 2))
    return min(1.0, math.exp(-half) * math.fsum(terms))
