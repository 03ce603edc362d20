"""Any LangGraph graph run by Chimera: nodes timed, calls recorded, updates checked."""

import gc
import operator
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_ollama import ChatOllama
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import InvalidUpdateError
from langgraph.graph import END, START, StateGraph, add_messages
from langgraph.prebuilt import ToolNode
from langgraph.types import Command, RetryPolicy
from pydantic import BaseModel, Field

import chimera
from chimera.errors import ConfigError, StageError
from chimera.events import Event, ModelCalled
from chimera.loop import run_sync
from chimera.models.records import Outcome
from chimera.testing import OllamaStandIn


class State(BaseModel):
    count: int = 0
    few: int = Field(default=0, le=9)
    seen: Annotated[list[str], operator.add] = []
    messages: Annotated[list[AnyMessage], add_messages] = []


class Loose(TypedDict, total=False):
    count: int
    text: str


@dataclass
class Held:
    count: int = 0


def chain(schema: Any, *nodes: Any) -> Any:
    """Return an uncompiled graph of nodes in a row, by the names of their functions."""
    builder: Any = StateGraph(schema)
    names = [getattr(node, "__name__", None) or node.get_name() for node in nodes]
    for name, node in zip(names, nodes, strict=True):
        builder.add_node(name, node)
    for left, right in zip([START, *names], [*names, END], strict=True):
        builder.add_edge(left, right)
    return builder


async def slow(state: State) -> dict[str, Any]:
    """Return what fits, asynchronously."""
    return {"count": state.count + 1, "seen": ["slow"]}


def quick(state: State, config: RunnableConfig) -> dict[str, Any]:
    """Return what fits, from a plain function that wants its config."""
    assert config["configurable"]["thread_id"]
    return {"count": state.count + 1, "seen": ["quick"]}


MADE: list[ChatOllama] = []


def plain_model(server: OllamaStandIn, model: str = "x") -> ChatOllama:
    """Return a plain ChatOllama, whose connections the test will close."""
    MADE.append(ChatOllama(model=model, base_url=server.base_url))
    return MADE[-1]


@pytest.fixture(autouse=True)
def _no_open_connections() -> Iterator[None]:
    """Close the connections that plain models leave open, in the loop they belong to."""
    yield
    while MADE:
        model = MADE.pop()
        run_sync(model._async_client._client.aclose())
        model._client._client.close()


def ask(server: OllamaStandIn, model: str = "x") -> Any:
    """Return a node that asks a plain ChatOllama."""
    llm = plain_model(server, model)

    async def asks(state: State) -> dict[str, Any]:
        return {"messages": await llm.ainvoke("Well?")}

    return asks


@pytest.mark.parametrize("compiled", [False, True])
def test_plain_nodes_are_timed(compiled: bool) -> None:
    """Functions of both kinds have spans, timings and events, in a graph compiled or not."""
    heard: list[Event] = []
    graph = chain(State, slow, quick)
    run = chimera.run(graph.compile() if compiled else graph, listener=heard.append)
    assert run.state.seen == ["slow", "quick"]
    assert [span.stage for span in run.spans] == list(run.timings)[:-1] == ["slow", "quick"]
    assert [event.name for event in heard] == ["stage.started", "stage.finished"] * 2


def test_a_runnable_is_timed() -> None:
    """A node that is no function is timed as well."""
    lambda_: Any = RunnableLambda(lambda state: {"count": state.count + 2}, name="two")
    run = chimera.run(chain(State, lambda_))
    assert (run.state.count, [span.stage for span in run.spans]) == (2, ["two"])


def test_a_graph_as_node_is_timed_with_its_nodes() -> None:
    """The nodes inside have their own spans, and the total counts nothing twice."""
    inner = chain(State, slow, quick).compile(name="inner")
    run = chimera.run(chain(State, quick, inner))
    assert run.state.count == 3
    assert [span.stage for span in run.spans] == ["quick", "inner", "slow", "quick"]
    assert run.timings["total"].seconds < sum(span.seconds for span in run.spans)
    assert run.timings["total"].seconds >= run.timings["inner"].seconds


