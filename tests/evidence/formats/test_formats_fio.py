"""fio: units of both versions, directions not in use, failed jobs, percentiles."""

from __future__ import annotations

import json
from collections.abc import Callable

from chimera.evidence import Evidence, Measurement, Table

Read = Callable[[str], list[Table]]


def found(tables: list[Table]) -> dict[tuple[str, str, str], Measurement]:
    """Return measurements by job with direction, definition or metric, and statistic."""
    return {
        (
            f"{m.labels['jobname']} {m.labels['direction']}",
            m.definition or m.metric,
            m.statistic,
        ): m
        for t in tables
        for m in t.measurements()
    }


def test_version_3_writes_nanoseconds_and_bytes(fixture: Read) -> None:
    """Bandwidth is taken once, from `bw_bytes`."""
    read = found(fixture("fio/v3.json"))
    clat = read["seqwrite write", "fio.clat", "mean"]
    assert (clat.text, clat.unit, clat.direction, clat.n) == ("13293.750000", "ns", "lower", 32)
    bandwidth = read["seqwrite write", "bandwidth", "raw"]
    assert (bandwidth.text, bandwidth.unit, bandwidth.direction) == ("2097152000", "B/s", "higher")


def test_version_2_writes_microseconds_and_kib(fixture: Read) -> None:
    """Without a suffix latencies are in us, and there is no `bw_bytes`."""
    read = found(fixture("fio/v2.1.4.json"))
    clat = read["sequential_write write", "fio.clat", "p99"]
    assert (clat.text, clat.unit) == ("823296", "us")
    bandwidth = read["sequential_write write", "bandwidth", "raw"]
    assert (bandwidth.text, bandwidth.unit) == ("68118", "KiB/s")


def test_a_direction_not_in_use_is_no_measurement(fixture: Read) -> None:
    """The zeros of reads and trims in a job that writes are left out."""
    assert {job for job, _, _ in found(fixture("fio/v3.json"))} == {
        "seqwrite write",
        "mixed read",
        "mixed write",
    }


def test_the_submission_latency_of_a_synchronous_engine_is_none(fixture: Read) -> None:
    """It is written as zeros; total and completion latency are metrics of their own."""
    definitions = {name for _, name, _ in found(fixture("fio/v3.json"))}
    assert definitions == {"bandwidth", "iops", "fio.clat", "fio.lat"}


def test_percentiles_are_named_by_their_keys(fixture: Read) -> None:
    """`99.500000` is p99.5; the unused `0.00` of old versions is none."""
    statistics = {name for _, metric, name in found(fixture("fio/v2.1.4.json")) if "clat" in metric}
    assert {"p1", "p50", "p99.5", "p99.99"} <= statistics
    assert "p0" not in statistics


def test_a_job_with_an_error_is_a_failure(fixture: Read) -> None:
    """Writing to a full device ends with error 28, ENOSPC."""
    tables = fixture("fio/failed.json")
    assert [list(table.failures.values()) for table in tables] == [["error 28"]]
    assert not [m for t in tables for m in t.measurements() if m.valid]


def test_options_of_all_jobs_and_of_one_are_settings(fixture: Read) -> None:
    """The job's own come on top; file names are none."""
    iops = found(fixture("fio/v3.json"))["mixed read", "iops", "raw"]
    assert iops.params.items() >= {"ioengine": "psync", "bs": "4k", "rw": "randrw"}.items()
    assert "directory" not in iops.params


def test_notes_before_the_json_are_passed_over(fixture: Read) -> None:
    """Fio warns on the same stream."""
    assert found(fixture("fio/notes-before.txt"))["x read", "iops", "raw"].unit == "op/s"


def test_a_job_without_any_io_is_a_failure(written: Callable[..., Evidence]) -> None:
    """Odd types do not raise, nothing done is no zero."""
    job = {"jobname": 1, "error": "x", "read": {"clat": [], "iops": 0}, "job options": 3}
    table = written(json.dumps({"fio version": "fio-3.1", "jobs": [job, 3]})).tables[0]
    assert set(table.failures.values()) == {"no input or output was completed"}
