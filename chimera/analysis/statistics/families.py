"""Many tests at once: p-values adjusted for the size of their family."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate


def holm(ps: Sequence[float]) -> list[float]:
    """Return the p-values adjusted so that one false finding in the family has at most their size.

    In the order given. Holm, Scandinavian Journal of Statistics 6, 1979: the k-th smallest of m
    times m - k + 1, never below an earlier one.

    Raises:
        ValueError: If a p-value is not from 0 to 1.
    """
    _check(ps)
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    factors = range(len(ps), 0, -1)
    raised = accumulate((ps[i] * k for i, k in zip(order, factors, strict=True)), max)
    found = dict(zip(order, raised, strict=True))
    return [min(1.0, found[i]) for i in range(len(ps))]


def benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """Return the p-values adjusted so that they bound the share of false ones among the findings.

    In the order given, by scipy. Benjamini and Hochberg, Journal of the Royal Statistical Society
    B 57, 1995: holds for independent tests and many dependent ones.

    Raises:
        ValueError: If a p-value is not from 0 to 1.
    """
    _check(ps)
    if not ps:
        return []
    from scipy.stats import false_discovery_control

    return [float(p) for p in false_discovery_control(ps)]


def _check(ps: Sequence[float]) -> None:
    for p in ps:
        if not 0 <= p <= 1:
            raise ValueError(f"{p!r} is no p-value")
