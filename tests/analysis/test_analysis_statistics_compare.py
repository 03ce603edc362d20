"""The comparison of two groups, against scipy, published examples and tables, and brute force."""

import itertools
import math
import random
import statistics
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from chimera.analysis.statistics import compare, compare_paired, least_runs, mann_whitney
from chimera.analysis.statistics.compare import Comparison
from chimera.analysis.statistics.pairs import sums_at
from chimera.analysis.statistics.ranks import rank_sum_critical, signed_rank_critical

SEED = 20260103
some = settings(max_examples=60, derandomize=True, deadline=None, database=None)
SAMPLES = st.lists(st.integers(1, 40).map(float), min_size=1, max_size=12)
# Hollander and Wolfe, Nonparametric Statistical Methods, 1973, examples 3.1 and 4.1.
DEPRESSION = (
    [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29],
    [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30],
)
PERMEABILITY = (
    [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
    [1.15, 0.88, 0.90, 0.74, 1.21],
)


def on_logs(first: Sequence[float], second: Sequence[float], *, paired: bool) -> tuple[float, ...]:
    """Return estimate, ends and p of data whose differences, not ratios, were published."""
    exponentials = [math.exp(v) for v in first], [math.exp(v) for v in second]
    found = (compare_paired if paired else compare)(*exponentials)
    assert found is not None
    return math.log(found.ratio), math.log(found.low), math.log(found.high), found.p


def drawn(n: int, m: int, seed: int = SEED) -> tuple[list[float], list[float]]:
    """Return two log-normal samples without ties."""
    rng = np.random.default_rng([seed, n, m])
    return rng.lognormal(0, 0.3, n).tolist(), rng.lognormal(0.1, 0.3, m).tolist()


def compared(first: Sequence[float], second: Sequence[float], level: float = 0.95) -> Comparison:
    """Return the comparison of samples that have one."""
    found = compare(first, second, level)
    assert found is not None
    return found


def matched(first: Sequence[float], second: Sequence[float], level: float = 0.95) -> Comparison:
    """Return the paired comparison of samples that have one."""
    found = compare_paired(first, second, level)
    assert found is not None
    return found


def test_published_example_of_two_groups() -> None:
    """Estimate 0.305 and 95 % interval -0.15 to 0.76; exact p 0.1272 on one side."""
    found = on_logs(*PERMEABILITY, paired=False)
    assert found == pytest.approx((0.305, -0.15, 0.76, 2 * 0.1272), abs=5e-5)


def test_published_example_of_pairs() -> None:
    """Estimate -0.46 and 96 % interval -0.786 to -0.010; exact p 0.0195 on one side."""
    found = on_logs(*DEPRESSION, paired=True)
    assert found == pytest.approx((-0.46, -0.786, -0.010, 2 * 0.01953125), abs=5e-5)


@pytest.mark.parametrize(
    ("n", "m", "critical"),
    [
        *[(4, 4, 0), (5, 5, 2), (6, 6, 5), (7, 7, 8), (8, 8, 13), (9, 9, 17), (10, 10, 23)],
        *[(15, 15, 64), (20, 20, 127), (5, 8, 6), (10, 20, 55), (3, 5, 0)],
        *[(3, 3, None), (3, 4, None)],
    ],
)
def test_critical_values_are_those_of_the_tables(n: int, m: int, critical: int | None) -> None:
    """Critical U at two-sided 5 % (Milton, J. American Statistical Association 59, 1964)."""
    assert rank_sum_critical(n, m, 0.95) == rank_sum_critical(m, n, 0.95) == critical


def test_critical_signed_ranks_are_those_of_the_tables() -> None:
    """Critical T at two-sided 5 %, n = 5 to 20 (Wilcoxon, Katti and Wilcox, 1970)."""
    table = [None, 0, 2, 3, 5, 8, 10, 13, 17, 21, 25, 29, 34, 40, 46, 52]
    assert [signed_rank_critical(n, 0.95) for n in range(5, 21)] == table


@pytest.mark.parametrize(("n", "m"), [(51, 50), (60, 60), (30, 90), (20, 200)])
def test_normal_approximation_meets_the_exact_critical_value(n: int, m: int) -> None:
    """Beyond what is counted, it is within two of scipy's exact distribution, and rare enough."""
    critical = rank_sum_critical(n, m, 0.95)
    assert critical is not None
    tails = {u: _two_sided(n, m, u) for u in (critical - 2, critical, critical + 3)}
    assert tails[critical - 2] < 0.05 < tails[critical + 3]
    assert tails[critical] < 0.0502


def _two_sided(n: int, m: int, u: int) -> float:
    """Return scipy's exact p-value of samples with that U: u times a second below a first."""
    above, rest = divmod(u, m)
    second = [float(j) for j in range(m)]
    first = [m + i / n for i in range(above)] + [rest - 0.5] * (rest > 0 and above < n)
    first += [-1 - i / n for i in range(n - len(first))]
    return float(stats.mannwhitneyu(first, second, method="exact").pvalue)


@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 3), (4, 4), (5, 9), (12, 12), (30, 31), (50, 50)])
def test_p_is_that_of_scipy(n: int, m: int) -> None:
    """Without ties the exact p-value agrees with scipy's, which has another algorithm."""
    first, second = drawn(n, m)
    expected = stats.mannwhitneyu(first, second, method="exact").pvalue
    assert compared(first, second).p == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("n", "m"), [(3, 4), (5, 5), (4, 8)])
