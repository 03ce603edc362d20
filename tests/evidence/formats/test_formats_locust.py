"""Locust: endpoints, the total over them, the window of the history, failures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats" / "locust"


def measurements(name: str, metric: str, statistic: str) -> list[Measurement]:
    """Return the numbers of a statistic read from a fixture."""
    found = [one for table in collect(DATA / name).tables for one in table.measurements()]
    return [one for one in found if (one.metric, one.statistic) == (metric, statistic)]


def test_an_endpoint_has_its_requests_behind_its_statistics() -> None:
    """Times are ms over the requests of the row."""
    one = measurements("stats.csv", "latency", "mean")[1]
    assert (one.value, one.unit, one.n) == (30.372020102957467, "ms", 136)
    assert one.labels == {"method": "GET", "name": "/ok"}


def test_percentiles_say_that_they_are_rounded() -> None:
    """Locust keeps two significant digits of a response time."""
    one = measurements("stats.csv", "latency", "p99.9")[0]
    assert (one.value, one.ids["percentiles"]) == (50, "rounded to 2 significant digits")


def test_the_total_is_not_pooled_with_the_endpoints() -> None:
    """`Aggregated` has a table and a definition of its own."""
    found = measurements("stats.csv", "request_throughput", "aggregate")
    assert [one.definition for one in found] == [None, None, "locust.aggregated"]
    assert {table.name for table in collect(DATA / "stats.csv").tables} == {"", "Aggregated"}


def test_a_window_of_the_history_is_not_the_whole_run() -> None:
    """It has a definition, the users of the moment and its time."""
    one = measurements("stats_history.csv", "request_throughput", "aggregate")[5]
    assert (one.value, one.definition, one.params) == (37, "locust.window", {"users": "4"})
    assert one.ids["timestamp"] == "1795505456"


def test_zeros_of_a_window_without_requests_do_not_count() -> None:
    """The first seconds hold 0 for every percentile, or N/A."""
    found = measurements("stats_history.csv", "latency", "median")
    assert [one.value for one in found if one.labels["name"] == "/ok"] == [None, 45, 45]
    assert {one.reason for one in found if one.value is None} == {"of a window without requests"}


def test_endpoints_without_a_success_are_failures() -> None:
    """Neither no request nor failed ones alone are measurements."""
    found = measurements("nothing_worked.csv", "latency", "mean")
    assert [one.reason for one in found] == [
        "no request was made",
        "all 40 requests failed",
        "all 40 requests failed",
    ]


def test_failures_are_counted_by_error() -> None:
    """A comma in a name is part of it."""
    [one] = measurements("failures.csv", "failures", "sum")
    assert (one.value, one.unit, one.direction) == (12, "count", "lower")
    assert one.labels["name"] == "/mixed, sometimes 500"


def test_odd_cells_do_not_raise(written: Callable[..., Evidence]) -> None:
    """Counts that are no numbers leave the rest of the row."""
    header = (DATA / "stats.csv").read_text().split("\n")[0]
    tables = written(header + "\nGET,/a,x,,5,6" + "," * 16 + "\n", "stats.csv").tables
    assert [one.value for table in tables for one in table.measurements()] == [5, 6]
