"""A graph of ten nodes: Chimera's stages beside the same graph in hand-written LangGraph.

All do the same on the same Pydantic state: read a number and a list, return both with something
added. Rounds of one run each are interleaved, so that a busy machine slows all alike, and a ratio
is the median over the rounds. `plain` is the hand-written graph given to `chimera.arun`, which then
times its nodes and checks their updates. The SQLite saver writes to a file in sync mode.
"""

import asyncio
import operator
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.stages import StageContext

NODES = 10
ROUNDS = 400
SAVED_ROUNDS = 60
WARM_UP = 20  # runs of each before anything is measured
TARGETS = {"memory": 1.10, "sqlite": 1.05}

Flow = Callable[[], Awaitable[object]]


class State(BaseModel):
    """What both graphs hand from node to node."""

    count: int = 0
    text: str = ""
    seen: Annotated[list[int], operator.add] = []


def by_hand(number: int) -> Any:
    """Return a node as anybody would write it."""

    async def node(state: State) -> dict[str, Any]:
        return {"count": state.count + 1, "text": f"node {number}", "seen": [number]}

    return node


def by_chimera(number: int) -> Any:
    """Return the same node as a stage."""

    async def work(state: State, context: StageContext) -> Mapping[str, Any]:
        return {"count": state.count + 1, "text": f"node {number}", "seen": [number]}

    return chimera.stage(work, name=f"n{number}")


def built(node: Callable[[int], Any]) -> Any:
    """Return a chain of ten nodes, not compiled."""
    builder: Any = StateGraph(State)
    names = [f"n{number}" for number in range(NODES)]
    for number, name in enumerate(names):
        builder.add_node(name, node(number))
    for left, right in zip([START, *names], [*names, END], strict=True):
        builder.add_edge(left, right)
    return builder


def hand_written(saver: Any = None) -> Flow:
    """Run as LangGraph's own documentation does."""
    compiled = built(by_hand).compile(checkpointer=saver)
    durable = {"durability": "sync"} if saver else {}

    async def flow() -> object:
        config = {"recursion_limit": 100, "configurable": {"thread_id": uuid.uuid4().hex}}
        result = await compiled.ainvoke({"count": 1}, config, **durable)
        return State.model_validate(result)

    return flow


def with_chimera(node: Callable[[int], Any], saver: Any = None) -> Flow:
    """Run by `chimera.arun`."""
    graph = built(node)
    graph = graph.compile(checkpointer=saver) if saver else graph

    async def flow() -> object:
        return (await chimera.arun(graph, {"count": 1}, model="none")).state

    return flow


async def measured(flows: Mapping[str, Flow], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of every round of every flow, the flows taking turns."""
    results = {name: await flow() for name, flow in flows.items()}
    assert len({repr(result) for result in results.values()}) == 1, "the flows differ"
    for _ in range(WARM_UP):
        for flow in flows.values():
            await flow()
    took: dict[str, list[float]] = {name: [] for name in flows}
    for _ in range(rounds):
        for name, flow in flows.items():
            start = time.perf_counter()
            await flow()
            took[name].append(time.perf_counter() - start)
    return took


def told(title: str, took: Mapping[str, list[float]], target: float) -> None:
    """Print each flow in milliseconds, and how it compares with the hand-written one."""
    print(f"{title}, {NODES} nodes, median of {len(took['LangGraph'])} runs")
    for name, seconds in took.items():
        ratio = statistics.median(
            own / hand for own, hand in zip(seconds, took["LangGraph"], strict=True)
        )
        goal = "" if name == "LangGraph" else f"  {ratio:.3f} times (target {target:.2f})"
        print(f"  {name:10} {statistics.median(seconds) * 1000:7.2f} ms{goal}")


async def main(scale: float) -> None:
    """Measure without a checkpointer, then with SQLite's in sync mode."""
    flows = {
        "LangGraph": hand_written(),
        "stages": with_chimera(by_chimera),
        "plain": with_chimera(by_hand),
    }
    took = await measured(flows, int(ROUNDS * scale))
    told("no checkpointer", took, TARGETS["memory"])
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncSqliteSaver.from_conn_string(str(Path(folder) / "runs.sqlite")) as saver:
            flows = {
                "LangGraph": hand_written(saver),
                "stages": with_chimera(by_chimera, saver),
                "plain": with_chimera(by_hand, saver),
            }
            took = await measured(flows, int(SAVED_ROUNDS * scale))
    told("AsyncSqliteSaver, durability='sync'", took, TARGETS["sqlite"])


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0))
