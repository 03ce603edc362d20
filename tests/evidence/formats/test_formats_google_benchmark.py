"""Google Benchmark: statistics are no times, fits no rows, errors no measurements."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chimera.evidence import Evidence, Measurement, Table

Fixture = Callable[[str], list[Table]]
FIRST = "BM_Copy/64/min_time:0.020/repeats:3"


def measured(tables: list[Table], statistic: str, metric: str = "duration") -> list[Measurement]:
    """Return the measurements of a metric with a statistic."""
    found = [one for table in tables for one in table.measurements()]
    return [one for one in found if one.statistic == statistic and one.metric == metric]


def test_repetitions_are_samples_of_one_benchmark(fixture: Fixture) -> None:
    """They share a name: Bencher keeps the last of them only."""
    runs = measured(fixture("google-benchmark/fresh.json"), "raw")
    mine = [one.text for one in runs if one.labels["benchmark"] == FIRST]
    assert mine == [
        "3.0170611177355267e+00",
        "2.9995514486835062e+00",
        "3.0070742828506902e+00",
    ]


@pytest.mark.parametrize("name", ["fresh.json", "counters.csv"])
def test_statistics_are_no_latencies(fixture: Fixture, name: str) -> None:
    """`_mean` and `_stddev` rows carry the name of their benchmark and what they are."""
    tables = fixture(f"google-benchmark/{name}")
    mean, _ = measured(tables, "mean")
    stdev, _ = measured(tables, "stdev")
    assert (mean.labels["benchmark"], mean.n, mean.direction) == (FIRST, 3, "lower")
    assert (stdev.labels["benchmark"], stdev.direction, stdev.unit) == (FIRST, None, "ns")
    assert not [one for one in measured(tables, "raw") if one.labels["benchmark"].endswith("dev")]


def test_a_coefficient_of_variation_has_no_unit(fixture: Fixture) -> None:
    """`aggregate_unit` is a percentage: 0.0029 is a share, not 0.0029 ns."""
    share, _ = measured(fixture("google-benchmark/fresh.json"), "cv")
    assert (share.text, share.unit) == ("2.9202083797978443e-03", None)


def test_the_csv_spoils_coefficients_of_variation(fixture: Fixture) -> None:
    """There 0.0986 is written as 9.85908e+07: such rows are left out."""
    assert measured(fixture("google-benchmark/counters.csv"), "cv") == []


def test_user_counters_are_kept(fixture: Fixture) -> None:
    """Bytes per second have a meaning, counters of one's own their name."""
    tables = fixture("google-benchmark/fresh.json")
    rate = measured(tables, "raw", "bandwidth")[0]
    assert (rate.unit, rate.direction, rate.value) == ("B/s", "higher", 21237719611.954464)
    assert measured(tables, "raw", "share")[0].value == 0.25


@pytest.mark.parametrize("name", ["fresh.json", "failed.csv"])
def test_a_benchmark_with_an_error_has_failed(fixture: Fixture, name: str) -> None:
    """The 0 that the JSON writes beside `error_occurred` is no time."""
    tables = fixture(f"google-benchmark/{name}")
    reasons = [reason for table in tables for reason in table.failures.values()]
    assert reasons == ["no device"]


def test_complexity_rows_do_not_cost_the_file(fixture: Fixture) -> None:
    """They have no `real_time`: Bencher loses the whole file over them."""
    tables = fixture("google-benchmark/old_version.json")
    names = {one.labels["benchmark"] for one in measured(tables, "raw")}
    assert len(names) == 14
    assert not [name for name in names if "Complexity" in name]


def test_every_row_has_its_own_unit(fixture: Fixture) -> None:
    """Nanoseconds and seconds stand in one file."""
    found = {
        one.labels["benchmark"]: one.unit
        for one in measured(fixture("google-benchmark/old_version.json"), "raw")
    }
    assert (found["BM_SameTimes"], found["BM_NotBadTimeUnit"]) == ("ns", "s")


def test_statistics_of_old_versions_are_told_by_their_names(
    written: Callable[..., Evidence],
) -> None:
    """Before `run_type` only the suffix told, where the benchmark itself is there."""
    rows = [
        {"name": name, "iterations": 3, "real_time": 1.5, "cpu_time": 1.5, "time_unit": "us"}
        for name in ("a", "a", "a_mean", "a_stddev", "b_mean")
    ]
    tables = list(written(json.dumps({"context": {}, "benchmarks": rows})).tables)
    assert [one.labels["benchmark"] for one in measured(tables, "raw")] == ["a", "a", "b_mean"]
    assert [one.labels["benchmark"] for one in measured(tables, "mean")] == ["a"]


def test_rows_of_failures_lack_the_columns_of_counters(written: Callable[..., Evidence]) -> None:
    """The CSV writes them short."""
    head = "name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,label,"
    text = f'{head}error_occurred,error_message,"share"\n"a",9,1.5,1.4,ns,,,,,,0.25\n'
    (good, bad) = written(f'{text}"b",,,,,,,,true,"no device"\n', "a.csv").tables
    assert (good.labels["benchmark"], bad.failures) == (("a",), {0: "no device"})


def test_the_console_says_the_same(fixture: Fixture) -> None:
    """Samples, statistics with n, per cent for the coefficient, the failure."""
    tables = fixture("google-benchmark-console/all.txt")
    assert [one.text for one in measured(tables, "raw")][:3] == ["3.10", "2.60", "2.61"]
    stdev, share = measured(tables, "stdev")[0], measured(tables, "cv")[0]
    assert (stdev.text, stdev.n, share.text, share.unit) == ("0.285", 3, "10.29", "%")
    assert [table.failures for table in tables if table.failures] == [{0: "no device"}]


def test_scaled_counters_of_the_console_are_left_out(fixture: Fixture) -> None:
    """`20.1677G/s` is a multiple of 1000 or of 1024; `share=0.25` is plain."""
    tables = fixture("google-benchmark-console/all.txt")
    assert measured(tables, "raw", "share")[0].value == 0.25
    assert measured(tables, "raw", "bandwidth") == []


def test_statistics_alone_are_told_by_each_other(fixture: Fixture) -> None:
    """`--benchmark_report_aggregates_only` leaves the runs out."""
    tables = fixture("google-benchmark-console/aggregates_only.txt")
    assert measured(tables, "raw") == []
    assert [one.text for one in measured(tables, "mean")] == ["3.02"]


def test_a_table_may_stand_in_a_comment(written: Callable[..., Evidence]) -> None:
    """Of a source file, without counters."""
    text = (
        "/* Output from my laptop:\n"
        " * Benchmark              Time           CPU Iterations\n"
        " * find_residue_x10      52 ns         51 ns   13458745\n */\n"
    )
    (run,) = measured(list(written(text, "a.cpp").tables), "raw")
    assert (run.labels["benchmark"], run.value, run.unit) == ("find_residue_x10", 52.0, "ns")


@pytest.mark.parametrize(
    "rows",
    [[1, {"name": 3, "real_time": [], "time_unit": None}], [{"threads": {}, "label": 1.5}], [[]]],
)
def test_odd_types_do_not_raise(written: Callable[..., Evidence], rows: list[object]) -> None:
    """Whatever stands in a row, the file is read."""
    good = {"name": "a", "real_time": 1.5, "cpu_time": 1.5, "time_unit": "ns"}
    evidence = written(json.dumps({"context": 3, "benchmarks": [good, *rows]}))
    assert evidence.inventory.files[0].status == "read"
    assert measured(list(evidence.tables), "raw")[0].value == 1.5
