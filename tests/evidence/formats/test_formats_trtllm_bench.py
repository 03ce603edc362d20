"""TensorRT-LLM's report: rates of the run, of a GPU and of a user are three things."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import Evidence, Measurement, Table

REPORT = "trtllm-bench/report.json"
FILE = Path(__file__).parents[2] / "data" / "formats" / REPORT


def numbers(tables: list[Table]) -> dict[tuple[str, str, str | None], Measurement]:
    """Return the numbers by metric, statistic and definition."""
    every = [one for table in tables for one in table.measurements()]
    return {(one.metric, one.statistic, one.definition): one for one in every}


def test_units_stand_in_the_names(fixture: Callable[[str], list[Table]]) -> None:
    """Milliseconds, requests and tokens per second."""
    found = numbers(fixture(REPORT))
    latency = found["e2e_latency", "p99", None]
    assert (latency.value, latency.unit, latency.n) == (8350.75, "ms", 1000)
    assert found["request_throughput", "aggregate", None].unit == "req/s"
    assert found["ttft", "median", None].value == 410.5


def test_rates_of_run_gpu_and_user_are_not_mixed(fixture: Callable[[str], list[Table]]) -> None:
    """Only that of the run is a throughput without further definition."""
    found = numbers(fixture(REPORT))
    assert found["throughput", "aggregate", None].value == 15036.75
    assert found["throughput", "aggregate", "trtllm.output_throughput_per_gpu"].value == 7518.375
    assert found["throughput", "mean", "trtllm.output_throughput_per_user"].value == 30.25


def test_a_mean_written_twice_is_read_once(fixture: Callable[[str], list[Table]]) -> None:
    """The one beside the percentiles counts."""
    every = [one for table in fixture(REPORT) for one in table.measurements()]
    means = [one for one in every if one.metric == "e2e_latency" and one.statistic == "mean"]
    assert [one.locator for one in means] == ["/performance/request_latency_percentiles_ms/average"]


def test_the_mean_alone_is_read_where_there_are_no_percentiles(
    fixture: Callable[[str], list[Table]],
) -> None:
    """A report without streaming has no TTFT either."""
    found = numbers(fixture("trtllm-bench/no-streaming.json"))
    assert found["e2e_latency", "mean", None].locator == "/performance/avg_request_latency_ms"
    assert "ttft" not in {metric for metric, _, _ in found}


def test_world_and_engine_are_settings(fixture: Callable[[str], list[Table]]) -> None:
    """Model, backend and GPU are labels; no path is kept."""
    one = next(iter(numbers(fixture(REPORT)).values()))
    assert (one.params["tp_size"], one.params["quantization"]) == ("2", "FP8")
    assert one.labels["gpu"] == "NVIDIA H100 80GB HBM3"
    assert "/models/llama" not in {**one.labels, **one.params, **one.ids}.values()


def test_a_run_without_requests_is_a_failure(written: Callable[..., Evidence]) -> None:
    """Nothing of it counts."""
    report = json.loads(FILE.read_text())
    report["request_info"]["num_requests"] = 0
    (table,) = written(json.dumps(report)).tables
    assert table.failures == {0: "no request was completed"}


@pytest.mark.parametrize("odd", [None, 3, "x", [], [None], {"a": 1}])
def test_odd_types_do_not_raise(written: Callable[..., Evidence], odd: object) -> None:
    """Wrong types below the known keys are left out."""
    report = json.loads(FILE.read_text())
    report |= {"engine": odd, "machine": odd, "streaming_metrics": odd, "request_info": odd}
    assert written(json.dumps(report)).inventory.files[0].status == "read"
