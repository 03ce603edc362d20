"""Answers heard as they come."""

from typing import Any

import pytest
from pydantic import BaseModel

from chimera import Agent
from chimera.agentfile import Fallback
from chimera.errors import CallError, SetupError
from chimera.session import Session, active
from chimera.testing import Behaviour, OllamaStandIn, ScriptedModel, calling
from tests.agents.desk import CLERK, add


class Sum(BaseModel):
    total: int


async def test_pieces_make_the_answer() -> None:
    """The pieces joined are the text, and the value is what `ask` returns."""
    with OllamaStandIn("All is well.") as server:
        agent = Agent(persona=CLERK, model="ollama:x", base_url=server.base_url)
        async with agent.stream("?") as answer:
            pieces = [piece async for piece in answer]
    assert len(pieces) > 1
    assert "".join(pieces) == answer.text == answer.value == "All is well."
    assert not any(piece.restarted for piece in pieces)


async def test_streamed_object_is_typed_at_the_end() -> None:
    """An output contract gives JSON in pieces and an object at the end."""
    agent = Agent(persona=CLERK, model=ScriptedModel(answers=['{"total": 3}']), output=Sum)
    async with agent.stream("?") as answer:
        text = "".join([piece async for piece in answer])
    assert (text, answer.value) == ('{"total": 3}', Sum(total=3))


async def test_a_repeated_request_restarts_the_text() -> None:
    """The first piece of a new try says that what came before is void."""
    script = [Behaviour(text="All is lost.", pieces=2, ending="no_done"), Behaviour(text="Well.")]
    with OllamaStandIn(script=script) as server:
        agent = Agent(persona=CLERK, model="ollama:x", base_url=server.base_url)
        async with agent.stream("?") as answer:
            pieces = [(str(piece), piece.restarted) async for piece in answer]
    assert pieces == [("All", False), (" is", False), ("Well.", True)]
    assert answer.text == answer.value == "Well."


async def test_a_fallback_restarts_the_text() -> None:
    """So does the answer of another model."""
    cut = Behaviour(text="So far", done_reason="length")
    with OllamaStandIn("Well.", behaviours={"x": cut}) as server:
        agent = Agent(
            persona=CLERK,
            model="ollama:x",
            base_url=server.base_url,
            fallbacks=(Fallback(model="ollama:y"),),
        )
        async with agent.stream("?") as answer:
            pieces = [(str(piece), piece.restarted) async for piece in answer]
    assert pieces == [("So", False), (" far", False), ("Well.", True)]


async def test_words_before_a_tool_call_are_no_part_of_the_answer() -> None:
    """What a model says while it calls a tool is restarted too."""
    call = calling("add", a=1, b=2).model_copy(update={"content": "Let me see."})
    agent = Agent(persona=CLERK, model=ScriptedModel(answers=[call, "3"]), tools=[add])
    async with agent.stream("?") as answer:
        pieces = [(str(piece), piece.restarted) async for piece in answer]
    assert pieces[-1] == ("3", True)
    assert answer.text == "3"


async def test_streaming_is_accounted_for_as_asking() -> None:
    """The record of the call is in the session and on the stream."""
    with active(Session()) as session:
        async with Agent(persona=CLERK, model=ScriptedModel(answers=["Yes."])).stream(
            "?"
        ) as answer:
            _ = [piece async for piece in answer]
    assert session.calls == [answer.record]


async def test_failure_ends_the_stream() -> None:
    """A call without an answer raises after its last piece."""
    with OllamaStandIn(behaviours={"x": Behaviour(text="So", done_reason="length")}) as server:
        agent = Agent(persona=CLERK, model="ollama:x", base_url=server.base_url)
        heard: list[str] = []
        async with agent.stream("?") as answer:
            with pytest.raises(CallError, match="cut_answer"):
                heard.extend([piece async for piece in answer])
            with pytest.raises(CallError, match="cut_answer"):
                _ = answer.value


async def test_leaving_early_gives_the_call_up() -> None:
    """Whoever leaves the block ends the request; its record says so."""
    slow = Behaviour(text="a b c", ending="silence")
    with OllamaStandIn(behaviours={"x": slow}) as server, active(Session()) as session:
        agent = Agent(persona=CLERK, model="ollama:x", base_url=server.base_url)
        async with agent.stream("?") as answer:
            async for _ in answer:
                break
    assert [(c.outcome, c.detail) for c in session.calls] == [
        ("deadline", "given up by the caller")
    ]


async def test_a_value_that_is_not_there_says_how_to_get_it() -> None:
    """The value comes with the end of the stream."""
    stream: Any = Agent(persona=CLERK, model=ScriptedModel(answers=["Yes."])).stream("?")
    with pytest.raises(SetupError, match="async with"):
        _ = [piece async for piece in stream]
    async with stream:
        with pytest.raises(SetupError, match="read its stream to the end"):
            _ = stream.value


async def test_a_stream_may_be_used_again() -> None:
    """The second time asks anew and yields every piece."""
    stream = Agent(persona=CLERK, model=ScriptedModel(answers=["Yes.", "No."])).stream("?")
    heard = []
    for _ in range(2):
        async with stream:
            heard.append("".join([piece async for piece in stream]))
    assert (heard, stream.text) == (["Yes.", "No."], "No.")
