"""Student's t agrees with scipy, and so does what is computed with it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from chimera.analysis.statistics import prediction_interval, trend
from chimera.verify.again import figures, student


@given(st.floats(-40, 40), st.floats(1, 500))
def test_the_chance_beyond(t: float, freedom: float) -> None:
    """On both sides."""
    expected = 2 * float(stats.t.sf(abs(t), freedom))
    assert math.isclose(student.beyond(t, freedom), expected, rel_tol=1e-8, abs_tol=1e-12)


@pytest.mark.parametrize("freedom", [1, 4.5, 30, 400])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_the_reach(freedom: float, level: float) -> None:
    """The quantile that the chance belongs to."""
    expected = float(stats.t.ppf((1 + level) / 2, freedom))
    assert math.isclose(student.reach(level, freedom), expected, rel_tol=1e-8)


@given(st.lists(st.floats(0.1, 1e3), min_size=10, max_size=30, unique=True))
def test_prediction_and_slope(values: list[float]) -> None:
    """As the analyst has them."""
    expected = prediction_interval(values)
    slope = trend(values)
    assert expected is not None
    assert slope is not None
    assert math.isclose(figures.prediction_low(values), expected[0], rel_tol=1e-7)
    assert math.isclose(figures.prediction_high(values), expected[1], rel_tol=1e-7)
    assert math.isclose(figures.theil_sen_slope_low(values), slope.low, rel_tol=1e-7, abs_tol=1e-9)
    assert math.isclose(
        figures.theil_sen_slope_high(values), slope.high, rel_tol=1e-7, abs_tol=1e-9
    )


def test_welch() -> None:
    """From means, deviations and sizes."""
    given_ = (10.0, 2.0, 6, 12.0, 1.5, 8)
    found = stats.ttest_ind_from_stats(*given_, equal_var=False)
    assert math.isclose(figures.welch_p(*given_), float(found.pvalue), rel_tol=1e-8)
