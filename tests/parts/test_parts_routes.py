"""route: typed choices, and nowhere else."""

import operator
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.errors import ConfigError, StageError
from chimera.parts import route
from chimera.stages import StageContext, stage
from tests.parts.speakers import agent


class State(BaseModel):
    question: str
    way: Literal["left", "right"] | None = None
    went: Annotated[list[str], operator.add] = []
    gaps: Annotated[list[str], operator.add] = []


class Walked(BaseModel):
    went: Annotated[list[str], operator.add] = []


async def walk(state: Walked, context: StageContext) -> dict[str, Any]:
    """Say which node this is."""
    return {"went": [context.stage]}


def crossing(chooser: Any, state: Any = State, **options: Any) -> Any:
    """Return a graph that goes left or right."""
    graph: Any = StateGraph(state)
    for name in ("left", "right"):
        graph.add_node(name, stage(walk, name=name))
        graph.add_edge(name, END)
    given = {"to": ["left", "right"], "reads": "question", "writes": "way", **options}
    route(graph, "cross", chooser, **given)
    graph.add_edge(START, "cross")
    return graph


async def by_length(question: str) -> str:
    """Send short questions left, other ones right."""
    return "left" if len(question) < 3 else "right"


@pytest.mark.parametrize(("question", "way"), [("ab", "left"), ("abc", "right")])
def test_one_way_is_taken_and_kept(question: str, way: str) -> None:
    """The graph goes on where the choice leads, once, and the state holds the choice."""
    state = chimera.run(crossing(by_length), question).state
    assert (state.way, state.went) == (way, [way])


def test_answers_may_have_other_names_than_nodes() -> None:
    """A mapping says where each answer leads; END is a way, too."""

    class Asked(State):
        way: Literal["yes", "no"] | None = None  # type: ignore[assignment]

    async def yes(question: str) -> str:
        return "yes" if question else "no"

    graph = crossing(yes, Asked, to={"yes": "right", "no": END})
    assert chimera.run(graph, "a").state.went == ["right"]
    assert chimera.run(graph, "").state.went == []


def test_a_function_may_look_at_the_whole_state() -> None:
    """Without reads= it is given the state as its type."""

    async def look(state: State) -> str:
        return "left" if state.question == "l" else "right"

    assert chimera.run(crossing(look, reads=None), "l").state.way == "left"


def test_an_agent_gets_one_repair() -> None:
    """An answer that is none of the choices is asked again, and the next one counts."""
    guide = agent("Guide", '{"answer": "up"}', '{"answer": "right"}')
    run = chimera.run(crossing(guide), "where?")
    assert (run.state.way, run.status) == ("right", "complete")
    assert len(guide.model.asked) == 2  # type: ignore[union-attr]


def test_after_the_repair_comes_the_default() -> None:
    """No usable answer is a gap, and the default is taken."""
    guide = agent("Guide", '{"answer": "up"}', '{"answer": "down"}')
    run = chimera.run(crossing(guide, default="left"), "where?")
    assert (run.state.way, run.state.went) == ("left", ["left"])
    assert run.gaps[0].startswith("cross: no usable choice, so 'left' was taken: Guide got no")


def test_without_a_default_the_run_ends() -> None:
    """A graph that records gaps cannot go on either: there is no way to take."""

    async def up(question: str) -> str:
        return "up"

    with pytest.raises(StageError, match=r"cross failed: up returned no .*'left' or 'right'"):
        chimera.run(crossing(up), "where?")


def test_an_edge_beside_the_ways_is_refused() -> None:
    """LangGraph would follow it as well as the choice."""
    graph = crossing(by_length)
    graph.add_edge("cross", "right")
    with pytest.raises(
        ConfigError, match=r"route 'cross' goes on by itself.* edge from it to 'rig"
    ):
        chimera.run(graph, "ab")


def test_the_picture_shows_every_way() -> None:
    """Drawn without a run, the node leads to each destination."""
    picture = crossing(by_length).compile().get_graph()
    assert {e.target for e in picture.edges if e.source == "cross"} == {"left", "right"}


class Sides(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    UP = "up"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"to": ["left", "rihgt"]}, r"may write 'rihgt' to 'way'"),
        ({"to": {"left": "left", "right": "rigth"}}, r"the node 'rigth', .*did you mean 'right'\?"),
        ({"to": ["left"]}, r"to=\['left'\] leaves nothing to choose"),
        ({"default": "up"}, r"the answer 'up' leads nowhere \(to=… has: left, right\)"),
        ({"writes": "choice"}, r"'choice'.*declare `choice: Literal\['left', 'right'\]`"),
        ({"reads": None}, r"say with reads=… what 'Guide' is shown"),
    ],
)
def test_what_cannot_work_is_refused_while_the_graph_is_built(
    change: dict[str, Any], message: str
) -> None:
    """The error names the part, the value, and what there is."""
    with pytest.raises(ConfigError, match=rf"route 'cross'.*{message}"):
        crossing(agent("Guide"), **change)


def test_a_type_with_an_answer_that_leads_nowhere_is_refused() -> None:
    """Every value of the field's type needs a destination."""

    class Wide(State):
        way: Sides | None = None  # type: ignore[assignment]

    with pytest.raises(ConfigError, match="the answer 'up' leads nowhere"):
        crossing(by_length, Wide)
