"""Go: every unit of a line, settings in names, packages apart, runs that failed."""

from __future__ import annotations

from collections.abc import Callable

from chimera.evidence import Evidence, Series, Table

Fixture = Callable[[str], list[Table]]


def series_of(table: Table, column: str) -> Series:
    """Return the column of a unit."""
    return next(one for one in table.series if one.column == column)


def test_all_units_of_a_line_are_kept(fixture: Fixture) -> None:
    """Bencher takes ns/op alone; bytes, allocations and units of one's own are lost there."""
    (table,) = fixture("go-bench/fresh.txt")
    found = {one.column: (one.metric, one.unit, one.texts[0]) for one in table.series}
    assert found == {
        "ns/op": ("duration", "ns/op", "42.89"),
        "MB/s": ("bandwidth", "MB/s", "1865.16"),
        "items/batch": ("items/batch", None, "5.000"),
        "p50-ns/op": ("duration", "ns/op", "12.50"),
        "B/op": ("memory", "B/op", "80"),
        "allocs/op": ("allocations", "allocs/op", "1"),
    }


def test_repeated_lines_are_samples(fixture: Fixture) -> None:
    """`-count 2` gives two numbers of one benchmark under the same settings."""
    (table,) = fixture("go-bench/fresh.txt")
    assert series_of(table, "ns/op").statistic == "raw"
    assert series_of(table, "ns/op").texts[:2] == ("42.89", "25.07")
    assert series_of(table, "p50-ns/op").statistic == "median"
    first, second = ({k: v[i] for k, v in table.params.items()} for i in (0, 1))
    assert first == second


def test_names_hold_settings_and_processors(fixture: Fixture) -> None:
    """`BenchmarkSum/kind=int/size=10-2` is BenchmarkSum with kind, size and GOMAXPROCS."""
    (table,) = fixture("go-bench/fresh.txt")
    assert table.labels["benchmark"][0] == "BenchmarkSum"
    found = {key: cells[0] for key, cells in table.params.items()}
    assert found == {
        "goos": "linux", "goarch": "amd64", "cpu": "AMD EPYC",
        "kind": "int", "size": "10", "procs": "2",
    }  # fmt: skip


def test_packages_keep_benchmarks_of_one_name_apart(fixture: Fixture) -> None:
    """github-action-benchmark has to rename them."""
    (table,) = fixture("go-bench/same_name_in_packages.txt")
    pairs = set(zip(table.labels["benchmark"], table.labels["pkg"], strict=True))
    assert len(pairs) == 4


def test_config_lines_hold_from_there_on(fixture: Fixture) -> None:
    """`note:` changes in the middle of the file."""
    (table,) = fixture("go-bench/before_after.txt")
    assert table.params["note"] == (*["before"] * 5, *["after"] * 5)
    assert series_of(table, "ns/op").values[5] == 78.8


def test_a_count_in_a_name_is_no_processor(fixture: Fixture) -> None:
    """`benchmark_-_20` ends with a number, but not with `-20`."""
    (table,) = fixture("go-bench/names.txt")
    assert table.labels["benchmark"][3] == "BenchmarkFib/my_tabled_benchmark_-_20"
    assert table.params["procs"] == ("8", "", "8", "", "", "", "16", "16")


def test_units_of_ones_own_keep_bytes_and_nanoseconds(fixture: Fixture) -> None:
    """`build-real-ns/op` is a time, `text-bytes` a size."""
    (times,) = fixture("go-bench/build_times.txt")
    (sizes,) = fixture("go-bench/units.txt")
    real = series_of(times, "build-real-ns/op")
    assert (real.metric, real.unit, real.direction) == ("build-real", "ns/op", "lower")
    size = series_of(sizes, "text-bytes")
    assert (size.metric, size.unit, size.direction) == ("text", "B", None)


def test_unit_lines_say_which_side_is_better(written: Callable[..., Evidence]) -> None:
    """Go's own metadata for units."""
    text = "Unit hits/op assume=exact better=higher\nBenchmarkA 1 5 hits/op\n"
    assert written(text).tables[0].series[0].direction == "higher"


def test_failed_and_skipped_benchmarks_are_failures(written: Callable[..., Evidence]) -> None:
    """With the line that says why."""
    text = (
        "BenchmarkA-2 100 12.5 ns/op\n--- FAIL: BenchmarkB\n    a_test.go:6: no device\n"
        "--- SKIP: BenchmarkC\nFAIL\n"
    )
    (table,) = written(text).tables
    assert table.failures == {1: "failed: no device", 2: "skipped"}
    assert table.labels["benchmark"] == ("BenchmarkA", "BenchmarkB", "BenchmarkC")


def test_lines_may_stand_in_a_comment(written: Callable[..., Evidence]) -> None:
    """Results are often kept beside the code."""
    (table,) = written("// BenchmarkA-8   100   12.5 ns/op\n", "a.go").tables
    assert (table.labels["benchmark"], table.series[0].values) == (("BenchmarkA",), (12.5,))


def test_not_a_number_is_none(written: Callable[..., Evidence]) -> None:
    """`ReportMetric` may be given anything."""
    (table,) = written("BenchmarkA 1 NaN ratio 3 ns/op\n").tables
    assert series_of(table, "ratio").values == (None,)
    assert series_of(table, "ns/op").values == (3.0,)