def test_p_with_ties_is_that_of_all_permutations(n: int, m: int) -> None:
    """With ties it agrees with scipy's test over every order of the rank sum."""
    rng = np.random.default_rng(SEED)
    first, second = rng.integers(1, 4, n).astype(float), rng.integers(1, 4, m).astype(float)

    def distance(x: Sequence[float], y: Sequence[float]) -> float:
        ranks = stats.rankdata([*x, *y])
        return float(abs(ranks[: len(x)].sum() - len(x) * (n + m + 1) / 2))

    expected = stats.permutation_test(
        (first, second), distance, alternative="greater", vectorized=False, n_resamples=10**6
    ).pvalue
    assert mann_whitney(first.tolist(), second.tolist()) == pytest.approx(expected)


@pytest.mark.parametrize("n", [1, 2, 5, 9, 20, 50])
def test_paired_p_is_that_of_scipy(n: int) -> None:
    """Without ties the exact p-value agrees with scipy's signed rank test."""
    first, second = drawn(n, n)
    expected = stats.wilcoxon(np.log(first) - np.log(second), method="exact").pvalue
    assert matched(first, second).p == pytest.approx(expected, rel=1e-9)


def test_paired_p_with_ties_counts_every_sign() -> None:
    """Equal ratios are ties and equal pairs are left out."""
    first, second = [2.0, 6.0, 0.3, 8.0, 1.0, 5.0], [1.0, 3.0, 0.1, 2.0, 2.0, 5.0]
    ranks = [2, 2, 4, 5, -2]  # of ratios 2, 2, 3, 4 and one half
    sums = [sum(signs) for signs in itertools.product(*((-abs(r), abs(r)) for r in ranks))]
    expected = sum(abs(total) >= abs(sum(ranks)) for total in sums) / len(sums)
    assert matched(first, second).p == pytest.approx(expected)


def test_equal_ratios_are_ties_whatever_their_rounding() -> None:
    """Four pairs with ratio 3 and one with a third leave 12 of 32 signs as far from even."""
    found = matched([1.0, 0.3, 0.6, 30.0, 0.21], [3.0, 0.1, 0.2, 10.0, 0.07])
    assert found.p == pytest.approx(12 / 32)


@pytest.mark.parametrize("n", [51, 400])
def test_many_pairs_agree_with_scipy(n: int) -> None:
    """Beyond fifty pairs the p-value is that of the corrected normal approximation."""
    first, second = drawn(n, n)
    logs = np.log(first) - np.log(second)
    expected = stats.wilcoxon(logs, correction=True, method="approx").pvalue
    assert matched(first, second).p == pytest.approx(expected)


@pytest.mark.parametrize(("n", "m"), [(4, 4), (5, 7), (6, 3), (10, 10), (25, 40), (60, 70)])
@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_interval_inverts_the_test(n: int, m: int, level: float) -> None:
    """Divided by a ratio inside, p is above 1 - level; outside, at most."""
    first, second = drawn(n, m)
    found = compared(first, second, level)
    for ratio, inside in (
        (found.low * 1.0001, True),
        (found.low * 0.9999, False),
        (found.high * 0.9999, True),
        (found.high * 1.0001, False),
    ):
        p = mann_whitney([value / ratio for value in first], second)
        assert (p > (1 - level) * (1 + 1e-9)) == inside


@pytest.mark.parametrize("n", [6, 7, 9, 15, 30])
def test_paired_interval_inverts_the_test(n: int) -> None:
    """Divided by a ratio inside, the paired p is above 5 %; outside, at most."""
    first, second = drawn(n, n)
    found = matched(first, second)
    for ratio, inside in (
        (found.low * 1.0001, True),
        (found.low * 0.9999, False),
        (found.high * 0.9999, True),
        (found.high * 1.0001, False),
    ):
        logs = np.log(first) - np.log(second) - math.log(ratio)
        assert (stats.wilcoxon(logs, method="exact").pvalue > 0.05) == inside


