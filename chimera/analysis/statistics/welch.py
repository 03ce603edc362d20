"""Two means of which only n and the standard deviation are known."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Welch:
    """The difference of two means."""

    difference: float
    """First less second, in the unit of the means."""
    low: float
    """Lower end of its interval."""
    high: float
    """Upper end."""
    p: float
    """Two-sided p-value that the means are equal."""


def welch(
    first: tuple[float, float, int], second: tuple[float, float, int], level: float = 0.95
) -> Welch | None:
    """Return the difference of two means from (mean, sample standard deviation, n) of each.

    Student's t with the degrees of freedom of Welch (Biometrika 34, 1947) and Satterthwaite
    (Biometrics Bulletin 2, 1946), from scipy's distribution of t. It supposes that means of n
    values are nearly normal, which those of 5 times only roughly are. None where a deviation is
    negative, both are zero, n is below 2 or a number is not finite.
    """
    numbers = (*first, *second)
    if not all(map(math.isfinite, numbers)) or min(first[2], second[2]) < 2:  # noqa: PLR2004
        return None
    if min(first[1], second[1]) < 0 or first[1] == second[1] == 0:
        return None
    from scipy.special import stdtr, stdtrit

    shares = [deviation * deviation / n for _, deviation, n in (first, second)]
    total = sum(shares)
    if not 0 < total < math.inf:
        return None
    below = sum(s * s / (n - 1) for s, (_, _, n) in zip(shares, (first, second), strict=True))
    if not below > 0:
        return None
    freedom, error = total * total / below, math.sqrt(total)
    reach = float(stdtrit(freedom, (1 + level) / 2)) * error
    difference = first[0] - second[0]
    p = min(1.0, 2 * float(stdtr(freedom, -abs(difference) / error)))
    return Welch(difference, difference - reach, difference + reach, p)
