"""Catch2, benchmark.js, Luau's bench.py and Julia's BenchmarkTools."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chimera.evidence import Evidence, Measurement, Table

Fixture = Callable[[str], list[Table]]


def measured(tables: list[Table], statistic: str) -> list[Measurement]:
    """Return the measurements with a statistic."""
    found = [one for table in tables for one in table.measurements()]
    return [one for one in found if one.statistic == statistic]


@pytest.mark.parametrize("version", [2, 3])
def test_catch2_writes_a_unit_at_each_number(fixture: Fixture, version: int) -> None:
    """The estimated run time is a plan and left out."""
    tables = fixture(f"catch2/version_{version}.txt")
    means = {m.labels["benchmark"]: (m.text, m.unit, m.n) for m in measured(tables, "mean")}
    assert means["Fibonacci 10"] == ("344", "ns", 100)
    assert means["Fibonacci 20"] == ("41.731", "us", 100)
    assert "7.1968" not in [m.text for table in tables for m in table.measurements()]


def test_catch2_bounds_and_deviations_follow(fixture: Fixture) -> None:
    """In the order mean, low mean, high mean, then those of the deviation."""
    tables = fixture("catch2/version_3.txt")
    assert [m.text for m in measured(tables, "ci_low")][:2] == ["341", "35"]
    assert [m.text for m in measured(tables, "stdev")] == ["19", "4", "362", "3.256"]


def test_catch2_names_run_over_lines(fixture: Fixture) -> None:
    """With and without analysis, in the test case around them."""
    for name in ("failed", "no_analysis"):
        labels = [m.labels for m in measured(fixture(f"catch2/{name}.txt"), "mean")]
        assert {
            "benchmark": "a rather long name of a benchmark, longer than the column",
            "test_case": "Fibonacci",
        } in labels


def test_catch2_benchmarks_that_throw_have_failed(fixture: Fixture) -> None:
    """With their reason."""
    tables = fixture("catch2/failed.txt")
    assert [t.failures for t in tables if t.failures] == [{0: "failed: no device"}]


def test_a_mean_of_nothing_is_no_measurement(fixture: Fixture) -> None:
    """0 ns is less than the clock can tell."""
    means = measured(fixture("catch2/zero.txt"), "mean")
    assert [(m.labels["benchmark"], m.valid) for m in means] == [
        ("Fibonacci 10", False),
        ("Fibonacci 20", True),
    ]
    assert means[0].reason == "0 ns: less than the clock can tell"


def test_benchmark_js_rates_have_a_relative_margin(fixture: Fixture) -> None:
    """Operations per second, thousands grouped, runs as n."""
    (table,) = fixture("benchmark-js/fib.txt")
    rate, margin = table.series
    assert (rate.unit, rate.direction, tuple(rate.values)) == (
        "op/s",
        "higher",
        (1431759.0, 12146.0, 81.61),
    )
    assert (margin.unit, margin.statistic, margin.values[0]) == ("%", "ci_half_width", 0.74)
    assert table.declared_n == (93, 96, 69)
    assert table.labels["benchmark"][2] == "createObjectBuffer with 200 comments"


def test_luau_averages_are_not_read_twice(fixture: Fixture) -> None:
    """The table repeats the lines above it; its total is a sum and left out."""
    (table,) = fixture("benchmarkluau/table.txt")
    assert table.labels["benchmark"] == ("base64", "chess", "life")
    assert [(one.statistic, one.unit, one.texts[0]) for one in table.series] == [
        ("min", "ms", "14.831"), ("mean", "ms", "15.041"), ("cv", "%", "0.636")
    ]  # fmt: skip


def test_luau_lines_are_read_without_a_table(fixture: Fixture) -> None:
    """A run that was cut off still has them."""
    (table,) = fixture("benchmarkluau/no_table.txt")
    assert tuple(table.series[0].values) == (15.041, 69.56, 85.089)


def test_julia_trials_are_samples(fixture: Fixture) -> None:
    """Nanoseconds per evaluation; judgements and ratios are no measurements."""
    tables = fixture("julia-benchmarktools/trials.json")
    times = [m for m in measured(tables, "raw") if m.metric == "duration"]
    assert [(m.text, m.unit) for m in times] == [("410.2", "ns"), ("415.9", "ns"), ("640.1", "ns")]
    assert times[0].locator == "/1/0/1/data/sort~1merge/1/times/0"
    assert {m.labels["benchmark"] for t in tables for m in t.measurements()} == {"sort/merge"}
    assert [(m.metric, m.value, m.n) for m in measured(tables, "aggregate")] == [
        ("memory", 896.0, 3), ("allocations", 2.0, 3)
    ]  # fmt: skip


def test_julia_estimates_do_not_say_of_what(fixture: Fixture) -> None:
    """A minimum, a median or a mean: no more than an aggregate, under the groups' names."""
    tables = fixture("julia-benchmarktools/estimates.json")
    found = [m for m in measured(tables, "aggregate") if m.metric == "duration"]
    assert [(m.labels["benchmark"], m.value) for m in found] == [
        ("fib/20", 31028.0), ("fib/10", 246.03846153846155)
    ]  # fmt: skip


@pytest.mark.parametrize("groups", [3, [], [["Trial"]], [["Trial", 3, 4]], ["BenchmarkGroup", 3]])
def test_odd_julia_files_do_not_raise(written: Callable[..., Evidence], groups: object) -> None:
    """Whatever stands behind the versions."""
    evidence = written(json.dumps([{"Julia": "1.10", "BenchmarkTools": "1.5"}, groups]))
    assert evidence.inventory.files[0].status == "read"
