"""nccl-tests and OSU micro-benchmarks: two bandwidths, both places, wrong values, columns."""

from __future__ import annotations

from collections.abc import Callable

from chimera.evidence import Measurement, Table

Read = Callable[[str], list[Table]]


def found(tables: list[Table], metric: str) -> list[Measurement]:
    """Return the measurements of a metric that count."""
    return [m for t in tables for m in t.measurements() if m.valid and m.metric == metric]


def test_algorithm_and_bus_bandwidth_are_two_metrics(fixture: Read) -> None:
    """Eleven sizes, out of place and in place."""
    tables = fixture("nccl-tests/all-reduce.txt")
    bus = [m for m in found(tables, "bus_bandwidth") if m.statistic == "mean"]
    assert len(bus) == len(found(tables, "algorithm_bandwidth")) == 22
    assert [(m.text, m.unit, m.definition) for m in bus[:1]] == [("0.44", "GB/s", "nccl.busbw")]
    assert [m.params["place"] for m in bus[:2]] == ["out-of-place", "in-place"]


def test_a_line_is_read_by_its_columns(fixture: Read) -> None:
    """The size is a setting, times are in us."""
    second = found(fixture("nccl-tests/all-reduce.txt"), "latency")[3]
    assert (second.text, second.unit, second.direction, second.n) == ("4587.9", "us", "lower", 1)
    expected = {"size": "2097152", "type": "float", "redop": "sum", "root": "-1", "nGpus": "1"}
    assert second.params.items() >= expected.items()


def test_the_average_over_sizes_is_an_aggregate(fixture: Read) -> None:
    """It is no measurement of any one size."""
    bus = found(fixture("nccl-tests/all-reduce.txt"), "bus_bandwidth")
    assert [m.text for m in bus if m.statistic == "aggregate"] == ["0.565546"]


def test_wrong_values_are_a_failure(fixture: Read) -> None:
    """Only the half of the line with wrong values failed."""
    tables = fixture("nccl-tests/checked.log")
    assert [list(t.failures.values()) for t in tables if t.failures] == [["12 wrong values"]]
    assert len(found(tables, "latency")) == 3


def test_a_bandwidth_of_zero_is_none(fixture: Read) -> None:
    """Two decimals of a GB/s cannot tell the rate of 16 bytes; the time can."""
    tables = fixture("nccl-tests/checked.log")
    reasons = {m.reason for t in tables for m in t.measurements() if m.text == "0.00"}
    assert reasons == {"below the resolution of 0.01 GB/s", "12 wrong values"}


def test_osu_latency_and_bandwidth(fixture: Read) -> None:
    """One value per size."""
    latency = found(fixture("osu-micro-benchmarks/latency.txt"), "latency")
    assert [(m.text, m.unit, m.params["size"]) for m in latency] == [
        ("25.21", "us", "4"),
        ("25.03", "us", "8"),
    ]
    bandwidth = found(fixture("osu-micro-benchmarks/bw.txt"), "bandwidth")
    assert [(m.text, m.unit, m.direction) for m in bandwidth][1:] == [("1.19", "MB/s", "higher")]


def test_osu_collectives_have_a_range(fixture: Read) -> None:
    """The mean, the minimum and the maximum over the processes, after as many iterations."""
    latency = found(fixture("osu-micro-benchmarks/allreduce.txt"), "latency")
    assert {(m.statistic, m.text, m.n) for m in latency if m.params["size"] == "4"} == {
        ("mean", "46.87", 1000),
        ("min", "20.65", 1000),
        ("max", "72.83", 1000),
    }


def test_osu_tests_may_follow_each_other(fixture: Read) -> None:
    """Also one without sizes, and one with two rates."""
    tables = fixture("osu-micro-benchmarks/barrier.log")
    assert [m.labels["benchmark"] for m in found(tables, "message_throughput")] == [
        "OSU MPI Bandwidth / Message Rate",
        "OSU MPI Bandwidth / Message Rate",
    ]
    assert found(tables, "latency")[0].text == "2.31"
