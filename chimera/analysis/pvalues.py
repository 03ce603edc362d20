"""P-values as facts and as words; below a ten-thousandth the exact size tells nothing more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypedDict

from chimera.analysis.facts import Fact
from chimera.analysis.wording import number

LEAST_P: Final = 0.0001
"""P-value below which only that it is below is said."""


class Corrected(TypedDict):
    """The fields of a fact that hold a corrected p-value."""

    statistic: str
    value: float
    formula: str


def corrected(p: float, method: str, first: int, raw: Sequence[Fact]) -> Corrected:
    """Return a corrected p-value as fields of a fact.

    Args:
        p: The value after correction.
        method: Function of formulas that gives it: holm, benjamini_hochberg, bonferroni.
        first: Its first argument: which of the raw ones is meant, from 1, or the number of tests.
        raw: The p-values of the family, before correction.
    """
    formula = f"{method}({first}, {', '.join(fact.id for fact in raw)})"
    if p < LEAST_P:
        formula = f"max({LEAST_P:.4f}, {formula})"
    return {"statistic": "p_value", "value": max(p, LEAST_P), "formula": formula}


def shown_p(p: float) -> str:
    """Return a p-value as it stands in a sentence: `p = 0.012`, `p < 0.0001`."""
    return f"p < {LEAST_P:.4f}" if p < LEAST_P else f"p = {number(p, 2)}"
