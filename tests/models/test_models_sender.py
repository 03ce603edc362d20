"""Limits of silence and meanings of errors for models of other libraries."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_ollama import ChatOllama
from pydantic import SecretStr

from chimera.models import ModelOptions, Outcome, Timeouts
from chimera.models.faults import WireError
from chimera.models.foreign import classified, secrets_of
from chimera.models.resolve import _foreign
from chimera.models.sender import Sender, Terms
from chimera.testing import OllamaStandIn, OpenAIStandIn, ScriptedModel

QUICK = Timeouts(first_token=0.5, idle=0.5)
ASKED = [HumanMessage("Hi")]


class Silent(BaseChatModel):
    """Answers whole, and only when it may."""

    @property
    def _llm_type(self) -> str:
        return "silent"

    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(self, *_: Any, **__: Any) -> ChatResult:
        await asyncio.Event().wait()
        raise AssertionError


class Threaded(Silent):
    """A synchronous model that reports each piece, as LangChain runs it: in a thread."""

    def _generate(self, *_: Any, run_manager: Any = None, **__: Any) -> ChatResult:
        for piece in ("a", "b", "c"):
            run_manager.on_llm_new_token(piece)
        return ChatResult(generations=[ChatGeneration(message=AIMessage("abc"))])

    async def _agenerate(self, *_: Any, run_manager: Any = None, **__: Any) -> ChatResult:
        return await asyncio.to_thread(self._generate, run_manager=run_manager.get_sync())


class Halting(Silent):
    """Says one word and no more."""

    streaming: bool = True

    async def _astream(self, *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk(content="One"))
        await asyncio.Event().wait()


async def _outcome(model: BaseChatModel) -> Outcome:
    with pytest.raises(WireError) as caught:
        await Sender(model).send(ASKED, Terms(), QUICK)
    return caught.value.kind


async def test_a_model_that_does_not_stream_has_the_first_tokens_time() -> None:
    """Nothing can be seen of it before its answer is whole."""
    assert await _outcome(Silent()) is Outcome.FIRST_TOKEN_TIMEOUT


async def test_silence_after_the_first_piece_is_a_stall() -> None:
    """The idle time begins with the first piece."""
    assert await _outcome(Halting(streaming=True)) is Outcome.STALLED


async def test_a_bare_chatollama_is_watched_too() -> None:
    """Its library has no limits of that kind."""
    with OllamaStandIn() as server:
        model = ChatOllama(model="silent", base_url=server.base_url)
        assert await _outcome(model) is Outcome.FIRST_TOKEN_TIMEOUT


async def test_a_model_in_a_thread_is_heard_in_the_loop() -> None:
    """Its pieces come in order, in the thread of the one who asked."""
    heard: list[tuple[str, int]] = []

    def hear(text: str) -> None:
        heard.append((text, threading.get_ident()))

    raw = await Sender(Threaded()).send(ASKED, Terms(on_text=hear), QUICK)
    here = threading.get_ident()
    assert heard == [("a", here), ("b", here), ("c", here)]
    assert raw.text == "abc"


async def test_any_answer_in_time_is_left_alone() -> None:
    """The limits cost a quick model nothing."""
    raw = await Sender(ScriptedModel(answers=["Well."])).send(ASKED, Terms(), QUICK)
    assert (raw.text, raw.outcome) == ("Well.", Outcome.OK)


async def test_a_timeout_of_the_models_own_is_no_limit_of_ours() -> None:
    """It is told as what it is."""
    model = ScriptedModel(answers=[TimeoutError("the proxy gave up")])
    with pytest.raises(WireError, match="the proxy gave up"):
        await Sender(model).send(ASKED, Terms(), QUICK)


class APIConnectionError(Exception):
    """As OpenAI's library names it."""


class RemoteProtocolError(Exception):
    """As httpx names it."""


class ConnectError(Exception):
    """As httpx names it."""


def _raised(outer: Exception, cause: Exception) -> Exception:
    outer.__cause__ = cause
    return outer


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (_raised(APIConnectionError("x"), RemoteProtocolError("y")), Outcome.DROPPED_STREAM),
        (_raised(APIConnectionError("x"), ConnectError("y")), Outcome.UNREACHABLE),
        (APIConnectionError("x"), Outcome.UNREACHABLE),
        (ConnectionResetError("x"), Outcome.DROPPED_STREAM),
        (BrokenPipeError("x"), Outcome.DROPPED_STREAM),
        (ConnectionRefusedError("x"), Outcome.UNREACHABLE),
        (ValueError("No generations found in stream."), Outcome.DROPPED_STREAM),
        (RuntimeError("x"), Outcome.BAD_REQUEST),
    ],
)
def test_the_deepest_cause_decides(error: Exception, outcome: Outcome) -> None:
    """Libraries wrap what broke the connection into errors of their own."""
    assert classified(error).kind is outcome


def test_secrets_are_known_by_their_type_and_place() -> None:
    """Keys and headers are secret; short words are not, or every text would be full of stars."""

    class Keyed(ScriptedModel):
        token: SecretStr = SecretStr("a-long-secret")
        default_headers: dict[str, str] = {"X-Key": "another-secret", "X-Short": "on"}  # noqa: RUF012  Pydantic copies it

    assert secrets_of(Keyed()) == ["another-secret", "a-long-secret"]


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> Callable[..., BaseChatModel]:
    """ChatOpenAI as any other provider's class, by LangChain's own resolver."""
    pytest.importorskip("langchain.chat_models", reason="LangChain's own package is not installed")
    pytest.importorskip("langchain_openai", reason="the extra `openai` is not installed")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-0123456789")
    return _foreign


async def test_other_providers_are_made_quiet(foreign: Callable[..., BaseChatModel]) -> None:
    """They stream, count, repeat nothing, and take the options they know."""
    options = ModelOptions(temperature=0, seed=7, num_predict=5)
    with OpenAIStandIn() as server:
        model = foreign("openai", "qwen3", options, server.api_url)
        raw = await Sender(model).send(ASKED, Terms(), QUICK)
        sent = server.chats[0].body
    assert (sent["stream"], sent["seed"], sent["temperature"]) == (True, 7, 0)
    assert raw.count("eval_count", "output_tokens") == 5
    assert raw.outcome is Outcome.CUT_ANSWER


async def test_other_providers_options_that_are_lost_are_named(
    foreign: Callable[..., BaseChatModel],
) -> None:
    """The warning has the model and the options."""
    with pytest.warns(UserWarning, match="openai:qwen3 cannot be given num_gpu"):
        foreign("openai", "qwen3", ModelOptions(num_gpu=1), "http://127.0.0.1:1/v1")


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("cut", Outcome.CUT_ANSWER),
        ("no-finish", Outcome.DROPPED_STREAM),
        ("dropped", Outcome.DROPPED_STREAM),
        ("rate-limited", Outcome.SERVER_BUSY),
        ("unauthorised", Outcome.UNAUTHORISED),
        ("stalled", Outcome.STALLED),
        ("silent", Outcome.FIRST_TOKEN_TIMEOUT),
    ],
)
async def test_a_library_class_of_its_own_has_the_same_outcomes(
    foreign: Callable[..., BaseChatModel], name: str, outcome: Outcome
) -> None:
    """What holds for `openai:` holds for a model the user made."""
    with OpenAIStandIn() as server:
        sender = Sender(foreign("openai", name, ModelOptions(), server.api_url))
        try:
            found = (await sender.send(ASKED, Terms(), QUICK)).outcome
        except WireError as fault:
            found = fault.kind
    assert found is outcome
