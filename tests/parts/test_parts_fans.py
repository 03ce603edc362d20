"""fan_out: bounds, order, failures, types."""

import asyncio
import operator
from functools import partial
from typing import Annotated, Any, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.errors import ConfigError, StageError
from chimera.models.records import CallRecord
from chimera.parts import fan_out
from chimera.stages import StageContext
from chimera.timing import StageTiming
from tests.parts.speakers import agent, alone


class Job(BaseModel):
    name: str
    size: int


class State(BaseModel):
    jobs: list[Job]
    sizes: list[int] = []
    gaps: Annotated[list[str], operator.add] = []
    calls: Annotated[list[CallRecord], operator.add] = []
    timings: Annotated[dict[str, StageTiming], operator.or_] = {}


class Holey(BaseModel):
    numbers: list[int]
    halves: list[int | None] = []
    gaps: Annotated[list[str], operator.add] = []


class Loose(TypedDict, total=False):
    numbers: list[int]
    halves: list[int]
    gaps: Annotated[list[str], operator.add]


class Texts(BaseModel):
    topics: list[str]
    texts: list[str] = []
    gaps: Annotated[list[str], operator.add] = []
    calls: Annotated[list[CallRecord], operator.add] = []


async def half(number: int) -> int:
    """Halve even numbers, the smaller the later."""
    await asyncio.sleep(0.001 if number < 3 else 0)
    if number % 2:
        raise ValueError("odd")
    return number // 2


async def size(job: Job) -> int:
    """Return the size of a job."""
    return job.size


def halving(state: Any = Holey, **limits: Any) -> Any:
    """Return a graph that halves numbers."""
    return alone(state, lambda g, n: fan_out(g, n, half, over="numbers", into="halves", **limits))


def test_results_come_in_the_order_of_the_items() -> None:
    """An item that takes longer keeps its place."""
    assert chimera.run(halving(), [2, 4, 6, 8]).state.halves == [1, 2, 3, 4]


def test_items_arrive_as_their_type() -> None:
    """A worker is given the model that the list declares, not a dict."""
    graph = alone(State, lambda g, n: fan_out(g, n, size, over="jobs", into="sizes"))
    assert chimera.run(graph, {"jobs": [{"name": "a", "size": 3}]}).state.sizes == [3]


async def test_a_worker_says_more_exactly_what_it_takes() -> None:
    """A list of anything is read as the type that the worker is annotated with."""

    class Anything(TypedDict, total=False):
        numbers: list[Any]
        halves: list[int]
        gaps: Annotated[list[str], operator.add]

    graph = alone(Anything, lambda g, n: fan_out(g, n, size, over="numbers", into="halves"))
    found = await graph.compile().ainvoke({"numbers": [{"name": "a", "size": "7"}]})
    assert found["halves"] == [7]


def test_a_failed_item_is_a_gap_and_leaves_a_hole() -> None:
    """The others go on; None stands where the type admits it, and the gap names the item."""
    run = chimera.run(halving(), [2, 3, 4])
    assert run.state.halves == [1, None, 2]
    assert run.gaps == ["part: item 2 of 'numbers' (3): ValueError: odd"]
    assert run.status == "partial"


async def test_a_failed_item_is_left_out_where_none_does_not_fit() -> None:
    """A list of int has no room for None."""
    found = await halving(Loose).compile().ainvoke({"numbers": [2, 3, 4], "gaps": []})
    assert found["halves"] == [1, 2]
    assert len(found["gaps"]) == 1


def test_failures_can_end_the_run() -> None:
    """With failures='raise' the error names node, item and cause."""
    with pytest.raises(StageError, match=r"part failed: item 1 of 'numbers' \(3\): ValueError"):
        chimera.run(halving(failures="raise"), [3])


def test_no_items_are_no_work() -> None:
    """An empty list leads on with an empty result."""
    run = chimera.run(halving(), {"numbers": []})
    assert run.state.halves == []
    assert run.status == "complete"


@pytest.mark.parametrize(("at_once", "outer", "peak"), [(1, None, 1), (3, None, 3), (5, 2, 2)])
async def test_no_more_than_the_bound_work_at_once(
    at_once: int, outer: int | None, peak: int
) -> None:
    """The bound is the fan-out's own, and a lower one of the run holds as well."""
    working, most = 0, 0

    async def work(number: int) -> int:
        nonlocal working, most
        working += 1
        most = max(most, working)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        working -= 1
        return number

    graph = alone(
        Holey, lambda g, n: fan_out(g, n, work, over="numbers", into="halves", at_once=at_once)
    )
    config = {"max_concurrency": outer} if outer else {}
    found = await graph.compile().ainvoke({"numbers": list(range(50))}, config)
    assert found["halves"] == list(range(50))
    assert most == peak


