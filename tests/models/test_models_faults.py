"""The table of server faults: outcome, requests sent, and what the reader is told."""

import json
import socket
from collections.abc import Callable

import pytest

from chimera.models import CallSite, Gateway, Outcome, Prompt
from chimera.models.faults import WireError, from_error, from_status, safe, told_by
from chimera.testing import FAULTS, Behaviour, OllamaStandIn

TABLE = {
    "bad-chunk": (Outcome.DROPPED_STREAM, 3),
    "bad-gateway": (Outcome.SERVER_ERROR, 3),
    "bad-gzip": (Outcome.NOT_OLLAMA, 1),
    "bad-request": (Outcome.BAD_REQUEST, 1),
    "blank": (Outcome.EMPTY, 3),
    "blank-lines": (Outcome.OK, 1),
    "busy": (Outcome.SERVER_BUSY, 3),
    "close-first": (Outcome.DROPPED_STREAM, 4),
    "control": (Outcome.OK, 1),
    "crlf-lines": (Outcome.OK, 1),
    "cut": (Outcome.CUT_ANSWER, 1),
    "data-prefix": (Outcome.NOT_OLLAMA, 1),
    "done-twice": (Outcome.OK, 1),
    "done-word": (Outcome.DROPPED_STREAM, 3),
    "dropped": (Outcome.DROPPED_STREAM, 3),
    "empty": (Outcome.EMPTY, 3),
    "error-line": (Outcome.SERVER_ERROR, 3),
    "event-stream": (Outcome.NOT_OLLAMA, 1),
    "forbidden": (Outcome.UNAUTHORISED, 1),
    "gateway-timeout": (Outcome.SERVER_ERROR, 3),
    "gave-up": (Outcome.DROPPED_STREAM, 3),
    "html-as-ndjson": (Outcome.NOT_OLLAMA, 1),
    "huge-line": (Outcome.NOT_OLLAMA, 1),
    "invalid-utf8": (Outcome.OK, 1),
    "late": (Outcome.FIRST_TOKEN_TIMEOUT, 1),
    "line-separators": (Outcome.OK, 1),
    "list-line": (Outcome.NOT_OLLAMA, 1),
    "load-only": (Outcome.EMPTY, 3),
    "login-page": (Outcome.NOT_OLLAMA, 1),
    "lone-surrogate": (Outcome.OK, 1),
    "looping": (Outcome.REPETITION, 1),
    "message-list": (Outcome.SERVER_ERROR, 3),
    "missing": (Outcome.MODEL_MISSING, 1),
    "narrow": (Outcome.FIRST_TOKEN_TIMEOUT, 1),
    "no-counters": (Outcome.OK, 1),
    "no-done": (Outcome.DROPPED_STREAM, 3),
    "no-memory": (Outcome.SERVER_ERROR, 3),
    "no-message": (Outcome.SERVER_ERROR, 3),
    "not-found-page": (Outcome.NOT_OLLAMA, 1),
    "not-http": (Outcome.NOT_OLLAMA, 1),
    "nothing": (Outcome.DROPPED_STREAM, 3),
    "nul": (Outcome.OK, 1),
    "null-line": (Outcome.NOT_OLLAMA, 1),
    "number-line": (Outcome.NOT_OLLAMA, 1),
    "out-of-memory": (Outcome.SERVER_ERROR, 3),
    "rate-limited": (Outcome.SERVER_BUSY, 3),
    "reason-number": (Outcome.OK, 1),
    "redirect": (Outcome.NOT_OLLAMA, 1),
    "reset": (Outcome.DROPPED_STREAM, 3),
    "reset-first": (Outcome.DROPPED_STREAM, 4),
    "runner-died": (Outcome.SERVER_ERROR, 3),
    "server-error": (Outcome.SERVER_ERROR, 3),
    "server-error-page": (Outcome.SERVER_ERROR, 3),
    "short-body": (Outcome.DROPPED_STREAM, 3),
    "silent": (Outcome.FIRST_TOKEN_TIMEOUT, 1),
    "sliced": (Outcome.OK, 1),
    "slow-close": (Outcome.OK, 1),
    "stalled": (Outcome.STALLED, 3),
    "text-after-done": (Outcome.OK, 1),
    "thought-only": (Outcome.THOUGHT_ONLY, 1),
    "torn-line": (Outcome.DROPPED_STREAM, 3),
    "unauthorised": (Outcome.UNAUTHORISED, 1),
    "unknown-encoding": (Outcome.NOT_OLLAMA, 1),
    "wrong-types": (Outcome.SERVER_ERROR, 3),
}


APART = {"counter-words", "dribble", "flood"}  # two take long, one is about numbers


def test_every_fault_that_ends_soon_is_in_the_table() -> None:
    """A fault added to the stand-in has to be judged here."""
    assert sorted(TABLE) == sorted(FAULTS.keys() - APART)


@pytest.mark.parametrize("fault", sorted(TABLE))
async def test_a_fault_ends_as_its_outcome(
    connect: Callable[..., Gateway], prompt: Prompt, site: CallSite, fault: str
) -> None:
    """Each fault has one outcome and its number of requests, and the detail is one safe line."""
    with OllamaStandIn() as server:
        record = (await connect(server.base_url, fault).ask(prompt, call=site)).record
        requests = len(server.chats)
    assert (record.outcome, requests) == TABLE[fault]
    assert record.attempts == requests
    assert record.detail is None or (record.detail.isprintable() and len(record.detail) <= 200)


