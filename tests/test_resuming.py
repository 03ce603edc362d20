"""Runs that are saved: gone on with, waited for, never mixed up."""

import asyncio
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from pydantic import BaseModel

import chimera
from chimera.errors import ConfigError, RunError, StageError
from chimera.stages import StageContext


class State(BaseModel):
    topic: str
    approved: bool = False
    turns: int = 0


async def approve(state: State) -> dict[str, Any]:
    """Wait for somebody's word."""
    return {"approved": interrupt({"topic": state.topic})}


async def count(state: State) -> dict[str, Any]:
    """Count a turn."""
    return {"turns": state.turns + 1}


def graph(*nodes: Any) -> Any:
    """Return an uncompiled graph of nodes in a row."""
    builder: Any = StateGraph(State)
    for node in nodes:
        builder.add_node(node.__name__, node)
    names = [node.__name__ for node in nodes]
    for left, right in zip([START, *names], [*names, END], strict=True):
        builder.add_edge(left, right)
    return builder


class Broken:
    """A node that fails until it is mended."""

    def __init__(self) -> None:
        self.mended = False
        self.__name__ = "broken"

    async def __call__(self, state: State) -> dict[str, Any]:
        if not self.mended:
            raise OSError("the disk is full")
        return {"approved": bool(state.topic)}


@pytest.mark.parametrize("compiled", [False, True])
def test_a_run_waits_and_goes_on(compiled: bool) -> None:
    """`interrupt` makes a run wait; a command with the same id and saver answers it."""
    saver = InMemorySaver()
    built = graph(count, approve)
    told: Any = {} if compiled else {"checkpointer": saver}
    built = built.compile(checkpointer=saver) if compiled else built
    waiting = chimera.run(built, "salt", **told)
    assert waiting.status == "waiting"
    assert [one.value for one in waiting.interrupts] == [{"topic": "salt"}]
    assert waiting.state.turns == 1
    done = chimera.run(built, Command(resume=True), run_id=waiting.id, **told)
    assert (done.status, done.interrupts) == ("complete", [])
    assert (done.state.approved, done.state.turns) == (True, 1)
    assert [span.stage for span in done.spans] == ["approve"]


def test_a_stage_can_wait() -> None:
    """`interrupt` passes through a stage, also one that records failures as gaps."""

    class Forgiving(State):
        gaps: list[str] = []

    async def ask(state: Forgiving, context: StageContext) -> dict[str, Any]:
        return {"approved": interrupt("Well?")}

    builder: Any = StateGraph(Forgiving)
    builder.add_node("ask", chimera.stage(ask))
    builder.add_edge(START, "ask")
    saver = InMemorySaver()
    waiting = chimera.run(builder, "salt", checkpointer=saver)
    assert (waiting.status, waiting.gaps) == ("waiting", [])
    done = chimera.run(builder, Command(resume=True), run_id=waiting.id, checkpointer=saver)
    assert done.state.approved


def test_resume_goes_on_where_a_run_failed() -> None:
    """What was done is not done again; a run that was never begun begins."""
    broken, saver = Broken(), InMemorySaver()
    built = graph(count, broken)
    settings: Any = {"run_id": "r", "checkpointer": saver, "resume": True}
    with pytest.raises(StageError, match="broken failed: OSError: the disk is full"):
        chimera.run(built, "salt", **settings)
    broken.mended = True
    run = chimera.run(built, "salt", **settings)
    assert (run.state.turns, run.state.approved) == (1, True)
    assert [span.stage for span in run.spans] == ["broken"]


def test_an_unfinished_run_is_not_begun_anew() -> None:
    """LangGraph would start over with old values in the state; the error says what to do."""
    saver = InMemorySaver()
    built = graph(count, Broken()).compile(checkpointer=saver)
    with pytest.raises(StageError):
        chimera.run(built, "salt", run_id="r")
    with pytest.raises(ConfigError, match=r"'r' has stopped before broken: resume=True goes on"):
        chimera.run(built, "salt", run_id="r")


def test_a_finished_run_takes_another_turn() -> None:
    """New input to a thread that has ended is LangGraph's next turn on the same state."""
    built = graph(count).compile(checkpointer=InMemorySaver())
    chimera.run(built, "salt", run_id="r")
    assert chimera.run(built, "pepper", run_id="r").state.turns == 2


@pytest.mark.parametrize("given", [{"input": Command(resume=1)}, {"resume": True}])
def test_nothing_saved_is_nothing_to_go_on_with(given: dict[str, Any]) -> None:
    """Without a checkpointer, going on is refused."""
    with pytest.raises(ConfigError, match="nothing was saved to go on with"):
        chimera.run(graph(count), **{"input": "salt", **given}, run_id="r")


def test_waiting_needs_a_checkpointer() -> None:
    """A graph that waits without a saver says what it lacks."""
    with pytest.raises(RunError, match=r"waits to be told .*salt.*: give the run a checkpointer"):
        chimera.run(graph(approve), "salt")


def test_a_saver_given_to_a_run_changes_no_graph() -> None:
    """The next run of the same graph saves nothing."""
    saver = InMemorySaver()
    built = graph(count)
    asyncio.run(chimera.arun(built, "salt", run_id="a", checkpointer=saver))
    asyncio.run(chimera.arun(built, "salt", run_id="b"))
    assert set(saver.storage) == {"a"}
