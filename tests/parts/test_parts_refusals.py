"""What a part refuses while the graph is built, and what it does not follow twice."""

import math
import operator
from enum import Enum
from typing import Annotated, Any

import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.errors import ConfigError
from chimera.parts import Debate, debate, fan_out, join, route


class Way(Enum):
    LEFT = "left"
    RIGHT = "right"


class State(BaseModel):
    items: list[float] = []
    done: list[float] = []
    text: str = ""
    way: Way | None = None
    gaps: Annotated[list[str], operator.add] = []


async def same(item: float) -> float:
    """Return what is given."""
    return item


async def left(text: str) -> Way:
    """Go left."""
    return Way.LEFT


async def say(heard: Debate) -> str:
    """Say something."""
    return "something"


async def walk(state: State) -> dict[str, Any]:
    """Change nothing."""
    return {}


def crossing(**more: Any) -> Any:
    """Return a graph with a route."""
    graph: Any = StateGraph(State).add_node("left", walk).add_node("right", walk)
    route(
        graph, "cross", left, **{"to": ["left", "right"], "writes": "way", "reads": "text", **more}
    )
    return graph.add_edge(START, "cross").add_edge("left", END).add_edge("right", END)


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ({"at_once": "4"}, "at_once='4' is no whole number"),
        ({"at_once": 2.5}, "at_once=2.5 is no whole number"),
        ({"seconds": "1"}, "seconds='1' is no number"),
        ({"at_most": None}, "at_most=None says nothing"),
    ],
)
def test_a_bound_is_a_number(limit: Any, told: str) -> None:
    """A bound of another type is refused with its name."""
    with pytest.raises(ConfigError, match=told):
        fan_out(StateGraph(State), "fan", same, over="items", into="done", **limit)


def test_conditional_edges_beside_the_ways_are_refused() -> None:
    """LangGraph would follow both."""
    graph = crossing()
    graph.add_conditional_edges("cross", lambda _: "right", ["right"])
    with pytest.raises(ConfigError, match="has conditional edges from it"):
        chimera.run(graph)


def test_a_function_may_choose_a_member_of_an_enum() -> None:
    """The choice is of the type of the field that keeps it."""
    run = chimera.run(crossing())
    assert (run.state.way, list(run.timings)) == (Way.LEFT, ["cross", "left", "total"])


def test_the_ways_are_a_list() -> None:
    """A text is not taken for a list of its letters."""
    with pytest.raises(ConfigError, match="to='left' must list"):
        crossing(to="left")


@pytest.mark.parametrize(
    ("speakers", "told"),
    [
        ("analyst", "speakers='analyst' must list two"),
        ({"next round": say, "b": say}, "no speaker can be called 'next round'"),
    ],
)
def test_speakers_are_listed_and_named(speakers: Any, told: str) -> None:
    """What cannot be speakers of a debate is refused with its value."""
    with pytest.raises(ConfigError, match=told):
        debate(StateGraph(State), "talk", speakers, say, reads="text", writes="text")


def test_speakers_may_have_any_other_name() -> None:
    """Characters that LangGraph keeps to itself are replaced."""
    graph: Any = StateGraph(State)
    speakers = {"for | all": say, "against: all": say}
    debate(graph, "talk", speakers, say, reads="text", writes="text")
    graph.add_edge(START, "talk").add_edge("talk", END)
    assert chimera.run(graph).state.text == "something"


def test_a_transcript_that_cannot_hold_speeches_is_refused() -> None:
    """It is found out before anybody has spoken."""
    with pytest.raises(ConfigError, match=r"declare `items: list\[Speech\]`"):
        debate(
            StateGraph(State),
            "talk",
            [say, same],
            say,
            reads="text",
            writes="text",
            transcript="items",
        )


def test_nothing_comes_after_the_end() -> None:
    """A join cannot wait for END."""
    graph: Any = StateGraph(State).add_node("left", walk)
    with pytest.raises(ConfigError, match="holds END"):
        join(graph, "meet", after=["left", END], reads="text", writes="text")


def test_infinity_is_an_item() -> None:
    """What no JSON number can say reaches the worker, and comes back."""
    graph: Any = StateGraph(State)
    fan_out(graph, "fan", same, over="items", into="done")
    graph.add_edge(START, "fan").add_edge("fan", END)
    run = chimera.run(graph, {"items": [math.inf, 1.0]})
    assert (run.state.done, run.gaps) == ([math.inf, 1.0], [])
