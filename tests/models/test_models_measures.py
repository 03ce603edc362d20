"""Measures: what is computed from a server's counters, held against all that was recorded."""

import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from chimera.models.measures import Measures, finish_reason, measured, together
from chimera.models.records import CallRecord

BUNDLED = Path(__file__).parents[1] / "data" / "ollama-wire"
SHARED = Path(__file__).parents[3] / "shared" / "fixtures" / "ollama-wire"
WARM = {"load_duration": 2_000_000, "prompt_eval_duration": 50_000_000, "eval_duration": 10**9}


def _final_lines(folder: Path) -> Iterator[Any]:
    for path in sorted(folder.glob("*/response.http")):
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and line.get("done") is True:
                yield pytest.param(line, id=path.parent.name)


def _all_recorded() -> list[Any]:
    found = [*_final_lines(BUNDLED), *_final_lines(SHARED)]
    if not SHARED.exists():
        reason = "the full set of recorded exchanges is not here"
        found.append(pytest.param({}, marks=pytest.mark.skip(reason=reason)))
    return found


@pytest.mark.parametrize("line", _all_recorded())
def test_measures_agree_with_the_servers_own_fields(line: dict[str, Any]) -> None:
    """Load, prefill, decode and residual add up to the server's total; speed is its quotient."""
    found = measured(line)
    assert (found.prompt_tokens, found.output_tokens) == (
        line.get("prompt_eval_count"),
        line.get("eval_count"),
    )
    if "total_duration" not in line:
        assert found == Measures()
        return
    parts = (found.load_ms, found.prefill_ms, found.decode_ms, found.residual_ms)
    assert None not in parts
    assert sum(p for p in parts if p is not None) == pytest.approx(line["total_duration"] / 1e6)
    assert found.tokens_per_s == pytest.approx(line["eval_count"] / (line["eval_duration"] / 1e9))
    assert found.residual_ms is not None
    assert found.residual_ms > 0


def test_recordings_are_there() -> None:
    """The comparison above is not made with nothing."""
    assert len(list(_final_lines(BUNDLED))) >= 4


def test_waiting_for_a_slot_is_in_the_residual() -> None:
    """Of two chats on one slot the second's load stays small, and its wait is left over."""
    name = "61-two-chats-num_parallel-1-b"
    lines = [line for line in _final_lines(SHARED) if line.id == name]
    if not lines:
        pytest.skip("the full set of recorded exchanges is not here")
    found = measured(lines[0].values[0])
    assert found.residual_ms is not None
    assert found.load_ms is not None
    assert found.residual_ms > 100 * found.load_ms


def test_names_are_those_of_the_record() -> None:
    """Every measure is a field of the record, so that one can be made of the other."""
    assert {field.name for field in fields(Measures)} <= CallRecord.model_fields.keys()


def test_what_was_cached_is_not_prefilled() -> None:
    """A server that tells of its cache gives the speed of what it really read."""
    line = {**WARM, "prompt_eval_count": 1000, "prompt_eval_cached_count": 900}
    assert measured(line).prefill_tokens_per_s == pytest.approx(2000)
    assert measured({**line, "prompt_eval_cached_count": 0}).prefill_tokens_per_s == 20_000


@pytest.mark.parametrize("cached", [{}, {"prompt_eval_cached_count": 1001}])
def test_prefill_speed_is_unknown_without_the_cache(cached: dict[str, int]) -> None:
    """A server that says nothing of its cache, or nothing possible, has no known prefill speed."""
    assert measured({**WARM, "prompt_eval_count": 1000, **cached}).prefill_tokens_per_s is None


def test_a_prompt_wholly_cached_has_no_prefill_speed() -> None:
    """Nothing was read: there is no speed, and it is not 0."""
    line = {**WARM, "prompt_eval_count": 1000, "prompt_eval_cached_count": 1000}
    assert measured(line).prefill_tokens_per_s is None


@pytest.mark.parametrize("value", [None, "12", 1.5, True, -1, [3]])
def test_what_is_no_count_is_unknown(value: object) -> None:
    """A field of another type, or below 0, is None and spoils nothing else."""
    found = measured({**WARM, "eval_count": value, "load_duration": value})
    unknown = (found.output_tokens, found.load_ms, found.tokens_per_s, found.residual_ms)
    assert unknown == (None, None, None, None)
    assert found.decode_ms == 1000


def test_other_providers_counts_are_langchains() -> None:
    """Tokens come from LangChain's usage where Ollama's field is absent; times stay unknown."""
    usage = {"input_tokens": 40, "output_tokens": 7, "input_token_details": {"cache_read": 32}}
    assert measured({}, usage) == Measures(prompt_tokens=40, cached_tokens=32, output_tokens=7)
    assert measured({"eval_count": 9}, usage).output_tokens == 9


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        ({"done_reason": "stop"}, "stop"),
        ({"finish_reason": "length"}, "length"),
        ({"stop_reason": "max_tokens"}, "max_tokens"),
        ({"done_reason": None}, None),
        ({}, None),
    ],
)
def test_the_servers_word_for_the_end(info: dict[str, Any], reason: str | None) -> None:
    """Each provider's own field is read; None where nobody said."""
    assert finish_reason(info) == reason


def test_answers_of_one_call_are_summed() -> None:
    """Counters add up, speeds are those of the sums, and what one answer lacks is unknown."""
    one = measured({"prompt_eval_count": 100, "eval_count": 10, "eval_duration": 20_000_000})
    two = measured({"prompt_eval_count": 150, "eval_count": 30, "eval_duration": 20_000_000})
    whole = together([one, two])
    assert (whole.prompt_tokens, whole.output_tokens, whole.decode_ms) == (250, 40, 40.0)
    assert whole.tokens_per_s == pytest.approx(1000)
    assert together([one, measured({"prompt_eval_count": 1})]).output_tokens is None
    assert together([]) == Measures()
