"""Typed events: every kind as a class, and listeners that fail."""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera import Agent, Persona, events
from chimera.events import Event, Gap, ModelCalled, ModelText, StageFinished, StageStarted
from chimera.stages import StageContext
from chimera.testing import OllamaStandIn


class State(BaseModel):
    question: str = "Well?"
    answer: str = ""


def asking(server: OllamaStandIn) -> Any:
    """Return a graph of one node that asks a model in text."""
    persona = Persona(name="Skeptic", title="reviewer", instructions="Doubt it.")
    agent = Agent(persona=persona, model="ollama:x", base_url=server.base_url)
    builder = StateGraph(State)
    builder.add_node("ask", agent.node(reads="question", writes="answer"))
    return builder.add_edge(START, "ask").add_edge("ask", END)


async def gapped(state: State, context: StageContext) -> Mapping[str, Any]:
    """Record a gap and a warning."""
    context.gap("no salt")
    context.session.warn("too hot")
    return {"answer": "done"}


def cooking() -> Any:
    """Return a graph of one stage that tells a gap and a warning."""
    builder = StateGraph(State)
    builder.add_node("cook", chimera.stage(gapped))
    return builder.add_edge(START, "cook").add_edge("cook", END)


def test_every_class_is_exported_and_named() -> None:
    """`chimera.events` lists its classes, each with a dotted name of its own."""
    kinds = [getattr(events, name) for name in events.__all__]
    assert {kind.__name__ for kind in Event.__subclasses__()} <= set(events.__all__)
    assert len({kind.name for kind in kinds}) == len(kinds) == 14


async def test_events_can_be_matched() -> None:
    """`match` takes a call apart: its start, its text, its record, its end."""
    text, seen = "", []
    with OllamaStandIn() as server:
        async for event in chimera.astream(asking(server), {}):
            match event:
                case StageStarted(stage="ask"):
                    seen.append("started")
                case ModelText(text=piece):
                    text += piece
                case ModelCalled(record=record):
                    seen.append(record.outcome.value)
                case StageFinished(seconds=seconds, model_seconds=waited):
                    assert seconds > waited > 0
                    seen.append("finished")
                case chimera.Run(state=state):
                    assert state.answer == text != ""
    assert seen == ["started", "ok", "finished"]


def test_gap_and_warning_are_events() -> None:
    """What is missing and what is to be known are told with their words."""
    heard: list[Event] = []
    chimera.run(cooking(), listener=heard.append)
    assert [event.name for event in heard] == ["stage.started", "gap", "warning", "stage.finished"]
    assert heard[1] == Gap("gapped", "no salt")
    assert heard[2].facts == {"problem": "too hot"}


def test_an_event_cannot_be_changed() -> None:
    """Listeners share events, so that none may change one."""
    with pytest.raises(FrozenInstanceError):
        ModelText("ask", "skeptic", "Hi").text = "Ho"  # type: ignore[misc]


def test_a_listener_that_fails_is_told_no_more() -> None:
    """The run goes on to its end, with one warning that names event and error."""
    heard: list[Event] = []

    def listener(event: Event) -> None:
        heard.append(event)
        raise OSError("the terminal is gone")

    run = chimera.run(cooking(), listener=listener)
    assert run.state.answer == "done"
    assert len(heard) == 1
    [warning] = [one for one in run.warnings if "listener" in one]
    assert "stage.started" in warning
    assert "OSError: the terminal is gone" in warning


async def test_breaking_out_of_the_stream_ends_the_run() -> None:
    """Who closes `astream` waits until the stages are cancelled."""
    ended = threading.Event()

    async def slow(state: State, context: StageContext) -> Mapping[str, Any]:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return {}

    builder: Any = StateGraph(State)
    builder.add_node("slow", chimera.stage(slow))
    builder.add_edge(START, "slow").add_edge("slow", END)
    stream = chimera.astream(builder, {})
    async for event in stream:
        assert isinstance(event, StageStarted)
        break
    await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator has it
    assert ended.is_set()
