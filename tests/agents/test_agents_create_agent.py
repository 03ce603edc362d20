"""An agent as a tool inside LangChain's own agent graph."""

from typing import Any

from langchain.agents import create_agent

from chimera import Agent
from chimera.testing import ScriptedModel, calling
from tests.agents.desk import CLERK


def outer(inner: Agent[str]) -> list[str]:
    """Return the texts of a `create_agent` graph that asks the agent once."""
    model = ScriptedModel(answers=[calling("Clerk", question="How?"), "Done."])
    built: Any = create_agent(model, tools=[inner.as_tool()])
    found = built.invoke({"messages": [("user", "Go.")]})
    return [str(message.content) for message in found["messages"]]


def test_create_agent_asks_an_agent() -> None:
    """What the agent answers is the tool's result."""
    inner = Agent(persona=CLERK, model=ScriptedModel(answers=["Like this."]))
    assert outer(inner) == ["Go.", "", "Like this.", "Done."]


def test_create_agent_hears_of_a_failure() -> None:
    """An agent without an answer does not end the outer graph."""
    inner = Agent(persona=CLERK, model=ScriptedModel(answers=[]))
    assert "Clerk got no answer" in outer(inner)[2]
