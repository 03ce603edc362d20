"""The interval of the median and the outliers, against scipy, published ranks and counting."""

import math
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from chimera.analysis.statistics import describe, outliers

SEED = 20260102
FINITE = st.floats(allow_nan=False, allow_infinity=False)
LISTS = st.lists(FINITE, min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("n", "rank"),
    [(6, 1), (8, 1), (9, 2), (10, 2), (15, 4), (20, 6), (25, 8), (30, 10), (50, 18), (100, 40)],
)
def test_interval_of_the_median_has_the_published_ranks(n: int, rank: int) -> None:
    """Its ends have the ranks of the tables (Conover, Practical Nonparametric Statistics, 1999)."""
    found = describe([float(value) for value in range(1, n + 1)])
    assert (found["median_low"], found["median_high"]) == (rank, n + 1 - rank)


@pytest.mark.parametrize("n", [*range(6, 70), 299, 1000, 1001, 1002, 4999, 100_000])
def test_interval_of_the_median_is_that_of_scipy(n: int) -> None:
    """Its ends agree with `scipy.stats.quantile_test`, which goes another way."""
    values = [float(value) for value in range(n)]
    expected = stats.quantile_test(values, q=0, p=0.5).confidence_interval(0.95)
    found = describe(values)
    assert (found["median_low"], found["median_high"]) == (expected.low, expected.high)


@pytest.mark.parametrize("n", range(1, 6))
def test_few_values_have_no_interval_of_the_median(n: int) -> None:
    """Below six values no two of them hold the median with 95 %."""
    assert not {"median_low", "median_high"} & describe([1.0] * n).keys()


def test_describing_a_few_values_loads_no_scipy() -> None:
    """Groups of up to 1,000 values are described by the standard library alone."""
    code = (
        "import sys; from chimera.analysis.statistics import describe\n"
        "describe([1.0] * 1000); assert not {'scipy', 'numpy'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("n", [6, 10, 36])
def test_interval_of_the_median_covers_at_least_nominally(n: int) -> None:
    """Of seeded samples at least 95 %, less three standard errors, hold the true median."""
    drawn = np.random.default_rng(SEED + n).lognormal(0, 0.5, (2000, n))
    found = [describe(row.tolist()) for row in drawn]
    covered = np.mean([each["median_low"] <= 1 <= each["median_high"] for each in found])
    assert covered >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / len(drawn))


def test_huge_values_have_an_interval() -> None:
    """Ends of the interval near the largest float are the values themselves."""
    values = [1e308, 1.1e308, 1.2e308, 1.3e308, 1.4e308, 1.7e308]
    assert describe(values)["median_high"] == 1.7e308


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(LISTS)
def test_what_is_described_lies_between_the_extremes(values: list[float]) -> None:
    """Every statistic but the spread is finite and lies between the least and largest value."""
    found = describe(values)
    found.pop("stdev", None)
    slack = 1e-12 * max(map(abs, values))
    for name, value in found.items():
        assert min(values) - slack <= value <= max(values) + slack, name


@settings(max_examples=50, derandomize=True, deadline=None, database=None)
@given(st.lists(FINITE, min_size=2, max_size=60), st.randoms(use_true_random=False))
def test_order_does_not_matter(values: list[float], rng: random.Random) -> None:
    """The same values in another order are described the same."""
    shuffled = rng.sample(values, len(values))
    assert describe(shuffled) == describe(values)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("value", 1),
        ("median", 2),
        ("stdev", 2),
        ("median_low", 6),
        ("median_high", 6),
        ("p90", 29),
        ("p95", 59),
        ("p99", 299),
    ],
)
def test_statistics_are_given_from_their_least_n_on(name: str, least: int) -> None:
    """And not before."""
    assert name in describe([1.0 + i for i in range(least)])
    assert least == 1 or name not in describe([1.0 + i for i in range(least - 1)])


def test_outliers_lie_beyond_the_fences_of_tukey() -> None:
    """Quartiles 3 and 7 make fences at -3 and 13, and severe ones beyond -9 and 19."""
    values = [1.0, 2, 3, 4, 5, 6, 7, 14, 20]
    found = outliers(values)
    assert (found.low, found.high) == (-3, 13)
    assert (found.mild, found.severe) == ((7,), (8,))


def test_a_value_on_the_fence_is_inside() -> None:
    """Only what lies beyond a fence is labelled, and the inner fence divides mild from none."""
    values = [1.0, 2, 3, 4, 5, 6, 7, 13, 19]
    assert outliers(values).mild == (8,)


@pytest.mark.parametrize("values", [[5.0], [1.0, 100.0], [1.0, 2.0, 100.0], [3.0] * 9 + [50.0]])
def test_without_a_spread_nothing_is_an_outlier(values: list[float]) -> None:
    """Below four values, or with equal quartiles, there is nothing to measure a distance by."""
    found = outliers(values)
    assert (found.mild, found.severe) == ((), ())
    assert (found.low, found.high) == (min(values), max(values))


def test_outliers_of_nothing_are_an_error() -> None:
    """There are no fences of nothing."""
    with pytest.raises(ValueError, match="no values"):
        outliers([])


@settings(max_examples=100, derandomize=True, deadline=None, database=None)
@given(LISTS)
def test_outliers_are_what_lies_outside_the_fences(values: list[float]) -> None:
    """Fences are finite; what is labelled is outside them, and severe ones are the furthest."""
    found = outliers(values)
    assert math.isfinite(found.low)
    assert math.isfinite(found.high)
    labelled = {*found.mild, *found.severe}
    assert all(not found.low < values[i] < found.high for i in labelled)
    inside = [i for i in range(len(values)) if i not in labelled]
    assert len(inside) * 2 >= len(values)


def test_few_normal_values_are_outliers() -> None:
    """Of normal values about 0.7 % are labelled (Hoaglin, Iglewicz and Tukey, 1986)."""
    values = np.random.default_rng(SEED).normal(10, 1, 20_000).tolist()
    found = outliers(values)
    assert 0.004 < (len(found.mild) + len(found.severe)) / len(values) < 0.01
