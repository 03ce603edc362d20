"""Reading a model's answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage
from pydantic import BaseModel, ConfigDict, RootModel

from chimera.models import Outcome
from chimera.models.answer import Raw, read


class Verdict(BaseModel):
    """A small output contract."""

    model_config = ConfigDict(extra="forbid")

    good: bool
    score: int = 0
    share: float = 0.5


class Verdicts(RootModel[list[Verdict]]):
    """A contract that is a list."""


class Number(RootModel[int]):
    """A contract that is a number."""


TIMES = {
    "total_duration": 10_000_000,
    "load_duration": 1_000_000,
    "prompt_eval_duration": 2_000_000,
    "eval_duration": 4_000_000,
}


def _raw(text: str, *, thought: bool = False, **info: object) -> Raw:
    return Raw(text=text, thought=thought, info=info, usage={})


@pytest.mark.parametrize(
    "text",
    [
        '{"good": true}',
        ' {"good":true}\n',
        '```json\n{"good": true}\n```',
        '```\n{"good":1}\n```\n',
    ],
)
def test_json_is_read_with_one_fence_at_most(text: str) -> None:
    """An answer may stand in a fence."""
    assert read(text, Verdict) == (Verdict(good=True), [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "Sure!",
        '{"good": tr',
        'Sure! {"good": tr',
        'Sure! "good": true}',
        '{"good": true, "more": 1}',
        '{"good": true, "score": 1.5}',
        '{"good": true, "score": NaN}',
        '{"good": true, "score": ' + "9" * 5000 + "}",
        '{"good": true, "score": ' + str(2**70) + "}",
        '{"good": true, "score": 1e400}',
        '{"good": true, "share": NaN}',
        '{"good": true, "share": -1e400}',
        '{"good": true, "share": "inf"}',
        "[" * 100_000,
        "{" * 100_000,
        '{"good":' * 10_000 + "1" + "}" * 10_000,
        '{"good": "\ud800"}',
        '{"good": "' + "x" * 500 + '"}',
    ],
)
def test_nothing_is_mended(text: str) -> None:
    """What does not fit is described in a few short lines, and never raises."""
    value, wrong = read(text, Verdict)
    assert value is None
    assert 1 <= len(wrong) <= 5
    assert all(len(line) <= 120 for line in wrong)


@pytest.mark.parametrize(
    "text",
    [
        'Sure! {"good": true}',
        'Here it is:\n\n{"good": true}\n\nI hope this helps.',
        'Here it is:\n```json\n{"good": true}\n```\nNote the {braces} here.',
        '```json\n{"good": true}```',
        'See [1] for more: {"good": true} (and [2]).',
    ],
)
def test_json_in_prose_is_read(text: str) -> None:
    """The one value an answer holds is found."""
    assert read(text, Verdict) == (Verdict(good=True), [])


@pytest.mark.parametrize(
    "text",
    [
        '{"good": true} {"good": false}',
        '{"good": true} or {"good": false}?',
        '[{"good": true}',
        '[{"good": true}, {"good": false}]',
        '{"verdict": {"good": true}',
        '{"verdict": {"good": true}, "more": [',
        '"verdict": {"good": true}',
        '{"a": 1, {"good": true}',
        '```json\n{"good": true}\n```\n```json\n{"good": false}\n```',
        'Use {braces}: {"good": true}',
        '{"good": true,}',
        "{'good': True}",
    ],
)
def test_nothing_is_picked_out_of_more(text: str) -> None:
    """Several values, or a part of a broken one, are no answer."""
    assert read(text, Verdict)[0] is None


def test_what_is_wrong_with_json_in_prose_is_said_of_the_json() -> None:
    """The model learns which field is wrong, not that there was prose."""
    assert read('Sure! {"score": 1}', Verdict)[1] == ["good: Field required"]
    assert read("Sure! {braces}", Verdict)[1][0].startswith("answer: Invalid JSON")


def test_lists_are_found_by_their_brackets() -> None:
    """A contract that is a list looks for one; other roots are read as they stand."""
    assert read('Here: [{"good": true}]', Verdicts)[0] == Verdicts([Verdict(good=True)])
    assert read('Here: {"good": true}', Verdicts)[0] is None
    assert read("It is 7.", Number)[0] is None


@given(st.text(alphabet='{}[]":, \\`\n01eE-truefalsnogd', max_size=80))
def test_no_text_raises(text: str) -> None:
    """Whatever a model writes, there is a value or a complaint."""
    value, wrong = read(text, Verdict)
    assert (value is None) == bool(wrong)


def test_the_place_of_a_mistake_is_named() -> None:
    """Each line begins with the field it is about."""
    _, wrong = read('{"score": "x"}', Verdict)
    assert [line.split(":")[0] for line in wrong] == ["good", "score"]


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (_raw("Yes.", done_reason="stop"), Outcome.OK),
        (_raw("Yes.", done_reason="length"), Outcome.CUT_ANSWER),
        (_raw("Yes.", stop_reason="max_tokens"), Outcome.CUT_ANSWER),
        (_raw("", done_reason="length"), Outcome.CUT_ANSWER),
        (_raw("", thought=True, done_reason="length"), Outcome.THOUGHT_ONLY),
        (_raw("", thought=True, done_reason="stop"), Outcome.THOUGHT_ONLY),
        (_raw("<think>Hm.</think>\n", done_reason="stop"), Outcome.THOUGHT_ONLY),
        (_raw("<think>Hm, I", finish_reason="length"), Outcome.THOUGHT_ONLY),
        (_raw("<think>Hm.</think>Yes", done_reason="length"), Outcome.CUT_ANSWER),
        (_raw(" \n", done_reason="stop"), Outcome.EMPTY),
        (_raw("", finish_reason="content_filter"), Outcome.REFUSED),
        (_raw("I'm sorry, but I can't help with that.", done_reason="stop"), Outcome.REFUSED),
        (_raw("It is so. " * 200, done_reason="length"), Outcome.REPETITION),
        (_raw("{" + " " * 2000, done_reason="stop"), Outcome.REPETITION),
    ],
)
def test_what_can_be_said_before_an_answer_is_read(raw: Raw, outcome: Outcome) -> None:
    """Reasons, thinking and text decide together."""
    assert raw.outcome is outcome


def test_a_budget_that_went_into_thinking_is_told() -> None:
    """With its size, where the server counts."""
    told = _raw("<think>Hm", done_reason="length", eval_count=512).detail
    assert told == "all 512 tokens went into thinking: raise num_predict, or switch thinking off"
    assert "the whole budget" in (_raw("<think>Hm", done_reason="length").detail or "")
    assert _raw("Yes.", done_reason="length").detail is None


def test_a_refusal_is_quoted() -> None:
    """One line of it, from where the provider put it."""
    message = AIMessage("", additional_kwargs={"refusal": "I can't help\nwith that."})
    raw = Raw.of(message)
    assert (raw.outcome, raw.detail) == (
        Outcome.REFUSED,
        "the model declined: I can't help with that.",
    )
    assert Raw.of(message, parsed=Number(7)).outcome is Outcome.OK


def test_blocks_of_a_message_are_read() -> None:
    """Providers put refusals and thinking into blocks of the content too."""
    refused = AIMessage([{"type": "refusal", "refusal": "No."}])
    thought = AIMessage([{"type": "thinking", "thinking": "Hm."}])
    spoken = AIMessage([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes."}])
    found = [Raw.of(message) for message in (refused, thought, spoken)]
    assert [raw.outcome for raw in found] == [Outcome.REFUSED, Outcome.THOUGHT_ONLY, Outcome.OK]
    assert found[2].text == "Yes."


def test_the_rest_of_the_servers_time_is_what_is_left() -> None:
    """Total less load, prefill and decode; None unless all four are known."""
    raw = Raw(text="", thought=False, info=dict(TIMES), usage={})
    assert (raw.server_ms, raw.residual_ms) == (10.0, 3.0)
    for name in TIMES:
        info = {k: v for k, v in TIMES.items() if k != name}
        assert Raw(text="", thought=False, info=info, usage={}).residual_ms is None


def test_times_and_cached_tokens_are_read() -> None:
    """By Ollama's name, else by LangChain's; what is absent is None."""
    raw = _raw("", first_thought_ms=3, ttft_ms=5.5, prompt_eval_cached_count=20)
    assert (raw.first_thought_ms, raw.ttft_ms, raw.cached_tokens) == (3.0, 5.5, 20)
    usage = {"input_token_details": {"cache_read": 7}}
    assert Raw(text="", thought=False, info={}, usage=usage).cached_tokens == 7
    nothing = _raw("")
    assert (nothing.first_thought_ms, nothing.cached_tokens) == (None, None)


@pytest.mark.parametrize("odd", ["27", -1, 2.5, True, None, [], 2**70, 10**400, float("nan")])
def test_odd_counters_are_unknown(odd: object) -> None:
    """What is no count that fits 64 bits is None, never an error."""
    raw = _raw("", prompt_eval_count=odd, eval_duration=odd, prompt_eval_cached_count=odd)
    assert raw.count("prompt_eval_count", "input_tokens") is None
    assert raw.duration_ms("eval_duration") is None
    assert raw.cached_tokens is None
