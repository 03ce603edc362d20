"""Question: a skeptic reads one claim."""

from typing import NotRequired, TypedDict

from langgraph.graph import END, START, StateGraph

from chimera.stages import StageContext, stage


class State(TypedDict):
    """What passes between the nodes."""

    claim: str
    doubts: NotRequired[str]


async def doubt(state: State, context: StageContext) -> dict[str, str]:
    """Ask the agent."""
    return {"doubts": await context.agent.ask(state["claim"])}


graph = StateGraph(State)
graph.add_node("doubt", stage(doubt, agent="skeptic"))
graph.add_edge(START, "doubt")
graph.add_edge("doubt", END)
