"""Named outcomes through the gateway: one request each, the text kept where there is one."""

from collections.abc import Callable

import pytest
from langchain_core.messages import AIMessage
from pydantic import BaseModel

from chimera.models import CallSite, Gateway, ModelOptions, Outcome, Prompt
from chimera.models.outcomes import TABLE
from chimera.testing import Behaviour, OllamaStandIn

REFUSAL = "I'm sorry, but I can't help with that."
LOOP = Behaviour(text="It is so, and so it is. " * 400, ending="silence")
WIDE = ModelOptions(num_ctx=100_000)


class Verdict(BaseModel):
    """A small output contract."""

    good: bool


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour(text=REFUSAL), Outcome.REFUSED),
        (Behaviour(text="Yes.", done_reason="content_filter"), Outcome.REFUSED),
        (LOOP, Outcome.REPETITION),
        (Behaviour(text=" the" * 31, ending="no_done"), Outcome.REPETITION),
        (Behaviour(text="<think>Hm.</think>"), Outcome.THOUGHT_ONLY),
        (Behaviour(text="<think>Hm, but", done_reason="length"), Outcome.THOUGHT_ONLY),
        (Behaviour(text="", thinking="Hm", done_reason="length"), Outcome.THOUGHT_ONLY),
        (Behaviour(text="<think>Hm.</think>Yes, b", done_reason="length"), Outcome.CUT_ANSWER),
        (Behaviour(text="<think>Hm.</think>Yes."), Outcome.OK),
    ],
)
@pytest.mark.parametrize("output", [None, Verdict])
async def test_an_outcome_of_the_text_costs_one_request(
    connect: Callable[..., Gateway],
    prompt: Prompt,
    site: CallSite,
    behaviour: Behaviour,
    outcome: Outcome,
    output: type[BaseModel] | None,
) -> None:
    """With and without a schema; only what was answered is read, and asked for again."""
    if outcome is Outcome.OK and output:
        pytest.skip("a text that fits no schema is asked for again")
    with OllamaStandIn(script=[behaviour]) as server:
        answer = await connect(server.base_url, options=WIDE).ask(prompt, output=output, call=site)
        requests = len(server.chats)
    assert (answer.record.outcome, requests, answer.value) == (outcome, 1, None)
    assert TABLE[outcome].extra_attempts == 0
    assert "think" not in answer.text


@pytest.mark.parametrize(
    "text",
    [
        '<think>{"good": false}?</think>\n{"good": true}',
        'Here you are:\n```json\n{"good": true}\n```',
        'I am sorry for the wait. {"good": true}',
    ],
)
async def test_an_answer_is_found_in_what_was_said(
    connect: Callable[..., Gateway], prompt: Prompt, site: CallSite, text: str
) -> None:
    """Thinking, fences and prose around the one JSON value cost no second request."""
    with OllamaStandIn(text) as server:
        answer = await connect(server.base_url).ask(prompt, output=Verdict, call=site)
    assert (answer.value, answer.record.attempts) == (Verdict(good=True), 1)


async def test_thinking_is_not_heard_as_text(
    connect: Callable[..., Gateway], prompt: Prompt, site: CallSite
) -> None:
    """`on_text` gets the answer alone."""
    heard: list[str] = []
    with OllamaStandIn("<think>Hm, well.</think>\n\nYes, it is.") as server:
        gateway = connect(server.base_url)
        answer = await gateway.ask(prompt, call=site, on_text=heard.append)
    assert "".join(heard) == answer.text == "Yes, it is."


def test_a_message_of_any_provider_is_an_answer() -> None:
    """A message without metadata is text and nothing else."""
    from chimera.models.answer import Raw

    raw = Raw.of(AIMessage("Yes."), first_ms=5.0)
    assert (raw.outcome, raw.text, raw.ttft_ms, raw.thought) == (Outcome.OK, "Yes.", 5.0, False)
