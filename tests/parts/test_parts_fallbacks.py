"""fallback: which branch is taken, and what is said of it."""

import asyncio
import operator
from typing import Annotated, Any

import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.errors import ConfigError, SetupError
from chimera.parts import Failure, fallback
from chimera.stages import StageContext, stage
from tests.parts.speakers import agent


class State(BaseModel):
    question: str
    answer: str = ""
    failure: Failure | None = None
    went: Annotated[list[str], operator.add] = []
    gaps: Annotated[list[str], operator.add] = []


class Bare(BaseModel):
    question: str
    answer: str = ""


async def walk(state: State, context: StageContext) -> dict[str, Any]:
    """Say which node this is."""
    return {"went": [context.stage]}


def guarded(worker: Any, **options: Any) -> Any:
    """Return a graph that goes on to `next`, or to `spare` if the work fails."""
    graph: Any = StateGraph(State)
    for name in ("next", "spare"):
        graph.add_node(name, stage(walk, name=name))
        graph.add_edge(name, END)
    given = {"reads": "question", "writes": "answer", "then": "next", "otherwise": "spare"}
    fallback(graph, "work", worker, **{**given, "failure": "failure", **options})
    graph.add_edge(START, "work")
    return graph


def test_done_work_goes_on() -> None:
    """The result is written and the other branch is not taken."""
    state = chimera.run(guarded(agent("Answerer", "yes")), "?").state
    assert (state.answer, state.went, state.failure) == ("yes", ["next"], None)


def test_a_failed_call_takes_the_other_branch() -> None:
    """The failure keeps node and outcome of the call, and is a gap as well."""
    run = chimera.run(guarded(agent("Answerer", ConnectionRefusedError("down"))), "?")
    assert run.state.went == ["spare"]
    assert run.state.failure.stage == "work"
    assert run.state.failure.outcome == "unreachable"
    assert run.gaps == [f"work: {run.state.failure.problem}"]


def test_no_model_takes_the_other_branch() -> None:
    """A run without a model does what the graph does without one."""
    run = chimera.run(guarded(agent("Answerer", "yes")), "?", model="none")
    assert run.state.went == ["spare"]
    assert run.gaps == ["work: Answerer has no model to ask: it was set to 'none'"]


async def broken(question: str) -> str:
    """Raise."""
    raise KeyError(question)


async def wrong(question: str) -> Any:
    """Return no text."""
    return 7


async def late(question: str) -> str:
    """Take too long."""
    await asyncio.sleep(60)
    return ""


async def partial(question: str, context: StageContext) -> str:
    """Answer, but miss something."""
    context.gap("no source")
    return "perhaps"


@pytest.mark.parametrize(
    ("worker", "outcome", "problem"),
    [
        (broken, "KeyError", "KeyError: '?'"),
        (wrong, "StageError", "wrong returned no str: Input should be a valid string, not 7"),
        (late, "StageError", "late took longer than 0.01 s"),
        (partial, "gap", "work: no source"),
    ],
)
def test_every_kind_of_failure_takes_the_other_branch(
    worker: Any, outcome: str, problem: str
) -> None:
    """An error, a wrong type, a missed deadline and a gap are failures with a name."""
    state = chimera.run(guarded(worker, seconds=0.01), "?").state
    assert state.went == ["spare"]
    assert (state.failure.outcome, state.failure.problem) == (outcome, problem)


def test_a_wrong_set_up_is_no_failure_of_the_work() -> None:
    """A set-up error ends the run: no branch makes up for it."""

    async def misled(question: str) -> str:
        raise SetupError("no such folder")

    with pytest.raises(SetupError, match="no such folder"):
        chimera.run(guarded(misled), "?")


def test_the_picture_shows_both_branches() -> None:
    """Drawn without a run, the node leads both ways."""
    picture = guarded(broken).compile().get_graph()
    assert {e.target for e in picture.edges if e.source == "work"} == {"next", "spare"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"otherwise": "spaer"}, r"the node 'spaer'.*did you mean 'spare'"),
        ({"failure": "answer"}, r"to 'answer', which is str: declare `answer: Failure \| None`"),
        ({"els": "next"}, r"no option 'els'"),
    ],
)
def test_what_cannot_work_is_refused_while_the_graph_is_built(
    change: dict[str, Any], message: str
) -> None:
    """The error names the part, the value, and what there is."""
    with pytest.raises(ConfigError, match=rf"fallback 'work'.*{message}"):
        guarded(broken, **change)


def test_both_branches_have_to_be_named() -> None:
    """There is no branch to guess."""
    with pytest.raises(ConfigError, match="does not say where it goes on: give otherwise=NODE"):
        fallback(StateGraph(State), "work", broken, writes="answer", then=END)  # type: ignore[call-arg]


def test_a_failure_that_leaves_no_trace_is_refused() -> None:
    """A state without gaps needs a field for the failure."""
    with pytest.raises(ConfigError, match=r"or name a field with failure=…"):
        fallback(StateGraph(Bare), "work", broken, writes="answer", then=END, otherwise=END)
