"""A writer and a critic take turns until the critic is content, three rounds at most."""

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.parts import Turn, Verdict, loop
from chimera.testing import ScriptedModel


class State(BaseModel):
    topic: str
    text: str = ""
    stopped: str = ""


writer = chimera.Agent(
    persona=chimera.Persona(
        name="Writer", title="copywriter", instructions="Write one sentence; heed what is said."
    ),
    model=ScriptedModel(answers=["It is very, very fast.", "It answers in 210 ms."]),
)


async def critic(turn: Turn) -> Verdict:
    """Ask for a number; an agent could stand here as well."""
    has_number = any(letter.isdigit() for letter in turn.draft)
    return Verdict(content=has_number, why="fine" if has_number else "How fast? Give a number.")


graph = StateGraph(State)
loop(graph, "write", writer, critic, reads="topic", writes="text", stopped="stopped", rounds=3)
graph.add_edge(START, "write")
graph.add_edge("write", END)

state = chimera.run(graph, "our server").state
print(f"{state.text} ({state.stopped})")
