"""A Chimera agent inside graphs that know nothing of Chimera, and those inside of a run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool, tool
from langgraph.graph import END, START, MessagesState, StateGraph
from pydantic import BaseModel

import chimera
from chimera import Agent, Persona
from chimera.testing import OllamaStandIn

PERSONA = Persona(name="Skeptic", title="reviewer", instructions="Doubt it.")


class Verdict(BaseModel):
    holds: bool


class Typed(TypedDict, total=False):
    draft: str
    verdict: dict[str, Any]


class Model(BaseModel):
    draft: str = ""
    verdict: Verdict | None = None


@dataclass
class Held:
    draft: str = ""
    verdict: Any = None


class Scripted(GenericFakeChatModel):
    """Says its messages in order, whatever tools it is given."""

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],  # noqa: ARG002
        *,
        tool_choice: str | None = None,  # noqa: ARG002
        **_: Any,
    ) -> Runnable[Any, AIMessage]:
        return self


@pytest.fixture
def server() -> Iterator[OllamaStandIn]:
    """An Ollama that answers what fits `Verdict`."""
    with OllamaStandIn('{"holds": true}') as running:
        yield running


def reviewing(server: OllamaStandIn, schema: Any) -> Any:
    """Return a compiled LangGraph graph whose node is an agent."""
    agent = Agent(persona=PERSONA, model="ollama:x", base_url=server.base_url, output=Verdict)
    builder: Any = StateGraph(schema)
    builder.add_node("review", agent.node(reads="draft", writes="verdict"))
    return builder.add_edge(START, "review").add_edge("review", END).compile()


@pytest.mark.parametrize("schema", [Typed, Model, Held])
async def test_an_agent_is_a_node_of_any_graph(server: OllamaStandIn, schema: Any) -> None:
    """It reads and writes fields of a TypedDict, a Pydantic model or a dataclass."""
    result = await reviewing(server, schema).ainvoke({"draft": "All is well."})
    assert result["verdict"] == {"holds": True}
    assert "All is well." in server.prompts[0]


async def test_an_agents_node_streams(server: OllamaStandIn) -> None:
    """LangGraph's own stream of updates has the agent's answer."""
    graph = reviewing(server, Typed)
    updates = [part async for part in graph.astream({"draft": "x"}, stream_mode="updates")]
    assert updates == [{"review": {"verdict": {"holds": True}}}]


def calling(name: str) -> Scripted:
    """Return a model that calls a tool, then says its last word."""
    call = {"name": name, "args": {"claim": "All is well."}, "id": "1", "type": "tool_call"}
    said: list[AIMessage | str] = [AIMessage("", tool_calls=[call]), AIMessage("So it is.")]
    return Scripted(messages=iter(said))


def second_opinion(server: OllamaStandIn) -> BaseTool:
    """Return a tool that asks a Chimera agent."""
    agent = Agent(persona=PERSONA, model="ollama:x", base_url=server.base_url)

    @tool
    async def opinion(claim: str) -> str:
        """Ask for a second opinion."""
        return await agent.ask(claim)

    return opinion


async def test_an_agent_is_a_tool_of_create_agent(server: OllamaStandIn) -> None:
    """LangChain's agent asks Chimera's and reads its answer."""
    opinion = second_opinion(server)
    graph = create_agent(calling("opinion"), tools=[opinion])
    result = await graph.ainvoke({"messages": [HumanMessage("Is it?")]})
    assert [m.content for m in result["messages"]][2:] == ['{"holds": true}', "So it is."]


async def test_a_create_agent_graph_runs_and_is_accounted_for(server: OllamaStandIn) -> None:
    """Given to `arun` as it is, its nodes are timed and the calls of both agents recorded."""
    graph = create_agent(calling("opinion"), tools=[second_opinion(server)])
    run = await chimera.arun(graph, {"messages": [HumanMessage("Is it?")]})
    assert [span.stage for span in run.spans] == ["model", "tools", "model"]
    assert [(call.stage, call.agent) for call in run.calls] == [
        ("model", None),
        ("tools", "Skeptic"),
        ("model", None),
    ]
    assert {call.outcome.value for call in run.calls} == {"ok"}


async def test_a_create_agent_graph_is_a_node(server: OllamaStandIn) -> None:
    """As a node of a graph of one's own its nodes are timed inside of it."""
    graph = create_agent(calling("opinion"), tools=[second_opinion(server)])

    async def question(state: MessagesState) -> dict[str, list[BaseMessage]]:
        return {"messages": [HumanMessage("Is it?")]}

    builder: Any = StateGraph(MessagesState)
    builder.add_node("question", question)
    builder.add_node("expert", graph)
    builder.add_edge(START, "question").add_edge("question", "expert").add_edge("expert", END)
    run = await chimera.arun(builder, {"messages": []})
    assert [span.stage for span in run.spans] == ["question", "expert", "model", "tools", "model"]
    assert len(run.calls) == 3
    whole = run.timings["total"].seconds
    assert whole == pytest.approx(run.timings["question"].seconds + run.timings["expert"].seconds)
