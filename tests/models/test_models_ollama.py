"""`Ollama` as a LangChain chat model."""

import asyncio
from typing import Any, TypedDict

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_ollama import ChatOllama
from langgraph.graph import END, START, StateGraph
from pydantic import ValidationError

from chimera.errors import AddressError, CallError
from chimera.models import Ollama, Timeouts
from chimera.models import messages as messages_module
from chimera.testing import Behaviour, OllamaStandIn


class _State(TypedDict):
    text: str


async def _stock_answer(base_url: str, question: Any, **settings: Any) -> Any:
    """Ask ChatOllama, and close the connections it leaves open."""
    model = ChatOllama(base_url=base_url, **settings)
    try:
        return await model.ainvoke(question)
    finally:
        await model._async_client._client.aclose()
        model._client._client.close()


class _Tokens(BaseCallbackHandler):
    """Keeps the tokens it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_llm_new_token(self, token: Any, **_: Any) -> None:
        self.heard.append(token)


def test_unknown_arguments_are_refused() -> None:
    """A misspelt option does not vanish."""
    with pytest.raises(ValidationError, match="temprature"):
        Ollama(model="gemma3", temprature=3)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    "option", [{"temperature": 99}, {"num_ctx": -5}, {"top_p": 2.0}, {"num_predict": -3}]
)
def test_values_out_of_range_are_refused(option: dict[str, Any]) -> None:
    """Options have the ranges of `ModelOptions`."""
    with pytest.raises(ValidationError):
        Ollama(model="gemma3", **option)


def test_a_bad_address_is_no_fallback() -> None:
    """An address that does not hold is an error at once."""
    with pytest.raises(AddressError):
        Ollama(model="gemma3", base_url="ftp://host")


@pytest.mark.parametrize("name", ["timeout", "trust_env", "follow_redirects"])
def test_settings_of_ours_are_not_overridden(name: str) -> None:
    """What this class promises cannot be switched off through client_kwargs."""
    with pytest.raises(ValidationError, match=name):
        Ollama(model="gemma3", client_kwargs={name: True})


def test_no_credential_in_the_repr() -> None:
    """Headers are masked."""
    model = Ollama(model="gemma3", client_kwargs={"headers": {"Authorization": "Bearer hunter2"}})
    assert "hunter2" not in repr(model)
    assert "hunter2" not in str(model)


def test_no_credential_in_a_refusal() -> None:
    """A refused setting does not print the others."""
    settings = {"headers": {"Authorization": "Bearer hunter2"}, "timeout": 3}
    with pytest.raises(ValidationError) as caught:
        Ollama(model="gemma3", client_kwargs=settings)
    assert "hunter2" not in str(caught.value)


async def test_no_credential_reaches_a_callback() -> None:
    """What tracers get to see of the model holds no header."""
    seen: list[Any] = []

    class Tracer(BaseCallbackHandler):
        def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
            seen.append((args, kwargs))

    headers = {"Authorization": "Bearer hunter2"}
    with OllamaStandIn() as server:
        model = Ollama(model="m", base_url=server.base_url, client_kwargs={"headers": headers})
        await model.ainvoke("Hi", {"callbacks": [Tracer()]})
    assert seen
    assert "hunter2" not in repr(seen)


async def test_langchains_cache_keeps_models_apart() -> None:
    """A cached answer is never given for another model or other options."""
    cache = InMemoryCache()
    with OllamaStandIn(lambda body: body["model"] + str(body["options"])) as server:
        texts = [
            (await Ollama(base_url=server.base_url, cache=cache, **settings).ainvoke("Hi")).content
            for settings in ({"model": "a"}, {"model": "b"}, {"model": "a", "seed": 1})
        ]
    assert len(set(texts)) == 3


async def test_headers_are_sent() -> None:
    """`client_kwargs` reach the server."""
    with OllamaStandIn() as server:
        headers = {"Authorization": "Bearer hunter2"}
        model = Ollama(model="m", base_url=server.base_url, client_kwargs={"headers": headers})
        await model.ainvoke("Hi")
        assert server.chats[0].headers["authorization"] == "Bearer hunter2"


async def test_the_body_is_chatollamas() -> None:
    """The request is the one ChatOllama makes, but for what is always set."""
    settings: dict[str, Any] = {
        "model": "m",
        "num_ctx": 1024,
        "temperature": 0.5,
        "seed": 1,
        "stop": ["."],
        "keep_alive": "5m",
        "num_predict": 7,
    }
    question = [("system", "Be brief."), ("human", "Hi"), ("ai", "Yes?"), ("human", "Why?")]
    with OllamaStandIn() as server:
        await _stock_answer(server.base_url, question, **settings)
        await Ollama(base_url=server.base_url, **settings).ainvoke(question)
        theirs, ours = (request.body for request in server.chats)
    for message in theirs["messages"]:
        message.pop("images", None)
    assert theirs.pop("tools") == []
    assert ours == theirs | {"truncate": False, "shift": False}


async def test_the_metadata_is_chatollamas() -> None:
    """`response_metadata` has ChatOllama's keys and two times; usage is the same."""
    with OllamaStandIn("Fine.") as server:
        theirs = await _stock_answer(server.base_url, "Hi", model="m")
        ours = await Ollama(model="m", base_url=server.base_url).ainvoke("Hi")
    missing = theirs.response_metadata.keys() - {"logprobs"}
    assert ours.response_metadata.keys() == missing | {"ttft_ms", "first_thought_ms"}
    assert ours.usage_metadata == theirs.usage_metadata
    assert ours.content == theirs.content


async def test_absent_counters_are_unknown() -> None:
    """Usage is None, not zero, where the server does not count."""
    with OllamaStandIn() as server:
        message = await Ollama(model="no-counters", base_url=server.base_url).ainvoke("Hi")
    assert message.usage_metadata is None