def test_running_changes_no_graph_of_others() -> None:
    """A compiled graph stays as it was, and goes when nobody holds it."""
    compiled = chain(State, slow).compile()
    before = dict(compiled.nodes)
    chimera.run(compiled)
    assert compiled.nodes == before
    gone = weakref.ref(compiled)
    del compiled, before
    gc.collect()
    assert gone() is None


def test_calls_of_plain_models_are_recorded() -> None:
    """A ChatOllama inside of a node has a record with outcome, counters and time line."""
    heard: list[Event] = []
    with OllamaStandIn("Fine.") as server:
        run = chimera.run(chain(State, ask(server)), listener=heard.append)
    [call] = run.calls
    assert (call.id, call.stage, call.agent, call.model) == ("M1", "asks", None, "ollama:x")
    assert (call.outcome, call.attempts, call.answers) == (Outcome.OK, 1, 1)
    assert call.ttft_ms is not None
    assert call.total_ms is not None
    assert 0 < call.ttft_ms < call.total_ms
    assert call.output_tokens is not None
    assert call.started_s is not None
    assert call.started_s > run.spans[0].started_s
    assert run.timings["asks"].model_seconds == pytest.approx(call.total_ms / 1000)
    assert [event.record for event in heard if isinstance(event, ModelCalled)] == [call]


def test_a_failed_call_of_a_plain_model_is_recorded() -> None:
    """The record says how the call ended, the error which node it was."""
    heard: list[Event] = []
    with OllamaStandIn() as server, pytest.raises(StageError, match="asks failed: Resp") as caught:
        chimera.run(chain(State, ask(server, "server-error")), listener=heard.append)
    assert type(caught.value.__cause__).__name__ == "ResponseError"
    [called] = [event for event in heard if isinstance(event, ModelCalled)]
    assert called.record.outcome is Outcome.SERVER_ERROR


def test_an_agents_call_is_recorded_once() -> None:
    """What passes a gateway is not overheard as well, with a provider's own model neither."""
    persona = chimera.Persona(name="p", title="P", instructions="Answer.")
    with OllamaStandIn("Fine.") as server:
        llm = plain_model(server)
        for model in ("ollama:x", llm):
            agent = chimera.Agent(persona=persona, model=model, base_url=server.base_url)

            async def asks(state: Loose, agent: Any = agent) -> dict[str, Any]:
                return {"text": await agent.ask("Well?")}

            run = chimera.run(chain(Loose, asks), {})
            assert [(call.agent, call.stage) for call in run.calls] == [("p", "asks")]


def test_callbacks_hear_nodes_and_calls() -> None:
    """LangChain's own handlers are told what they would be told by LangGraph."""
    from langchain_core.callbacks import BaseCallbackHandler

    heard: list[str] = []

    class Handler(BaseCallbackHandler):
        def on_chain_start(self, *_: Any, **more: Any) -> None:
            heard.append(more["name"])

        def on_chat_model_start(self, *_: Any, **__: Any) -> None:
            heard.append("model")

    with OllamaStandIn() as server:
        chimera.run(chain(State, slow, ask(server)), callbacks=[Handler()])
    assert heard == ["graph", "slow", "asks", "model"]


async def stray(state: State) -> dict[str, Any]:
    """Return a key the state does not have."""
    return {"cuont": 1}


async def wrong(state: State) -> dict[str, Any]:
    """Return a value of another type."""
    return {"count": "many"}


async def beyond(state: State) -> dict[str, Any]:
    """Return a value beyond the limit of its field."""
    return {"few": 10}


async def pieces(state: State) -> dict[str, Any]:
    """Return a list of another type to a reducer."""
    return {"seen": [{}]}


async def commanding(state: State) -> Command[Any]:
    """Return a command with a wrong value."""
    return Command(update={"count": "many"})


async def nothing_like_it(state: State) -> Any:
    """Return what is no update at all."""
    return "many"


