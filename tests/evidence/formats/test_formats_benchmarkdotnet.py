"""BenchmarkDotNet: stages that are no measurements, parameters in a string, cells with units."""

from __future__ import annotations

import json
from collections.abc import Callable

from chimera.evidence import Evidence, Table

Fixture = Callable[[str], list[Table]]


def test_only_results_of_the_workload_are_samples(fixture: Fixture) -> None:
    """Jitting and pilot stages stand in `Measurements`, as totals."""
    statistics, runs = fixture("benchmarkdotnet/two.json")
    assert runs.series[0].texts[0] == "24.805462032556534"
    assert (len(runs.rows), statistics.declared_n) == (27, (14, 13))
    assert not [
        m for t in (statistics, runs) for m in t.measurements() if "Measurements" in m.locator
    ]


def test_statistics_are_nanoseconds(fixture: Fixture) -> None:
    """With intervals of 99.9 %."""
    (statistics, _) = fixture("benchmarkdotnet/two.json")
    found = {one.statistic: (one.unit, one.texts[0]) for one in statistics.series}
    assert found["mean"] == ("ns", "24.4202085009643")
    assert found["stdev"] == ("ns", "0.1981212530783709")
    assert found["ci_low"] == ("ns", "24.196714903212072")


def test_parameters_are_one_string(fixture: Fixture) -> None:
    """`N=1000&Kind=Fast`, and the job of the display name."""
    (statistics, _) = fixture("benchmarkdotnet/parameters.json")
    found = {key: cells[0] for key, cells in statistics.params.items()}
    assert (found["N"], found["Kind"], found["job"]) == ("1000", "Fast", "Job-CZIFCN")
    assert statistics.labels["benchmark"][0] == "Sample.Benchmarks.Fib10"


def test_memory_is_per_operation(fixture: Fixture) -> None:
    """Bytes, lower is better."""
    (statistics, _) = fixture("benchmarkdotnet/parameters.json")
    memory = statistics.series[-1]
    assert (memory.metric, memory.unit, memory.values) == ("memory", "B/op", (672.0, None))


def test_a_benchmark_without_statistics_has_failed(fixture: Fixture) -> None:
    """BenchmarkDotNet writes null there."""
    (statistics, _) = fixture("benchmarkdotnet/parameters.json")
    assert statistics.failures == {1: "no statistics: the benchmark failed"}


def test_cells_of_the_summary_hold_number_and_unit(fixture: Fixture) -> None:
    """Each unit has a table; thousands are grouped."""
    nano, micro, failed = fixture("benchmarkdotnet-table/report.csv")
    assert (nano.series[0].unit, nano.series[0].values) == ("ns", (1234.5,))
    assert (micro.series[0].unit, micro.series[0].values) == ("us", (1.92,))
    assert failed.failures == {0: "NA: the benchmark failed"}


def test_columns_of_the_summary_are_known(fixture: Fixture) -> None:
    """`Error` is half of an interval; ratios and collections are left out."""
    table = fixture("benchmarkdotnet-table/report-github.md")[0]
    found = {one.column: (one.statistic, one.unit) for one in table.series}
    assert found == {
        "Mean": ("mean", "us"), "Error": ("ci_half_width", "us"), "StdDev": ("stdev", "us"),
        "Allocated": ("mean", "B/op"),
    }  # fmt: skip
    assert (table.labels["Method"], table.params) == (("Sha256", "Md5"), {"N": ("1000", "1000")})


def test_units_may_stand_in_the_header(fixture: Fixture) -> None:
    """`Mean [us]` over plain numbers."""
    (table,) = fixture("benchmarkdotnet-table/units_in_header.csv")
    assert (table.series[0].unit, table.series[0].values) == ("us", (4.852, 1.921))
    assert (table.series[-1].metric, table.series[-1].unit) == ("memory", "B/op")


def test_a_mean_of_nothing_is_no_measurement(written: Callable[..., Evidence]) -> None:
    """0.0000 ns cannot be told from an empty method."""
    head = "| Method | Mean | Error | StdDev |\n|---|---:|---:|---:|\n"
    empty = "| Raw | 0.0000 ns | 0.0000 ns | 0.0000 ns |\n"
    text = f"{head}{empty}| Parse | 12.6310 ns | ±0.0650 ns | 0.0000 ns |\n"
    mean, error, spread = written(text, "a.md").tables[0].series
    assert (mean.values, mean.invalid) == (
        (None, 12.631),
        {0: "0: not to be told from an empty method"},
    )
    assert (error.texts[1], spread.values) == ("0.0650", (None, 0.0))


def test_odd_types_do_not_raise(written: Callable[..., Evidence]) -> None:
    """Whatever stands in a benchmark, the others are read."""
    good = {"Method": "A", "Statistics": {"Mean": 1.5, "OriginalValues": 3, "Percentiles": []}}
    odd = [{"Method": 1, "Statistics": [1]}, 5, {"Statistics": {"N": "x"}, "Parameters": {}}]
    text = json.dumps({"HostEnvironmentInfo": 1, "Benchmarks": [good, *odd]})
    assert written(text).tables[0].series[0].values[0] == 1.5
