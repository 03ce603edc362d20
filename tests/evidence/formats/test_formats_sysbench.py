"""sysbench: rates, latencies, tests and settings, several runs in one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, Table

Read = Callable[[str], list[Table]]


def found(tables: list[Table]) -> list[Measurement]:
    """Return all measurements that count."""
    return [m for table in tables for m in table.measurements() if m.valid]


def test_each_run_has_its_test_and_settings(fixture: Read) -> None:
    """Three runs stand in one log; the threads test does not name itself."""
    means = [m for m in found(fixture("sysbench/three-runs.txt")) if m.statistic == "mean"]
    assert [(m.labels.get("test", ""), m.text, m.unit, m.n) for m in means] == [
        ("cpu", "0.86", "ms", 2319),
        ("fileio", "0.07", "ms", 14178),
        ("", "0.63", "ms", 1581),
    ]
    assert means[0].params == {
        "number of threads": "2",
        "prime numbers limit": "10000",
    } | dict.fromkeys(means[0].params.keys() - {"number of threads", "prime numbers limit"}, "")


def test_rates_of_files_and_events(fixture: Read) -> None:
    """Reads and writes are metrics of their own."""
    rates = {m.metric: (m.text, m.unit) for m in found(fixture("sysbench/three-runs.txt"))}
    assert rates["event_throughput"] == ("2298.99", "event/s")
    assert rates["read_iops"] == ("8268.27", "op/s")
    assert rates["write_bandwidth"] == ("86.13", "MiB/s")


def test_transactions_per_second_are_those_in_brackets(fixture: Read) -> None:
    """The count before them is no rate; the 100th percentile is the maximum."""
    of_run = [m for m in found(fixture("sysbench/oltp.txt")) if "second" not in m.params]
    tps = next(m for m in of_run if m.metric == "tps")
    assert (tps.text, tps.unit, tps.n, tps.definition) == ("986.49", "tx/s", 29611, "sysbench.tps")
    assert {m.statistic for m in of_run if m.metric == "latency"} == {"min", "mean", "max"}


def test_progress_is_raw(fixture: Read) -> None:
    """Every report has its second."""
    raw = [m for m in found(fixture("sysbench/oltp.txt")) if "second" in m.params]
    assert (raw[0].text, raw[0].params["second"], raw[0].statistic) == ("1012.86", "2", "raw")


def test_versions_before_1_write_the_unit_into_the_cell(fixture: Read) -> None:
    """Their percentile is approximate."""
    read = {m.statistic: m for m in found(fixture("sysbench/version-0.4.txt"))}
    assert (read["p95"].text, read["p95"].unit, read["p95"].n) == ("1.11", "ms", 10000)
    assert read["mean"].text == "1.05"


def test_a_run_without_events_is_a_failure(written: Callable[..., Evidence]) -> None:
    """It did nothing in its time."""
    text = (Path(__file__).parents[2] / "data/formats/sysbench/memory.log").read_text()
    tables = written(text.replace("events:              204800", "events:              0")).tables
    assert [table.failures for table in tables] == [{0: "no event was completed"}]


def test_a_latency_of_zero_is_none(fixture: Read) -> None:
    """Two decimals of a millisecond cannot tell the time of a write to memory."""
    tables = fixture("sysbench/memory.log")
    zero = {m.statistic: m.reason for t in tables for m in t.measurements() if not m.valid}
    assert zero.keys() == {"min", "mean", "p95"}
    assert [m.text for m in found(tables) if m.metric == "bandwidth"] == ["2642.60"]
