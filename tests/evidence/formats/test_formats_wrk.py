"""wrk and wrk2: suffixes are units, and errors are no throughput."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats" / "wrk"


def measurements(name: str, metric: str = "latency") -> list[Measurement]:
    """Return the numbers of a metric read from a fixture."""
    found = [one for table in collect(DATA / name).tables for one in table.measurements()]
    return [one for one in found if one.metric == metric]


def test_a_run_has_its_settings_and_requests() -> None:
    """Threads, connections and duration were set, the address was measured."""
    one = measurements("wrk_result.txt")[0]
    assert one.params == {"duration": "1m", "threads": "2", "connections": "2"}
    assert (one.labels, one.n) == ({"url": "http://10.240.0.46/OK"}, 577_297)


def test_each_number_has_the_unit_of_its_suffix() -> None:
    """One table mixes us and ms, req/s and thousands of them."""
    found = {(one.statistic, one.value, one.unit) for one in measurements("wrk_result.txt")}
    assert found == {("mean", 218.37, "us"), ("stdev", 284.24, "us"), ("max", 11.6, "ms")}
    rates = measurements("wrk_result.txt", "request_throughput")
    assert {(one.value, one.unit) for one in rates if one.statistic != "stdev"} == {
        (4.83, "kreq/s"),
        (5.55, "kreq/s"),
        (9605.69, "req/s"),
    }


def test_percentiles_in_minutes_and_microseconds_are_read() -> None:
    """wrk2 may print `53.31us`, `36.00s` and `0.90m` in one distribution."""
    found = {one.statistic: (one.value, one.unit) for one in measurements("wrk2_output.txt")}
    assert found["median"] == (53.31, "us")
    assert found["p99.999"] == (36, "s")
    assert found["p100"] == (0.9, "min")


def test_sizes_are_counted_in_1024s() -> None:
    """`2.38MB` per second are MiB."""
    [one] = measurements("wrk_result.txt", "transfer_rate")
    assert (one.value, one.unit, one.direction) == (2.38, "MiB/s", "higher")


def test_the_spread_is_no_standard_error() -> None:
    """It has no better side and is named a standard deviation."""
    [one] = [one for one in measurements("wrk_result.txt") if one.statistic == "stdev"]
    assert one.direction is None


def test_rates_per_thread_are_not_those_of_the_run() -> None:
    """`Req/Sec` of the table has a definition of its own."""
    found = measurements("wrk_latency.txt", "request_throughput")
    assert {one.definition for one in found if one.statistic == "mean"} == {"wrk.per_thread"}
    assert {one.definition for one in found if one.statistic == "aggregate"} == {None}
    assert {one.n is None for one in found if one.definition} == {True}


def test_coordinated_omission_is_in_the_definition() -> None:
    """The first leaves it in, the second corrects it and prints both where asked to."""
    assert {one.definition for one in measurements("wrk_latency.txt")} == {"wrk.latency"}
    found = [one for one in measurements("wrk2_uncorrected.txt") if one.statistic == "p99"]
    assert {one.definition: (one.value, one.unit) for one in found} == {
        "wrk2.latency": (8.2, "ms"),
        "wrk2.uncorrected_latency": (1.2, "ms"),
    }


def test_a_run_of_errors_alone_is_a_failure() -> None:
    """451 of 451 responses were neither 2xx nor 3xx; their speed says nothing."""
    found = measurements("wrk2_output_all_error.txt")
    assert found
    assert {one.reason for one in found} == {"all 451 responses were neither 2xx nor 3xx"}


def test_some_errors_are_counted_beside_the_latencies() -> None:
    """The run stays a measurement."""
    [one] = measurements("wrk2_output_errors.txt", "failed_responses")
    assert (one.value, one.valid, one.direction) == (14, True, "lower")


def test_runs_of_one_file_are_rows() -> None:
    """One of them failed, and its socket errors are of it alone."""
    table, threads = collect(DATA / "wrk_two_runs.txt").tables
    assert (len(threads.rows), threads.failures) == (1, {})
    assert table.labels["url"] == ("http://127.0.0.1:8765/mixed", "http://127.0.0.1:8765/bad")
    assert list(table.failures) == [1]
    assert [one.text for one in measurements("wrk_two_runs.txt", "socket_errors_timeout")] == ["2"]


def test_a_run_that_was_cut_short_is_a_failure(written: Callable[..., Evidence]) -> None:
    """Without its last lines nobody knows how many requests were behind it."""
    content = (DATA / "wrk_latency.txt").read_text().split("\n")
    [table] = written("\n".join(content[:5]).replace("44.07ms", "-nan")).tables
    assert table.failures == {0: "the run did not end"}
