"""Two branches of different length meet in one node, which runs once, after the longer one."""

from typing import Any

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.parts import join


class State(BaseModel):
    text: str
    longest: str = ""
    letters: int = 0
    found: dict[str, Any] = {}


async def tidy(state: State) -> dict[str, str]:
    return {"text": state.text.strip(".")}


async def pick(state: State) -> dict[str, str]:
    return {"longest": max(state.text.split(), key=len)}


async def count(state: State) -> dict[str, int]:
    return {"letters": sum(letter.isalpha() for letter in state.text)}


graph = StateGraph(State)
for work in (tidy, pick, count):
    graph.add_node(work)
join(graph, "collect", after=["pick", "count"], reads=["longest", "letters"], writes="found")
graph.add_edge(START, "tidy").add_edge("tidy", "pick")  # the longer branch
graph.add_edge(START, "count")
graph.add_edge("collect", END)

print(chimera.run(graph, "a join waits for the slowest branch.").state.found)
