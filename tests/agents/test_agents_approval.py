"""Answers that a person approves; no model is asked again because a node is run again."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel

import chimera
from chimera import Agent
from chimera.errors import SetupError, StageError
from chimera.testing import OllamaStandIn, ScriptedModel
from tests.agents.desk import CLERK, graph

Invoke = Callable[[Any], dict[str, Any]]
THREAD: Any = {"configurable": {"thread_id": "1"}}


class Sum(BaseModel):
    total: int


def invoking(agent: Agent[Any], mode: str = "sync", saver: Any = None, **wiring: Any) -> Invoke:
    """Return what invokes a graph whose answer a person approves, on one thread."""
    wiring = {"approve": True, **wiring}
    built = graph(agent, **wiring).compile(checkpointer=saver or InMemorySaver())
    if mode == "sync":
        return lambda given: built.invoke(given, THREAD)
    return lambda given: asyncio.run(built.ainvoke(given, THREAD))


def clerk(*answers: str, **fields: Any) -> Agent[Any]:
    """Return an agent with its answers written down."""
    return Agent(persona=CLERK, model=ScriptedModel(answers=list(answers)), **fields)


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("decision", [True, {"accept": True}])
def test_an_accepted_answer_is_asked_for_once(mode: str, decision: Any) -> None:
    """The graph stops with the answer and goes on with it; the server sees one request."""
    with OllamaStandIn("Fine.") as server:
        agent = Agent(persona=CLERK, model="ollama:x", base_url=server.base_url)
        invoke = invoking(agent, mode)
        stopped = invoke({"question": "?"})
        assert stopped["__interrupt__"][0].value["answer"] == "Fine."
        assert "answer" not in stopped
        assert invoke(Command(resume=decision))["answer"] == "Fine."
    assert len(server.chats) == 1


@pytest.mark.parametrize("decision", ["Better.", {"edit": "Better."}])
def test_an_edited_answer_takes_the_place(decision: Any) -> None:
    """What the person writes is what the node writes."""
    invoke = invoking(clerk("Fine."))
    invoke({"question": "?"})
    assert invoke(Command(resume=decision))["answer"] == "Better."


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_rejected_answer_is_asked_for_once_more(mode: str) -> None:
    """The model hears why, its second answer is shown too, and nothing is asked a third time."""
    agent = clerk("Fine.", "Long and fine.")
    invoke = invoking(agent, mode)
    invoke({"question": "?"})
    again = invoke(Command(resume={"reject": "too short"}))
    assert again["__interrupt__"][0].value["answer"] == "Long and fine."
    assert invoke(Command(resume=True))["answer"] == "Long and fine."
    asked = agent.model.prompts  # type: ignore[union-attr]
    assert ["too short" in prompt for prompt in asked] == [False, True]


def test_an_answer_rejected_twice_fails_by_name() -> None:
    """There is no third try."""
    invoke = invoking(clerk("a", "b"))
    invoke({"question": "?"})
    invoke(Command(resume={"reject": "no"}))
    with pytest.raises(StageError, match="'Clerk' was rejected twice: still no"):
        invoke(Command(resume={"reject": "still no"}))


@pytest.mark.parametrize("decision", [False, 3, {"reject": ""}, {"maybe": 1}, {"edit": 3}])
def test_an_unreadable_decision_is_asked_for_again(decision: Any) -> None:
    """The person is told what is wrong; no model is asked."""
    agent = clerk("Fine.")
    invoke = invoking(agent)
    invoke({"question": "?"})
    stopped = invoke(Command(resume=decision))
    assert stopped["__interrupt__"][0].value["problem"]
    assert invoke(Command(resume=True))["answer"] == "Fine."
    assert len(agent.model.asked) == 1  # type: ignore[union-attr]


def test_an_edit_has_to_fit_the_contract() -> None:
    """An edit of an object is checked as the model's answer is."""
    invoke = invoking(clerk('{"total": 3}', output=Sum))
    assert invoke({"question": "?"})["__interrupt__"][0].value["answer"] == {"total": 3}
    stopped = invoke(Command(resume={"edit": {"total": "many"}}))
    assert "total: Input should be a valid integer" in stopped["__interrupt__"][0].value["problem"]
    assert invoke(Command(resume={"edit": {"total": 4}}))["answer"] == {"total": 4}


def test_another_process_goes_on_without_asking_again() -> None:
    """The answer is kept by the checkpointer: a new graph and a new agent ask nothing."""
    saver = InMemorySaver()
    invoking(clerk("Fine."), saver=saver)({"question": "?"})
    later = clerk()  # no answers: it would fail if it were asked
    assert invoking(later, saver=saver)(Command(resume=True))["answer"] == "Fine."


def test_the_agent_may_ask_for_approval_itself() -> None:
    """What the agent says holds where the node says nothing."""
    stopped = invoking(clerk("Fine.", approval=True), approve=None)({"question": "?"})
    assert "__interrupt__" in stopped


async def test_outside_of_a_graph_nobody_can_be_asked() -> None:
    """A node that waits for a person cannot be called by itself."""
    node = clerk("Fine.").node(reads="question", writes="answer", approve=True)
    with pytest.raises(SetupError, match="outside of a graph"):
        await node({"question": "?"})


def test_without_a_checkpointer_nothing_is_asked() -> None:
    """A graph that could not go on after the person's word is refused before the model is asked."""
    agent = clerk("Fine.")
    with pytest.raises(SetupError, match="compile it with a checkpointer"):
        chimera.run(graph(agent, approve=True), {"question": "?"})
    assert agent.model.asked == []  # type: ignore[union-attr]
