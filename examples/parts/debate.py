"""Two personas debate for two rounds; a third gives a typed verdict."""

from typing import Literal

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.parts import Speech, debate
from chimera.testing import ScriptedModel


class State(BaseModel):
    motion: str
    speeches: list[Speech] = []
    buy: Literal["A100", "H100"] | None = None


def speaker(name: str, *answers: str) -> chimera.Agent:
    persona = chimera.Persona(name=name, title="engineer", instructions="Argue in one sentence.")
    return chimera.Agent(persona=persona, model=ScriptedModel(answers=answers))


sides = [
    speaker("Thrifty", "The A100 costs half.", "Then we buy two."),
    speaker("Hasty", "The H100 answers sooner.", "Two slow ones stay slow."),
]
judge = speaker("Judge", '{"answer": "A100"}')

graph = StateGraph(State)
debate(graph, "decide", sides, judge, reads="motion", writes="buy", transcript="speeches")
graph.add_edge(START, "decide")
graph.add_edge("decide", END)

state = chimera.run(graph, "Which card do we buy?").state
for speech in state.speeches:
    print(f"{speech.round} {speech.speaker}: {speech.text}")
print(f"The judge: {state.buy}")
