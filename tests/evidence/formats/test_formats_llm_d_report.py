"""llm-d benchmark reports: two versions, definitions of the tool that measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import Evidence, Measurement, Table

NEW = "llm-d-report/report_0_2.json"
OLD = "llm-d-report/report_0_1.json"
FILE = Path(__file__).parents[2] / "data" / "formats" / NEW


def numbers(tables: list[Table]) -> dict[tuple[str, str], Measurement]:
    """Return the numbers by metric and statistic."""
    every = [one for table in tables for one in table.measurements()]
    return {(one.metric, one.statistic): one for one in every}


def test_units_are_those_beside_each_distribution(fixture: Callable[[str], list[Table]]) -> None:
    """A time per token has the unit of the time."""
    found = numbers(fixture(NEW))
    ttft = found["ttft", "p99.9"]
    assert (ttft.value, ttft.unit, ttft.n) == (0.057014757215045425, "s", 500)
    assert found["itl", "mean"].unit == "s"
    assert found["request_throughput", "mean"].unit == "req/s"
    assert numbers(fixture(OLD))["tpot", "median"].unit == "ms"


def test_the_definition_is_that_of_the_tool(fixture: Callable[[str], list[Table]]) -> None:
    """An ITL of vLLM is comparable with one in vLLM's own files, not with others."""
    assert numbers(fixture(NEW))["itl", "mean"].definition == "inference-perf.itl"
    assert numbers(fixture(OLD))["itl", "mean"].definition == "vllm.itl"


def test_json_and_yaml_say_the_same(fixture: Callable[[str], list[Table]]) -> None:
    """Numbers, labels and settings."""
    (ours,), (theirs,) = fixture(NEW), fixture("llm-d-report/report_0_2.yaml")
    assert [s.values for s in ours.series] == [s.values for s in theirs.series]
    assert (ours.labels, ours.params) == (theirs.labels, theirs.params)
    assert ours.declared_n == theirs.declared_n


def test_scenario_gives_labels_and_settings(fixture: Callable[[str], list[Table]]) -> None:
    """The engine is the part of the stack that has a model."""
    one = numbers(fixture(NEW))["ttft", "mean"]
    assert one.labels == {"model": "Qwen/Qwen3-0.6B", "gpu": "NVIDIA-H100-80GB-HBM3"}
    assert (one.params["tool"], one.params["request_rate"]) == ("inference-perf", "10.0")
    assert (one.params["tp"], one.params["replicas"]) == ("8", "2")


def test_version_0_1_has_single_rates(fixture: Callable[[str], list[Table]]) -> None:
    """With failures the file does not say how many requests are behind a number."""
    found = numbers(fixture(OLD))
    rate = found["throughput", "aggregate"]
    assert (rate.value, rate.unit, rate.n) == (502.5, "tok/s", None)
    assert rate.params["failed_requests"] == "2"


def test_gaps_within_chunks_are_marked(fixture: Callable[[str], list[Table]]) -> None:
    """As in the files of the tools themselves."""
    found = numbers(fixture(OLD))
    assert not found["itl", "median"].valid
    assert found["itl", "p75"].valid


def test_a_run_of_failures_is_a_failure(written: Callable[..., Evidence]) -> None:
    """Nothing of it counts."""
    report = json.loads(FILE.read_text())
    report["results"]["request_performance"]["aggregate"]["requests"] |= {"failures": 500}
    (table,) = written(json.dumps(report)).tables
    assert table.failures == {0: "no request was successful"}


@pytest.mark.parametrize("odd", [None, 3, "x", [], [None], {"a": 1}])
def test_odd_types_do_not_raise(written: Callable[..., Evidence], odd: object) -> None:
    """Wrong types below the known keys are left out."""
    report = json.loads(FILE.read_text())
    report["scenario"] = {"stack": odd, "load": odd}
    report["run"] = odd
    report["results"]["request_performance"]["aggregate"]["latency"]["request_latency"] = odd
    assert written(json.dumps(report)).inventory.files[0].status == "read"
