"""Typed state: what does not fit fails in its node, and the thread stays readable."""

import asyncio
import math
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send
from pydantic import BaseModel, ConfigDict, field_validator

import chimera
from chimera.errors import ConfigError, RunError, StageError
from chimera.stages import StageContext, stage


class State(BaseModel):
    model_config = ConfigDict(strict=True)

    count: int = 0
    even: int = 0
    found: dict[str, Any] = {}

    @field_validator("even")
    @classmethod
    def _is_even(cls, number: int) -> int:
        if number % 2:
            raise ValueError("it is odd")
        return number


class Other(BaseModel):
    count: Any = 0


@dataclass
class Given:
    count: int = 0


def graph(update: Any, *, staged: bool = False) -> Any:
    """Return a graph whose node returns an update, and another node that reads the state."""

    async def node(state: State) -> Any:
        return update

    async def work(state: State, context: StageContext) -> Any:
        return update

    async def after(state: State) -> dict[str, Any]:
        return {"count": state.count + 1}

    built: Any = StateGraph(State)
    built.add_node("node", stage(work, name="node") if staged else node)
    built.add_node("after", after)
    return built.add_edge(START, "node").add_edge("node", "after").add_edge("after", END)


WRONG = {
    "pairs": Command(update=[("count", "many")]),
    "commands": [Command(update={"even": 2}), Command(update={"count": "many"})],
    "strict": {"count": "5"},
    "validator": {"even": 3},
    "goto": Command(goto="aftre"),
    "send": Command(goto=[Send("aftre", {})]),
}


@pytest.mark.parametrize("update", WRONG.values(), ids=WRONG)
def test_what_does_not_fit_fails_in_its_node(update: Any) -> None:
    """However it is returned, the node is named, and the thread can be read."""
    saver = InMemorySaver()
    compiled = graph(update).compile(checkpointer=saver)
    with pytest.raises(StageError, match=r"node 'node' (returned '|goes to 'aftre'.*'after')"):
        chimera.run(compiled, run_id="r")
    assert compiled.get_state({"configurable": {"thread_id": "r"}}).next == ("node",)


def test_a_validator_holds_in_a_stage() -> None:
    """A field validator of the state is asked where the value is returned."""
    with pytest.raises(StageError, match=r"returned 'even' that does not fit: .*it is odd, not 3"):
        chimera.run(graph({"even": 3}, staged=True))


@pytest.mark.parametrize("given", [{"even": 3}, Other(count="many"), State.model_construct(even=3)])
def test_wrong_input_is_refused_in_any_form(given: Any) -> None:
    """A model is no proof that its values fit."""
    with pytest.raises(ConfigError, match=r"the input gives '(even|count)' that does not fit"):
        chimera.run(graph({}), given)


def test_a_dataclass_is_an_input() -> None:
    """A graph starts from the fields of a dataclass as well."""
    assert chimera.run(graph({}), Given(4)).state.count == 5


def test_infinity_is_kept() -> None:
    """What no JSON number can say stays what it is, also where no type says float."""
    assert chimera.run(graph({"found": {"rate": math.inf}}, staged=True)).state.found == {
        "rate": math.inf
    }


def test_bytes_that_are_no_text_are_refused() -> None:
    """The message says that the value is no JSON."""

    class Raw(BaseModel):
        raw: bytes = b""

    async def work(state: Raw, context: StageContext) -> dict[str, Any]:
        return {"raw": b"\xff"}

    built: Any = StateGraph(Raw)
    built.add_node("node", stage(work)).add_edge(START, "node").add_edge("node", END)
    with pytest.raises(StageError, match="stage 'work' returned what is no JSON"):
        chimera.run(built)


def test_what_langgraph_refuses_is_an_error_of_ours() -> None:
    """Two nodes at once on one field, without a reducer, end the run with a `RunError`."""

    class Shared(BaseModel):
        count: Annotated[int, "no reducer"] = 0

    async def one(state: Shared) -> dict[str, Any]:
        return {"count": 1}

    built: Any = StateGraph(Shared).add_node("one", one).add_node("two", one)
    for name in ("one", "two"):
        built.add_edge(START, name).add_edge(name, END)
    with pytest.raises(RunError, match="graph failed after one, two: InvalidUpdateError"):
        chimera.run(built)


async def test_a_node_that_cancels_itself_is_named() -> None:
    """`CancelledError` raised by a node is its failure, not the end of the caller."""

    async def node(state: State) -> Any:
        raise asyncio.CancelledError

    built: Any = StateGraph(State).add_node("node", node)
    built.add_edge(START, "node").add_edge("node", END)
    with pytest.raises(StageError, match="node failed: NodeCancelledError"):
        await chimera.arun(built)
