"""Figures computed by definition agree with scipy, and with the analyst's own statistics."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from chimera.analysis import statistics as analyst
from chimera.verify.again import figures, ranks

VALUES = st.floats(1e-6, 1e6, allow_subnormal=False)
TIED = st.integers(1, 9).map(float)
SAMPLE = st.lists(VALUES, min_size=2, max_size=12) | st.lists(TIED, min_size=2, max_size=12)


def close(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


@given(SAMPLE)
def test_statistics_of_a_sample(values: list[float]) -> None:
    """Those of the standard library and of numpy."""
    assert close(figures.statistic("median", values), statistics.median(values))
    assert close(figures.statistic("mean", values), statistics.fmean(values))
    assert math.isclose(
        figures.statistic("stdev", values), statistics.stdev(values), rel_tol=1e-7, abs_tol=1e-9
    )
    assert close(figures.statistic("p90", values), float(np.percentile(values, 90)))
    assert close(figures.statistic("p99.9", values), float(np.percentile(values, 99.9)))
    assert figures.statistic("min", values) == min(values)
    assert figures.statistic("max", values) == max(values)


@given(st.lists(VALUES, min_size=1, max_size=400))
@settings(max_examples=60)
def test_every_statistic_of_the_analyst_is_known(values: list[float]) -> None:
    """Computed another way, it is the same."""
    for name, value in analyst.describe(values).items():
        again = figures.statistic(name, values)
        assert math.isclose(again, value, rel_tol=1e-6, abs_tol=1e-9 * max(values)), name


@pytest.mark.parametrize("n", [6, 10, 59, 1000, 1999, 2001, 5000])
def test_the_interval_of_the_median(n: int) -> None:
    """The order statistics of scipy's quantile test."""
    values = [float(i) for i in range(n)]
    found = stats.quantile_test(values).confidence_interval(0.95)
    assert figures.statistic("median_low", values) == found.low
    assert figures.statistic("median_high", values) == found.high


@pytest.mark.parametrize("huge", [1e308, 1e-320])
def test_extremes_do_not_overflow(huge: float) -> None:
    """Sums and squares beyond what a float holds."""
    assert figures.statistic("mean", [huge, huge]) == huge
    assert figures.statistic("stdev", [huge, huge]) == 0


@given(SAMPLE, SAMPLE)
@settings(max_examples=150)
def test_two_groups(first: list[float], second: list[float]) -> None:
    """Ratio, interval, p-value and delta are those of the analyst."""
    found = analyst.compare(first, second)
    assert found is not None
    assert close(figures.hodges_lehmann_ratio(first, second), found.ratio)
    assert close(ranks.mann_whitney_p(first, second), found.p)
    assert close(figures.cliffs_delta(first, second), found.delta)
    if math.isnan(found.low):
        with pytest.raises(ValueError, match="no such interval"):
            figures.ratio_low(first, second)
    else:
        assert close(figures.ratio_low(first, second), found.low)
        assert close(figures.ratio_high(first, second), found.high)


@pytest.mark.parametrize(("n", "m"), [(4, 4), (12, 7), (50, 50), (1, 2500), (51, 50), (90, 80)])
@pytest.mark.parametrize("decimals", [0, 6])
def test_mann_whitney_beyond_small_samples(n: int, m: int, decimals: int) -> None:
    """Exact and by approximation, with and without ties."""
    drawn = np.random.default_rng(20261124)
    first = np.round(drawn.normal(10, 3, n), decimals).tolist()
    second = np.round(drawn.normal(11, 3, m), decimals).tolist()
    assert close(ranks.mann_whitney_p(first, second), analyst.mann_whitney(first, second))
    if decimals:
        method = "exact" if n * m <= 2500 else "asymptotic"
        by_scipy = float(stats.mannwhitneyu(first, second, method=method).pvalue)
        assert math.isclose(ranks.mann_whitney_p(first, second), by_scipy, rel_tol=1e-9)


@given(st.lists(st.tuples(VALUES, VALUES) | st.tuples(TIED, TIED), min_size=1, max_size=60))
@settings(max_examples=150)
def test_pairs(pairs: list[tuple[float, float]]) -> None:
    """Paired ratio, interval and p-value are those of the analyst."""
    first, second = map(list, zip(*pairs, strict=True))
    found = analyst.compare_paired(first, second)
    assume(found is not None)
    assert found is not None
    assert close(figures.paired_ratio(first, second), found.ratio)
    assert close(figures.wilcoxon_p(first, second), found.p)
    if not math.isnan(found.low):
        assert close(figures.paired_low(first, second), found.low)
        assert close(figures.paired_high(first, second), found.high)


@given(st.lists(SAMPLE, min_size=2, max_size=5))
def test_several_groups(groups: list[list[float]]) -> None:
    """Kruskal and Wallis as scipy has it."""
    assert close(ranks.kruskal_p(*groups), analyst.kruskal(groups))


BLOCKS = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.lists(TIED, min_size=k, max_size=k), min_size=2, max_size=9)
)


@given(BLOCKS)
def test_blocks(blocks: list[list[float]]) -> None:
    """Friedman as scipy has it; of two levels the sign test."""
    columns = list(zip(*blocks, strict=True))
    assert close(ranks.friedman_p(*columns), analyst.friedman(blocks))


@given(st.lists(VALUES, min_size=10, max_size=40) | st.lists(TIED, min_size=10, max_size=40))
@settings(max_examples=60)
def test_trends(values: list[float]) -> None:
    """Kendall's p-value and the slope of Theil and Sen."""
    found = analyst.trend(values)
    assume(found is not None)
    assert found is not None
    assert close(ranks.kendall_p(values), found.p)
    assert math.isclose(figures.theil_sen_slope(values), found.slope, rel_tol=1e-9, abs_tol=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_families(ps: list[float]) -> None:
    """Holm, and Benjamini and Hochberg, place by place."""
    for place, (holm, hochberg) in enumerate(
        zip(analyst.holm(ps), analyst.benjamini_hochberg(ps), strict=True), start=1
    ):
        assert close(figures.holm(place, *ps), holm)
        assert close(figures.benjamini_hochberg(place, *ps), hochberg)


COUNTS = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS, COUNTS, st.sampled_from([0.9, 0.95, 0.99]))
def test_proportions(one: tuple[int, int], other: tuple[int, int], level: float) -> None:
    """Wilson's interval, Fisher's and McNemar's tests."""
    low, high = analyst.wilson(*one, level)
    assert math.isclose(figures.wilson_low(*one, level), low, rel_tol=1e-9, abs_tol=1e-12)
    assert math.isclose(figures.wilson_high(*one, level), high, rel_tol=1e-9, abs_tol=1e-12)
    assert math.isclose(figures.fisher_p(*one, *other), analyst.fisher(*one, *other), rel_tol=1e-6)
    by_scipy = analyst.mcnemar(one[0], other[0])
    assert math.isclose(figures.mcnemar_p(one[0], other[0]), by_scipy, rel_tol=1e-9)


def test_what_would_take_too_long_is_refused() -> None:
    """Pairs are formed up to a million."""
    many = [float(i + 1) for i in range(1001)]
    for function in (figures.hodges_lehmann_ratio, figures.cliffs_delta):
        with pytest.raises(figures.TooManyError):
            function(many, many)
