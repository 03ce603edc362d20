"""Agents as nodes: every kind of state, sync and async, faults that leave the thread readable."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from pydantic import BaseModel

import chimera
from chimera import Agent
from chimera.errors import StageError
from chimera.testing import Behaviour, OllamaStandIn, ScriptedModel
from tests.agents.desk import CLERK, Desk, graph

THREAD: Any = {"configurable": {"thread_id": "1"}}


class Verdict(BaseModel):
    holds: bool


@dataclass(slots=True)
class Slots:
    question: str = "?"
    answer: str = ""


@dataclass
class Table:
    question: str = "?"
    answer: str = ""
    seen: list[str] = field(default_factory=list)


class Sheet(BaseModel):
    question: str = "?"
    answer: str = ""
    verdict: Verdict | None = None


def clerk(*answers: Any) -> Agent[Any]:
    """Return an agent with its answers written down."""
    return Agent(persona=CLERK, model=ScriptedModel(answers=list(answers)))


@pytest.mark.parametrize("state", [Desk, Table, Slots, Sheet])
def test_node_works_in_plain_invoke(state: type) -> None:
    """A script calls `graph.invoke` and gets the answer, whatever kind of state there is."""
    found = graph(clerk("Yes."), state).compile().invoke({"question": "Well?"})
    assert found["answer"] == "Yes."


@pytest.mark.parametrize("state", [Desk, Table, Slots, Sheet])
async def test_node_works_in_ainvoke(state: type) -> None:
    """The same node answers in an event loop."""
    found = await graph(clerk("Yes."), state).compile().ainvoke({"question": "Well?"})
    assert found["answer"] == "Yes."


async def test_node_works_in_invoke_beside_a_running_loop() -> None:
    """A notebook's loop runs while a cell calls `graph.invoke`."""
    assert graph(clerk("Yes.")).compile().invoke({"question": "?"})["answer"] == "Yes."


def test_several_fields_become_sections_by_name() -> None:
    """A node that reads several fields shows each under its name, values that are no texts too."""
    agent = clerk("Yes.")
    reads = ["question", "notes"]
    state = {"question": "Well?", "notes": {"n": 3}}
    graph(agent, reads=reads).compile().invoke(state)
    asked = agent.model.prompts[0]  # type: ignore[union-attr]
    assert asked.endswith('question:\nWell?\n\nnotes:\n{\n "n": 3\n}')


def test_node_has_an_output_of_its_own() -> None:
    """The contract of a node takes the place of the agent's."""
    builder = graph(clerk('{"holds": true}'), Sheet, writes="verdict", output=Verdict)
    run = chimera.run(builder, {})
    assert run.state.verdict == Verdict(holds=True)


def test_typed_dict_is_checked_where_it_is_named() -> None:
    """LangGraph drops an unknown key of a TypedDict in silence; a node that knows it refuses."""
    builder = graph(clerk("Yes."), writes="anser", state=Desk)
    with pytest.raises(StageError, match="unknown key 'anser'; did you mean 'answer'"):
        builder.compile().invoke({"question": "?"})


def test_typed_dict_is_checked_where_it_is_not() -> None:
    """What LangGraph would drop in silence is refused before a model is asked for it."""
    agent = clerk("Yes.")
    with pytest.raises(StageError, match="'clerk' writes 'anser', which is no field"):
        graph(agent, writes="anser").compile().invoke({"question": "?"})
    assert not agent.model.asked  # type: ignore[union-attr]


def test_what_cannot_be_shown_to_a_model_is_named() -> None:
    """A value that is no JSON names node, field and type."""
    with pytest.raises(StageError, match="'clerk' reads 'answer', whose type 'object' cannot"):
        graph(clerk(), reads="answer").compile().invoke({"answer": object()})


@pytest.mark.parametrize("state", [None, MessagesState])
def test_a_conversation_is_read_as_text_and_answered_with_a_message(state: Any) -> None:
    """An agent reads `messages` as a person would, and its answer is the assistant's."""
    agent = clerk("Room 7.")
    wiring = {"reads": "messages", "writes": "messages", "state": state}
    built = graph(agent, MessagesState, **wiring).compile()
    found = built.invoke({"messages": [("user", "Which room?")]})["messages"]
    assert [(m.type, m.content) for m in found] == [("human", "Which room?"), ("ai", "Room 7.")]
    assert agent.model.prompts[0].endswith("\nHuman: Which room?")  # type: ignore[union-attr]


