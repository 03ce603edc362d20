"""Families of tests, more than two groups and proportions, against published examples."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_of_statsmodels
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from chimera.analysis.statistics import (
    benjamini_hochberg,
    fisher,
    friedman,
    holm,
    kruskal,
    mcnemar,
    wilson,
)

some = settings(max_examples=60, derandomize=True, deadline=None, database=None)
PS = st.lists(st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.05, 1.0])), max_size=20)
# Benjamini and Hochberg, 1995, section 3.2: thrombolysis, fifteen p-values.
HEART = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
HEART += [0.4262, 0.5719, 0.6528, 0.7590, 1.0]
# Hollander and Wolfe, 1973, example 6.1: half-time of mucociliary clearance, hours.
CLEARANCE = [[2.9, 3.0, 2.5, 2.6, 3.2], [3.8, 2.7, 4.0, 2.4], [2.8, 3.4, 3.7, 2.2, 2.0]]
# Ibid., example 7.1: rounding first base, three methods, 22 runners.
ROUNDING = [
    *[(5.40, 5.50, 5.55), (5.85, 5.70, 5.75), (5.20, 5.60, 5.50), (5.55, 5.50, 5.40)],
    *[(5.90, 5.85, 5.70), (5.45, 5.55, 5.60), (5.40, 5.40, 5.35), (5.45, 5.50, 5.35)],
    *[(5.25, 5.15, 5.00), (5.85, 5.80, 5.70), (5.25, 5.20, 5.10), (5.65, 5.55, 5.45)],
    *[(5.60, 5.35, 5.45), (5.05, 5.00, 4.95), (5.50, 5.50, 5.40), (5.45, 5.55, 5.50)],
    *[(5.55, 5.55, 5.35), (5.45, 5.50, 5.55), (5.50, 5.45, 5.25), (5.65, 5.60, 5.40)],
    *[(5.70, 5.65, 5.55), (6.30, 6.30, 6.25)],
]


def test_published_family_keeps_four_findings() -> None:
    """Benjamini and Hochberg keep four of the fifteen, Holm like Bonferroni three."""
    assert sum(p <= 0.05 for p in benjamini_hochberg(HEART)) == 4
    assert sum(p <= 0.05 for p in holm(HEART)) == 3


@settings(some, max_examples=15)
@given(PS.filter(bool))
def test_adjusted_values_are_those_of_statsmodels(ps: list[float]) -> None:
    """Both adjustments agree with `multipletests`, value by value in the order given."""
    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1])
    assert benjamini_hochberg(ps) == pytest.approx(multipletests(ps, method="fdr_bh")[1])


@some
@given(PS)
def test_adjusting_raises_and_keeps_the_order(ps: list[float]) -> None:
    """Adjusted values are no smaller, at most 1, and in the order of the raw ones."""
    for adjusted in (holm(ps), benjamini_hochberg(ps)):
        assert all(p <= a * (1 + 1e-12) <= 1 + 1e-12 for p, a in zip(ps, adjusted, strict=True))
        ordered = [a for _, a in sorted(zip(ps, adjusted, strict=True))]
        assert ordered == sorted(ordered)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_what_is_no_p_value_is_an_error(adjust: type[list[float]], p: float) -> None:
    """Values outside 0 to 1 are refused."""
    with pytest.raises(ValueError, match="no p-value"):
        adjust([0.5, p])


def test_published_example_of_kruskal() -> None:
    """H = 0.7714 on 2 degrees of freedom: p = 0.68."""
    assert kruskal(CLEARANCE) == pytest.approx(math.exp(-0.77143 / 2), rel=1e-5)


def test_published_example_of_friedman() -> None:
    """S = 11.143 on 2 degrees of freedom: p = 0.0038."""
    assert friedman(ROUNDING) == pytest.approx(0.003805, abs=5e-7)


def test_friedman_of_two_levels_is_the_sign_test() -> None:
    """Nine of ten unequal blocks higher: 2 * (1 + 10) / 1024; equal blocks say nothing."""
    blocks = [(1.0, 2.0 + i) for i in range(9)] + [(2.0, 1.0), (3.0, 3.0)]
    assert friedman(blocks) == pytest.approx(22 / 1024)


def test_equal_levels_do_not_differ() -> None:
    """Where all values are equal, p is 1."""
    assert kruskal([[2.0, 2.0], [2.0], [2.0]]) == 1
    assert friedman([(1.0, 1.0, 1.0), (2.0, 2.0, 2.0)]) == 1


@pytest.mark.parametrize("groups", [[], [[1.0]], [[1.0], []]])
def test_levels_need_values(groups: list[list[float]]) -> None:
    """Fewer than two groups with values are an error, not a warning of scipy."""
    with pytest.raises(ValueError, match="fewer than two groups"):
        kruskal(groups)


@pytest.mark.parametrize("blocks", [[], [(1.0,)], [(1.0, 2.0), (1.0, 2.0, 3.0)]])
def test_blocks_need_one_size(blocks: list[tuple[float, ...]]) -> None:
    """Blocks with missing levels are an error."""
    with pytest.raises(ValueError, match="one size"):
        friedman(blocks)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        *[(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)],
        *[(0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
    ],
)
def test_published_intervals_of_proportions(hits: int, n: int, low: float, high: float) -> None:
    """The intervals of method 3 in table I of Newcombe, Statistics in Medicine 17, 1998."""
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


@some
@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_interval_of_a_proportion_is_that_of_statsmodels(counts: tuple[int, int]) -> None:
    """Wilson's interval agrees with statsmodels, holds the share and stays from 0 to 1."""
    low, high = wilson(*counts)
    assert (low, high) == pytest.approx(proportion_confint(*counts, method="wilson"), abs=1e-12)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