WRONG = {
    stray: r"node 'stray' returned the unknown key 'cuont'; did you mean 'count'",
    wrong: r"node 'wrong' returned 'count' that does not fit.*'many'",
    beyond: r"node 'beyond' returned 'few' that does not fit.*less than or equal to 9.*10",
    pieces: r"node 'pieces' returned 'seen' that does not fit \(at 0\)",
    commanding: r"node 'commanding' returned 'count' that does not fit",
    nothing_like_it: r"nothing_like_it failed: InvalidUpdateError",
}


@pytest.mark.parametrize("node", WRONG, ids=lambda node: str(node.__name__))
def test_a_wrong_update_fails_in_its_node(node: Any) -> None:
    """The node that returned it is named, and the thread can be read and gone on with."""
    saver = InMemorySaver()
    graph = chain(State, slow, node, quick).compile(checkpointer=saver)
    with pytest.raises(StageError, match=WRONG[node]):
        chimera.run(graph, run_id="r")
    state = graph.get_state({"configurable": {"thread_id": "r"}})
    assert (state.values["count"], state.next) == (1, (node.__name__,))


def test_wrong_input_is_never_stored() -> None:
    """Input that does not fit is refused before LangGraph keeps it."""
    graph = chain(State, slow).compile(checkpointer=InMemorySaver())
    with pytest.raises(ConfigError, match="the input gives 'count' that does not fit"):
        chimera.run(graph, {"count": "many"}, run_id="r")
    assert graph.get_state({"configurable": {"thread_id": "r"}}).values == {}


@pytest.mark.parametrize("schema", [Loose, Held])
def test_unchecked_states_keep_their_freedom(schema: Any) -> None:
    """LangGraph does not check values of a TypedDict or a dataclass; nor is it done for it."""

    async def free(state: Any) -> dict[str, Any]:
        return {"count": None}

    assert chimera.run(chain(schema, free), {"count": 1}).state["count"] is None


async def test_reducers_take_what_they_take() -> None:
    """A message alone fits `add_messages`, in a node of tools as in a plain one."""

    def double(number: int) -> int:
        """Double a number."""
        return 2 * number

    async def calling(state: State) -> dict[str, Any]:
        call = {"name": "double", "args": {"number": 21}, "id": "1", "type": "tool_call"}
        return {"messages": AIMessage("", tool_calls=[call])}

    run = await chimera.arun(chain(State, calling, ToolNode([double], name="tools")))
    assert run.state.messages[-1].content == "42"
    assert [span.stage for span in run.spans] == ["calling", "tools"]


def test_a_retry_policy_sees_the_nodes_own_error() -> None:
    """Errors are named at the end only, so that policies can tell them apart."""
    tries: list[int] = []

    async def flaky(state: State) -> dict[str, Any]:
        tries.append(1)
        if len(tries) < 2:
            raise ConnectionResetError
        return {"count": 1}

    builder: Any = StateGraph(State)
    policy = RetryPolicy(initial_interval=0.001, retry_on=ConnectionResetError)
    builder.add_node("flaky", flaky, retry_policy=policy)
    builder.add_edge(START, "flaky")
    run = chimera.run(builder)
    assert (run.state.count, len(run.spans)) == (1, 2)


def test_an_endless_loop_is_told_as_such() -> None:
    """A graph that does not end within its steps says which nodes went round."""
    builder = chain(State, slow)
    builder.add_edge("slow", "slow")
    with pytest.raises(chimera.RunError, match=r"did not end within 7 steps \(of slow\)"):
        chimera.run(builder, max_steps=7)


def test_an_error_keeps_its_cause() -> None:
    """The node's own exception is the cause of the one that names it."""

    async def failing(state: State) -> dict[str, Any]:
        raise LookupError("no luck")

    with pytest.raises(StageError, match="failing failed: LookupError: no luck") as caught:
        chimera.run(chain(State, failing))
    assert isinstance(caught.value.__cause__, LookupError)
    assert InvalidUpdateError not in type(caught.value).__mro__
