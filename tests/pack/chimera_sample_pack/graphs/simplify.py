"""Simplify: one agent says a sentence in plain words."""

from typing import NotRequired, TypedDict

from langgraph.graph import END, START, StateGraph

from chimera.stages import StageContext, stage


class State(TypedDict):
    """What passes between the nodes."""

    sentence: str
    plain: NotRequired[str]


async def simplify(state: State, context: StageContext) -> dict[str, str]:
    """Ask the agent."""
    return {"plain": await context.agent.ask(state["sentence"])}


graph = StateGraph(State)
graph.add_node("simplify", stage(simplify, agent="plain-speaker"))
graph.add_edge(START, "simplify")
graph.add_edge("simplify", END)
