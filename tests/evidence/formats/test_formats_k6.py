"""k6: summaries of two polarities and single points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats"


def measurements(name: str, metric: str) -> list[Measurement]:
    """Return the numbers of a metric read from a fixture."""
    tables = collect(DATA / name).tables
    return [one for table in tables for one in table.measurements() if one.metric == metric]


def test_an_exported_trend_is_in_milliseconds() -> None:
    """`p(95)` of the duration of a request is the p95 of its latency."""
    found = measurements("k6/summary_export.json", "latency")
    one = next(m for m in found if m.statistic == "p95" and not m.labels["expected_response"])
    assert (one.value, one.unit, one.direction) == (292.1, "ms", "lower")
    assert one.locator == "/metrics/http_req_duration/p(95)"


def test_true_in_the_export_means_that_a_threshold_was_crossed() -> None:
    """The polarity of `--summary-export` is inverted."""
    one = measurements("k6/summary_export.json", "latency")[0]
    assert one.ids["threshold p(95)<250"] == "crossed"
    assert one.ids["threshold avg<300"] == "held"


def test_ok_in_handle_summary_means_that_a_threshold_held() -> None:
    """The same run says the opposite boolean there."""
    one = measurements("k6/handle_summary.json", "latency")[0]
    assert one.ids == {"threshold p(95)<250": "crossed", "threshold avg<300": "held"}


def test_a_submetric_is_a_row_with_its_tags() -> None:
    """Successful requests are not mixed with all of them."""
    found = measurements("k6/summary_export.json", "latency")
    means = {m.labels["expected_response"]: m.value for m in found if m.statistic == "mean"}
    assert means == {"": 202.9503869583333, "true": 204.1}


def test_the_number_of_samples_is_behind_a_trend_that_says_it() -> None:
    """`count` among the trend's statistics is n, and no measurement."""
    assert {one.n for one in measurements("k6/handle_summary.json", "latency")} == {120}
    assert measurements("k6/handle_summary.json", "latency_count") == []


def test_the_failed_share_goes_down_and_the_checked_share_up() -> None:
    """Both are rates of k6 over all requests or checks."""
    [failed] = measurements("k6/summary_export.json", "error_rate")
    [checked] = measurements("k6/summary_export.json", "success_rate")
    assert (failed.direction, failed.n) == ("lower", 120)
    assert (checked.value, checked.direction) == (0.9833333333333333, "higher")


def test_a_counter_gives_its_sum_and_rate() -> None:
    """Requests per second over the run."""
    [one] = measurements("k6/summary_export.json", "request_throughput")
    assert (one.value, one.unit, one.direction) == (11.756, "req/s", "higher")


def test_the_unit_of_an_own_trend_stays_open_unless_the_file_says_it() -> None:
    """The export does not say that a metric holds times."""
    assert {one.unit for one in measurements("k6/summary_export.json", "queue_wait")} == {None}
    assert {one.unit for one in measurements("k6/handle_summary.json", "queue_wait")} == {"ms"}
    assert {one.unit for one in measurements("k6/handle_summary.json", "payload")} == {"B"}


def test_latencies_of_failed_requests_alone_do_not_count() -> None:
    """Where every request failed, only the failed share says something."""
    assert not any(one.valid for one in measurements("k6/every_request_failed.json", "latency"))
    assert measurements("k6/every_request_failed.json", "error_rate")[0].valid


def test_a_point_is_a_single_request() -> None:
    """With the time it was taken at; an unexpected response is a failure."""
    good, bad = measurements("k6-points/points.json", "latency")
    assert (good.value, good.unit, good.statistic) == (13.342304, "ms", "raw")
    assert good.ids["time"] == "2026-04-17T00:00:00.605870576Z"
    assert (bad.valid, bad.reason) == (False, "request failed: 1500")


def test_steps_of_counters_are_no_measurements() -> None:
    """A request that was counted is not measured by that."""
    assert measurements("k6-points/points.json", "http_reqs") == []


def test_odd_values_do_not_raise(written: Callable[..., Evidence]) -> None:
    """Wrong types in a summary or a point are left out."""
    summary = (
        '{"metrics": {"http_req_duration": {"avg": [], "med": null, "max": "x", "thresholds": 3},'
        ' "http_req_failed": 4, "checks": {"passes": "a", "value": {}}, "vus": {"value": 2}}}'
    )
    tables = written(summary).tables
    assert [one.value for table in tables for one in table.measurements()] == [2]
    point = '{"type":"Point","metric":"a","data":{"time":1,"value":%s,"tags":[]}}\n'
    [table] = written(point % "[]" + point % "2.5" + '{"type":"Point","metric":4}\n').tables
    assert [one.value for one in table.measurements()] == [2.5]
