"""The block that vLLM and SGLang print at the end of a serving benchmark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, Table

Fixture = Callable[[str], list[Table]]
Written = Callable[..., Evidence]
DATA = Path(__file__).parents[2] / "data" / "formats"
BANNER = "============ Serving Benchmark Result ============\n"


def facts(tables: list[Table], metric: str, statistic: str) -> list[Measurement]:
    """Return the measurements of a metric and statistic."""
    found = [one for table in tables if table.format for one in table.measurements()]
    return [one for one in found if (one.metric, one.statistic) == (metric, statistic)]


def test_a_block_of_vllm(fixture: Fixture) -> None:
    """Unit from the label, n from the completed requests, place by characters."""
    one = facts(fixture("serving-console/vllm.txt"), "ttft", "p99")[0]
    assert (one.value, one.unit, one.n) == (21572.49, "ms", 120)
    assert (one.definition, one.locator) == ("vllm.ttft", "line 16, characters 42-49")


def test_the_command_beside_the_only_block_names_the_model(fixture: Fixture) -> None:
    """Also where it stands below the block."""
    one = facts(fixture("serving-console/vllm.txt"), "throughput", "aggregate")[0]
    assert one.labels == {"model": "cpatonn/GLM-4.5-Air-AWQ-4bit"}
    assert (one.params["random_input_len"], one.params["max_concurrency"]) == ("1000", "40")


def test_a_block_of_sglang_has_its_own_definitions(fixture: Fixture) -> None:
    """Told by its labels; `not set` is no setting."""
    one = facts(fixture("serving-console/sglang.md"), "e2e_latency", "mean")[0]
    assert (one.value, one.definition) == (1509.31, "sglang.e2e_latency")
    assert (one.labels, one.params) == ({"backend": "sglang"}, {"request_rate": "4.0"})


def test_impossible_latencies_do_not_count(fixture: Fixture) -> None:
    """A median TPOT of -0.00 and a median ITL of 0.00 ms."""
    tables = fixture("serving-console/sglang.md")
    found = facts(tables, "tpot", "median") + facts(tables, "itl", "median")
    assert [(one.text, one.valid) for one in found] == [("-0.00", False), ("0.00", False)]
    assert facts(tables, "itl", "mean")[0].valid


def test_blocks_of_one_log_keep_their_settings_apart(fixture: Fixture) -> None:
    """The rate stands in a heading or among the arguments before each block."""
    (table,) = fixture("serving-console/rates.log")
    assert table.params["request_rate"] == ("1.00", "4.0")
    assert table.labels["model"] == ("meta-llama/Llama-3.1-8B-Instruct", "")


def test_a_block_without_completed_requests_has_failed(fixture: Fixture) -> None:
    """Its zeros are no measurements."""
    (table,) = fixture("serving-console/rates.log")
    assert table.failures == {1: "no request completed"}
    assert [one.valid for one in facts([table], "ttft", "mean")] == [True, False]


def test_percentiles_may_have_a_fraction(fixture: Fixture) -> None:
    """`P99.9` is p99.9."""
    one = facts(fixture("serving-console/rates.log"), "ttft", "p99.9")[0]
    assert (one.value, one.unit) == (121.02, "ms")


def test_goodput_is_a_rate_of_requests(fixture: Fixture) -> None:
    """Of those that met every objective."""
    one = facts(fixture("serving-console/rates.log"), "request_goodput", "aggregate")[0]
    assert (one.value, one.unit, one.definition) == (0.9, "req/s", "vllm.goodput")


def test_prefixes_of_a_log_collector_are_passed_over(fixture: Fixture) -> None:
    """And the blocks of both tools in one file go to tables of their own."""
    tables = fixture("serving-console/both_prefixed.log")
    found = facts(tables, "ttft", "mean")
    assert [one.definition for one in found] == ["vllm.ttft", "sglang.ttft"]


def test_a_cut_block_does_not_raise(written: Written) -> None:
    """Nor do labels without numbers."""
    text = f"{BANNER}Successful requests: x\nBenchmark duration (s): 1.5\nMean TTFT (ms): nan\n"
    more = "Request throughput (req/s): 1\nP99 TTFT (ms): 1.2.3\n"
    entry = written(text + more).inventory.files[0]
    assert (entry.status, entry.measurements) == ("read", 2)


def test_a_block_in_comments_is_read(written: Written) -> None:
    """Results are kept in the scripts that made them, behind `#`."""
    block = (DATA / "serving-console" / "vllm.txt").read_text(encoding="utf-8")
    script = "".join(f"# {line}\n" for line in block.splitlines())
    plain, commented = (list(written(text).tables) for text in (block, f"vllm bench\n{script}"))
    values = [[m.value for t in tables for m in t.measurements()] for tables in (plain, commented)]
    assert values[0]
    assert values[0] == values[1]
