"""Parts and checkpointers: killed runs, refused updates, paused workers."""

import json
import operator
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from chimera.errors import StageError
from chimera.models.records import CallRecord
from chimera.parts import fan_out
from tests.parts.speakers import agent, alone

ROOT = Path(__file__).parents[2]
WORK = [
    *("square 1", "square 2", "square 3"),
    *("write 1", "review 1", "write 2", "review 2"),
    *("one 1", "two 1", "one 2", "two 2", "judge"),
]
THREAD: Any = {"configurable": {"thread_id": "t"}}


class State(TypedDict, total=False):
    numbers: list[int]
    squares: list[int]
    calls: Annotated[list[CallRecord], operator.add]
    gaps: Annotated[list[str], operator.add]


class Texts(TypedDict, total=False):
    topics: list[str]
    texts: list[str]
    calls: Annotated[list[CallRecord], operator.add]


def run(folder: Path, kill: int) -> int:
    """Run the graph in a process of its own and return how it ended."""
    command = [sys.executable, "-m", "tests.parts.interrupted", str(folder), str(kill)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


@pytest.mark.parametrize("kill", [3, 6, 9])
def test_after_a_kill_only_the_piece_in_work_is_done_again(kill: int, tmp_path: Path) -> None:
    """Items, turns and speeches that were finished are not repeated, wherever the process dies."""
    assert run(tmp_path, kill) == 9
    assert run(tmp_path, 0) == 0
    done = (tmp_path / "log").read_text().splitlines()
    assert done == [*WORK[:kill], *WORK[kill - 1 :]]
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["squares"], result["text"], result["verdict"]) == ([1, 4, 9], "xx", "4")


async def test_finished_items_and_their_calls_are_kept_when_one_fails() -> None:
    """After a failure that ends the run, going on asks again for nothing but the failed item."""
    reader = agent("Reader", "one", ValueError("no"), "two")
    graph = alone(
        Texts,
        lambda g, n: fan_out(
            g, n, reader, over="topics", into="texts", at_once=1, failures="raise"
        ),
    ).compile(checkpointer=InMemorySaver())
    with pytest.raises(StageError, match=r"item 2 of 'topics' \('b'\)"):
        await graph.ainvoke({"topics": ["a", "b"]}, THREAD)
    found = await graph.ainvoke(None, THREAD)
    assert found["texts"] == ["one", "two"]
    assert [(call["id"], call["outcome"]) for call in found["calls"]] == [
        ("M1", "ok"),
        ("M2", "ok"),
    ]


async def test_a_thread_stays_readable_after_a_wrong_result_and_goes_on_when_it_is_mended() -> None:
    """What does not fit fails in its node, by name; nothing of it is stored."""
    results: list[Any] = ["many", 4]

    async def square(number: int) -> Any:
        return results.pop(0)

    graph = alone(
        State,
        lambda g, n: fan_out(g, n, square, over="numbers", into="squares", failures="raise"),
    ).compile(checkpointer=InMemorySaver())
    with pytest.raises(StageError, match=r"part failed: item 1.*square returned no int"):
        await graph.ainvoke({"numbers": [2]}, THREAD)
    state = await graph.aget_state(THREAD)
    assert state.values["numbers"] == [2]
    assert state.next == ("part",)
    assert (await graph.ainvoke(None, THREAD))["squares"] == [4]


async def test_a_worker_may_wait_for_an_answer_of_a_person() -> None:
    """An interrupt inside a part pauses the run; it is no failed item."""

    async def square(number: int) -> int:
        return int(interrupt(f"{number} squared?")) if number > 1 else 1

    graph = alone(
        State, lambda g, n: fan_out(g, n, square, over="numbers", into="squares", at_once=1)
    ).compile(checkpointer=InMemorySaver())
    paused = await graph.ainvoke({"numbers": [1, 2]}, THREAD)
    assert paused["__interrupt__"][0].value == "2 squared?"
    found = await graph.ainvoke(Command(resume="4"), THREAD)
    assert (found["squares"], found["gaps"]) == ([1, 4], [])
