"""Statistics of a group, against the standard library and against counting every order."""

import itertools
import math
import random
import statistics

import pytest

from chimera.analysis.statistics import describe, mann_whitney

SEED = 20260101


def exact(first: list[float], second: list[float]) -> float:
    """Return the two-sided exact p-value by counting every way to deal the values out."""
    pooled, n, m = [*first, *second], len(first), len(second)

    def statistic(chosen: tuple[int, ...]) -> float:
        mine = [pooled[i] for i in chosen]
        theirs = [pooled[i] for i in range(n + m) if i not in chosen]
        u = sum((a > b) + 0.5 * (a == b) for a in mine for b in theirs)
        return min(u, n * m - u)

    seen = statistic(tuple(range(n)))
    deals = list(itertools.combinations(range(n + m), n))
    return sum(statistic(deal) <= seen for deal in deals) / len(deals)


@pytest.mark.parametrize("n", [2, 3, 10, 58])
def test_statistics_are_those_of_the_standard_library(n: int) -> None:
    """Median, mean, min, max and standard deviation agree with `statistics`."""
    rng = random.Random(SEED)  # noqa: S311  seeded on purpose
    values = [rng.uniform(1, 100) for _ in range(n)]
    found = describe(values)
    assert found["median"] == statistics.median(values)
    assert found["mean"] == pytest.approx(statistics.fmean(values), rel=1e-15)
    assert found["stdev"] == pytest.approx(statistics.stdev(values), rel=1e-12)
    assert (found["min"], found["max"]) == (min(values), max(values))


def test_one_value_is_a_value() -> None:
    """A single value has no median and no spread."""
    assert describe([3.5]) == {"value": 3.5}


def test_no_values_are_an_error() -> None:
    """There are no statistics of nothing."""
    with pytest.raises(ValueError, match="no values"):
        describe([])


@pytest.mark.parametrize(("name", "least"), [("p90", 29), ("p95", 59), ("p99", 299)])
def test_percentiles_need_their_n(name: str, least: int) -> None:
    """A percentile appears at the n that supports it, and not one value before."""
    assert name not in describe(list(map(float, range(least - 1))))
    assert name in describe(list(map(float, range(least))))


@pytest.mark.parametrize(("rank", "least"), [(0.90, 29), (0.95, 59), (0.99, 299)])
def test_least_n_bounds_the_percentile(rank: float, least: int) -> None:
    """The n given is the smallest whose maximum is a 95 % upper bound of the percentile."""
    assert 1 - rank**least >= 0.95 > 1 - rank ** (least - 1)


def test_percentiles_interpolate() -> None:
    """A percentile lies between order statistics, as `statistics.quantiles` has it."""
    values = [float(value) for value in range(101)]
    assert (describe(values)["p90"], describe(values)["p95"]) == (90, 95)


def test_huge_values_do_not_overflow() -> None:
    """Values near the largest float have a finite median, mean and standard deviation."""
    found = describe([1e308, 1.2e308, 1.4e308, 1.6e308])
    assert found["median"] == pytest.approx(1.3e308)
    assert found["mean"] == pytest.approx(1.3e308)
    assert found["stdev"] == pytest.approx(statistics.stdev([1, 1.2, 1.4, 1.6]) * 1e308)


def test_what_no_float_holds_is_left_out() -> None:
    """A standard deviation beyond the largest float is not given, rather than infinite."""
    found = describe([-1.7e308, 1.7e308])
    assert "stdev" not in found
    assert all(map(math.isfinite, found.values()))


@pytest.mark.parametrize(("n", "m"), [(2, 2), (4, 4), (5, 5), (3, 6), (6, 4)])
def test_mann_whitney_is_exact_without_ties(n: int, m: int) -> None:
    """Without ties the p-value is the one found by counting every order."""
    rng = random.Random(SEED)  # noqa: S311  seeded on purpose
    for _ in range(10):
        values = rng.sample(range(1000), n + m)
        first, second = [float(v) for v in values[:n]], [float(v) for v in values[n:]]
        assert mann_whitney(first, second) == pytest.approx(min(1.0, exact(first, second)))


def test_mann_whitney_of_separated_samples() -> None:
    """Five against five without overlap give 2/252, four against four 2/70 (Mann, Whitney 1947)."""
    assert mann_whitney([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) == pytest.approx(2 / 252)
    assert mann_whitney([5, 6, 7, 8], [1, 2, 3, 4]) == pytest.approx(2 / 70)


@pytest.mark.parametrize(("n", "m"), [(4, 4), (5, 6), (3, 7)])
def test_mann_whitney_is_exact_with_ties(n: int, m: int) -> None:
    """With ties the p-value of small samples is found by counting every deal, too."""
    rng = random.Random(SEED)  # noqa: S311  seeded on purpose
    for _ in range(10):
        first = [float(rng.randint(1, 5)) for _ in range(n)]
        second = [float(rng.randint(1, 5)) for _ in range(m)]
        assert mann_whitney(first, second) == pytest.approx(exact(first, second))


def test_two_values_do_not_pass_for_many() -> None:
    """Four ones against four twos are no surer than any four against four: 2/70."""
    assert mann_whitney([1.0] * 4, [2.0] * 4) == pytest.approx(2 / 70)


@pytest.mark.parametrize("size", [13, 30])
def test_approximation_of_large_samples_sees_separation(size: int) -> None:
    """Large samples with ties are told apart if they are, and not if they are alike."""
    low, high = [float(i // 2) for i in range(size)], [float(size + i // 2) for i in range(size)]
    assert mann_whitney(low, high) < 0.0001
    assert mann_whitney(low, low) > 0.9


def test_mann_whitney_does_not_care_for_order() -> None:
    """Swapping the samples changes nothing."""
    first, second = [1.0, 4.0, 4.0, 9.0], [2.0, 4.0, 7.0, 8.0, 8.0]
    assert mann_whitney(first, second) == pytest.approx(mann_whitney(second, first))


def test_equal_values_do_not_differ() -> None:
    """Samples of one and the same value have p = 1."""
    assert mann_whitney([5.0] * 6, [5.0] * 6) == 1
