"""Student's t computed again, by the continued fraction of the incomplete beta function."""

from __future__ import annotations

import math
from typing import Final

_MOST_STEPS: Final = 500
_TINY: Final = 1e-300
_CLOSE: Final = 1e-15


def beyond(t: float, freedom: float) -> float:
    """Return the chance that Student's t is further from 0, on either side.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 26.7.1 and 26.5.8; the
    fraction by Lentz's method (Applied Optics 15, 1976).
    """
    x, rest = freedom / (freedom + t * t), t * t / (freedom + t * t)  # 1 - x would be 0 near 0
    if rest == 0:
        return 1.0
    a, b = freedom / 2, 0.5
    if x < (a + 1) / (a + b + 2):
        return _head(x, rest, a, b) * _fraction(x, a, b) / a
    return 1 - _head(x, rest, a, b) * _fraction(rest, b, a) / b


def reach(level: float, freedom: float) -> float:
    """Return the t that a share `level` of its distribution is nearer to 0 than, by bisection."""
    low, high = 0.0, 1.0
    while beyond(high, freedom) > 1 - level:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if beyond(middle, freedom) > 1 - level else (low, middle)
    return (low + high) / 2


def _head(x: float, rest: float, a: float, b: float) -> float:
    logs = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(logs + a * math.log(x) + b * math.log(rest))


def _fraction(x: float, a: float, b: float) -> float:
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1) or _TINY)
    found = d
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for part in (even, odd):
            d = 1 / (1 + part * d or _TINY)
            c = 1 + part / c or _TINY
            found *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return found
