"""`openai:NAME` behind the gateway, against a stand-in that speaks OpenAI's protocol."""

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from chimera.errors import AddressError, SetupError
from chimera.models import CallSite, Gateway, ModelOptions, Outcome, Prompt, Timeouts, chat_model
from chimera.models.sender import Terms
from chimera.testing import Behaviour, OpenAIStandIn

pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")

QUICK = Timeouts(connect=1.0, first_token=0.2, idle=0.2, total=5.0)
CANARY = "sk-canary-0123456789"

Connect = Callable[..., Gateway]


class Verdict(BaseModel):
    good: bool
    reason: str


@pytest.fixture
def connect(pauses: list[float]) -> Connect:
    """A function from a stand-in and a model's name to a gateway."""

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    def connect(
        server: OpenAIStandIn,
        name: str = "qwen3",
        options: ModelOptions | None = None,
        timeouts: Timeouts = QUICK,
    ) -> Gateway:
        options, spec = options or ModelOptions(num_ctx=2048), f"openai:{name}"
        model = chat_model(spec, options, base_url=server.api_url, timeouts=timeouts)
        return Gateway(model, name=spec, options=options, timeouts=timeouts, sleep=sleep)

    return connect


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_API_BASE", "OPENAI_BASE_URL", "CHIMERA_API_KEY"):
        monkeypatch.delenv(name, raising=False)


TABLE = {
    "fine": (Outcome.OK, 1),
    "too-long": (Outcome.PROMPT_TOO_LONG, 1),
    "too-long-llama-cpp": (Outcome.PROMPT_TOO_LONG, 1),
    "unauthorised": (Outcome.UNAUTHORISED, 1),
    "missing": (Outcome.MODEL_MISSING, 1),
    "rate-limited": (Outcome.SERVER_BUSY, 3),
    "server-error": (Outcome.SERVER_ERROR, 3),
    "busy": (Outcome.SERVER_BUSY, 3),
    "bad-request": (Outcome.BAD_REQUEST, 1),
    "filtered-before": (Outcome.REFUSED, 1),
    "filtered": (Outcome.REFUSED, 1),
    "refused": (Outcome.REFUSED, 1),
    "cut": (Outcome.CUT_ANSWER, 1),
    "empty": (Outcome.EMPTY, 3),
    "thought-only": (Outcome.THOUGHT_ONLY, 1),
    "thinking": (Outcome.OK, 1),
    "think-tags": (Outcome.OK, 1),
    "no-usage": (Outcome.OK, 1),
    "no-finish": (Outcome.DROPPED_STREAM, 3),
    "nothing": (Outcome.DROPPED_STREAM, 3),
    "error-event": (Outcome.SERVER_ERROR, 3),
    "torn-event": (Outcome.DROPPED_STREAM, 3),
    "dropped": (Outcome.DROPPED_STREAM, 3),
    "reset": (Outcome.DROPPED_STREAM, 3),
    "close-first": (Outcome.DROPPED_STREAM, 3),
    "not-http": (Outcome.DROPPED_STREAM, 3),
    "silent": (Outcome.FIRST_TOKEN_TIMEOUT, 1),
    "stalled": (Outcome.STALLED, 3),
}


@pytest.mark.parametrize("name", sorted(TABLE))
async def test_each_trouble_has_its_outcome(
    connect: Connect, prompt: Prompt, site: CallSite, name: str
) -> None:
    """Outcome and number of requests follow the table, and the detail is one safe line."""
    nothing = {"nothing": Behaviour(pieces=0, ending="no_done")}
    with OpenAIStandIn(behaviours=nothing) as server:
        record = (await connect(server, name).ask(prompt, call=site)).record
        requests = len(server.chats)
    assert (record.outcome, requests) == TABLE[name]
    assert record.detail is None or (record.detail.isprintable() and len(record.detail) <= 200)


