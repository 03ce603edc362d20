"""vLLM and SGLang without load: `bench latency`, `bench throughput`, `bench_one_batch`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chimera.evidence import Evidence, Measurement, Table

Fixture = Callable[[str], list[Table]]
Written = Callable[..., Evidence]


def facts(tables: list[Table], metric: str, statistic: str) -> list[Measurement]:
    """Return the measurements of a metric and statistic."""
    found = [one for table in tables if table.format for one in table.measurements()]
    return [one for one in found if (one.metric, one.statistic) == (metric, statistic)]


def test_batch_latency_has_statistics_and_iterations(fixture: Fixture) -> None:
    """Seconds per batch, five iterations behind each statistic."""
    tables = fixture("vllm-latency/latency.json")
    p90 = facts(tables, "latency", "p90")[0]
    assert (p90.unit, p90.n, p90.definition) == ("s", 5, "vllm.batch_latency")
    assert p90.locator == "/percentiles/90"
    runs = facts(tables, "latency", "raw")
    assert (len(runs), runs[4].locator) == (5, "/latencies/4")
    assert [one.direction for one in facts(tables, "latency", "stdev")] == [None]


def test_a_wrapper_tells_the_model(fixture: Fixture) -> None:
    """What stands around the result goes with its rows."""
    one = facts(fixture("vllm-latency/wrapped.json"), "latency", "mean")[0]
    assert (one.labels, one.params) == ({"model": "opt-125m"}, {"batch_size": "8"})


def test_offline_throughput_counts_prompts_too(fixture: Fixture) -> None:
    """`tokens_per_second` is a total."""
    tables = fixture("vllm-throughput/throughput.json")
    one = facts(tables, "total_throughput", "aggregate")[0]
    assert (one.value, one.unit, one.n) == (4870.464, "tok/s", 100)
    assert facts(tables, "throughput", "aggregate") == []


def test_a_run_of_nothing_has_failed(fixture: Fixture) -> None:
    """Its zeros are no measurements."""
    (table,) = fixture("vllm-throughput/nothing.json")
    assert table.failures == {0: "no requests"}


def test_one_batch_of_the_model_alone(fixture: Fixture) -> None:
    """Prefill and the median step of decoding are told apart, in s."""
    tables = fixture("sglang-one-batch/model.jsonl")
    step, _ = facts(tables, "decode_latency", "median")
    assert (step.value, step.unit, step.params["batch_size"]) == (0.0045, "s", "1")
    prefill = facts(tables, "prompt_throughput", "aggregate")[1]
    assert (prefill.value, prefill.params["batch_size"]) == (40960.0, "4")


def test_one_batch_of_a_server(fixture: Fixture) -> None:
    """Its last TTFT is the largest of the batch."""
    tables = fixture("sglang-one-batch/server.jsonl")
    one = facts(tables, "ttft", "max")[0]
    assert (one.value, one.definition) == (0.1125, "sglang-one-batch.last_ttft")
    assert facts(tables, "throughput", "aggregate")[1].value == 1134.8


def test_minus_one_stands_for_nothing(fixture: Fixture) -> None:
    """A hit rate of 0 does count."""
    tables = fixture("sglang-one-batch/server.jsonl")
    assert [one.valid for one in facts(tables, "acceptance_length", "mean")] == [False, False]
    assert [one.valid for one in facts(tables, "throughput", "raw")] == [True, False]
    assert [one.valid for one in facts(tables, "cache_hit_rate", "aggregate")] == [True, True]


@pytest.mark.parametrize("odd", [None, [], {}, "x", True, [1, "x", {}], {"50": []}, {"x": 1}])
@pytest.mark.parametrize(
    "keys",
    [
        ("avg_latency", "latencies", "percentiles"),
        ("elapsed_time", "num_requests", "total_num_tokens", "requests_per_second"),
        ("batch_size", "input_len", "output_len", "overall_throughput", "prefill_latency"),
    ],
)
def test_odd_values_do_not_raise(written: Written, odd: Any, keys: tuple[str, ...]) -> None:
    """Whatever stands where a number or a list should."""
    also = ("tokens_per_second", "prefill_throughput", "total_latency")
    value = {**dict.fromkeys((*keys, *also), odd), "latencies": [1, odd], "percentiles": {"5": odd}}
    assert written(json.dumps([value, value])).inventory.files[0].status == "read"
