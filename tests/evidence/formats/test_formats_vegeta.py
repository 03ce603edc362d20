"""vegeta: the JSON report in nanoseconds, the text with a unit per number."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats"


def measurements(name: str, metric: str) -> list[Measurement]:
    """Return the numbers of a metric read from a fixture."""
    found = [one for table in collect(DATA / name).tables for one in table.measurements()]
    return [one for one in found if one.metric == metric]


def test_latencies_of_the_report_are_in_nanoseconds() -> None:
    """`99th` is the p99, and the requests are behind it."""
    found = {one.statistic: one for one in measurements("vegeta/report.json", "latency")}
    assert (found["p99"].value, found["p99"].unit, found["p99"].n) == (3_530_000, "ns", 100)
    assert found["median"].locator == "/latencies/50th"


def test_what_was_sent_is_not_what_succeeded() -> None:
    """The rate was offered, only the throughput has a better side."""
    [sent] = measurements("vegeta/report.json", "request_rate")
    [got] = measurements("vegeta/report.json", "request_throughput")
    assert (sent.direction, got.direction, got.value) == (None, "higher", 96.1)


def test_the_histogram_is_left_out() -> None:
    """Its keys are bounds, not measurements."""
    tables = collect(DATA / "vegeta" / "report.json").tables
    assert not any("buckets" in column.column for table in tables for column in table.series)


def test_a_report_without_success_is_a_failure() -> None:
    """The latencies of refused connections say nothing."""
    good, bad = measurements("vegeta/reports.jsonl", "request_throughput")
    assert (good.valid, bad.reason) == (True, "none of 100 requests succeeded")


def test_each_duration_of_the_text_has_its_own_unit() -> None:
    """One line mixes ms and s."""
    found = measurements("vegeta-text/report.txt", "latency")
    values = {one.statistic: (one.value, one.unit) for one in found}
    assert values["median"] == (108.272568, "ms")
    assert values["max"] == (1.264815246, "s")


def test_names_in_brackets_say_which_number_is_which() -> None:
    """Older versions print fewer of them."""
    found = measurements("vegeta-text/two_reports.txt", "request_rate")
    assert [(one.text, one.n) for one in found] == [("120.00", 1200), ("100.33", 300)]
    assert len(measurements("vegeta-text/two_reports.txt", "request_throughput")) == 1


def test_a_text_report_without_success_is_a_failure() -> None:
    """Microseconds of nothing."""
    found = measurements("vegeta-text/two_reports.txt", "latency")
    assert {one.reason for one in found if one.text == "812.5"} == {"no request succeeded"}


def test_odd_values_do_not_raise(written: Callable[..., Evidence]) -> None:
    """Wrong types and durations of several units are left out."""
    content = (
        '{"latencies": {"99th": [], "mean": "x"}, "bytes_in": 3, "status_codes": [], "success": {},'
        ' "requests": "many", "rate": 2.5}'
    )
    [table] = written(content).tables
    assert [one.value for one in table.measurements()] == [2.5]
    text = "Requests      [total, rate]  5, 1.00\nLatencies     [mean, max]  1m2s, 3\n"
    [table] = written(text).tables
    assert [one.value for one in table.measurements()] == [1.0]
