"""Agents that remember, in LangGraph's store."""

from dataclasses import dataclass
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.store.memory import InMemoryStore
from langgraph.types import Command

from chimera import Agent
from chimera.errors import CallError, SetupError
from chimera.memory import Memory
from chimera.models import ModelOptions
from chimera.session import Session, active
from chimera.testing import OllamaStandIn, ScriptedModel
from tests.agents.desk import CLERK, graph


def clerk(count: int = 9, **memory: Any) -> Agent[Any]:
    """Return an agent that remembers and answers A1, A2 and so on."""
    model = ScriptedModel(answers=[f"A{n}" for n in range(1, count)])
    return Agent(persona=CLERK, model=model, memory=Memory(**memory))


def asking(agent: Agent[Any], store: Any = None) -> Any:
    """Return what asks a question on a thread for a user, and returns the prompt sent."""
    saver = InMemorySaver()
    built = graph(agent).compile(store=store or InMemoryStore(), checkpointer=saver)

    def ask(question: str, thread: str, user: str) -> str:
        config: Any = {"configurable": {"thread_id": thread, "user_id": user}}
        built.invoke({"question": question}, config)
        return str(agent.model.prompts[-1])  # type: ignore[union-attr]

    return ask


def test_another_thread_of_the_same_user_remembers() -> None:
    """What was asked and answered in one thread stands in the prompt of the next."""
    ask = asking(clerk())
    assert "Earlier" not in ask("Who?", "1", "ann")
    prompt = ask("And now?", "2", "ann")
    assert "Earlier you were asked:\nWho?\nYou answered:\nA1\n\nAnd now?" in prompt


@pytest.mark.parametrize("other", ["ben", "ann.b", "ann%2Eb"])
def test_users_do_not_share_a_memory(other: str) -> None:
    """Nothing of one user reaches the prompt of another, whatever their ids look like."""
    ask = asking(clerk())
    ask("Secret?", "1", "ann·b")
    assert "Secret" not in ask("And?", "2", other)


def test_only_the_last_exchanges_are_kept() -> None:
    """The store does not grow beyond what is remembered."""
    store = InMemoryStore()
    ask = asking(clerk(last=2), store)
    for number in range(4):
        ask(f"Q{number}", str(number), "ann")
    assert [item.value["asked"] for item in store.search(())] == ["Q2", "Q3"]
    prompt = ask("Q4", "4", "ann")
    assert ["Q1" in prompt, "Q2" in prompt, "Q3" in prompt] == [False, True, True]


def test_one_memory_for_everybody() -> None:
    """Without `per` all users share it."""
    ask = asking(clerk(per=None))
    ask("Who?", "1", "ann")
    assert "Who?" in ask("And?", "2", "ben")


def test_memory_is_left_out_first_where_the_window_is_small() -> None:
    """The oldest exchange goes first, the question stays, and the receipt says so."""
    with OllamaStandIn(" ".join(map(str, range(300)))) as server:
        agent: Agent[Any] = Agent(
            persona=CLERK,
            model="ollama:x",
            base_url=server.base_url,
            memory=Memory(last=3),
            options=ModelOptions(num_ctx=2048, num_predict=512),
        )
        built = graph(agent).compile(store=InMemoryStore())
        config: Any = {"configurable": {"user_id": "ann"}}
        with active(Session()) as session:
            for number in range(4):
                built.invoke({"question": f"Q{number} " + "why " * 200}, config)
    receipt = session.calls[-1].receipt
    assert receipt.dropped[0] == "memory 1"
    assert receipt.kept[-1] == "question"
    assert receipt.whole


def test_what_failed_is_not_remembered() -> None:
    """Only answers are."""
    store = InMemoryStore()
    ask = asking(clerk(count=1), store)
    with pytest.raises(CallError):
        ask("Who?", "1", "ann")
    assert store.search(()) == []


def test_only_what_a_person_approved_is_remembered() -> None:
    """Neither a rejected answer nor one that was edited away is kept."""
    store, config = InMemoryStore(), {"configurable": {"thread_id": "1", "user_id": "ann"}}
    built: Any = graph(clerk(), approve=True).compile(store=store, checkpointer=InMemorySaver())
    built.invoke({"question": "Who?"}, config)
    built.invoke(Command(resume={"reject": "no"}), config)
    assert store.search(()) == []
    built.invoke(Command(resume="Nobody."), config)
    kept = [(item.value["asked"], item.value["answered"]) for item in store.search(())]
    assert kept == [("Who?", "Nobody.")]


def test_long_texts_are_cut_visibly() -> None:
    """A long question is kept in part, and says so."""
    store = InMemoryStore()
    asking(clerk(), store)("why " * 1000, "1", "ann")
    kept = store.search(())[0].value["asked"]
    assert (len(kept) < 2100, kept.endswith("[…]")) == (True, True)


def test_a_graph_without_store_is_refused() -> None:
    """The message says how to compile it."""
    with pytest.raises(SetupError, match="no store: compile it with store="):
        graph(clerk()).compile().invoke({"question": "?"})


def test_a_run_that_does_not_say_whose_memory_is_refused() -> None:
    """The message names the key."""
    built = graph(clerk()).compile(store=InMemoryStore())
    with pytest.raises(SetupError, match=r"'configurable': \{'user_id'"):
        built.invoke({"question": "?"})


def test_a_name_may_have_dots() -> None:
    """A store takes no dots in a namespace; a persona may have them in its name."""
    model = ScriptedModel(answers=["A1", "A2"])
    persona = CLERK.model_copy(update={"name": "Dr. No"})
    ask = asking(Agent(persona=persona, model=model, memory=Memory()))
    ask("Who?", "1", "ann")
    assert "Who?" in ask("And?", "2", "ann")


def test_a_context_with_slots_says_whose_memory_it_is() -> None:
    """The context of a run may be any object."""

    @dataclass(slots=True)
    class Who:
        user_id: str

    store = InMemoryStore()
    graph(clerk()).compile(store=store).invoke({"question": "Who?"}, context=Who("ann"))
    assert [item.namespace[-1] for item in store.search(())] == ["per ann"]


async def test_outside_of_a_graph_there_is_no_memory() -> None:
    """An agent that remembers is asked through a graph."""
    with pytest.raises(SetupError, match="outside of a graph"):
        await clerk().ask("?")
