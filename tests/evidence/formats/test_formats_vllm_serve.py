"""vLLM `bench serve` and SGLang `bench_serving`: runs, requests, and zeros that are failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chimera.evidence import Evidence, Measurement, Table

Fixture = Callable[[str], list[Table]]
Written = Callable[..., Evidence]
DATA = Path(__file__).parents[2] / "data" / "formats" / "vllm-serve"


def facts(tables: list[Table], metric: str, statistic: str) -> list[Measurement]:
    """Return the measurements of a metric and statistic."""
    found = [one for table in tables if table.format for one in table.measurements()]
    return [one for one in found if (one.metric, one.statistic) == (metric, statistic)]


def test_statistics_have_unit_statistic_definition_and_n(fixture: Fixture) -> None:
    """`p99_ttft_ms` is the 99th percentile of vLLM's TTFT in ms over the completed requests."""
    one = facts(fixture("vllm-serve/detailed.json"), "ttft", "p99")[0]
    assert (one.text, one.unit, one.direction) == ("116.14659664365651", "ms", "lower")
    assert (one.definition, one.n, one.locator) == ("vllm.ttft", 5, "/p99_ttft_ms")


def test_settings_metadata_and_the_date_are_told_apart(fixture: Fixture) -> None:
    """`inf` stays the word it is; texts of `--metadata` are settings, even when numeric."""
    one = facts(fixture("vllm-serve/detailed.json"), "throughput", "aggregate")[0]
    assert (one.value, one.unit, one.labels["backend"]) == (20.0, "tok/s", "openai-chat")
    assert (one.params["request_rate"], one.params["tp"]) == ("inf", "2")
    assert one.ids == {"date": "20260301-101500"}


def test_output_and_total_throughput_are_two_metrics(fixture: Fixture) -> None:
    """The total counts the prompts as well."""
    one = facts(fixture("vllm-serve/detailed.json"), "total_throughput", "aggregate")[0]
    assert (one.value, one.definition) == (532.0, "vllm.total")


def test_requests_are_raw_in_seconds_and_one_failed(fixture: Fixture) -> None:
    """A non-empty entry in `errors` is a failed request; the last line of a traceback says why."""
    found = facts(fixture("vllm-serve/detailed.json"), "ttft", "raw")
    assert [one.valid for one in found] == [True, True, True, False, True, True]
    assert (found[0].unit, found[0].locator) == ("s", "/ttfts/0")
    assert found[0].params["input_len"] == "128"
    assert found[3].reason == (
        "aiohttp.client_exceptions.ServerDisconnectedError: Server disconnected"
    )


def test_gaps_are_pooled_over_requests(fixture: Fixture) -> None:
    """Five requests with four gaps each."""
    found = facts(fixture("vllm-serve/detailed.json"), "itl", "raw")
    assert (len(found), found[4].locator, found[4].definition) == (20, "/itls/1/0", "vllm.itl")


def test_very_many_gaps_are_left_to_the_statistics(written: Written) -> None:
    """None of them, so that what is read is no part of the whole."""
    run = json.loads((DATA / "detailed.json").read_text(encoding="utf-8"))
    run["itls"] = [[0.01] * 10_001] * 5
    tables = written(json.dumps(run)).tables
    assert facts(list(tables), "itl", "raw") == []
    assert len(facts(list(tables), "itl", "mean")) == 1


def test_a_list_of_runs_is_read_like_one(written: Written) -> None:
    """As the summary of a sweep holds them."""
    run = json.loads((DATA / "goodput.json").read_text(encoding="utf-8"))
    found = facts(list(written(json.dumps([run, run])).tables), "ttft", "mean")
    assert [one.locator for one in found] == ["/0/mean_ttft_ms", "/1/mean_ttft_ms"]


def test_no_completed_request_is_no_measurement(fixture: Fixture) -> None:
    """Every mean of such a run is 0."""
    tables = fixture("vllm-serve/all_failed.json")
    assert tables[0].failures == {0: "no request of 3 completed"}
    assert not [one for table in tables for one in table.measurements() if one.valid]


def test_a_mean_over_nothing_is_no_latency(fixture: Fixture) -> None:
    """With one token per request there is no TPOT and no ITL, but there is a TTFT."""
    tables = fixture("vllm-serve/one_token.json")
    assert [one.valid for one in facts(tables, "tpot", "mean")] == [False]
    assert [one.valid for one in facts(tables, "itl", "stdev")] == [False]
    assert [one.valid for one in facts(tables, "ttft", "mean")] == [True]
    assert [one.valid for one in facts(tables, "rtfx", "aggregate")] == [False]