@pytest.mark.parametrize(
    "name", ["cut", "filtered", "refused", "empty", "no-finish", "thought-only", "too-long"]
)
async def test_a_structured_call_ends_in_the_same_outcome(
    connect: Connect, prompt: Prompt, site: CallSite, name: str
) -> None:
    """Asking for a schema changes nothing about how trouble is told."""
    with OpenAIStandIn() as server:
        answer = await connect(server, name).ask(prompt, output=Verdict, call=site)
    assert (answer.record.outcome, answer.value) == (TABLE[name][0], None)


async def test_a_schema_is_sent_and_kept_to(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """The schema goes along as `json_schema`; the answer is read by us, thinking left out."""
    with OpenAIStandIn() as server:
        answer = await connect(server, "thinking").ask(prompt, output=Verdict, call=site)
        sent = server.chats[0].body
    assert answer.value == Verdict(good=True, reason="text")
    assert sent["response_format"]["json_schema"]["schema"]["required"] == ["good", "reason"]
    assert sent["stream"] is True
    assert sent["stream_options"] == {"include_usage": True}


async def test_what_the_server_cannot_tell_is_unknown(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """Tokens and first text are known, Ollama's durations and window are not."""
    with OpenAIStandIn() as server:
        record = (await connect(server, "thinking").ask(prompt, call=site)).record
        address = server.api_url
    assert record.prompt_tokens
    assert record.output_tokens
    assert record.ttft_ms is not None
    unknown = (record.load_ms, record.prefill_ms, record.decode_ms, record.tokens_per_s)
    assert unknown == (None, None, None, None)
    assert (record.receipt.window_tokens, record.digest, record.server) == (None, None, None)
    assert record.host == address


async def test_first_thought_and_first_text_are_timed_apart(connect: Connect) -> None:
    """Thinking comes before the text, and both are seen on the wire."""
    with OpenAIStandIn() as server:
        sender = connect(server, "thinking").hosts.all[0].sender(None)
        raw = await sender.send([HumanMessage("Hi")], Terms(), QUICK)
    assert raw.thought
    assert raw.first_thought_ms is not None
    assert raw.ttft_ms is not None
    assert raw.first_thought_ms <= raw.ttft_ms


async def test_without_usage_the_counts_are_unknown(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """Nothing is counted by us in the server's place."""
    with OpenAIStandIn() as server:
        record = (await connect(server, "no-usage").ask(prompt, call=site)).record
    assert (record.prompt_tokens, record.output_tokens) == (None, None)


@pytest.mark.parametrize("name", ["thinking", "think-tags"])
async def test_thinking_is_not_heard(
    connect: Connect, prompt: Prompt, site: CallSite, name: str
) -> None:
    """Neither thinking in a field nor thinking in tags is text."""
    heard: list[str] = []
    with OpenAIStandIn() as server:
        answer = await connect(server, name).ask(prompt, call=site, on_text=heard.append)
    assert "".join(heard) == answer.text
    assert "Let me see" not in answer.text


async def test_text_is_heard_as_it_comes(connect: Connect, prompt: Prompt, site: CallSite) -> None:
    """A piece is passed on before the answer is complete."""
    heard: list[str] = []
    with OpenAIStandIn() as server:
        await connect(server, "stalled").ask(prompt, call=site, on_text=heard.append)
    assert heard == ["All", "All", "All"]


async def test_thinking_keeps_an_answer_alive(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """Pieces of thinking are a sign of life, roles and blanks before the first are none."""
    slow = Behaviour("One two three four five.", token_s=0.06, thinking="Well.")
    with OpenAIStandIn(script=[slow]) as server:
        assert (await connect(server).ask(prompt, call=site)).ok


async def test_options_have_the_names_of_the_protocol(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """`num_predict` is `max_tokens`, which every such server knows."""
    options = ModelOptions(temperature=0.5, top_p=0.9, seed=7, num_predict=3)
    with OpenAIStandIn() as server:
        record = (await connect(server, options=options).ask(prompt, call=site)).record
        sent = server.chats[0].body
    named = ("temperature", "top_p", "seed", "max_tokens")
    assert {name: sent.get(name) for name in named} == {
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "max_tokens": 3,
    }
    assert record.outcome is Outcome.CUT_ANSWER


def test_options_that_cannot_be_passed_are_named() -> None:
    """Nothing is dropped in silence, and nothing is said where nothing is dropped."""
    options = ModelOptions(num_gpu=99, top_k=20, keep_alive="5m", temperature=0)
    with pytest.warns(UserWarning, match="openai:x cannot be given keep_alive, num_gpu, top_k"):
        chat_model("openai:x", options, base_url="http://127.0.0.1:1/v1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chat_model("openai:x", ModelOptions(temperature=0), base_url="http://127.0.0.1:1/v1")


@pytest.mark.parametrize("name", ["server-error", "rate-limited", "dropped"])
async def test_the_library_repeats_nothing_by_itself(name: str) -> None:
    """One call, one request: retries are the gateway's."""
    with OpenAIStandIn() as server:
        model = chat_model(f"openai:{name}", ModelOptions(), base_url=server.api_url)
        with pytest.raises(Exception, match=r"error|Rate limit"):
            await model.ainvoke("Hi")
        assert len(server.chats) == 1


async def test_no_proxy_is_taken_from_the_environment(
    connect: Connect, prompt: Prompt, site: CallSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that cannot be reached would fail the call."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "OPENAI_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with OpenAIStandIn() as server:
        assert (await connect(server).ask(prompt, call=site)).ok


async def test_a_redirect_is_not_followed(connect: Connect, prompt: Prompt, site: CallSite) -> None:
    """The prompt is never sent to another address than the one given."""
    with OpenAIStandIn() as other:
        moved = Behaviour(status=307, headers=(("Location", f"{other.api_url}/chat/completions"),))
        with OpenAIStandIn(script=[moved]) as server:
            record = (await connect(server).ask(prompt, call=site)).record
        assert other.requests == []
    assert record.outcome is Outcome.NOT_OLLAMA


async def test_a_server_without_a_key_needs_none(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """Where an address is given and there is no key, a word that is none is sent."""
    with OpenAIStandIn() as server:
        assert (await connect(server).ask(prompt, call=site)).ok
        assert server.chats[0].headers["authorization"] == "Bearer no-key"


async def test_a_key_for_the_address_is_asked_for_by_name(
    connect: Connect, prompt: Prompt, site: CallSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CHIMERA_API_KEY is what a server at a given address gets."""
    monkeypatch.setenv("CHIMERA_API_KEY", CANARY)
    with OpenAIStandIn(key=CANARY) as server:
        assert (await connect(server).ask(prompt, call=site)).ok


async def test_the_services_key_goes_nowhere_else(
    connect: Connect, prompt: Prompt, site: CallSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OPENAI_API_KEY is not sent to an address that was given."""
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    with OpenAIStandIn() as server:
        await connect(server).ask(prompt, call=site)
        assert CANARY not in str([request.headers for request in server.requests])


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
async def test_no_secret_is_told(
    connect: Connect,
    prompt: Prompt,
    site: CallSite,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
) -> None:
    """A server that quotes the key it was sent does not get it into record or repr."""
    monkeypatch.setenv("CHIMERA_API_KEY", CANARY)
    body = f'{{"error":{{"message":"bad key {CANARY}, Bearer {CANARY}"}}}}'.encode()
    kind = (("Content-Type", "application/json"),)
    quoting = Behaviour(status=status, headers=kind, body=body)
    with OpenAIStandIn(script=[quoting] * 3) as server:
        gateway = connect(server)
        answer = await gateway.ask(prompt, call=site)
    told = f"{answer!r} {answer.record.model_dump_json()} {gateway!r} {gateway.hosts.all!r}"
    assert not answer.ok
    assert CANARY not in told


async def test_no_secret_is_in_the_error_of_a_request(
    monkeypatch: pytest.MonkeyPatch, prompt: Prompt, site: CallSite, connect: Connect
) -> None:
    """The fault hides the exception that quotes the key, as tracebacks would show it."""
    import traceback

    monkeypatch.setenv("CHIMERA_API_KEY", CANARY)
    body = f'{{"error":{{"message":"bad key {CANARY}"}}}}'.encode()
    kind = (("Content-Type", "application/json"),)
    with OpenAIStandIn(script=[Behaviour(status=400, headers=kind, body=body)]) as server:
        sender = connect(server).hosts.all[0].sender(None)
        with pytest.raises(Exception, match=r"bad key \*\*\*") as caught:
            await sender.send([], Terms(), QUICK)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_the_model_shows_no_secret() -> None:
    """Headers and proxies are masked in its repr."""
    from chimera.models.compatible import OpenAICompatible

    model = OpenAICompatible(
        model="x",
        base_url="http://127.0.0.1:1/v1",
        api_key=CANARY,
        default_headers={"X-Key": CANARY},
    )
    assert CANARY not in f"{model!r} {model}"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:8000/v1",
        "ftp://h/v1",
        "http://me:secret@h/v1",
        "http://h:0/v1",
        "http://h/v1?k=1",
    ],
)
def test_an_address_that_does_not_hold_is_refused(address: str) -> None:
    """It is an error at once, and its password is not told."""
    with pytest.raises(AddressError) as caught:
        chat_model("openai:x", ModelOptions(), base_url=address)
    assert "secret" not in str(caught.value)


def test_a_key_that_is_missing_is_told_before_the_first_call() -> None:
    """Without an address the service's own rule holds: it wants a key."""
    with pytest.raises(SetupError, match="OPENAI_API_KEY"):
        chat_model("openai:x", ModelOptions())


async def test_a_long_prompt_is_asked_again_smaller(connect: Connect, site: CallSite) -> None:
    """The server's own words about its window are understood."""
    from chimera.models import Section

    long = Prompt("Rules.", (Section("a", "word " * 300), Section("b", "word " * 100, priority=9)))
    with OpenAIStandIn(num_ctx=300) as server:
        answer = await connect(server, options=ModelOptions(num_ctx=8192)).ask(long, call=site)
    assert answer.ok
    assert answer.record.receipt.dropped == ["a"]


async def test_cancelling_closes_the_connection(
    connect: Connect, prompt: Prompt, site: CallSite
) -> None:
    """The server sees the client leave, so that it stops generating."""
    with OpenAIStandIn() as server:
        asking = asyncio.create_task(
            connect(server, "stalled", timeouts=Timeouts()).ask(prompt, call=site)
        )
        assert await asyncio.to_thread(server.wait_until, lambda: server.in_flight == 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert server.wait_until(lambda: server.in_flight == 0)


def test_one_model_serves_several_loops(prompt: Prompt, site: CallSite) -> None:
    """No connection is kept that belongs to a loop that is gone."""
    with OpenAIStandIn("Well.") as server:
        model = chat_model("openai:x", ModelOptions(), base_url=server.api_url)
        texts = [asyncio.run(model.ainvoke("Hi")).text for _ in range(3)]
    assert texts == ["Well."] * 3


async def test_langchains_own_listeners_get_chunks() -> None:
    """Thinking and usage reach those who stream, under ChatOllama's names."""

    class Chunks(AsyncCallbackHandler):
        def __init__(self) -> None:
            self.thoughts: list[str] = []

        async def on_llm_new_token(self, *_: Any, chunk: Any = None, **__: Any) -> None:
            self.thoughts.append(chunk.message.additional_kwargs.get("reasoning_content", ""))

    listener = Chunks()
    with OpenAIStandIn() as server:
        model = chat_model("openai:thinking", ModelOptions(), base_url=server.api_url)
        pieces = [p async for p in model.astream("Hi", config={"callbacks": [listener]})]
    assert "".join(listener.thoughts) == "Let me see."
    assert any(piece.usage_metadata for piece in pieces)
