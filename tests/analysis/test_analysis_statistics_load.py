"""Speed-up, Little's law and goodput."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera.analysis.statistics import Step, attainment, little, scaling

some = settings(max_examples=60, derandomize=True, deadline=None, database=None)
ROWS = st.dictionaries(st.integers(1, 64), st.floats(0.1, 1000), min_size=1)


def test_speedup_is_against_the_smallest_level() -> None:
    """Twice the load with 1.6 times the throughput is an efficiency of 0.8; levels are sorted."""
    assert scaling([8, 2, 4], [240.0, 100.0, 160.0]) == [
        Step(2, 100.0, 1.0, 1.0),
        Step(4, 160.0, 1.6, 0.8),
        Step(8, 240.0, 2.4, 0.6),
    ]


@pytest.mark.parametrize("base", [0.0, -1.0, math.nan])
def test_without_a_baseline_there_is_no_speedup(base: float) -> None:
    """A smallest level that brings nothing is no baseline, nor is no level."""
    assert scaling([1, 2], [base, 100.0]) == []
    assert scaling([], []) == []


@pytest.mark.parametrize("levels", [[1, 1], [0, 1], [-2, 1], [math.nan, 1]])
def test_levels_are_positive_and_differ(levels: list[float]) -> None:
    """A level of none, or one that occurs twice, is an error."""
    with pytest.raises(ValueError, match="a level"):
        scaling(levels, [1.0, 2.0])


def test_levels_and_throughputs_belong_together() -> None:
    """As many of the one as of the other."""
    with pytest.raises(ValueError, match="zip"):
        scaling([1, 2], [1.0])


@some
@given(ROWS)
def test_efficiency_is_speedup_per_load(rows: dict[int, float]) -> None:
    """At every level the speed-up is efficiency times growth of the load; the first has 1 and 1."""
    steps = scaling(list(rows), list(rows.values()))
    assert (steps[0].speedup, steps[0].efficiency) == (1, 1)
    for step in steps:
        assert step.efficiency * step.level / min(rows) == pytest.approx(step.speedup)
        assert step.speedup * rows[min(rows)] == pytest.approx(step.throughput)


def test_little_counts_what_is_under_way() -> None:
    """Ten requests per second that take half a second each keep five under way."""
    assert little(10.0, 0.5) == 5


def test_requests_meet_all_limits_or_none() -> None:
    """A limit is met by its own value; one limit missed or missing is a request missed."""
    requests = {"ttft": [0.2, 0.21, None, 0.1, 0.1], "tpot": [0.05, 0.01, 0.01, None, 0.06]}
    assert attainment(requests, {"ttft": 0.2, "tpot": 0.05}) == (1, 5)
    assert attainment(requests, {"ttft": 0.2}) == (3, 5)
    assert attainment({**requests, "tpot": [math.nan] * 5}, {"tpot": 1.0}) == (0, 5)


@pytest.mark.parametrize(
    ("requests", "limits", "reason"),
    [
        ({"ttft": [1.0]}, {}, "no limits"),
        ({"ttft": [1.0]}, {"tpot": 1.0}, "no values of tpot"),
        ({"ttft": [1.0], "tpot": []}, {"ttft": 1.0, "tpot": 1.0}, "zip"),
    ],
)
def test_limits_need_values(
    requests: dict[str, list[float | None]], limits: dict[str, float], reason: str
) -> None:
    """Nothing is attained without limits, without values or with unequal numbers of them."""
    with pytest.raises(ValueError, match=reason):
        attainment(requests, limits)