def test_too_many_items_are_refused_before_any_is_worked_on() -> None:
    """The message says how many there are and what to raise."""
    run = chimera.run(halving(at_most=2), [2, 4, 6])
    assert run.state.halves == []
    assert run.gaps[0].startswith("part: 'numbers' has 3 items, more than at_most=2: none was work")


def test_an_item_may_take_so_long_and_no_longer() -> None:
    """A late item is a gap that names the worker and its deadline."""

    async def slow(number: int) -> int:
        await asyncio.sleep(60 if number == 2 else 0)
        return number

    graph = alone(
        Holey, lambda g, n: fan_out(g, n, slow, over="numbers", into="halves", seconds=0.3)
    )
    run = chimera.run(graph, [1, 2, 3])
    assert run.state.halves == [1, None, 3]
    assert run.gaps == ["part: item 2 of 'numbers' (2): slow took longer than 0.3 s"]


def test_a_result_of_another_type_fails_in_its_item() -> None:
    """The gap names the worker, what was expected and what came."""

    async def words(number: int) -> Any:
        return f"{number} words"

    graph = alone(Holey, lambda g, n: fan_out(g, n, words, over="numbers", into="halves"))
    run = chimera.run(graph, [1])
    assert run.state.halves == [None]
    assert "words returned no int: Input should be a valid integer" in run.gaps[0]
    assert "not '1 words'" in run.gaps[0]


async def test_what_is_no_list_is_not_taken_apart() -> None:
    """Text in a field that should hold a list is refused, not fanned out by letters."""
    found = await halving(Loose).compile().ainvoke({"numbers": "24", "gaps": []})
    assert found["gaps"] == ["part: 'numbers' holds no list, but '24'"]


def test_an_agent_works_on_items_and_its_calls_are_accounted_for() -> None:
    """Every item is a question; calls are those of the node, in the state as in the run."""
    reader = agent("Reader", "one", "two")
    graph = alone(Texts, lambda g, n: fan_out(g, n, reader, over="topics", into="texts", at_once=1))
    run = chimera.run(graph, ["a", "b"])
    assert run.state.texts == ["one", "two"]
    assert [call.id for call in run.state.calls] == ["M1", "M2"]
    assert {call.stage for call in run.calls} == {"part"}


def test_an_agent_is_held_to_the_type_of_the_results() -> None:
    """A list of models makes the model the contract of every answer."""

    class Jobs(BaseModel):
        topics: list[str]
        jobs: list[Job] = []
        gaps: Annotated[list[str], operator.add] = []

    planner = agent("Planner", '{"name": "x", "size": 1}')
    graph = alone(Jobs, lambda g, n: fan_out(g, n, planner, over="topics", into="jobs"))
    assert chimera.run(graph, ["x"]).state.jobs == [Job(name="x", size=1)]


def test_the_node_is_one_stage_in_the_accounts() -> None:
    """Items are not counted twice: the timing of the node is what it took as a whole."""
    graph = alone(State, lambda g, n: fan_out(g, n, size, over="jobs", into="sizes"))
    run = chimera.run(graph, {"jobs": [{"name": "a", "size": 3}] * 5})
    assert set(run.timings) == {"part", "total"}
    assert set(run.state.timings) == {"part"}


def test_a_worker_with_a_context_can_record_gaps() -> None:
    """What a worker misses is a gap once, under the name of the node."""

    async def incomplete(number: int, context: StageContext) -> int:
        context.gap(f"no unit for {number}")
        return number

    graph = alone(Holey, lambda g, n: fan_out(g, n, incomplete, over="numbers", into="halves"))
    run = chimera.run(graph, [4])
    assert run.gaps == ["part: no unit for 4"]


def test_a_worker_may_have_settings_of_its_own() -> None:
    """Parameters with defaults are left alone, and a partial is called as its function."""

    async def scale(number: int, by: int, *, plus: int = 1) -> int:
        return number * by + plus

    by_three = partial(scale, by=3)
    graph = alone(Holey, lambda g, n: fan_out(g, n, by_three, over="numbers", into="halves"))
    assert chimera.run(graph, [1, 2]).state.halves == [4, 7]
    assert "part:scale" in graph.compile().get_graph(xray=True).nodes


def test_nothing_of_the_graph_inside_leaks_out() -> None:
    """The state has the fields it declares and no others."""
    state = chimera.run(halving(Loose), {"numbers": [2], "halves": [], "gaps": []}).state
    assert set(state) <= {"numbers", "halves", "gaps"}


