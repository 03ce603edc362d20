"""pytest-benchmark: rounds kept, rates left out."""

from __future__ import annotations

from collections.abc import Callable

from chimera.evidence import Table

Fixture = Callable[[str], list[Table]]


def test_rounds_are_samples(fixture: Fixture) -> None:
    """github-action-benchmark drops `data`; here every round is a number of its own."""
    statistics, rounds = fixture("pytest-benchmark/rounds.json")
    assert len(rounds.rows) == 8
    assert rounds.rows[0] == "/benchmarks/0/stats/data/0"
    assert rounds.series[0].values[0] == 5.729000122300931e-07
    assert statistics.declared_n == (4, 4)
    assert statistics.params["n"] == ("10", "100")


def test_the_rate_is_left_out(fixture: Fixture) -> None:
    """github-action-benchmark stores `ops`, which is one over the mean: it is derived."""
    statistics = fixture("pytest-benchmark/several_units.json")[0]
    assert not [one for one in statistics.series if "ops" in one.column or one.metric != "duration"]
    assert {one.unit for one in statistics.series} == {"s"}
    assert statistics.series[0].texts[3] == "2.0038430469999997"


def test_old_files_have_no_rounds(fixture: Fixture) -> None:
    """Version 2.5 writes statistics and the number of rounds."""
    (statistics,) = fixture("pytest-benchmark/version_2_5.json")
    assert (statistics.declared_n, statistics.series[0].statistic) == ((9987,), "mean")


def test_quartiles_are_percentiles(fixture: Fixture) -> None:
    """`q1` and `q3` are p25 and p75."""
    statistics = fixture("pytest-benchmark/rounds.json")[0]
    found = {one.column: one.statistic for one in statistics.series}
    assert (found["stats/q1"], found["stats/q3"]) == ("p25", "p75")