def test_published_example_of_fisher() -> None:
    """Three cups of four against one: 34/70; twins of convicts: p = 0.0005367 (Fisher, 1935)."""
    assert fisher(3, 4, 1, 4) == pytest.approx(34 / 70)
    assert fisher(2, 17, 10, 13) == pytest.approx(0.0005367, abs=5e-8)


@pytest.mark.parametrize("counts", [(0, 5, 0, 7), (5, 5, 7, 7), (3, 8, 5, 9), (1, 1, 0, 1)])
def test_fisher_is_the_hypergeometric_sum(counts: tuple[int, int, int, int]) -> None:
    """It sums the chances of all tables that are no more likely."""
    a, n, b, m = counts
    chances = stats.hypergeom(n + m, a + b, n).pmf(np.arange(n + 1))
    assert fisher(*counts) == pytest.approx(chances[chances <= chances[a] * (1 + 1e-9)].sum())


@some
@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_that_of_statsmodels(only_first: int, only_second: int) -> None:
    """The exact test agrees with statsmodels, which doubles the smaller tail."""
    expected = mcnemar_of_statsmodels([[7, only_first], [only_second, 3]], exact=True).pvalue
    assert mcnemar(only_first, only_second) == pytest.approx(min(1.0, expected), rel=1e-9)


def test_mcnemar_by_hand() -> None:
    """Ten against two: 2 * (1 + 12 + 66) / 4096."""
    assert mcnemar(10, 2) == mcnemar(2, 10) == pytest.approx(158 / 4096)


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 5), (6, 5)])
def test_impossible_counts_are_errors(hits: int, n: int) -> None:
    """More hits than trials, or fewer than none, are no proportion."""
    with pytest.raises(ValueError, match="no proportion"):
        wilson(hits, n)
    with pytest.raises(ValueError, match="no proportion"):
        fisher(1, 2, hits, n)


def test_negative_counts_are_errors() -> None:
    """There are no fewer than none that only one got right."""
    with pytest.raises(ValueError, match="negative count"):
        mcnemar(-1, 3)
