"""What tests of parts share: agents with a script, a part alone in a graph."""

from collections.abc import Callable
from typing import Any

from langgraph.graph import END, START, StateGraph

import chimera
from chimera.testing import ScriptedModel


def agent(name: str, *answers: str | Exception) -> chimera.Agent[Any]:
    """Return an agent that gives these answers in order."""
    persona = chimera.Persona(name=name, title="speaker", instructions="Answer.")
    return chimera.Agent(persona=persona, model=ScriptedModel(answers=list(answers)))


def alone(state: Any, part: Callable[[Any, str], None]) -> Any:
    """Return a graph whose only node is what `part(graph, "part")` adds."""
    graph: Any = StateGraph(state)
    part(graph, "part")
    graph.add_edge(START, "part")
    graph.add_edge("part", END)
    return graph
