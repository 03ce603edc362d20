"""An agent chooses who answers; nothing but the choices can come of it."""

from typing import Literal

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.parts import route
from chimera.stages import StageContext
from chimera.testing import ScriptedModel


class State(BaseModel):
    question: str
    kind: Literal["bug", "wish"] | None = None
    answer: str = ""


async def reply(state: State, context: StageContext) -> dict[str, str]:
    return {"answer": f"{context.stage}: thank you for your {state.kind}"}


desk = chimera.Agent(
    persona=chimera.Persona(
        name="Desk", title="help desk", instructions="Say whether this is a bug or a wish."
    ),
    model=ScriptedModel(answers=['{"answer": "hm"}', '{"answer": "bug"}']),  # asked again once
)
graph = StateGraph(State)
for name in ("repair", "plan"):
    graph.add_node(name, chimera.stage(reply, name=name))
    graph.add_edge(name, END)
to = {"bug": "repair", "wish": "plan"}
route(graph, "sort", desk, to=to, reads="question", writes="kind")
graph.add_edge(START, "sort")

print(chimera.run(graph, "It crashes on Mondays.").state.answer)