def test_a_typed_conversation_may_be_empty() -> None:
    """The state's reducer tells a conversation that nobody has begun."""

    class Chat(MessagesState):
        question: str

    agent = Agent(persona=CLERK, model=ScriptedModel(answers=["Yes."]), name="The Clerk")
    built = graph(agent, Chat, writes="messages", state=Chat).compile()
    (answer,) = built.invoke({"question": "Well?", "messages": []})["messages"]
    assert (answer.type, answer.name, answer.content) == ("ai", "The_Clerk", "Yes.")


@asynccontextmanager
async def saver(kind: str, folder: Path) -> AsyncIterator[Any]:
    """Yield a checkpointer."""
    if kind == "memory":
        yield InMemorySaver()
        return
    sqlite = pytest.importorskip("langgraph.checkpoint.sqlite.aio")
    async with sqlite.AsyncSqliteSaver.from_conn_string(str(folder / "c.sqlite")) as made:
        yield made


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("state", [Table, Sheet])
@pytest.mark.parametrize(
    ("wiring", "why"),
    [
        ({"writes": "anser"}, "'clerk' writes the unknown key 'anser'"),
        ({"output": Verdict}, "'clerk' returned 'answer' that does not fit"),
        ({"reads": "qestion"}, "'clerk' reads 'qestion'"),
    ],
)
async def test_thread_stays_readable_after_a_wrong_update(
    kind: str, state: type, wiring: dict[str, Any], why: str, tmp_path: Path
) -> None:
    """A wrong update fails in its node, by name, and never reaches the thread."""
    async with saver(kind, tmp_path) as checkpointer:
        built = graph(clerk('{"holds": true}'), state, **wiring).compile(checkpointer=checkpointer)
        with pytest.raises(StageError, match=why):
            await built.ainvoke({"question": "Well?"}, THREAD)
        kept = await built.aget_state(THREAD)
    assert (kept.values["question"], kept.next) == ("Well?", ("clerk",))


async def test_tokens_reach_the_streams_of_langgraph() -> None:
    """`stream_mode="messages"` carries the text of a node as it comes."""
    with OllamaStandIn("All is well.") as server:
        agent = Agent(persona=CLERK, model="ollama:x", base_url=server.base_url)
        stream = graph(agent).compile().astream({"question": "?"}, stream_mode="messages")
        pieces = [message.content async for message, _ in stream]
    assert "".join(pieces) == "All is well."
    assert len(pieces) > 2


async def test_a_cancelled_graph_leaves_the_server() -> None:
    """Cancelling the graph ends the request of its node."""
    with OllamaStandIn(behaviours={"x": Behaviour(first_token_s=3600)}) as server:
        agent = Agent(persona=CLERK, model="ollama:x", base_url=server.base_url)
        task = asyncio.create_task(graph(agent).compile().ainvoke({"question": "?"}))
        while not server.chats:  # noqa: ASYNC110  the server is another thread
            await asyncio.sleep(0.005)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_accounts_of_a_node_in_plain_invoke_are_the_runs() -> None:
    """A sync graph inside of a run's session is accounted for as an async one."""
    from chimera.session import Session, active

    with active(Session()) as session:
        graph(clerk("Yes.")).compile().invoke({"question": "?"})
    assert [(call.stage, call.outcome) for call in session.calls] == [("clerk", "ok")]
    assert session.timings["clerk"].seconds > 0


def test_two_nodes_of_one_agent_are_told_apart() -> None:
    """Timings and calls go by the names that the nodes have in the graph."""
    agent = clerk("Yes.", "No.")
    twice = StateGraph(Desk)
    twice.add_node("draft", agent.node(reads="question", writes="answer"))
    twice.add_node("again", agent.node(reads="answer", writes="answer"))
    twice.add_edge(START, "draft").add_edge("draft", "again").add_edge("again", END)
    run = chimera.run(twice, {"question": "Well?"})
    assert list(run.timings) == ["draft", "again", "total"]
    assert [(call.stage, call.agent) for call in run.calls] == [
        ("draft", "Clerk"),
        ("again", "Clerk"),
    ]
