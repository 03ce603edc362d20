"""inference-perf: seconds, failures, and gaps within chunks that are no time per token."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import Evidence, Measurement, Table

STAGE = "inference-perf/stage_1_lifecycle_metrics.json"
SUMMARY = "inference-perf/summary_lifecycle_metrics.json"
FILE = Path(__file__).parents[2] / "data" / "formats" / STAGE


def numbers(tables: list[Table]) -> dict[tuple[str, str, str | None], Measurement]:
    """Return the numbers by metric, statistic and definition."""
    every = [one for table in tables for one in table.measurements()]
    return {(one.metric, one.statistic, one.definition): one for one in every}


def test_latencies_are_seconds(fixture: Callable[[str], list[Table]]) -> None:
    """With the statistics under their names, and the requests behind them."""
    ttft = numbers(fixture(STAGE))["ttft", "p99.9", None]
    assert (ttft.value, ttft.unit, ttft.direction) == (0.06504148400679823, "s", "lower")
    assert (ttft.n, ttft.params["request_rate"]) == (658, "10.97")


def test_two_times_per_token_are_told_apart(fixture: Callable[[str], list[Table]]) -> None:
    """The normalized one is latency / tokens, the other leaves out the first token."""
    found = numbers(fixture(STAGE))
    assert found["tpot", "mean", "inference-perf.tpot"].value == 0.006297125150793228
    assert found["tpot", "mean", "inference-perf.ntpot"].value == 0.00890406951354648


def test_a_median_gap_within_chunks_is_no_measurement(
    fixture: Callable[[str], list[Table]],
) -> None:
    """35 microseconds beside a p75 of 13 ms is the time between tokens of one chunk."""
    found = numbers(fixture(STAGE))
    median = found["itl", "median", "inference-perf.itl"]
    assert not median.valid
    assert "p75 is more than 20 times the median" in str(median.reason)
    assert found["itl", "p75", "inference-perf.itl"].valid
    assert found["itl", "mean", "inference-perf.itl"].valid


def test_chunks_show_without_a_p75_too(fixture: Callable[[str], list[Table]]) -> None:
    """Early versions wrote p90 next."""
    median = numbers(fixture(SUMMARY))["itl", "median", "inference-perf.itl"]
    assert "p90" in str(median.reason)


def test_an_even_median_gap_counts(written: Callable[..., Evidence]) -> None:
    """The factor is 20: one of 2 is a normal spread."""
    stage = json.loads(FILE.read_text())
    stage["successes"]["latency"]["inter_token_latency"]["median"] = 0.0065
    found = numbers(list(written(json.dumps(stage)).tables))
    assert found["itl", "median", "inference-perf.itl"].valid


def test_a_summary_is_labelled(fixture: Callable[[str], list[Table]]) -> None:
    """It holds the requests of its stages once more."""
    assert fixture(SUMMARY)[0].labels == {"stages": ("all",)}
    assert fixture(STAGE)[0].labels == {}


def test_a_stage_without_success_is_a_failure(fixture: Callable[[str], list[Table]]) -> None:
    """Its throughput of 0.0 is none."""
    (table,) = fixture("inference-perf/failed_lifecycle_metrics.json")
    assert table.failures == {0: "no request was successful"}
    assert table.params["failed_requests"] == ("20",)


@pytest.mark.parametrize("odd", [None, 3, "x", [], [None], {"a": 1}])
def test_odd_types_do_not_raise(written: Callable[..., Evidence], odd: object) -> None:
    """Wrong types below the known keys are left out."""
    stage = json.loads(FILE.read_text())
    stage["successes"]["latency"] = {"inter_token_latency": {"median": odd, "p75": odd}}
    stage |= {"load_summary": odd, "failures": odd}
    assert written(json.dumps(stage)).inventory.files[0].status == "read"
