"""Several files are summarised at once; the summaries come back in the order of the files."""

import operator
from typing import Annotated

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.parts import fan_out
from chimera.testing import ScriptedModel


class State(BaseModel):
    files: list[str]
    summaries: list[str | None] = []  # None stands where a file failed
    gaps: Annotated[list[str], operator.add] = []


answers = {"loads.csv": "Load times.", "notes.md": ValueError("cannot read it"), "runs": "Runs."}
reader = chimera.Agent(
    persona=chimera.Persona(
        name="Reader", title="archivist", instructions="Say in a few words what the file holds."
    ),
    model=ScriptedModel(answers=answers),  # or model="ollama:gemma3"
)

graph = StateGraph(State)
fan_out(graph, "summarise", reader, over="files", into="summaries", at_once=2)
graph.add_edge(START, "summarise")
graph.add_edge("summarise", END)

run = chimera.run(graph, ["runs.json", "notes.md", "loads.csv"])
print(run.state.summaries)
print(run.status, len(run.gaps))
