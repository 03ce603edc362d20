"""Drift, changes of level and prediction, against brute force, scipy and constructed series."""

import itertools
import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from chimera.analysis.statistics import Trend, change_points, prediction_interval, trend
from chimera.analysis.statistics.splits import best_split

SEED = 20260105
some = settings(max_examples=60, derandomize=True, deadline=None, database=None)
SERIES = st.lists(st.floats(1e-3, 1e3), min_size=10, max_size=25)


def noisy(*levels: float, length: int = 15, spread: float = 0.03) -> list[float]:
    """Return a seeded series that stays at each level for so many runs."""
    rng = np.random.default_rng([SEED, len(levels)])
    return [float(v) for level in levels for v in level * rng.lognormal(0, spread, length)]


def drifting(values: list[float]) -> Trend:
    """Return the trend of a series that has one."""
    found = trend(values)
    assert found is not None
    return found


def test_a_steady_rise_is_its_rate() -> None:
    """One percent more each run is a slope of 0.01, and p is that of 1 order in 12!, twice."""
    found = drifting([100 * 1.01**run for run in range(12)])
    assert (found.slope, found.low, found.high) == pytest.approx((0.01, 0.01, 0.01))
    assert found.p == pytest.approx(2 / math.factorial(12))
    assert found.n == 12


@some
@given(SERIES)
def test_slope_is_the_median_of_all_slopes(values: list[float]) -> None:
    """Theil's estimate, by listing the slopes of the logs between all two runs."""
    logs = [math.log(value) for value in values]
    pairs = itertools.combinations(range(len(logs)), 2)
    slopes = sorted((logs[j] - logs[i]) / (j - i) for i, j in pairs)
    found = drifting(values)
    assert found.slope == pytest.approx(math.expm1(statistics.median(slopes)))
    assert found.low <= found.slope <= found.high


def test_interval_of_the_slope_is_that_of_sen() -> None:
    """Without ties its ends are the slopes of ranks (N -+ 1.96 sqrt(n (n-1) (2n+5) / 18)) / 2."""
    values = noisy(100, length=20)
    logs = [math.log(value) for value in values]
    pairs = list(itertools.combinations(range(20), 2))
    slopes = sorted((logs[j] - logs[i]) / (j - i) for i, j in pairs)
    reach = 1.959964 * math.sqrt(20 * 19 * 45 / 18)
    low, high = round((190 - reach) / 2) - 1, round((190 + reach) / 2)
    found = drifting(values)
    assert (found.low, found.high) == pytest.approx(
        (math.expm1(slopes[low]), math.expm1(slopes[high]))
    )


def test_p_of_a_trend_counts_orders() -> None:
    """With a single inversion of neighbours, 10 of 10! orders are at least as sorted, twice."""
    values = [1.0, 2, 3, 4, 6, 5, 7, 8, 9, 10]
    assert drifting(values).p == pytest.approx(2 * 10 / math.factorial(10))


@some
@given(SERIES)
def test_backwards_the_trend_is_reversed(values: list[float]) -> None:
    """The reversed series compounds to the reciprocal, with the same p."""
    there, back = drifting(values), drifting(values[::-1])
    assert (1 + there.slope) * (1 + back.slope) == pytest.approx(1)
    assert there.p == pytest.approx(back.p)


@some
@given(SERIES, st.sampled_from([2.0**-30, 1000.0]))
def test_units_do_not_matter(values: list[float], scale: float) -> None:
    """A relative slope is the same in every unit."""
    one, other = drifting(values), drifting([value * scale for value in values])
    assert (one.slope, one.p) == pytest.approx((other.slope, other.p), abs=1e-12)


@pytest.mark.parametrize(
    "values",
    [[], [1.0] * 9, [1.0] * 9 + [0.0], [1.0] * 9 + [-1.0], [1.0] * 9 + [math.inf]],
)
def test_without_enough_there_is_no_trend(values: list[float]) -> None:
    """Below ten values, or with values that have no logarithm, there is none."""
    assert trend(values) is None
    assert prediction_interval(values) is None


def test_equal_values_have_no_trend() -> None:
    """A constant series has slope 0 with no width and p = 1."""
    assert trend([7.0] * 10) == Trend(0.0, 0.0, 0.0, 1.0, 10)


def test_thousands_of_runs_keep_their_rate() -> None:
    """Beyond a thousand values the slope of blocks is that of the runs."""
    found = drifting([1.0001**run for run in range(4321)])
    assert found.slope == pytest.approx(0.0001)
    assert found.n == 4321