@pytest.mark.parametrize(("n", "m"), [(1, 1), (3, 5), (8, 8), (600, 700), (1500, 1)])
def test_ratio_is_the_median_of_all_ratios(n: int, m: int) -> None:
    """The estimate is the median over all pairs of logs, whether they are built or not."""
    first, second = drawn(n, m)
    expected = np.median(np.subtract.outer(np.log(first), np.log(second)))
    assert compared(first, second).ratio == pytest.approx(math.exp(expected), rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 9, 40, 900])
def test_paired_ratio_is_the_median_of_walsh_averages(n: int) -> None:
    """The paired estimate is the median of the means of all two log ratios, each with itself."""
    first, second = drawn(n, n)
    logs = np.log(first) - np.log(second)
    rows, columns = np.triu_indices(n)
    expected = np.median((logs[rows] + logs[columns]) / 2)
    assert matched(first, second).ratio == pytest.approx(math.exp(expected), rel=1e-9)


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("digits", [0, 1, 15])
def test_sums_are_selected_as_if_they_were_sorted(upper: bool, digits: int) -> None:
    """Every rank of many sums, few or many of them equal, is the value sorting gives."""
    rng = np.random.default_rng(SEED)
    rows = np.sort(rng.normal(0, 3, 800).round(digits))
    columns = rows if upper else np.sort(rng.normal(0, 3, 700).round(digits))
    sums = np.add.outer(rows, columns)
    ordered = np.sort(sums[np.triu_indices(800)] if upper else sums.ravel())
    ranks = [0, 1, len(ordered) // 3, len(ordered) // 2, len(ordered) - 2, len(ordered) - 1]
    assert sums_at(rows, columns, ranks, upper=upper) == pytest.approx(ordered[ranks], abs=1e-12)


def test_tens_of_thousands_are_compared() -> None:
    """The ratio of two large samples is found without their hundred million differences."""
    rng = np.random.default_rng(SEED)
    values = np.exp(np.linspace(-2, 2, 10_000))
    found = compared((values * 1.5).tolist(), rng.permutation(values).tolist())
    assert found.ratio == pytest.approx(1.5, rel=1e-9)
    assert found.low < 1.5 < found.high
    assert found.high / found.low < 1.1
    assert matched(values.tolist(), (values / 3).tolist()).ratio == pytest.approx(3, rel=1e-9)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_three_runs_have_no_interval(n: int) -> None:
    """Below four runs each no interval exists at 95 %; the ratio stands without."""
    found = compared([2.0 + i for i in range(n)], [1.0 + i for i in range(n)])
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert not found.reachable
    assert found.least_p == pytest.approx(min(1, 2 / math.comb(2 * n, n)))


def test_three_runs_have_an_interval_at_ninety_percent() -> None:
    """At 90 % three against three reach exactly the extremes of all ratios."""
    found = compared([8.0, 9.0, 10.0], [1.0, 2.0, 4.0], level=0.90)
    assert (found.low, found.high) == pytest.approx((2, 10))


@pytest.mark.parametrize(("n", "least"), [(5, 0.0625), (6, 0.03125), (2000, 0.0)])
def test_pairs_reach_what_their_signs_allow(n: int, least: float) -> None:
    """The least paired p-value is 2 / 2**n, so that six pairs are needed at 5 %."""
    found = matched([2.0 + i / n for i in range(n)], [1.0] * n)
    assert found.least_p == pytest.approx(least)
    assert found.reachable == (n >= 6)
    assert math.isnan(found.low) == (n < 6)


@pytest.mark.parametrize(
    "values", [[], [0.0, 1.0], [-1.0], [math.nan], [math.inf, 1.0], [1e-320, 1e-320]]
)
def test_what_has_no_ratio_is_not_compared(values: list[float]) -> None:
    """Nothing, zero, negative and infinite values, and ratios beyond any float, give None."""
    other = [1e300] * max(len(values), 1)
    assert compare(values, other) is None
    assert compare(other, values) is None
    assert compare_paired(values, other[: len(values)]) is None


def test_pairs_need_partners() -> None:
    """Samples of different sizes are no pairs."""
    with pytest.raises(ValueError, match="2 first and 1 second"):
        compare_paired([1.0, 2.0], [1.0])


@pytest.mark.parametrize("scale", [5e-324 * 2**20, 1e-300, 1.0, 1e300])
def test_extreme_values_have_their_ratio(scale: float) -> None:
    """Subnormal and huge values are compared like any other."""
    second = [scale * k for k in (1.0, 2.0, 4.0, 8.0)]
    found = compared([value * 4 for value in second], second)
    assert found.ratio == pytest.approx(4)
    assert (found.low, found.high) == pytest.approx((0.5, 32))


@pytest.mark.parametrize("n", [4, 6, 40, 3000])
def test_equal_values_are_equal(n: int) -> None:
    """Samples of one value have ratio 1 with no width, p = 1 and delta 0, paired and not."""
    for found in (compared([3.0] * n, [3.0] * n), matched([3.0] * n, [3.0] * n)):
        assert (found.ratio, found.p, found.delta) == (1, 1, 0)
        assert n < 6 or (found.low, found.high) == (1, 1)


def test_delta_is_the_dominance_of_the_first() -> None:
    """Cliff's delta counts pairs above less pairs below; paired, only the given pairs."""
    first, second = [1.0, 5.0, 5.0, 9.0], [2.0, 5.0, 6.0, 3.0]
    signs = [(a > b) - (a < b) for a, b in itertools.product(first, second)]
    assert compared(first, second).delta == pytest.approx(statistics.fmean(signs))
    assert matched(first, second).delta == pytest.approx((-1 + 0 - 1 + 1) / 4)


@some
@given(SAMPLES, SAMPLES)
def test_swapping_gives_the_reciprocal(first: list[float], second: list[float]) -> None:
    """The other way round, ratio and interval are reciprocal, delta is negative, p the same."""
    one, other = compared(first, second), compared(second, first)
    assert one.ratio * other.ratio == pytest.approx(1)
    assert one.low * other.high == pytest.approx(1, nan_ok=True) or math.isnan(one.low)
    assert (one.p, one.delta) == pytest.approx((other.p, -other.delta))


@some
@given(SAMPLES, SAMPLES, st.sampled_from([2.0**-40, 0.125, 4.0, 2.0**30]))
def test_units_do_not_matter(first: list[float], second: list[float], scale: float) -> None:
    """With both samples in another unit the comparison is the same."""
    one = compared(first, second)
    other = compared([v * scale for v in first], [v * scale for v in second])
    assert (one.ratio, one.p, one.delta) == pytest.approx((other.ratio, other.p, other.delta))
    assert (one.low, one.high) == pytest.approx((other.low, other.high), nan_ok=True)


@some
@given(SAMPLES, SAMPLES, st.randoms(use_true_random=False))
def test_order_of_runs_does_not_matter(
    first: list[float], second: list[float], rng: random.Random
) -> None:
    """Shuffled samples compare exactly the same."""
    shuffled = rng.sample(first, len(first)), rng.sample(second, len(second))
    assert repr(compare(*shuffled)) == repr(compare(first, second))


@some
@given(st.lists(st.tuples(*[st.integers(1, 40).map(float)] * 2), min_size=1, max_size=14))
def test_swapping_pairs_gives_the_reciprocal(pairs: list[tuple[float, float]]) -> None:
    """The same holds for pairs, whose order does not matter either."""
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    one, other = matched(first, second), matched(second[::-1], first[::-1])
    assert one.ratio * other.ratio == pytest.approx(1)
    assert one.low * other.high == pytest.approx(1, nan_ok=True) or math.isnan(one.low)
    assert (one.p, one.delta) == pytest.approx((other.p, -other.delta))


@some
@given(SAMPLES, SAMPLES)
def test_p_is_no_less_than_the_least(first: list[float], second: list[float]) -> None:
    """No two samples of these sizes have a p-value below the least one or above 1."""
    found = compared(first, second)
    assert found.least_p * (1 - 1e-9) <= found.p <= 1
    assert math.isnan(found.low) or found.low <= found.ratio <= found.high


@pytest.mark.parametrize(("family", "least"), [(1, 4), (2, 5), (3, 5), (10, 6), (23, 6), (24, 7)])
def test_least_runs_reach_significance_in_their_family(family: int, least: int) -> None:
    """The n told is the first whose p-value without overlap, times the family, is at most 5 %."""
    assert least_runs(family=family) == least
    assert 2 / math.comb(2 * least, least) * family <= 0.05
    assert 2 / math.comb(2 * least - 2, least - 1) * family > 0.05


def test_least_runs_of_nothing_are_an_error() -> None:
    """No n reaches a level of 0."""
    with pytest.raises(ValueError, match="no n reaches"):
        least_runs(alpha=0)
