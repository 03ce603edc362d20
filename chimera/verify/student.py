"""Student's t, and Welch's comparison of two means by it, without any library.

Each side is a mean, a sample standard deviation and an n.
"""

from __future__ import annotations

import math
from typing import Final

_MOST_TERMS: Final = 1000
_TINY: Final = 1e-300
_EXACT: Final = 1e-15


def welch_p(*sides: float) -> float:
    """Return the two-sided p-value that two means are equal (Welch, Biometrika 34, 1947)."""
    difference, error, freedom = _difference(*sides)
    return min(1.0, beyond(difference / error, freedom))


def welch_low(*sides: float, level: float = 0.95) -> float:
    """Return the lower end of the interval of the first mean less the second."""
    difference, error, freedom = _difference(*sides)
    return difference - _quantile(1 - level, freedom) * error


def welch_high(*sides: float, level: float = 0.95) -> float:
    """Return the upper end of that interval."""
    difference, error, freedom = _difference(*sides)
    return difference + _quantile(1 - level, freedom) * error


def beyond(t: float, freedom: float) -> float:
    """Return the probability of a t as far from 0, by the incomplete beta function.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 26.5.27 and 26.5.8.
    """
    x, rest = freedom / (freedom + t * t), t * t / (freedom + t * t)
    a, b = freedom / 2, 0.5
    if 0.0 in {x, rest}:
        return float(x > 0)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    )
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, rest) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function (Lentz's method)."""
    c, d = 1.0, 1 / _kept(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = found
        for term in (even, odd):
            d = 1 / _kept(1 + term * d)
            c = _kept(1 + term / c)
            found *= c * d
        if abs(found / before - 1) < _EXACT:
            return found
    return found


def _kept(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _quantile(share: float, freedom: float) -> float:
    """Return the t beyond which, on both sides together, that share lies: by bisection."""
    low, high = 0.0, 1.0
    while beyond(high, freedom) > share:
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in {low, high}:
        low, high = (middle, high) if beyond(middle, freedom) > share else (low, middle)
    return high


def _difference(
    m1: float, s1: float, n1: float, m2: float, s2: float, n2: float
) -> tuple[float, float, float]:
    """Return the difference of the means, its standard error and the degrees of freedom."""
    first, second = s1 * s1 / n1, s2 * s2 / n2
    total = first + second
    below = first * first / (n1 - 1) + second * second / (n2 - 1)
    return m1 - m2, math.sqrt(total), total * total / below
