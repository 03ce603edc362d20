"""Criterion: ratios are no times, folders name benchmarks, samples are totals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Series, Table, collect

DATA = Path(__file__).parents[2] / "data" / "formats"
Fixture = Callable[[str], list[Table]]


def table_of(tables: list[Table], path: str) -> Table:
    """Return the one table of a file."""
    (found,) = (table for table in tables if table.path.endswith(path))
    return found


def series_of(table: Table, column: str) -> Series:
    """Return a column of a table."""
    return next(one for one in table.series if one.column == column)


def test_estimates_are_nanoseconds_with_intervals(fixture: Fixture) -> None:
    """The slope is a mean of another definition, deviations have no better side."""
    table = table_of(fixture("criterion/sum"), "new/estimates.json")
    mean = series_of(table, "mean/point_estimate")
    assert (mean.metric, mean.unit, mean.statistic) == ("duration", "ns", "mean")
    assert mean.texts == ("14.365138137776077",)
    low = series_of(table, "mean/confidence_interval/lower_bound")
    assert (low.statistic, low.definition) == ("ci_low", "criterion.mean")
    assert series_of(table, "slope/point_estimate").definition == "criterion.slope"
    assert series_of(table, "std_dev/point_estimate").direction is None


def test_keys_of_old_versions_mean_the_same(fixture: Fixture) -> None:
    """`Mean` and `MedianAbsDev` are `mean` and `median_abs_dev`."""
    table = table_of(fixture("criterion/Fibonacci"), "base/estimates.json")
    assert series_of(table, "Mean/point_estimate").texts == ("4.723173110355467",)
    assert series_of(table, "MedianAbsDev/point_estimate").statistic == "mad"


def test_a_change_is_a_ratio_and_no_time(fixture: Fixture) -> None:
    """-0.126 is 12.6 % faster, not -0.126 ns."""
    table = table_of(fixture("criterion/sum"), "change/estimates.json")
    mean = series_of(table, "mean/point_estimate")
    assert (mean.metric, mean.unit, mean.texts) == (
        "duration_change",
        None,
        ("-0.126458553605861",),
    )
    assert {one.metric for one in table.series} == {"duration_change"}


def test_the_file_beside_it_names_the_benchmark(fixture: Fixture) -> None:
    """With the group, the function and the value, and the size behind a throughput."""
    table = table_of(fixture("criterion/sum"), "new/estimates.json")
    assert {key: cells[0] for key, cells in table.labels.items()} == {
        "benchmark": "sum/bytes/64", "group": "sum", "function": "bytes", "value": "64"
    }  # fmt: skip
    assert table.params == {"run": ("new",), "throughput bytes": ("64",)}


def test_folders_name_a_benchmark_without_one() -> None:
    """A change has no `benchmark.json`; its path says which it is."""
    tables = [
        t for t in collect(DATA / "criterion").tables if t.path.endswith("change/estimates.json")
    ]
    assert {(t.labels["benchmark"], t.params["run"]) for t in tables} == {
        (("Fibonacci/Iterative",), ("change",)),
        (("sum/bytes/64",), ("change",)),
    }


def test_a_sample_is_the_time_of_many_iterations(fixture: Fixture) -> None:
    """So it is no duration, and carries their number as a setting."""
    table = table_of(fixture("criterion/sum"), "new/raw.csv")
    (series,) = table.series
    assert (series.metric, series.unit, series.direction) == ("sample_time", "ns", None)
    assert (series.texts[0], table.params["iterations"][0]) == ("1407167.0", "151604")


def test_samples_of_old_versions_are_read(fixture: Fixture) -> None:
    """`sample_time_nanos` has its unit in its name."""
    table = table_of(fixture("criterion/Fibonacci"), "new/raw.csv")
    assert (table.series[0].texts[0], table.series[0].unit) == ("1128000", "ns")


def test_samples_in_json_are_not_read_twice(fixture: Fixture) -> None:
    """`sample.json` repeats `raw.csv`: it is known, and without numbers."""
    assert not [t for t in fixture("criterion/sum") if t.path.endswith("sample.json")]


def test_odd_estimates_do_not_raise(written: Callable[..., Evidence]) -> None:
    """A slope may be null, an estimate anything."""
    estimate = {"point_estimate": 1.5, "standard_error": [], "confidence_interval": {
        "confidence_level": 0.95, "lower_bound": {}, "upper_bound": None}}  # fmt: skip
    value = {"mean": estimate, "median": {"point_estimate": 3}, "slope": None, "std_dev": 7}
    (table,) = written(json.dumps(value)).tables
    assert series_of(table, "mean/point_estimate").values == (1.5,)


def test_the_console_prints_names_on_two_lines(fixture: Fixture) -> None:
    """A long name stands above its time, each unit has a table."""
    tables = fixture("criterion-console/serialization.log")
    micro, milli, nano = tables[:3]
    assert micro.labels["benchmark"][:2] == (
        "log/abomonation/serialize",
        "log/abomonation/access (unvalidated)",
    )
    assert [(t.series[1].unit, t.series[1].texts[0]) for t in (micro, milli, nano)] == [
        ("us", "254.95"), ("ms", "2.4158"), ("ns", "2.7674")
    ]  # fmt: skip
    assert [one.statistic for one in micro.series] == ["ci_low", "mean", "ci_high"]


def test_changes_on_the_console_are_no_times(fixture: Fixture) -> None:
    """Percentages stand on lines that also say `time:`."""
    tables = fixture("criterion-console/changes.log")
    times = [m for t in tables for m in t.measurements() if m.metric == "duration"]
    changes = [m for t in tables for m in t.measurements() if m.metric == "duration_change"]
    assert {one.unit for one in times} == {"ns"}
    assert ({one.unit for one in changes}, len(changes)) == ({"%"}, 12)
    assert changes[0].labels["benchmark"] == "fib 10"


def test_throughput_is_bytes_or_elements(fixture: Fixture) -> None:
    """More is better, in the unit of the line."""
    tables = fixture("criterion-console/changes.log")
    found = {(m.metric, m.unit, m.direction) for t in tables for m in t.measurements()
             if m.statistic == "mean" and m.unit and m.unit.endswith("/s")}  # fmt: skip
    assert found == {("bandwidth", "GiB/s", "higher"), ("throughput", "Gelem/s", "higher")}


def test_each_number_of_a_triple_has_its_unit(written: Callable[..., Evidence]) -> None:
    """An interval may reach from nanoseconds into microseconds."""
    (table,) = written("f 1   time:   [999.80 ns 1.0001 µs 1.0003 µs]\n").tables
    assert [(one.unit, one.values[0]) for one in table.series] == [
        ("ns", 999.8), ("us", 1.0001), ("us", 1.0003)
    ]  # fmt: skip
