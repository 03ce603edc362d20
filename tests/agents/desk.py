"""What the tests of agents share: a persona, tools, and graphs of one node."""

from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from pydantic import TypeAdapter

from chimera import Agent, Persona
from chimera.session import Session, active
from chimera.tools import ToolRecord

CLERK = Persona(name="Clerk", title="clerk", instructions="Answer.")


class Desk(TypedDict, total=False):
    question: str
    notes: str
    answer: Any


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def broken(text: str) -> str:
    """Never work."""
    raise OSError(f"no disk for {text}")


def strict(text: str) -> str:
    """Fail with an error of Pydantic that is not one of its arguments."""
    return str(TypeAdapter(int).validate_python(text))


def lengthy(size: int) -> str:
    """Say a lot."""
    return "x" * size


def graph(agent: Agent[Any], schema: Any = Desk, **wiring: Any) -> Any:
    """Return an uncompiled graph of one node that asks the question and writes the answer."""
    builder = StateGraph(schema)
    builder.add_node("clerk", agent.node(**{"reads": "question", "writes": "answer", **wiring}))
    builder.add_edge(START, "clerk")
    builder.add_edge("clerk", END)
    return builder


async def asked(agent: Agent[Any], question: str = "?") -> tuple[Any, list[ToolRecord], Session]:
    """Ask; return the answer, the calls of tools, and the session."""
    with active(Session()) as session:
        answer = await agent.ask(question)
    return answer, session.tool_calls, session
