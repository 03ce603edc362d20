"""What a call may take: a repair is made only where it fits."""

from collections.abc import Callable

import pytest
from pydantic import BaseModel, ConfigDict

from chimera.models import CallRecord, CallSite, Gateway, ModelOptions, Outcome, Prompt, Section
from chimera.models.allowance import Allowance
from chimera.testing import Behaviour, OllamaStandIn

WRONG = Behaviour(text='{"word": "no", "why": "so it goes"}')
RIGHT = Behaviour(text='{"word": "yes"}')
Connect = Callable[..., Gateway]


class Word(BaseModel):
    """An answer of one word."""

    model_config = ConfigDict(extra="forbid")

    word: str


def prompt_within(allowance: Allowance | None) -> Prompt:
    """Return a short question with an allowance."""
    section = Section("question", "Is it so? Answer with a word.")
    return Prompt("Answer briefly.", (section,), allowance=allowance)


def says_yes(_: str, value: Word) -> list[str]:
    """Find fault with every word but one."""
    return [] if value.word == "yes" else ["say yes"]


def record_of(
    prompt: int | None, output: int | None, attempts: int = 1, estimate: int | None = None
) -> CallRecord:
    """Return the record of a call with its counters."""
    record = CallRecord(
        id="M1",
        model="m",
        outcome=Outcome.OK,
        attempts=attempts,
        answers=int(output is not None),
        prompt_tokens=prompt,
        output_tokens=output,
    )
    receipt = record.receipt.model_copy(update={"estimated_tokens": estimate})
    return record.model_copy(update={"receipt": receipt})


async def test_a_repair_that_fits_is_limited_to_what_is_left(
    connect: Connect, site: CallSite
) -> None:
    """The second request may generate what the first left, and extends its messages."""
    with OllamaStandIn(script=[Behaviour(text='{"word": "no"}'), RIGHT]) as server:
        gateway = connect(server.base_url, options=ModelOptions(num_ctx=2048, num_predict=30))
        asked = prompt_within(Allowance(prompt=400, output=25))
        answer = await gateway.ask(asked, output=Word, call=site, check=says_yes)
    first, second = (request.body for request in server.chats)
    assert (answer.ok, answer.record.attempts) == (True, 2)
    assert second["messages"][: len(first["messages"])] == first["messages"]
    said = 3  # two pieces and the end
    assert (first["options"]["num_predict"], second["options"]["num_predict"]) == (30, 25 - said)


@pytest.mark.parametrize("allowance", [Allowance(60, 500), Allowance(5000, 30)])
async def test_a_repair_that_does_not_fit_is_not_made(
    connect: Connect, site: CallSite, allowance: Allowance
) -> None:
    """Neither tokens sent nor tokens generated exceed the allowance; the record says so."""
    with OllamaStandIn(script=[WRONG, RIGHT]) as server:
        gateway = connect(server.base_url, options=ModelOptions(num_ctx=2048, num_predict=30))
        record = (await gateway.ask(prompt_within(allowance), output=Word, call=site)).record
    assert (record.outcome, record.attempts) == (Outcome.SCHEMA_INVALID, 1)
    assert record.detail is not None
    assert record.detail.endswith("not asked again, since that would exceed the tokens of the run")


async def test_a_repair_that_is_cut_is_no_answer(connect: Connect, site: CallSite) -> None:
    """What reaches its limit in a repair is a cut answer, whatever JSON it opens with."""
    endless = Behaviour(text='{"word": "' + "so " * 500)
    with OllamaStandIn(script=[WRONG, endless]) as server:
        gateway = connect(server.base_url, options=ModelOptions(num_ctx=2048, num_predict=30))
        answer = await gateway.ask(prompt_within(Allowance(400, 39)), output=Word, call=site)
    assert (answer.value, answer.record.outcome) == (None, Outcome.CUT_ANSWER)


async def test_an_empty_answer_is_repeated_within_the_allowance(
    connect: Connect, site: CallSite
) -> None:
    """A model that answers nothing is asked no more often than the tokens sent allow."""
    attempts = []
    for allowance in (None, Allowance(60, 500)):
        with OllamaStandIn(answer="") as server:
            gateway = connect(server.base_url)
            record = (await gateway.ask(prompt_within(allowance), call=site)).record
        attempts.append((record.outcome, record.attempts))
    assert attempts == [(Outcome.EMPTY, 3), (Outcome.EMPTY, 2)]


def test_calls_lessen_an_allowance() -> None:
    """Counted tokens count; a request whose counters are lost counts as the longest there is."""
    most = Allowance(prompt=1000, output=300)
    assert most.after([record_of(100, 20)], 50) == Allowance(900, 280)
    assert most.after([record_of(100, 20, attempts=2)], 50) == Allowance(800, 230)
    assert most.after([record_of(None, None, estimate=70)], 50) == Allowance(930, 250)
