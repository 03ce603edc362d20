"""Means that tools report: compared by Welch's interval, listed where that does not carry."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind, ttest_ind_from_stats

from chimera.analysis.claims import Claim
from chimera.analysis.result import Analysis
from chimera.analysis.statistics.welch import welch


def reported(result: Analysis) -> list[Claim]:
    """Return what was said of reported means."""
    return [c for c in result.claims if c.type == "rank" and c.strength == "observed"]


def summaries(*rows: tuple[str, float, float, int]) -> str:
    """Return a CSV of means, deviations and run counts."""
    lines = [",".join(map(str, row)) for row in rows]
    return "\n".join(["backend,mean_latency_ms,std_latency_ms,runs", *lines]) + "\n"


def test_means_that_differ_have_a_lowest(analysed: Any) -> None:
    """The lowest mean is named with its difference from the next, interval, p and family."""
    text = summaries(("a", 10, 0.5, 10), ("b", 12, 0.6, 10), ("c", 15, 0.5, 10))
    (claim,) = reported(analysed({"s.csv": text}))
    assert claim.leader is None
    assert "The lowest mean is that of `a`; its difference from `b` is -2 ms" in claim.text
    assert "(Welch, Holm over 3 pairs)" in claim.text
    assert "`a` mean 10 ms (standard deviation 0.5000 ms, n = 10)" in claim.text


def test_means_that_overlap_have_no_order(analysed: Any) -> None:
    """An interval that spans zero claims no order."""
    (claim,) = reported(analysed({"s.csv": summaries(("a", 10, 3, 8), ("b", 11, 3, 8))}))
    assert claim.text.endswith("; no order is claimed.")


def test_means_of_few_runs_are_not_compared(analysed: Any) -> None:
    """Below five runs, or without a deviation, means stay in the tables."""
    assert reported(analysed({"s.csv": summaries(("a", 10, 1, 4), ("b", 20, 1, 4))})) == []
    bare = "backend,mean_latency_ms,runs\na,10,9\nb,20,9\n"
    assert reported(analysed({"s.csv": bare})) == []


def test_single_values_are_compared_instead_of_their_means(analysed: Any) -> None:
    """Where hyperfine wrote its times, those are tested and its means are not."""
    results = [
        {
            "command": name,
            "mean": base + 0.02,
            "stddev": 0.01,
            "median": base + 0.02,
            "user": 0.1,
            "system": 0.1,
            "min": base,
            "max": base + 0.04,
            "times": [base + i / 100 for i in range(5)],
            "exit_codes": [0] * 5,
        }
        for name, base in (("fast", 1.0), ("slow", 2.0))
    ]
    result = analysed({"h.json": json.dumps({"results": results})})
    assert reported(result) == []
    assert [c.leader for c in result.claims if c.type == "rank"] == ["fast"]


def test_percentiles_of_tools_are_never_compared(analysed: Any) -> None:
    """A p99 of each group is listed; nothing is said about their order."""
    text = "backend,p99_latency_ms,runs\na,10,900\nb,20,900\n"
    assert [c for c in analysed({"s.csv": text}).claims if c.type == "rank"] == []


@given(
    st.lists(st.floats(1, 100), min_size=3, max_size=12),
    st.lists(st.floats(1, 100), min_size=3, max_size=12),
)
def test_welch_is_that_of_scipy(first: list[float], second: list[float]) -> None:
    """Interval and p-value are those that scipy computes from the values themselves."""
    import numpy as np

    sides = [(float(np.mean(v)), float(np.std(v, ddof=1)), len(v)) for v in (first, second)]
    found = welch(sides[0], sides[1])
    if found is None or min(side[1] for side in sides) < 1e-6:
        return
    expected = ttest_ind(first, second, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found.p == pytest.approx(expected.pvalue, abs=1e-9)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=1e-6)
    stats = ttest_ind_from_stats(*sides[0], *sides[1], equal_var=False)
    assert found.p == pytest.approx(stats.pvalue, abs=1e-9)


def test_welch_needs_a_spread() -> None:
    """Without any deviation, below two values or beyond floats there is no interval."""
    assert welch((1, 0, 5), (2, 0, 5)) is None
    assert welch((1, 1, 1), (2, 1, 5)) is None
    assert welch((math.inf, 1, 5), (2, 1, 5)) is None
    assert welch((1, 1e300, 5), (2, 1e300, 5)) is None
