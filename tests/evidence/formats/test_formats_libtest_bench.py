"""libtest: thousands, decimals, other units, failed benchmarks."""

from __future__ import annotations

from collections.abc import Callable

from chimera.evidence import Evidence, Table

Fixture = Callable[[str], list[Table]]


def test_thousands_are_grouped_by_commas(fixture: Fixture) -> None:
    """18,149 ns/iter are 18149; the spread is no time of its own."""
    (table,) = fixture("libtest-bench/plain.txt")
    value, spread = table.series
    assert (value.values, value.texts[1]) == ((135.0, 18149.0), "18,149")
    assert (value.unit, value.statistic, value.direction) == ("ns/it", "median", "lower")
    assert (spread.values, spread.statistic, spread.direction) == ((24.0, 755.0), "spread", None)


def test_decimals_are_read(fixture: Fixture) -> None:
    """Newer versions write them."""
    (table,) = fixture("libtest-bench/decimals.txt")
    assert table.series[0].values == (148.7, 18794.12)


def test_other_units_have_their_own_tables(fixture: Fixture) -> None:
    """Cycles are lower, samples per second higher."""
    cycles, rate = fixture("libtest-bench/other_units.txt")
    assert (cycles.series[0].unit, cycles.series[0].direction) == ("cycles/iter", "lower")
    assert (rate.series[0].unit, rate.series[0].direction) == ("MS/s", "higher")


def test_bandwidth_and_failures_are_kept(fixture: Fixture) -> None:
    """A benchmark that panics has failed; ignored ones were not run."""
    (table,) = fixture("libtest-bench/fresh.txt")
    assert table.labels["benchmark"] == ("t::copy", "t::broken", "t::sum_small")
    assert table.failures == {1: "FAILED"}
    rate = table.series[2]
    assert (rate.metric, rate.unit, rate.texts[0]) == ("bandwidth", "MB/s", "55351")


def test_names_may_hold_spaces(fixture: Fixture) -> None:
    """Criterion prints its names as they are in this form."""
    (table,) = fixture("libtest-bench/criterion_bencher.txt")
    assert table.labels["benchmark"][1] == "Symbols (Execution)"


def test_failed_tests_of_another_run_are_none_of_it(written: Callable[..., Evidence]) -> None:
    """A run without benchmarks is a run of tests."""
    tests = "running 1 test\ntest parses ... FAILED\n\nrunning 1 test\n"
    (table,) = written(f"{tests}test f ... bench: 12 ns/iter (+/- 1)\n").tables
    assert (table.failures, table.labels["benchmark"]) == ({}, ("f",))
