"""A process that runs a graph of parts with a checkpointer on disk, and may be killed in it.

Called with a folder and a number: at the start of that piece of work it dies; 0 lets it live.
Every piece of work writes a line to `log` first; the result goes to `result.json`.
"""

import asyncio
import json
import operator
import os
import sys
from pathlib import Path
from typing import Annotated, Any, TypedDict

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph

from chimera.parts import Debate, Turn, debate, fan_out, loop

FOLDER, KILL = Path(sys.argv[1]), int(sys.argv[2])


class State(TypedDict, total=False):
    numbers: list[int]
    squares: list[int]
    text: str
    verdict: str
    gaps: Annotated[list[str], operator.add]


async def worked(piece: str) -> None:
    """Note a piece of work, and die in it if that is the one."""
    with (FOLDER / "log").open("a+") as log:
        log.write(f"{piece}\n")
        log.seek(0)
        number = len(log.readlines())
    if number == KILL:
        await asyncio.sleep(1)  # what was done before gets to disk
        os._exit(9)


async def square(number: int) -> int:
    """Square a number."""
    await worked(f"square {number}")
    return number * number


async def write(turn: Turn) -> str:
    """Write a letter more in every round."""
    await worked(f"write {turn.round}")
    return (turn.draft or "") + "x"


async def review(turn: Turn) -> bool:
    """Want two letters."""
    await worked(f"review {turn.round}")
    return len(turn.draft) == 2


async def speak(heard: Debate) -> str:
    """Say something."""
    await worked(f"{heard.speaker} {heard.round}")
    return "so"


async def judge(heard: Debate) -> str:
    """Count the speeches."""
    await worked("judge")
    return str(len(heard.speeches))


graph: Any = StateGraph(State)
fan_out(graph, "squares", square, over="numbers", into="squares", at_once=1)
loop(graph, "text", write, review, reads="squares", writes="text")
speakers = {"one": speak, "two": speak}
debate(graph, "debate", speakers, judge, reads="text", writes="verdict", at_once=1)
for here, there in ((START, "squares"), ("squares", "text"), ("text", "debate"), ("debate", END)):
    graph.add_edge(here, there)


async def main() -> None:
    """Start the thread, or go on with it."""
    async with AsyncSqliteSaver.from_conn_string(str(FOLDER / "db")) as saver:
        compiled = graph.compile(checkpointer=saver)
        config = {"configurable": {"thread_id": "t"}}
        known = (await compiled.aget_state(config)).created_at
        start = None if known else {"numbers": [1, 2, 3]}
        state = await compiled.ainvoke(start, config, durability="sync")
    (FOLDER / "result.json").write_text(json.dumps(state))


if __name__ == "__main__":
    asyncio.run(main())
