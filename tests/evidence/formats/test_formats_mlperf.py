"""MLPerf Inference: the scenario decides the meaning, INVALID runs are no results."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chimera.evidence import Evidence, Measurement, Table

DETAIL = "mlperf-detail/single-stream.txt"


def numbers(tables: list[Table]) -> dict[tuple[str, str], Measurement]:
    """Return the numbers by metric and statistic."""
    every = [one for table in tables for one in table.measurements()]
    return {(one.metric, one.statistic): one for one in every}


def test_times_are_nanoseconds(fixture: Callable[[str], list[Table]]) -> None:
    """TTFT, TPOT and latency are told apart, the 50th percentile is the median."""
    found = numbers(fixture("mlperf/server.txt"))
    assert found["ttft", "p99"].value == 785265884
    assert found["tpot", "mean"].value == 153377770
    assert found["latency", "median"].text == "39200445037"
    assert {one.unit for one in found.values()} == {"ns", "sample/s", "tok/s"}


def test_definitions_name_the_scenario(fixture: Callable[[str], list[Table]]) -> None:
    """The latency of Offline is that of the whole batch, and never compared."""
    offline = numbers(fixture("mlperf/offline.txt"))
    assert offline["latency", "p99"].definition == "mlperf.offline.latency"
    assert offline["sample_throughput", "aggregate"].value == 10.4445
    server = numbers(fixture("mlperf/server.txt"))
    assert server["latency", "p99"].definition == "mlperf.server.latency"


def test_the_offered_rate_is_no_throughput(fixture: Callable[[str], list[Table]]) -> None:
    """Of scheduled and completed samples, only the second is a result."""
    found = numbers(fixture("mlperf/server.txt"))
    assert found["sample_throughput", "aggregate"].value == 8.59
    assert found["sample_rate_offered", "aggregate"].direction is None
    assert found["throughput", "aggregate"].value == 2520.27


def test_settings_are_parameters(fixture: Callable[[str], list[Table]]) -> None:
    """With the unit in the name where the file gives one."""
    one = numbers(fixture("mlperf/server.txt"))["ttft", "mean"]
    assert one.labels == {"sut": "PySUT", "scenario": "Server"}
    assert (one.params["target_qps"], one.params["ttft_latency_ns"]) == ("8.6", "2000000000")


def test_an_invalid_run_is_a_failure(fixture: Callable[[str], list[Table]]) -> None:
    """The rules it broke are the reason."""
    (table,) = fixture("mlperf/server-invalid.txt")
    reason = "INVALID: performance constraints satisfied: no, early stopping satisfied: no"
    assert table.failures == {0: reason}
    assert all(value is None for series in table.series for value in series.values)


def test_the_result_line_is_read_once(fixture: Callable[[str], list[Table]]) -> None:
    """SingleStream repeats its 90th percentile among the statistics."""
    (table,) = fixture("mlperf/single-stream.txt")
    p90 = [series for series in table.series if series.statistic == "p90"]
    assert [series.column for series in p90] == ["90.0th percentile latency (ns)"]


def test_several_runs_in_a_log_are_kept_apart(fixture: Callable[[str], list[Table]]) -> None:
    """Each by its scenario and verdict."""
    tables = fixture("mlperf/two-runs.log")
    assert [table.labels["scenario"] for table in tables] == [("SingleStream",), ("Server",)]
    assert [bool(table.failures) for table in tables] == [False, True]


def test_the_detail_log_says_the_same(fixture: Callable[[str], list[Table]]) -> None:
    """With the number of queries behind it."""
    ours, theirs = numbers(fixture(DETAIL)), numbers(fixture("mlperf/single-stream.txt"))
    latencies = {key: one.value for key, one in ours.items() if one.metric == "latency"}
    assert latencies == {key: theirs[key].value for key in latencies}
    assert ours["latency", "p99"].definition == "mlperf.singlestream.latency"
    assert ours["latency", "p99"].n == 99


def test_tokens_per_nanosecond_are_left_out(fixture: Callable[[str], list[Table]]) -> None:
    """`result_token_throughput` of 1.2e-06 is no rate per second."""
    (table,) = fixture("mlperf-detail/server-tokens.txt")
    rates = {s.column: s.texts[0] for s in table.series if s.metric == "throughput"}
    assert rates == {"result_completed_tokens_per_second": "980.542"}
    assert table.failures == {0: "INVALID: early_stopping: no"}


@pytest.mark.parametrize("cut", [200, 400, 900, 1500])
def test_a_torn_summary_does_not_raise(written: Callable[..., Evidence], cut: int) -> None:
    """What is there is read."""
    text = "MLPerf Results Summary\nScenario : \nResult is : VALID\n: \n" + "x : - y\n" * 300
    assert written(text[:cut]).inventory.files[0].status == "read"
