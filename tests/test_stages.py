"""Stages: timing, validated updates, failures as gaps."""

import operator
from collections.abc import Mapping
from typing import Annotated, Any, TypedDict

import pytest
import structlog
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel
from structlog.testing import LogCapture

import chimera
from chimera.errors import ConfigError, SetupError, StageError
from chimera.session import Session, active
from chimera.stages import StageContext, stage
from chimera.testing import FakeClock
from chimera.timing import StageTiming


class State(BaseModel):
    x: int = 0
    items: Annotated[list[str], operator.add] = []
    timings: Annotated[dict[str, StageTiming], operator.or_] = {}


class Forgiving(State):
    gaps: Annotated[list[str], operator.add] = []


async def good(state: State, context: StageContext) -> Mapping[str, Any]:
    """Return what fits."""
    return {"x": "5", "items": ["a"]}


async def stray(state: State, context: StageContext) -> Mapping[str, Any]:
    """Return a key the state does not have."""
    return {"itmes": []}


async def wrong(state: State, context: StageContext) -> Mapping[str, Any]:
    """Return a value of another type."""
    return {"x": "many"}


async def failing(state: State, context: StageContext) -> Mapping[str, Any]:
    """Raise."""
    raise ValueError("no luck")


async def failing_gently(state: Forgiving, context: StageContext) -> Mapping[str, Any]:
    """Raise in a graph that records gaps."""
    raise ValueError("no luck")


async def misconfigured(state: Forgiving, context: StageContext) -> Mapping[str, Any]:
    """Find the set-up wrong."""
    raise SetupError("folder missing")


class Loose(TypedDict, total=False):
    x: int


async def typed(state: Loose, context: StageContext) -> Mapping[str, Any]:
    """Work on a TypedDict."""
    return {"x": 1}


async def test_update_is_validated_and_plain() -> None:
    """An update comes out as plain JSON of the state's types."""
    update = await stage(good)(State())
    assert update["x"] == 5
    assert update["items"] == ["a"]
    assert set(update["timings"]["good"]) == {"seconds", "model_seconds"}


async def test_unknown_key_fails_in_its_stage() -> None:
    """A key the state does not have is refused by name, with the nearest one."""
    with pytest.raises(StageError, match=r"'stray' returned the unknown key 'itmes'.*'items'"):
        await stage(stray)(State())


async def test_wrong_type_fails_in_its_stage() -> None:
    """A value that does not fit names stage, key and value."""
    with pytest.raises(StageError, match=r"'wrong' returned 'x' that does not fit.*'many'"):
        await stage(wrong)(State())


async def test_failure_without_gaps_is_an_error() -> None:
    """Where the state cannot record it, a failure is raised with its cause."""
    with pytest.raises(StageError, match="failing failed: ValueError: no luck") as caught:
        await stage(failing)(State())
    assert isinstance(caught.value.__cause__, ValueError)


async def test_failure_with_gaps_is_recorded() -> None:
    """Where the state records gaps, the graph goes on and the gap says why."""
    update = await stage(failing_gently)(Forgiving())
    assert update["gaps"] == ["failing_gently failed: ValueError: no luck"]


async def test_wrong_set_up_is_never_a_gap() -> None:
    """A set-up error ends the run whatever the state can record."""
    with pytest.raises(SetupError, match="folder missing"):
        await stage(misconfigured)(Forgiving())


async def test_typed_dict_state_works() -> None:
    """Any LangGraph state type will do."""
    assert await stage(typed)({}) == {"x": 1}


async def test_time_comes_from_the_clock() -> None:
    """Seconds are differences of the session's monotonic clock."""
    with active(Session(clock=FakeClock(step=1.5))):
        update = await stage(good)(State())
    assert update["timings"]["good"]["seconds"] == 1.5


