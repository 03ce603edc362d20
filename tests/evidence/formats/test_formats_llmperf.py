"""LLMPerf: an ITL of its own, failed requests, summary and requests not mixed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import Evidence, Measurement, Table

SUMMARY = "llmperf/summary.json"
REQUESTS = "llmperf/individual_responses.json"
DATA = Path(__file__).parents[2] / "data" / "formats"


def numbers(tables: list[Table]) -> dict[tuple[str, str], Measurement]:
    """Return the numbers by metric and statistic."""
    every = [one for table in tables for one in table.measurements()]
    return {(one.metric, one.statistic): one for one in every}


def test_names_give_metric_unit_and_statistic(fixture: Callable[[str], list[Table]]) -> None:
    """`quantiles_p50` is the median; numbers written as text are read too."""
    found = numbers(fixture(SUMMARY))
    ttft = found["ttft", "p99"]
    assert (ttft.value, ttft.unit, ttft.locator) == (0.93625, "s", "/results_ttft_s_quantiles_p99")
    assert found["e2e_latency", "median"].value == 2.25
    assert found["output_tokens", "min"].value == 151.0


def test_itl_includes_the_first_token(fixture: Callable[[str], list[Table]]) -> None:
    """It is never compared with the ITL of another tool."""
    for name in (SUMMARY, REQUESTS):
        itl = [one for t in fixture(name) for one in t.measurements() if one.metric == "itl"]
        assert {one.definition for one in itl} == {"llmperf.itl"}


def test_the_rate_of_the_run_is_not_that_of_a_request(
    fixture: Callable[[str], list[Table]],
) -> None:
    """255 tok/s for five at once, 65 tok/s for each."""
    found = numbers(fixture(SUMMARY))
    assert found["throughput", "aggregate"].value == 255.75
    assert found["throughput", "aggregate"].definition is None
    assert found["throughput", "mean"].definition == "llmperf.request_output_throughput"
    assert found["request_throughput", "aggregate"].unit == "req/min"


def test_settings_counts_and_failures_of_a_summary(
    fixture: Callable[[str], list[Table]],
) -> None:
    """N are the requests without an error."""
    ttft = numbers(fixture(SUMMARY))["ttft", "mean"]
    assert (ttft.n, ttft.params["num_concurrent_requests"]) == (147, "5")
    assert ttft.params["failed_requests"] == "3"
    assert ttft.labels == {"model": "meta-llama/llama-2-7b-chat"}


def test_failed_requests_are_failures(fixture: Callable[[str], list[Table]]) -> None:
    """Their zeros are no times."""
    (table,) = fixture(REQUESTS)
    assert table.failures == {1: "error 429: Too Many Requests"}
    ttft = next(s for s in table.series if s.metric == "ttft")
    assert ttft.values == (0.51875, None, 0.46525, 0.25)


def test_a_zero_for_a_time_not_taken_is_marked(fixture: Callable[[str], list[Table]]) -> None:
    """A request without output has no time per token."""
    (table,) = fixture(REQUESTS)
    itl = next(s for s in table.series if s.metric == "itl")
    assert itl.invalid[3] == "written for a value that was not taken"


def test_summary_and_requests_are_not_pooled(fixture: Callable[[str], list[Table]]) -> None:
    """No statistic of the summary is raw, and every number of a request is."""
    assert "raw" not in {s.statistic for t in fixture(SUMMARY) for s in t.series}
    assert {s.statistic for t in fixture(REQUESTS) for s in t.series} == {"raw"}


@pytest.mark.parametrize("odd", [None, "x", [], [None], {"a": 1}, True])
def test_odd_types_do_not_raise(written: Callable[..., Evidence], odd: object) -> None:
    """Wrong types below the known keys are left out."""
    requests = json.loads((DATA / REQUESTS).read_text())
    requests[0] = dict.fromkeys(requests[0], odd)
    assert written(json.dumps(requests)).inventory.files[0].status == "read"
    summary = json.loads((DATA / SUMMARY).read_text())
    summary |= {"results_num_completed_requests": odd, "model": odd, "results_ttft_s_mean": odd}
    assert written(json.dumps(summary)).inventory.files[0].status == "read"
