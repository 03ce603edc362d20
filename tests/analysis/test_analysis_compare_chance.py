"""How often chance alone is called a difference."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chimera.analysis.pairwise import family_of

TRIALS = 600


def group(name: str, values: Any) -> Any:
    """Return what a test of pairs needs of a group."""
    centre = SimpleNamespace(stem=name, value=float(np.median(values)))
    return SimpleNamespace(values=tuple(map(float, values)), centre=centre)


def false_findings(groups: int, n: int, spread: float, *, paired: bool) -> float:
    """Return the share of trials in which any pair of equal groups differs."""
    rng = np.random.default_rng(20251)
    found = 0
    for _ in range(TRIALS):
        drawn = [group(f"F{k}", rng.lognormal(0, spread, n)) for k in range(groups)]
        family = family_of(drawn, SimpleNamespace(), paired=paired)  # type: ignore[arg-type]
        assert family is not None
        found += any(pair.verdict == "differs" for pair in family.pairs)
    return found / TRIALS


@pytest.mark.parametrize(("groups", "n", "spread"), [(2, 5, 0.5), (2, 30, 0.05), (4, 8, 0.5)])
@pytest.mark.parametrize("paired", [False, True])
def test_equal_groups_rarely_differ(groups: int, n: int, spread: float, paired: bool) -> None:
    """In at most 5 % of trials and three standard errors any two of them are told apart."""
    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / TRIALS)
    assert false_findings(groups, n, spread, paired=paired) <= allowed


def test_pairs_stand_in_order() -> None:
    """The pair of two positions is the pair of those groups, and has its own adjusted p-value."""
    rng = np.random.default_rng(7)
    drawn = [group(f"F{k}", rng.lognormal(k, 0.1, 6)) for k in range(5)]
    family = family_of(drawn, SimpleNamespace(), paired=False)  # type: ignore[arg-type]
    assert family is not None
    for i in range(5):
        for j in range(i + 1, 5):
            pair = family.pair(i, j)
            assert (pair.first, pair.second) == (drawn[i], drawn[j])
    assert all(family.differs(cut) for cut in range(1, 5))
