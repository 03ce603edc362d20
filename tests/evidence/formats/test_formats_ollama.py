"""Ollama: answers on the wire, summaries of `--verbose`, and its benchmark tool."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chimera.evidence import Evidence, Measurement, Table

Fixture = Callable[[str], list[Table]]
Written = Callable[..., Evidence]
COUNTERS = ("total_duration", "load_duration", "prompt_eval_count", "eval_count", "eval_duration")


def facts(tables: list[Table], metric: str) -> list[Measurement]:
    """Return the measurements of a metric."""
    found = [one for table in tables if table.format for one in table.measurements()]
    return [one for one in found if one.metric == metric]


def test_the_last_object_of_an_answer_is_in_nanoseconds(fixture: Fixture) -> None:
    """Counters are raw; a speed is not written and so there is none."""
    tables = fixture("ollama-api/chat.json")
    one = facts(tables, "eval")[0]
    assert (one.text, one.unit, one.statistic) == ("5320000", "ns", "raw")
    assert (one.labels["model"], one.locator) == ("tiny-random", "/eval_duration")
    assert ("created_at" in one.ids, one.params) == (True, {})
    assert facts(tables, "throughput") == facts(tables, "prompt_throughput") == []


@pytest.mark.parametrize(("name", "line"), [("chat", "11"), ("generate", "6")])
def test_only_the_end_of_a_stream_counts(fixture: Fixture, name: str, line: str) -> None:
    """The chunks before it are no measurements."""
    (table,) = fixture(f"ollama-api/{name}_stream.ndjson")
    assert (table.rows, table.format) == ((line,), "ollama-api")


def test_a_log_of_answers_keeps_the_failed_one(fixture: Fixture) -> None:
    """Cold and warm loads differ; an error in place of an answer is a failure."""
    (table,) = fixture("ollama-api/log.jsonl")
    assert [one.value for one in facts([table], "load") if one.valid][:2] == [268611744, 7731932]
    assert table.failures == {2: "server busy, please try again. maximum pending requests exceeded"}


def test_a_cached_prompt_has_no_count(fixture: Fixture) -> None:
    """Nothing stands in for it; the wrapper tells what else it knows."""
    tables = fixture("ollama-api/cached_in_wrapper.json")
    assert facts(tables, "prompt_eval_count") == []
    one = facts(tables, "eval_count")[0]
    assert (one.locator, one.params["quantization"]) == ("/response/eval_count", "Q4_K_M")


@pytest.mark.parametrize("odd", [None, [], {}, "x", True, -1, 10**400])
def test_odd_answers_do_not_raise(written: Written, odd: Any) -> None:
    """Whatever stands where a counter should."""
    value = {**dict.fromkeys(COUNTERS, odd), "done": True, "model": odd, "error": odd}
    lines = f"{json.dumps(value)}\n{json.dumps({'total_duration': 1, 'done': True})}\n"
    assert written(lines).inventory.files[0].status == "read"


def test_what_a_script_added_is_read_by_its_name(written: Written) -> None:
    """Numbers by metric and unit, settings as parameters."""
    value: dict[str, Any] = dict.fromkeys(COUNTERS, 12)
    value |= {"done": True, "loss": 0.25, "temperature": 0.2}
    value.update({"response": "7", "thinking": "8", "index": 9})  # an answer is no measurement
    tables = list(written(json.dumps(value)).tables)
    assert [(one.text, one.direction) for one in facts(tables, "loss")] == [("0.25", "lower")]
    assert facts(tables, "loss")[0].params == {"temperature": "0.2"}
    assert {one.text for one in tables[0].measurements()} == {"12", "0.25"}


def test_durations_of_a_summary_carry_their_unit(fixture: Fixture) -> None:
    """Seconds, milliseconds and microseconds of one session in columns of their own."""
    tables = fixture("ollama-verbose/session.txt")
    load = facts(tables, "load")
    assert [(one.value, one.unit) for one in load] == [(97.885315, "ms"), (45.1, "us")]
    total = facts(tables, "duration")[0]
    assert (total.text, total.unit) == ("18.293521648", "s")
    assert total.locator == "line 4, characters 23-34"


def test_minutes_are_kept_as_written_and_not_counted(fixture: Fixture) -> None:
    """`2m43.589481292s` is no single number."""
    one = facts(fixture("ollama-verbose/session.txt"), "duration")[1]
    assert (one.text, one.value, one.valid) == ("2m43.589481292s", None, False)


def test_the_rate_of_the_prompt_is_not_that_of_the_answer(fixture: Fixture) -> None:
    """`prompt eval rate` ends like `eval rate`."""
    tables = fixture("ollama-verbose/session.txt")
    assert [one.value for one in facts(tables, "throughput")] == [9.54, 16.45]
    assert [one.value for one in facts(tables, "prompt_throughput")] == [15.6]
    assert facts(tables, "throughput")[0].definition == "ollama.eval_rate"


def test_a_summary_may_lack_lines(fixture: Fixture) -> None:
    """A label that comes again starts the next summary."""
    (table,) = fixture("ollama-verbose/rates_only.txt")
    assert [one.value for one in facts([table], "throughput")] == [88.77, 95.31]
    assert table.rows == ("2", "4")


@pytest.mark.parametrize("name", ["epochs.bench", "epochs.csv"])
def test_steps_of_the_benchmark_tool_are_metrics(fixture: Fixture, name: str) -> None:
    """The same facts from lines and CSV, epochs as raw runs."""
    tables = fixture(f"ollama-bench/{name}")
    speed = facts(tables, "throughput")
    assert [(one.value, one.unit) for one in speed] == [(51200.0, "tok/s"), (51018.46, "tok/s")]
    assert (speed[0].labels, speed[0].params["quantization"]) == ({"model": "gemma3"}, "Q4_K_M")
    assert facts(tables, "tpot")[0].text == "19531.25"
    assert facts(tables, "ttft")[0].value == 45123000


@pytest.mark.parametrize("name", ["epochs.bench", "epochs.csv"])
def test_a_step_without_tokens_has_failed(fixture: Fixture, name: str) -> None:
    """Both of its numbers are written as 0."""
    found = facts(fixture(f"ollama-bench/{name}"), "prompt_throughput")
    assert [one.valid for one in found] == [True, False]


def test_the_csv_writes_a_speed_of_zero_for_steps_without(fixture: Fixture) -> None:
    """It is no measurement of load or total, and neither is their count of 1."""
    tables = fixture("ollama-bench/epochs.csv")
    assert len(facts(tables, "throughput")) + len(facts(tables, "prompt_throughput")) == 4
    assert facts(tables, "load")[0].value == 1500000000


def test_the_first_version_counts_tokens_and_has_no_step_for_the_total(fixture: Fixture) -> None:
    """The number behind the name is that of the tokens, unless it is 1."""
    tables = fixture("ollama-bench/first_version.txt")
    assert [one.value for one in facts(tables, "eval_count")] == [512]
    assert [one.value for one in facts(tables, "duration")] == [2861047625]


def test_the_table_has_durations_with_their_unit(fixture: Fixture) -> None:
    """Of the whole step, beside the time per token."""
    tables = fixture("ollama-bench/issue.md")
    prompt, answer = facts(tables, "prompt_eval")[0], facts(tables, "eval")[0]
    assert (prompt.value, prompt.unit) == (30.006458, "ms")
    assert (answer.value, answer.unit, answer.locator) == (
        2.646843954,
        "s",
        "line 4, column Duration",
    )


def test_an_answer_that_took_no_time_was_not_measured(written: Written) -> None:
    """Servers that speak Ollama's language end a failed answer with zeros."""
    zero = {"total_duration": 0, "load_duration": 0, "eval_count": 0, "eval_duration": 0}
    answer = {"model": "m", "created_at": "2026-10-03T12:00:01Z", "done": True, **zero}
    table = written(json.dumps(answer)).tables[0]
    assert table.failures == {0: "its total duration is 0: nothing was measured"}
    assert not any(m.valid for m in table.measurements())