async def test_run_stage_and_agent_are_bound_to_events() -> None:
    """Every event of a stage carries the run, the stage and the agent."""
    capture = LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    try:
        with active(Session(id="r1")):
            await stage(good, name="shine", agent="analyst")(State())
    finally:
        structlog.reset_defaults()
    bound = [(e["event"], e["run"], e["stage"], e["agent"]) for e in capture.entries]
    assert bound == [
        (f"stage.{what}", "r1", "shine", "analyst") for what in ("started", "finished")
    ]


async def test_thread_stays_readable_after_a_bad_update() -> None:
    """A refused update does not spoil the checkpoint of its thread."""
    from langgraph.checkpoint.memory import InMemorySaver

    builder = StateGraph(State)
    builder.add_node("good", stage(good))
    builder.add_node("wrong", stage(wrong))
    builder.add_edge(START, "good")
    builder.add_edge("good", "wrong")
    builder.add_edge("wrong", END)
    graph: Any = builder.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "t"}}
    with pytest.raises(StageError):
        await graph.ainvoke({"x": 1}, config)
    assert (await graph.aget_state(config)).values["x"] == 5


async def test_stage_outside_of_a_run_works() -> None:
    """A compiled graph runs without `chimera.run`, as under `langgraph dev`."""
    builder = StateGraph(State)
    builder.add_node("good", stage(good))
    builder.add_edge(START, "good")
    builder.add_edge("good", END)
    result = await builder.compile().ainvoke(State(x=1))
    assert result["x"] == 5


def test_any_graph_is_timed_by_run() -> None:
    """`run` accounts for the stages of a graph that is not ours."""
    builder = StateGraph(State)
    builder.add_node("good", stage(good))
    builder.add_edge(START, "good")
    builder.add_edge("good", END)
    run = chimera.run(builder, {"x": 1})
    assert list(run.timings) == ["good", "total"]
    assert run.state.items == ["a"]


async def nothing(state: State, context: StageContext) -> None:
    """Return no update."""


async def odd(state: State, context: StageContext) -> Any:
    """Return what is no mapping."""
    return 5


def blocking(state: State, context: StageContext) -> dict[str, Any]:
    """Work without async."""
    return {}


async def untyped(state, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Leave the state's type out."""
    return {}


async def test_no_update_is_an_empty_one() -> None:
    """A stage may return nothing."""
    assert set(await stage(nothing)(State())) == {"timings"}  # type: ignore[arg-type]


async def test_other_returns_are_named() -> None:
    """A stage that returns something else than a mapping says what it was."""
    with pytest.raises(StageError, match="it returned int, not a mapping"):
        await stage(odd)(State())


@pytest.mark.parametrize("work", [blocking, untyped])
def test_wrong_functions_are_refused_when_the_graph_is_made(work: Any) -> None:
    """A stage has to be async and to name its state's type."""
    with pytest.raises(ConfigError, match="must be `async def"):
        stage(work)


def test_stage_in_a_loop_adds_up() -> None:
    """A stage that runs twice has the time of both."""
    builder = StateGraph(State)
    builder.add_node("good", stage(good))
    builder.add_edge(START, "good")
    builder.add_conditional_edges("good", lambda state: "good" if len(state.items) < 2 else END)
    run = chimera.run(builder, {"x": 1}, clock=FakeClock(step=1.0))
    assert run.timings["good"].seconds == 2.0
    assert run.state.timings["good"].seconds == 2.0


def test_only_the_state_has_to_be_known_where_a_stage_is_made() -> None:
    """Other annotations may be a type checker's alone; an unknown state is a set-up error."""

    async def work(state: State, context: "NowhereToBeFound") -> dict[str, Any]:  # type: ignore[name-defined]  # noqa: F821
        return {}

    async def lost(state: "NowhereToBeFound", context: object) -> dict[str, Any]:  # type: ignore[name-defined]  # noqa: F821
        return {}

    assert callable(stage(work))
    with pytest.raises(ConfigError, match="NowhereToBeFound"):
        stage(lost)
