"""llama-bench: what its outputs say, and that all of them say the same."""

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


@pytest.mark.parametrize("name", ["real.jsonl", "same.csv", "wrapped.jsonl"])
def test_outputs_of_one_run_say_the_same(fixture: Fixture, name: str) -> None:
    """JSON Lines, CSV and a wrapper give the same speed under the same parameters."""
    one = facts(fixture(f"llama-bench/{name}"), "prompt_throughput", "mean")[0]
    assert (one.value, one.unit, one.direction) == (320.381391, "tok/s", "higher")
    assert one.labels["model"] == "llama 7B Q4_K - Medium"
    shown = ("n_prompt", "n_gen", "n_depth", "n_gpu_layers", "flash_attn", "use_mmap")
    assert [one.params[name] for name in shown] == ["512", "0", "0", "99", "0", "0"]
    assert one.ids["build_number"] == "6077"


def test_the_table_names_settings_as_the_other_outputs_do(fixture: Fixture) -> None:
    """`ngl`, `fa` and `pp512` become n_gpu_layers, flash_attn and n_prompt."""
    one = facts(fixture("llama-bench/run.log"), "prompt_throughput", "mean")[0]
    shown = ("n_prompt", "n_gen", "n_depth", "n_gpu_layers", "flash_attn", "use_mmap")
    assert [one.params[name] for name in shown] == ["512", "0", "0", "99", "0", "0"]
    assert (one.text, one.locator) == ("320.38", "line 7, column t/s")


def test_generation_is_another_metric_than_prompt_processing(fixture: Fixture) -> None:
    """`tg128` is generated tokens per second."""
    one = facts(fixture("llama-bench/real.jsonl"), "throughput", "mean")[0]
    assert (one.value, one.definition, one.params["n_gen"]) == (42.41522, "llama-bench.tg", "128")


def test_a_test_of_both_is_neither(fixture: Fixture) -> None:
    """`pp512+tg128` counts all its tokens."""
    one = facts(fixture("llama-bench/run.log"), "total_throughput", "mean")[0]
    assert (one.value, one.definition) == (97.31, "llama-bench.pg")
    assert (one.params["n_prompt"], one.params["n_gen"]) == ("512", "128")


def test_depth_is_a_parameter(fixture: Fixture) -> None:
    """`tg128 @ d4096` generates behind 4096 tokens."""
    first, deep = facts(fixture("llama-bench/run.log"), "throughput", "mean")
    assert (first.params["n_depth"], deep.params["n_depth"]) == ("0", "4096")
    assert deep.value == 31.9


def test_a_deviation_that_rounds_to_zero_counts(fixture: Fixture) -> None:
    """The table shows two digits; the other outputs write all."""
    deep = facts(fixture("llama-bench/run.log"), "throughput", "stdev")[1]
    assert (deep.text, deep.valid) == ("0.00", True)


def test_old_tables_have_a_space_in_the_test(fixture: Fixture) -> None:
    """`pp 64` is `pp64`."""
    one = facts(fixture("llama-bench/old_table.md"), "prompt_throughput", "mean")[0]
    assert (one.value, one.params["n_prompt"], one.params["n_threads"]) == (6.17, "64", "1")


def test_repetitions_are_raw_and_statistics_declare_their_number(fixture: Fixture) -> None:
    """Five samples in time and speed stand behind each average."""
    tables = fixture("llama-bench/readme.json")
    times = facts(tables, "duration", "raw")
    speeds = facts(tables, "throughput", "raw")
    assert [one.value for one in speeds] == [130.019, 131.295, 129.362, 131.86, 132.293]
    assert (len(times), times[0].unit, times[0].text) == (10, "ns", "213837238")
    assert {one.n for one in facts(tables, "duration", "mean")} == {5}


def test_one_repetition_has_no_deviation(fixture: Fixture) -> None:
    """The 0 written for it does not count."""
    tables = fixture("llama-bench/one_run.json")
    found = facts(tables, "duration", "stdev") + facts(tables, "total_throughput", "stdev")
    assert [(one.valid, one.n) for one in found] == [(False, 1), (False, 1)]


@pytest.mark.parametrize("odd", [None, [], {}, "x", True, -1, "nan"])
def test_odd_values_do_not_raise(written: Written, odd: Any) -> None:
    """Whatever stands where a number should."""
    record = dict.fromkeys(("build_commit", "n_prompt", "n_gen", "avg_ns", "avg_ts"), odd)
    record["samples_ns"] = record["samples_ts"] = record["stddev_ts"] = odd
    entry = written(json.dumps([record, {**record, "n_prompt": 512}, 3])).inventory.files[0]
    assert entry.status == "read"


def test_a_table_pasted_into_a_fence_is_read_too(fixture: Fixture) -> None:
    """Where Markdown has no tables; each number has its characters as place."""
    tables = fixture("llama-bench/fenced.md")
    one = facts(tables, "throughput", "mean")[0]
    assert (one.value, one.params["n_depth"], one.params["flash_attn"]) == (4.05, "4096", "1")
    assert one.locator == "line 8, characters 113-116"
    assert facts(tables, "total_throughput", "stdev")[0].text == "0.15"


def test_a_table_without_deviations_is_read_too(written: Written) -> None:
    """People cut ` ± 0.00` off, and put a run behind it: the speed still stands there."""
    header = (
        "| model | size | params | backend | ngl | test | t/s |\n|---|---|---|---|---|---|---|\n"
    )
    row = "| qwen3 32B Q2_K | 11.49 GiB | 32.76 B | Vulkan | 100 | tg128 | 17.46{} |\n"
    for behind in ("", " ± 0.00  1/3"):
        tables = written(header + row.format(behind), "bench.md").tables
        found = [m for table in tables for m in table.measurements() if m.metric == "throughput"]
        assert [(m.value, m.statistic) for m in found][:1] == [(17.46, "mean")]
        assert found[0].params["n_gen"] == "128"
