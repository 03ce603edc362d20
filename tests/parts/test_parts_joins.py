"""join: uneven branches, one run."""

import operator
from typing import Annotated, Any

import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.errors import ConfigError
from chimera.parts import join, route
from chimera.stages import StageContext, stage
from tests.parts.speakers import agent


class State(BaseModel):
    start: str
    way: str = ""
    seen: Annotated[list[str], operator.add] = []
    found: dict[str, Any] = {}
    text: str = ""


async def step(state: State, context: StageContext) -> dict[str, Any]:
    """Note which node this is."""
    return {"seen": [context.stage]}


def uneven() -> Any:
    """Return a graph with a branch of one node and one of three."""
    graph: Any = StateGraph(State)
    for name in ("short", "a", "b", "c"):
        graph.add_node(name, stage(step, name=name))
    for here, there in ((START, "short"), (START, "a"), ("a", "b"), ("b", "c")):
        graph.add_edge(here, there)
    return graph


def test_it_runs_once_after_the_slowest_branch() -> None:
    """The work is done one time, with what all branches have written."""
    times = []

    async def gather(state: State) -> str:
        times.append(1)
        return " ".join(sorted(state.seen))

    graph = uneven()
    join(graph, "gather", gather, after=["short", "c"], writes="text")
    assert chimera.run(graph, "x").state.text == "a b c short"
    assert times == [1]


def test_it_collects_fields_by_name() -> None:
    """Without a worker, what is read is written as it is."""
    graph = uneven()
    join(graph, "gather", after=["short", "c"], reads=["start", "seen"], writes="found")
    found = chimera.run(graph, "x").state.found
    assert found["start"] == "x"
    assert sorted(found["seen"]) == ["a", "b", "c", "short"]


def test_an_agent_can_put_it_together() -> None:
    """An agent is shown the fields that are read, by name."""
    editor = agent("Editor", "all of it")
    graph = uneven()
    join(graph, "gather", editor, after=["short", "c"], reads=["start", "seen"], writes="text")
    assert chimera.run(graph, "x").state.text == "all of it"
    assert '"start": "x"' in editor.model.prompts[0]  # type: ignore[union-attr]


@pytest.mark.parametrize("way", ["short", "a"])
def test_a_branch_that_was_not_taken_is_not_waited_for(way: str) -> None:
    """Behind a route, the join runs after the branch that was chosen."""
    graph: Any = StateGraph(State)
    for name in ("short", "a", "b"):
        graph.add_node(name, stage(step, name=name))
    graph.add_edge("a", "b")
    join(graph, "gather", after=["short", "b"], reads=["seen"], writes="found")

    async def choose(start: str) -> str:
        return start

    route(graph, "choose", choose, to=["short", "a"], reads="start", writes="way")
    graph.add_edge(START, "choose")
    graph.add_edge("gather", END)
    seen = chimera.run(graph, way).state.found["seen"]
    assert seen == (["short"] if way == "short" else ["a", "b"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"after": ["shrot"]}, r"the node 'shrot', which the graph does not have; did you mean"),
        ({"after": "short"}, r"after='short' must list the last node of each branch"),
        ({"reads": None}, r"give it a worker, or say with reads=… what it collects"),
        ({"writes": "fuond"}, r"writes its result to 'fuond'.*did you mean 'found'"),
    ],
)
def test_what_cannot_work_is_refused_while_the_graph_is_built(
    change: dict[str, Any], message: str
) -> None:
    """The error names the part, the value, and what there is."""
    given = {"after": ["short", "c"], "reads": "seen", "writes": "found", **change}
    with pytest.raises(ConfigError, match=rf"join 'gather'.*{message}"):
        join(uneven(), "gather", **given)
