"""Where a sequence of values splits best into two parts, and whether chance does as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ORDERS: Final = 199


def best_split(values: NDArray[np.float64], least: int) -> tuple[int, float]:
    """Return the index at which the second part begins, and the energy distance of the parts.

    The distance is Q of Matteson and James (Journal of the American Statistical Association 109,
    2014, equation 7) with exponent 1: n m / (n + m) times twice the mean absolute difference
    between the parts less the mean ones within each. Both parts have at least `least` values.
    """
    return _best(abs(values[:, None] - values), least)


def significant(
    values: NDArray[np.float64],
    least: int,
    reached: float,
    alpha: float,
    drawn: np.random.Generator,
) -> bool:
    """Return whether random orders of the values split as well with a chance of at most alpha.

    Stops at the order that decides (Besag and Clifford, Biometrika 78, 1991).
    """
    distances = abs(values[:, None] - values)
    allowed = int(alpha * (_ORDERS + 1) * (1 + 1e-9)) - 1
    for _ in range(_ORDERS):
        order = drawn.permutation(len(values))
        allowed -= _best(distances[order][:, order], least)[1] >= reached * (1 - 1e-12)
        if allowed < 0:
            return False
    return True


def _best(distances: NDArray[np.float64], least: int) -> tuple[int, float]:
    """Return the best split from the matrix of distances, by sums over its rows."""
    import numpy as np

    total = len(distances)
    n = np.arange(least, total - least + 1)  # sizes of the first part
    m = total - n
    within = np.cumsum(np.tril(distances).sum(axis=1))
    from_first = np.cumsum(distances.sum(axis=1))
    left = within[n - 1]
    across = from_first[n - 1] - 2 * left
    right = within[-1] - left - across
    apart = 2 * across / (n * m) - 2 * left / (n * (n - 1)) - 2 * right / (m * (m - 1))
    sizes = apart * n * m / total
    at = int(np.argmax(sizes))
    return int(n[at]), float(sizes[at])
