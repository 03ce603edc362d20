"""Ranks, and how their sums are distributed where there is no difference.

scipy has the tests but not the critical values that an interval is made of, and no exact test with
ties beyond listing every order. The shift algorithm of Streitberg and Roehmel (EDV in Medizin und
Biologie 17, 1986) has both: it counts the subsets of the ranks by their sum, one rank at a time.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXACT: Final = 2500
"""Product of the sizes of two samples up to which the orders are counted."""
EXACT_PAIRS: Final = 50
"""Number of pairs up to which the signs are counted."""
_ROUNDING: Final = 1 + 1e-9  # 1 - 0.9 is a little less than 0.1


def midranks(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return twice the rank of each value; equal values share the mean of their ranks."""
    import numpy as np

    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    doubled: NDArray[np.int64] = (2 * np.cumsum(counts) - counts + 1)[which]
    return doubled


def rank_sum_p(ranks: NDArray[np.int64], chosen: int) -> float:
    """Return the probability that `chosen` ranks have a sum as far from its mean as the first have.

    Ranks are doubled, as `midranks` gives them.
    """
    import numpy as np

    step = math.gcd(*map(int, ranks))
    steps = ranks // step
    chances = _sums_of_some(tuple(sorted(map(int, steps))), chosen)
    far = abs(len(ranks) * np.arange(len(chances)) - chosen * steps.sum())
    seen = abs(len(ranks) * steps[:chosen].sum() - chosen * steps.sum())
    return min(1.0, float(chances[far >= seen].sum()))


def signed_rank_p(ranks: NDArray[np.int64], positive: NDArray[np.bool_]) -> float:
    """Return the probability that signs by coin toss give a sum as far from its mean as these.

    Ranks are doubled, as `midranks` gives them.
    """
    import numpy as np

    chances = _sums_of_any(tuple(sorted(map(int, ranks))))
    total = int(ranks.sum())
    far = abs(2 * np.arange(len(chances)) - total)
    seen = abs(2 * int(ranks[positive].sum()) - total)
    return min(1.0, float(chances[far >= seen].sum()))


@lru_cache(maxsize=4096)
def rank_sum_critical(n: int, m: int, level: float) -> int | None:
    """Return how many of the n * m sorted differences lie outside each end of the interval.

    That is the largest u with P(U <= u) <= (1 - level) / 2, None where not even 0 is so rare;
    beyond `EXACT` by the normal approximation with continuity correction (Hollander, Wolfe and
    Chicken, Nonparametric Statistical Methods, 2014, section 4.3).
    """
    few = min(n, m)
    if n * m > EXACT:
        return _approximate(n * m / 2, math.sqrt(n * m * (n + m + 1) / 12), level)
    return _exact(_sums_of_some(tuple(range(1, n + m + 1)), few)[few * (few + 1) // 2 :], level)


@lru_cache(maxsize=4096)
def signed_rank_critical(n: int, level: float) -> int | None:
    """Return how many of the sorted Walsh averages lie outside each end of the interval.

    As `rank_sum_critical`, by the distribution of the signed rank statistic (ibid., section 3.3).
    """
    if n > EXACT_PAIRS:
        return _approximate(n * (n + 1) / 4, math.sqrt(n * (n + 1) * (2 * n + 1) / 24), level)
    return _exact(_sums_of_any(tuple(range(1, n + 1))), level)


def _exact(chances: NDArray[np.float64], level: float) -> int | None:
    import numpy as np

    rare = (1 - level) / 2 * _ROUNDING
    largest = int(np.searchsorted(np.cumsum(chances), rare, side="right")) - 1
    return largest if largest >= 0 else None


def _approximate(mean: float, deviation: float, level: float) -> int | None:
    largest = math.floor(mean - NormalDist().inv_cdf((1 + level) / 2) * deviation - 0.5)
    return largest if largest >= 0 else None


@lru_cache(maxsize=256)
def _sums_of_some(ranks: tuple[int, ...], chosen: int) -> NDArray[np.float64]:
    """Return the chance of each sum, from 0 on, of that many ranks drawn without replacement."""
    import numpy as np

    counts = np.zeros((chosen + 1, sum(ranks[len(ranks) - chosen :]) + 1))
    counts[0, 0] = 1
    for rank in ranks:
        counts[1:, rank:] += counts[:-1, :-rank]
    chances: NDArray[np.float64] = counts[chosen] / math.comb(len(ranks), chosen)
    return chances


@lru_cache(maxsize=256)
def _sums_of_any(ranks: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the chance of each sum, from 0 on, of ranks that a coin toss each keeps or drops."""
    import numpy as np

    chances = np.zeros(sum(ranks) + 1)
    chances[0] = 1
    for rank in ranks:
        chances[rank:] += chances[: len(chances) - rank]
        chances /= 2
    return chances
