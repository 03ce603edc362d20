"""The model is out of reach, so a template takes its place, and the state says why."""

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.parts import Failure, fallback
from chimera.testing import ScriptedModel


class State(BaseModel):
    runs: int
    text: str = ""
    why: Failure | None = None


async def plain(state: State) -> dict[str, str]:
    return {"text": f"There are {state.runs} runs."}


author = chimera.Agent(
    persona=chimera.Persona(name="Author", title="author", instructions="Summarise the runs."),
    model=ScriptedModel(answers=[ConnectionRefusedError("nobody listens")] * 9),
)

graph = StateGraph(State)
graph.add_node(plain)
fallback(
    graph, "tell", author, reads="runs", writes="text", then=END, otherwise="plain", failure="why"
)
graph.add_edge(START, "tell")
graph.add_edge("plain", END)

state = chimera.run(graph, {"runs": 12}).state
print(f"{state.text} ({state.why.outcome})")
