"""oha: two units in one file, and a success rate that knows no status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats" / "oha"


def measurements(name: str, metric: str) -> list[Measurement]:
    """Return the numbers of a metric read from a fixture."""
    found = [one for table in collect(DATA / name).tables for one in table.measurements()]
    return [one for one in found if one.metric == metric]


def test_latencies_are_in_seconds() -> None:
    """A percentile of a key with a point leads back to it."""
    found = {one.statistic: one for one in measurements("success.json", "latency")}
    assert (found["mean"].value, found["mean"].unit, found["mean"].n) == (0.0243, "s", 10_290)
    assert found["p99.9"].locator == "/latencyPercentiles/p99.9"


def test_newer_metrics_are_in_milliseconds() -> None:
    """The same p99 stands in the file in both units, and neither is converted."""
    found = measurements("newer_with_metrics.json", "latency")
    p99 = {(one.value, one.unit) for one in found if one.statistic == "p99" and not one.definition}
    assert p99 == {(0.0602, "s"), (60.2, "ms")}


def test_percentiles_of_successes_have_a_definition() -> None:
    """They are not those of all requests."""
    found = measurements("newer_with_metrics.json", "latency")
    medians = {one.definition: one.value for one in found if one.statistic == "median"}
    assert medians["oha.successful"] == 0.0222


def test_the_rate_over_time_is_not_the_rate_of_the_run() -> None:
    """`rps` describes short spans."""
    found = measurements("success.json", "request_throughput")
    [run] = [one for one in found if one.statistic == "aggregate"]
    assert (run.value, run.unit, run.definition) == (2057.46, "req/s", None)
    assert {one.definition for one in found if one is not run} == {"oha.over_time"}


def test_server_errors_alone_are_a_failure() -> None:
    """Although `successRate` is 1."""
    reasons = {one.reason for one in measurements("only_server_errors.json", "latency")}
    assert reasons == {"all 10290 answers had a status of 400 or above"}


def test_a_run_without_answers_is_a_failure() -> None:
    """Its throughput is that of refused connections."""
    [one, *_] = measurements("refused.json", "request_throughput")
    assert (one.value, one.reason) == (None, "no request was answered")


def test_answers_are_counted_by_status_and_error() -> None:
    """A request cut off at the deadline is told by its own words."""
    found = measurements("success.json", "answers")
    assert {tuple(one.labels.values()): one.value for one in found if one.value} == {
        ("200",): 10_287,
        ("503",): 3,
        ("aborted due to deadline",): 50,
    }


def test_odd_types_do_not_raise(written: Callable[..., Evidence]) -> None:
    """Lists and words where numbers belong are left out."""
    content = (
        '{"summary": {"successRate": [], "requestsPerSec": 3.5, "average": "x"}, "rps": 4,'
        ' "latencyPercentiles": {"p50": {}, "p1": null}, "statusCodeDistribution": {"200": "many",'
        ' "ok": 3}, "errorDistribution": [1], "details": {"DNSDialup": 3}}'
    )
    tables = written(content).tables
    assert [one.value for table in tables for one in table.measurements()] == [3.5, 3]
