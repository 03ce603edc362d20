"""A small graph whose nodes each make one call; its answers say back what was asked."""

import operator
from typing import Annotated, Any, Final

from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel, Field

from chimera.agent import Agent
from chimera.persona import Persona

PARROT: Final[Agent[str]] = Agent(
    persona=Persona(name="parrot", title="Says it again", instructions="Repeat what you are told."),
    model="ollama:x",
)


class Said(BaseModel):
    """What is told, and what was heard of it."""

    canary: str = Field(description="Word that no other run knows.")
    heard: Annotated[list[str], operator.add] = Field(default_factory=list)


def flow(calls: int) -> StateGraph[Said]:
    """Return a chain of so many nodes, each of which asks once."""
    graph = StateGraph(Said)
    names = [f"call-{number}" for number in range(calls)]
    for name in names:
        graph.add_node(name, _asking(name))
    for start, end in zip([START, *names], [*names, END], strict=True):
        graph.add_edge(start, end)
    return graph


def heard_by(canary: str, calls: int) -> list[str]:
    """Return what a run of such a chain has to hear."""
    return [f"call-{number} {canary}" for number in range(calls)]


def _asking(name: str) -> Any:
    async def node(state: Said) -> dict[str, Any]:
        return {"heard": [await PARROT.ask(f"{name} {state.canary}")]}

    return node