@given(st.lists(st.integers(min_value=0, max_value=99), max_size=12), st.integers(1, 4))
def test_any_failures_leave_order_and_gaps_complete(numbers: list[int], at_once: int) -> None:
    """Whatever fails: results stand in order, and every failed item is one gap, in order."""
    run = chimera.run(halving(at_once=at_once), {"numbers": numbers})
    assert run.state.halves == [None if n % 2 else n // 2 for n in numbers]
    assert run.gaps == [
        f"part: item {at + 1} of 'numbers' ({n}): ValueError: odd"
        for at, n in enumerate(numbers)
        if n % 2
    ]


async def test_two_fan_outs_follow_each_other_with_a_checkpointer() -> None:
    """The results of one are the items of the next, in one thread that stays readable."""

    class Twice(TypedDict, total=False):
        numbers: list[int]
        halves: list[int]
        quarters: list[int]
        gaps: Annotated[list[str], operator.add]

    graph: Any = StateGraph(Twice)
    fan_out(graph, "one", half, over="numbers", into="halves")
    fan_out(graph, "two", half, over="halves", into="quarters")
    graph.add_edge(START, "one")
    graph.add_edge("one", "two")
    graph.add_edge("two", END)
    compiled = graph.compile(checkpointer=InMemorySaver())
    config = {"configurable": {"thread_id": "t"}}
    await compiled.ainvoke({"numbers": [4, 8]}, config)
    assert (await compiled.aget_state(config)).values["quarters"] == [1, 2]


async def test_a_graph_with_a_fan_out_is_a_node_of_another() -> None:
    """A part works in a subgraph as it does on top."""
    inner = halving(Loose).compile()
    outer: Any = StateGraph(Loose)
    outer.add_node("inner", inner)
    outer.add_edge(START, "inner")
    outer.add_edge("inner", END)
    found = await outer.compile().ainvoke({"numbers": [2, 4]})
    assert found["halves"] == [1, 2]


def test_the_picture_shows_the_worker_inside() -> None:
    """Drawn with what is inside, the node holds its worker."""
    picture = halving().compile().get_graph(xray=True)
    assert "part:half" in picture.nodes


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"over": "nubmers"}, r"reads its items from 'nubmers'.*did you mean 'numbers'.*declare"),
        ({"into": "result"}, r"writes its results to 'result', which Holey does not have"),
        ({"at_once": 0}, r"at_once=0 lets nothing through"),
        ({"failures": "ignore"}, r"failures='ignore' is neither 'gap' nor 'raise'"),
        ({"at_onec": 2}, r"no option 'at_onec'; did you mean 'at_once'\?"),
        ({"worker": print}, r"'print' must be an agent"),
    ],
)
def test_what_cannot_work_is_refused_while_the_graph_is_built(
    change: dict[str, Any], message: str
) -> None:
    """The error names the part, the value and what to declare or give instead."""
    given = {"worker": half, "over": "numbers", "into": "halves", **change}
    with pytest.raises(ConfigError, match=rf"fan_out 'part'.*{message}"):
        fan_out(StateGraph(Holey), "part", **given)


def test_a_field_that_is_no_list_is_refused() -> None:
    """Items come from a list, and the message says how to declare one."""

    class Single(BaseModel):
        number: int
        halves: list[int] = []
        gaps: Annotated[list[str], operator.add] = []

    with pytest.raises(
        ConfigError, match=r"'number', which is int in Single: declare it as a list"
    ):
        fan_out(StateGraph(Single), "part", half, over="number", into="halves")


def test_a_state_that_cannot_record_gaps_is_refused() -> None:
    """A failed item must leave a trace."""

    class Silent(BaseModel):
        numbers: list[int]
        halves: list[int] = []

    with pytest.raises(ConfigError, match=r"`gaps`, which Silent does not have \(declare `gaps: A"):
        fan_out(StateGraph(Silent), "part", half, over="numbers", into="halves")


def test_a_lost_reducer_is_refused() -> None:
    """LangGraph takes only the last note of Annotated for a reducer."""

    class Lost(BaseModel):
        numbers: list[int]
        halves: list[int] = []
        gaps: Annotated[list[str], operator.add, "texts"] = []

    with pytest.raises(ConfigError, match=r"Lost\.gaps: LangGraph takes a reducer only where"):
        fan_out(StateGraph(Lost), "part", half, over="numbers", into="halves")


def test_a_name_is_given_once() -> None:
    """A second node of one name is refused with the part that wanted it."""
    graph: Any = StateGraph(Holey)
    fan_out(graph, "part", half, over="numbers", into="halves")
    with pytest.raises(ConfigError, match="fan_out 'part': the graph has a node 'part' already"):
        fan_out(graph, "part", half, over="numbers", into="halves")