@pytest.mark.parametrize("fault", sorted(f for f, (_, sent) in TABLE.items() if sent == 3))
async def test_a_fault_that_passes_is_got_over(
    connect: Callable[..., Gateway], prompt: Prompt, site: CallSite, fault: str
) -> None:
    """A fault that may be retried costs one attempt and nothing else."""
    with OllamaStandIn("Well.", script=[FAULTS[fault]]) as server:
        answer = await connect(server.base_url).ask(prompt, call=site)
    assert (answer.ok, answer.text, answer.record.attempts) == (True, "Well.", 2)


async def test_a_redirect_is_not_followed(
    connect: Callable[..., Gateway], prompt: Prompt, site: CallSite
) -> None:
    """The prompt is never sent to another address than the one given."""
    with OllamaStandIn() as other:
        to_other = Behaviour(status=307, headers=(("Location", f"{other.base_url}/api/chat"),))
        with OllamaStandIn(script=[to_other]) as server:
            await connect(server.base_url).ask(prompt, call=site)
        assert other.requests == []


async def test_a_closed_port_is_refused_at_once(
    connect: Callable[..., Gateway], prompt: Prompt, site: CallSite, pauses: list[float]
) -> None:
    """A server that never answered is asked once and not waited for."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    record = (await connect(f"127.0.0.1:{port}").ask(prompt, call=site)).record
    assert (record.outcome, record.attempts, pauses) == (Outcome.UNREACHABLE, 1, [])


async def test_a_server_that_went_away_is_waited_for(
    connect: Callable[..., Gateway], prompt: Prompt, site: CallSite, pauses: list[float]
) -> None:
    """A server that has answered before gets two more chances."""
    with OllamaStandIn() as server:
        await connect(server.base_url).ask(prompt, call=site)
    record = (await connect(server.base_url).ask(prompt, call=site)).record
    assert (record.outcome, len(pauses)) == (Outcome.UNREACHABLE, 2)
    assert record.attempts in {3, 4}  # one more into a kept connection


async def test_an_endless_dribble_meets_the_deadline(
    connect: Callable[..., Gateway], prompt: Prompt, site: CallSite
) -> None:
    """Tokens that keep coming do not hold a call open beyond its total time."""
    with OllamaStandIn() as server:
        gateway = connect(server.base_url, "dribble")
        gateway.timeouts = gateway.timeouts.model_copy(update={"total": 0.3})
        record = (await gateway.ask(prompt, call=site)).record
        assert server.wait_until(lambda: server.chats[0].disconnected)
    assert record.outcome is Outcome.DEADLINE


def test_messages_hide_credentials() -> None:
    """Passwords in addresses and tokens in headers never reach a message."""
    told = safe("http://me:hunter2@host said\r\nAuthorization: Bearer hunter2\x1b[31m")
    assert told == "http://***@host said Authorization: Bearer *** [31m"


def test_messages_lose_tags_and_length() -> None:
    """A page of HTML becomes one line of at most 200 characters."""
    told = safe("<style>p{}</style><h1>Sorry</h1>" + "x" * 500)
    assert told.startswith("Sorry x")
    assert len(told) == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"null", b'{"error":null}', b"\xff"])
def test_no_error_body_breaks_the_reading(body: bytes) -> None:
    """Whatever stands in the body of an error, the status decides."""
    assert from_status(500, body, "gemma3").kind is Outcome.SERVER_ERROR


def test_a_long_prompt_is_known_by_its_sentence_too() -> None:
    """Models with a template of their own refuse in plain words."""
    told = "the prompt is longer than the context length currently available to the model"
    assert from_error(told, Outcome.BAD_REQUEST).kind is Outcome.PROMPT_TOO_LONG


def test_a_fault_is_a_call_error() -> None:
    """Users of the bare model catch `CallError` and read its outcome."""
    assert WireError(Outcome.STALLED, "silent").outcome == "stalled"


def test_short_memory_comes_with_advice() -> None:
    """The server's words are kept, and what helps stands beside them, at any length."""
    told = "model requires more system memory (9.1 GiB) than is available (4.0 GiB)" + "!" * 300
    line = from_error(told, Outcome.SERVER_ERROR)
    page = from_status(500, json.dumps({"error": told}).encode(), "gemma3")
    for fault in (line, page):
        assert "9.1 GiB" in str(fault)
        assert "smaller model or num_ctx" in str(fault)
        assert len(str(fault)) <= 200


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ("LengthFinishReasonError: the length limit was reached - usage", Outcome.CUT_ANSWER),
        ("ContentFilterFinishReasonError: rejected by the content filter", Outcome.REFUSED),
        ("Error code: 400 - {'code': 'content_filter'}", Outcome.REFUSED),
        ("This model's maximum context length is 8192 tokens", Outcome.PROMPT_TOO_LONG),
        ("the model is sleeping", Outcome.BAD_REQUEST),
    ],
)
def test_other_libraries_words_are_known(told: str, outcome: Outcome) -> None:
    """What OpenAI's library raises instead of an answer is the outcome it stands for."""
    assert from_error(told, Outcome.BAD_REQUEST).kind is outcome


def test_errors_of_any_shape_are_told() -> None:
    """Objects are shown as JSON, what is nested too deeply is named."""
    nested: dict[str, object] = {}
    for _ in range(100_000):
        nested = {"a": nested}
    assert told_by({"message": "no"}) == '{"error": {"message": "no"}}'
    assert told_by(nested) == "an error that is nested too deeply"
