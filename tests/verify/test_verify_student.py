"""Student's t without a library gives what scipy gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t, ttest_ind_from_stats

from chimera.verify.counts import counted
from chimera.verify.student import beyond, welch_high, welch_low, welch_p


@given(st.floats(-40, 40), st.floats(1, 500))
def test_tails_are_those_of_scipy(value: float, freedom: float) -> None:
    """The probability beyond a t, on both sides."""
    assert beyond(value, freedom) == pytest.approx(2 * t.sf(abs(value), freedom), abs=1e-10)


@given(st.floats(0.1, 9), st.floats(0.1, 9), st.integers(5, 99), st.integers(5, 99))
def test_welch_is_that_of_scipy(s1: float, s2: float, n1: int, n2: int) -> None:
    """The p-value, and an interval that is centred and whose ends have p = 0.05."""
    sides = (10.0, s1, n1, 11.0, s2, n2)
    expected = ttest_ind_from_stats(*sides, equal_var=False).pvalue
    assert welch_p(*sides) == pytest.approx(expected, abs=1e-10)
    low, high = welch_low(*sides), welch_high(*sides)
    assert (low + high) / 2 == pytest.approx(-1)
    assert welch_p(-1 - high, s1, n1, 0.0, s2, n2) == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("pairs of 3 groups", 3),
        ("pairs but one of 3 groups", 2),
        ("groups beyond 4 of 6 groups", 2),
        ("least n of 2 groups apart", 4),
        ("least n of 3 groups apart", 5),
        ("least pairs of 2 groups apart", 6),
        ("per cent from which a difference matters", 2),
    ],
)
def test_counts_of_comparisons_follow_from_their_groups(query: str, value: int) -> None:
    """What is counted about a comparison needs no file."""
    assert counted(query, {"inventory": {"files": []}, "facts": []}) == value
