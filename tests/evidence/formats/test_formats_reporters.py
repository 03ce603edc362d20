"""Vitest, custom JSON of github-action-benchmark, Bencher Metric Format."""

from __future__ import annotations

from collections.abc import Callable

from chimera.evidence import Evidence, Measurement, Table

Read = Callable[[str], list[Table]]


def found(tables: list[Table]) -> list[Measurement]:
    """Return the measurements that count."""
    return [m for t in tables for m in t.measurements() if m.valid]


def test_vitest_writes_milliseconds(fixture: Read) -> None:
    """`p995` is p99.5; the number of samples and the group are kept."""
    mean, tail = (
        next(m for m in found(fixture("vitest-bench/report.json")) if m.statistic == s)
        for s in ("median", "p99.5")
    )
    assert (mean.text, mean.unit, mean.n) == ("0.0001909999999725187", "ms", 159701)
    assert tail.text == "0.0022229999999581196"
    assert mean.labels == {"group": "a.bench.js > sort", "benchmark": "normal"}


def test_a_vitest_benchmark_that_threw_is_a_failure(fixture: Read) -> None:
    """It has no statistics."""
    failures = [t.failures for t in fixture("vitest-bench/report.json")]
    assert failures == [{2: "no sample was taken"}]


def test_the_table_of_vitest(fixture: Read) -> None:
    """Its numbers are grouped in thousands."""
    read = found(fixture("vitest-bench/console.txt"))
    assert [(m.text, m.value, m.unit, m.n) for m in read if m.metric == "call_throughput"] == [
        ("3,194,016.04", 3194016.04, "call/s", 159701),
        ("2,879,766.65", 2879766.65, "call/s", 153145),
    ]
    assert {m.labels["group"] for m in read} == {"a.bench.js > sort"}


def test_the_direction_of_a_custom_benchmark_is_that_of_its_unit(fixture: Read) -> None:
    """The file does not say it: free memory is better the more there is."""
    name = "github-action-benchmark/customBiggerIsBetter_output.json"
    assert [(m.unit, m.direction, m.value) for m in found(fixture(name))] == [
        ("req/s", "higher", 70),
        ("MB", None, 150),
    ]
    times = found(fixture("github-action-benchmark/customSmallerIsBetter_output2.json"))
    assert {(m.unit, m.direction) for m in times} == {("ns", "lower")}


def test_the_range_of_a_custom_benchmark_is_no_statistic(fixture: Read) -> None:
    """It may be a deviation, an interval, or half of one."""
    name = "github-action-benchmark/customSmallerIsBetter_output2.json"
    assert {m.statistic for m in found(fixture(name))} == {"aggregate"}


def test_units_of_bencher_are_those_of_its_measures(fixture: Read) -> None:
    """Bounds are left out; the unit of a measure of one's own is unknown."""
    read = found(fixture("bencher-metric-format/mixed.json"))
    assert [(m.labels["benchmark"], m.metric, m.text, m.unit, m.direction) for m in read] == [
        ("tests::parse/large", "latency", "88.0", "ns", "lower"),
        ("tests::parse/large", "operation_throughput", "5.55", "op/s", "higher"),
        ("encode", "estimated-cycles", "2464", "count", "lower"),
        ("encode", "frames", "60", None, None),
    ]


def test_version_1_of_bencher_has_parameters(fixture: Read) -> None:
    """And percentiles beside the value."""
    read = found(fixture("bencher-metric-format/version-1.json"))
    first = [(m.statistic, m.text) for m in read if m.params.get("size_mb") == "16"]
    assert first == [("aggregate", "1.5"), ("p50", "1.25"), ("p99.9", "9.75")]


def test_values_without_bounds_keep_their_unknown_unit(written: Callable[..., Evidence]) -> None:
    """A latency in an object of no tool is not taken for nanoseconds."""
    evidence = written('{"a": {"latency": {"value": 3.2}}, "b": {"latency": {"value": 4.1}}}')
    assert "ns" not in {m.unit for m in found(list(evidence.tables))}
