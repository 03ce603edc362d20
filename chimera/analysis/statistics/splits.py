"""Where a sequence of values splits best into two parts, and whether chance does as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ORDERS: Final = 199
_ROUNDING: Final = 1e-9


def best_split(values: NDArray[np.float64], least: int) -> tuple[int, float]:
    """Return the index at which the second part begins, and the energy distance of the parts.

    The distance is Q of Matteson and James (Journal of the American Statistical Association 109,
    2014, section 2) with exponent 1: n m / (n + m) times twice the mean absolute difference between
    the parts less the mean ones within each. The second part may end before the last value, so that
    a level that comes back does not hide the change. Each part has at least `least` values, of
    which 2 are needed.
    """
    import numpy as np

    total = len(values)
    starts = np.arange(least, total - least + 1)[:, None]  # of the second part
    ends = np.arange(2 * least, total + 1)
    sums = np.zeros((total + 1, total + 1))
    sums[1:, 1:] = abs(values[:, None] - values).cumsum(axis=0).cumsum(axis=1)
    inside = sums.diagonal()
    left, both = inside[starts], sums[starts, ends]
    right = inside[ends] - 2 * both + left
    n, m = starts, np.maximum(ends - starts, least)
    apart = 2 * (both - left) / (n * m) - left / (n * (n - 1)) - right / (m * (m - 1))
    sizes = np.where(ends - starts < least, -np.inf, apart * n * m / (n + m))
    at = np.unravel_index(np.argmax(sizes), sizes.shape)
    return int(starts[at[0], 0]), float(sizes[at])


def significant(
    values: NDArray[np.float64],
    least: int,
    reached: float,
    alpha: float,
    drawn: np.random.Generator,
) -> bool:
    """Return whether at most a share alpha of the orders of the values split as well.

    The order given counts as one of 200. Stops at the one that decides (Besag and Clifford,
    Biometrika 78, 1991).
    """
    allowed = int(alpha * (_ORDERS + 1) + _ROUNDING) - 1
    for _ in range(_ORDERS):
        if allowed < 0:
            return False
        _, size = best_split(drawn.permutation(values), least)
        allowed -= size >= reached * (1 - _ROUNDING)
    return allowed >= 0