async def test_streamed_chunks_add_up_to_the_answer() -> None:
    """`astream` gives the same text and metadata as `ainvoke`."""
    with OllamaStandIn("One two three.") as server:
        model = Ollama(model="m", base_url=server.base_url)
        whole = await model.ainvoke("Hi")
        pieces = [piece async for piece in model.astream("Hi")]
    total = sum(pieces[1:], pieces[0])
    assert total.content == whole.content
    assert total.usage_metadata == whole.usage_metadata
    assert total.response_metadata.keys() == whole.response_metadata.keys()


async def test_no_chunk_is_built_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without listeners LangChain's chunks are not made, which are most of the cost."""
    monkeypatch.setattr(messages_module, "AIMessageChunk", None)
    with OllamaStandIn("Fine.") as server:
        message = await Ollama(model="m", base_url=server.base_url).ainvoke("Hi")
    assert message.content == "Fine."


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
async def test_token_callbacks_hear_every_piece(way: str) -> None:
    """A handler that wants tokens gets them, in both APIs."""
    tokens = _Tokens()
    with OllamaStandIn("One two.") as server:
        model = Ollama(model="m", base_url=server.base_url, callbacks=[tokens])
        if way == "invoke":
            await asyncio.to_thread(model.invoke, "Hi")
        else:
            await model.ainvoke("Hi")
    assert "".join(tokens.heard) == "One two."


async def test_langgraph_sees_the_tokens_of_a_plain_call() -> None:
    """`stream_mode="messages"` shows the pieces of an `ainvoke` inside a node."""
    with OllamaStandIn("One two.") as server:
        model = Ollama(model="m", base_url=server.base_url)

        async def node(state: _State) -> _State:
            return {"text": str((await model.ainvoke(state["text"])).content)}

        graph = StateGraph(_State).add_node("ask", node)
        compiled = graph.add_edge(START, "ask").add_edge("ask", END).compile()
        pieces = [
            message.content  # type: ignore[union-attr]
            async for message, _ in compiled.astream({"text": "Hi"}, stream_mode="messages")
        ]
    assert [piece for piece in pieces if piece] == ["One", " two."]


def test_sync_methods_work_without_a_loop() -> None:
    """`invoke` and `stream` run on the shared loop."""
    with OllamaStandIn("One two.") as server:
        model = Ollama(model="m", base_url=server.base_url)
        assert model.invoke("Hi").content == "One two."
        assert "".join(str(piece.content) for piece in model.stream("Hi")) == "One two."


def test_one_object_serves_several_loops() -> None:
    """The same model works in one `asyncio.run` after another."""
    with OllamaStandIn("Fine.") as server:
        model = Ollama(model="m", base_url=server.base_url)
        texts = [asyncio.run(model.ainvoke("Hi")).content for _ in range(3)]
    assert texts == ["Fine."] * 3


async def test_an_incomplete_answer_is_an_error() -> None:
    """A stream without `done: true` raises `CallError`, also for plain LangChain users."""
    with OllamaStandIn() as server, pytest.raises(CallError) as caught:
        await Ollama(model="no-done", base_url=server.base_url).ainvoke("Hi")
    assert caught.value.outcome == "dropped_stream"


async def test_thinking_is_kept_apart() -> None:
    """Thoughts come as reasoning_content, never mixed into the text."""
    thinking = Behaviour(text="Yes.", thinking="Hm.")
    with OllamaStandIn(script=[thinking]) as server:
        message = await Ollama(model="m", base_url=server.base_url).ainvoke("Hi")
    assert (message.content, message.additional_kwargs["reasoning_content"]) == ("Yes.", "Hm.")


async def test_lone_surrogates_become_clean_text() -> None:
    """Text can always be encoded; a pair split over two lines becomes its character."""
    parts = (b'{"message":{"content":"\\ud83d"}}', b'{"message":{"content":"\\ude00\\ud800"}}')
    with OllamaStandIn("", script=[Behaviour(text="", lines=parts)]) as server:
        message = await Ollama(model="m", base_url=server.base_url).ainvoke("Hi")
    assert message.content == "\N{GRINNING FACE}\N{REPLACEMENT CHARACTER}"


async def test_tool_calls_arrive() -> None:
    """Tool calls of a line become LangChain's."""
    line = (
        b'{"message":{"role":"assistant","content":"","tool_calls":'
        b'[{"function":{"name":"add","arguments":{"a":1}}}]},"done":false}'
    )
    with OllamaStandIn(script=[Behaviour(text="", lines=(line,))]) as server:
        message = await Ollama(model="m", base_url=server.base_url).ainvoke("Hi")
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [("add", {"a": 1})]


async def test_unknown_call_arguments_are_refused() -> None:
    """An option given with the call does not vanish either."""
    with pytest.raises(TypeError, match="num_ctx"):
        await Ollama(model="m").ainvoke("Hi", num_ctx=5)


def test_a_missing_model_can_be_found_at_the_start() -> None:
    """`validate_model_on_init` asks the server."""
    with OllamaStandIn(models=["other"]) as server, pytest.raises(CallError, match="ollama pull"):
        Ollama(model="gemma3", base_url=server.base_url, validate_model_on_init=True)


async def test_timeouts_are_the_models_own() -> None:
    """A bare model gives up by its own limits."""
    with OllamaStandIn() as server:
        quick = Timeouts(first_token=0.1)
        model = Ollama(model="silent", base_url=server.base_url, timeouts=quick)
        with pytest.raises(CallError) as caught:
            await model.ainvoke("Hi")
    assert caught.value.outcome == "first_token_timeout"