def test_goodput_is_there_only_if_asked_for(fixture: Fixture) -> None:
    """`null` without `--goodput`."""
    one = facts(fixture("vllm-serve/goodput.json"), "request_goodput", "aggregate")[0]
    assert (one.value, one.unit, one.definition) == (2.4, "req/s", "vllm.goodput")
    assert facts(fixture("vllm-serve/detailed.json"), "request_goodput", "aggregate") == []


def test_appended_runs_are_rows(fixture: Fixture) -> None:
    """One run a line, each with its rate."""
    (table,) = fixture("vllm-serve/appended.json")
    assert (table.rows, table.params["request_rate"]) == (("1", "2", "3"), ("1.0", "2.0", "4.0"))


def test_a_run_inside_a_wrapper_keeps_its_place(fixture: Fixture) -> None:
    """Also with the keys of an older version."""
    one = facts(fixture("vllm-serve/wrapped.json"), "ttft", "mean")[0]
    assert one.locator == "/results/0/bench/mean_ttft_ms"


def test_sglang_means_its_own(fixture: Fixture) -> None:
    """Its names and definitions, one row per appended run."""
    tables = fixture("sglang-serving/appended.jsonl")
    found = facts(tables, "e2e_latency", "mean")
    assert [one.definition for one in found] == ["sglang.e2e_latency"] * 3
    assert [one.params["request_rate"] for one in found] == ["1.0", "5.0", "Infinity"]
    assert facts(tables, "prompt_throughput", "aggregate")[0].value == 409.6


def test_impossible_latencies_of_sglang_do_not_count(fixture: Fixture) -> None:
    """A median TPOT below 0 and a median ITL of 0; the means beside them do count."""
    tables = fixture("sglang-serving/impossible.jsonl")
    found = [*facts(tables, "tpot", "median"), *facts(tables, "itl", "median")]
    named = [one.valid for one in found if "median" in one.locator]
    assert named == [False, True, False, True]
    assert [one.valid for one in facts(tables, "itl", "mean")] == [True, True]


def test_early_sglang_wrote_less(fixture: Fixture) -> None:
    """Without a request throughput it is still a run."""
    (table,) = fixture("sglang-serving/old.jsonl")
    assert (table.rows, table.declared_n) == (("1", "2"), (4, 4))


@pytest.mark.parametrize("odd", [None, [], {}, "x", True, -1, [1, [2, {}]], ["", 3]])
@pytest.mark.parametrize("also", ["total_token_throughput", "total_output_tokens_retokenized"])
def test_odd_values_do_not_raise(written: Written, odd: Any, also: str) -> None:
    """Whatever stands where a number or a list should."""
    keys = ("completed", "request_throughput", "duration", "total_input_tokens", "mean_ttft_ms")
    run = dict.fromkeys((*keys, "total_output_tokens", "ttfts", "itls", "errors"), odd)
    entry = written(json.dumps({**run, also: odd, "input_lens": odd})).inventory.files[0]
    assert (entry.status, len(entry.recognised)) == ("read", 1)


def test_a_run_of_2024_has_an_input_throughput(written: Written) -> None:
    """VLLM 0.5 wrote `input_throughput`, as SGLang does; its `tokenizer_id` tells them apart."""
    run: dict[str, Any] = {
        "backend": "vllm", "model_id": "a/b", "tokenizer_id": "a/b", "num_prompts": 10,
        "request_rate": "inf", "duration": 8.5, "completed": 10, "total_input_tokens": 1369,
        "total_output_tokens": 1945, "request_throughput": 1.17, "input_throughput": 159.8,
        "output_throughput": 227.0, "mean_ttft_ms": 139.2, "mean_latency_ms": 2407.1,
    }  # fmt: skip
    evidence = written(json.dumps(run))
    assert {one.format for one in evidence.inventory.files[0].recognised} == {"vllm-serve"}
    found = {one.column: one for one in evidence.tables[0].series}
    assert (found["input_throughput"].metric, found["input_throughput"].unit) == (
        "prompt_throughput",
        "tok/s",
    )
    assert found["mean_ttft_ms"].definition == "vllm.ttft"


def test_settings_of_the_server_are_kept_where_a_sweep_writes_them(written: Written) -> None:
    """Runs of `vllm bench sweep` differ in `max_num_seqs` alone: they are no repetitions."""
    run = {**json.loads((DATA / "goodput.json").read_text("utf-8")), "max_num_seqs": 4}
    run |= {"run_number": 1, "max_num_batched_tokens": 2048}
    table = written(json.dumps(run)).tables[0]
    assert table.params["max_num_seqs"] == ("4",)
    assert table.params["max_num_batched_tokens"] == ("2048",)
    assert table.ids["run_number"] == ("1",)
    assert "run_number" not in table.params