def test_a_step_is_found_where_it_is() -> None:
    """One change of a tenth after fifteen runs."""
    assert change_points(noisy(100, 110)) == [15]


def test_a_level_that_comes_back_is_found_twice() -> None:
    """A slow spell between two equal ones has a beginning and an end."""
    assert change_points(noisy(100, 130, 100, length=10)) == [10, 20]


def test_several_levels_are_all_found() -> None:
    """Each new level begins where it was made."""
    assert change_points(noisy(10, 12, 9, 14)) == [15, 30, 45]


@pytest.mark.parametrize("least", [5, 8])
def test_segments_have_their_least_length(least: int) -> None:
    """A spell shorter than the least length does not become a level of its own."""
    values = noisy(100, length=30)
    values[12:15] = [300.0] * 3
    edges = [0, *change_points(values, least=least), 30]
    assert all(b - a >= least for a, b in itertools.pairwise(edges))


def test_one_spike_is_no_change() -> None:
    """A single slow run, however slow, changes no level."""
    values = noisy(100, length=40)
    values[20] = 1e6
    assert change_points(values) == []


@pytest.mark.parametrize(("step", "found"), [(1.04, []), (1.06, [30])])
def test_small_changes_are_left_out(step: float, found: list[int]) -> None:
    """What differs by less than the magnitude is no change, however sure."""
    assert change_points(noisy(100, 100 * step, length=30, spread=0.001)) == found
    assert change_points(noisy(100, 104, length=30, spread=0.001), magnitude=0.01) == [30]


def test_below_twenty_values_nothing_changes() -> None:
    """Nineteen values have no change points, twenty may."""
    assert change_points([1.0] * 9 + [2.0] * 10) == []
    assert change_points([1.0] * 10 + [2.0] * 10) == [10]


@pytest.mark.parametrize("value", [0.0, 3.0, -2.0, 1.7e308])
def test_constant_values_never_change(value: float) -> None:
    """A series of one value has no change, whatever the value."""
    assert change_points([value] * 30) == []


@pytest.mark.parametrize("scale", [1e-300, 1e305])
def test_scale_does_not_matter(scale: float) -> None:
    """Tiny and huge series change where others do."""
    assert change_points([value * scale for value in noisy(100, 130)]) == [15]


def test_a_seed_gives_one_result() -> None:
    """The same series and seed give the same changes, in any order of calls."""
    values = noisy(100, 103, 101, 104, spread=0.02)
    found = [change_points(values, seed=seed, magnitude=0) for seed in (1, 2, 1, 2)]
    assert found[:2] == found[2:]


def test_thousands_of_runs_are_split_by_blocks() -> None:
    """In a long series a change is found to within a block."""
    (found,) = change_points(noisy(100, 120, length=2000))
    assert abs(found - 2000) <= 20


@pytest.mark.parametrize("spike", [1.0, 50.0])
def test_best_split_is_that_of_the_definition(spike: float) -> None:
    """Energy distance and place agree with summing over all pairs, for every start and end."""
    values = noisy(1, 1.2, length=7, spread=0.2)
    values[8:10] = [spike, spike]  # shorter than a part may be

    def mean(first: list[float], second: list[float], pairs: int) -> float:
        return sum(abs(a - b) for a in first for b in second) / pairs

    def distance(start: int, end: int) -> float:
        left, right = values[:start], values[start:end]
        n, m = len(left), len(right)
        apart = 2 * mean(left, right, n * m)
        apart -= mean(left, left, n * (n - 1)) + mean(right, right, m * (m - 1))
        return n * m / (n + m) * apart

    ends = {(a, b): distance(a, b) for a in range(3, 12) for b in range(a + 3, 15)}
    expected = max(ends, key=lambda key: ends[key])
    at, size = best_split(np.array(values), 3)
    assert (at, size) == pytest.approx((expected[0], ends[expected]))


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_prediction_is_that_of_student(level: float) -> None:
    """The interval is that of scipy's t distribution around the mean of the logs."""
    history = noisy(50, length=12)
    logs = np.log(history)
    scale = stats.sem(logs) * math.sqrt(13)
    expected = np.exp(stats.t.interval(level, 11, loc=logs.mean(), scale=scale))
    assert prediction_interval(history, level) == pytest.approx(tuple(expected))


def test_prediction_beyond_any_float_is_none() -> None:
    """A history from the least to the largest float predicts nothing."""
    assert prediction_interval([5e-324, 1.7e308] * 6) is None
    assert trend([5e-324] * 6 + [1.7e308] * 6) is not None
