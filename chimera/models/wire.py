"""Ollama's `/api/chat` on the wire: a request body goes in, the lines of its answer come out.

Recorded exchanges of a real server are in `tests/data/ollama-wire/`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, cast

import httpx

from chimera.models.connections import Endpoint
from chimera.models.faults import (
    WireError,
    cleaned,
    from_error,
    from_status,
    not_ollama,
    told_by,
)
from chimera.models.records import Outcome
from chimera.models.repetition import Watch, given_up
from chimera.models.thinking import Thinking
from chimera.models.timeouts import Timeouts
from chimera.models.transport import NoAnswerError, StaleError

ANSWER_LIMIT = 2_000_000  # characters of text, and as many of thinking; no model is asked for more
LINE_LIMIT = 8_000_000  # bytes; a line is a token, and this is what may be decoded at once
LOOK_BYTES = 16_384  # received between two looks at what the answer has become; some 100 tokens
ERROR_LIMIT = 65_536  # bytes read of an error page
IDLE_SLACK = 0.02  # the idle time may be exceeded by this share of it
AFTER_DONE_S = 1.0  # how long the end of the body is waited for once the answer is complete

Line = dict[str, Any]
OnLine = Callable[[str, Line], None]

_decode = json.JSONDecoder().raw_decode  # half the cost of json.loads for a line of one token
_MISSHAPEN = "a line of the answer has no message with a text content"
_HEADERS = {"Content-Type": "application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Final:
    """The end of an answer.

    Attributes:
        line: The last line, with `done: true` and the raw counters.
        ttft_ms: Request sent to first non-empty text, in milliseconds; None without text.
        first_thought_ms: The same for thinking.
    """

    line: Line
    ttft_ms: float | None
    first_thought_ms: float | None


async def chat(endpoint: Endpoint, body: Line, timeouts: Timeouts, on_line: OnLine) -> Final:
    """Send one chat and hand each line of the answer to `on_line(text, line)` as it arrives.

    `stream`, `truncate` and `shift` are set here: the answer always streams, and a prompt that
    does not fit is an error, never cut in silence. The connection is closed however this ends,
    so that the server stops generating; an answer that repeats itself or grows beyond
    `ANSWER_LIMIT` is left early. Thinking between tags at the start of the text is moved to
    where the line has its thinking.

    Raises:
        WireError: If there is no complete answer; its outcome says why, its `text` is what came.
    """
    return await _Exchange(endpoint, timeouts, on_line).run(body)


async def stream(endpoint: Endpoint, body: Line, timeouts: Timeouts) -> AsyncIterator[Line | Final]:
    """Yield the lines of an answer, then its `Final`.

    The request runs in a task of its own: time the consumer takes between two lines is not
    counted as silence of the server, and each step may come from another task.

    Raises:
        WireError: As `chat` does.
    """
    queue: asyncio.Queue[Line | None] = asyncio.Queue()
    task = asyncio.create_task(
        chat(endpoint, body, timeouts, lambda _, line: queue.put_nowait(line))
    )
    task.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (line := await queue.get()) is not None:
            yield line
        yield await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def fetch(
    endpoint: Endpoint, path: str, body: Line | None = None, *, timeouts: Timeouts | None = None
) -> Line:
    """Return the JSON object behind `path`: a GET, or a POST where a body is given.

    Raises:
        WireError: If there is no such object.
    """
    limits = timeouts or Timeouts()
    client = await endpoint.client()
    url, method = f"{endpoint.base_url}{path}", "GET" if body is None else "POST"
    limit = httpx.Timeout(limits.idle, connect=limits.connect)
    try:
        async with asyncio.timeout(limits.total):
            async with client.stream(method, url, json=body, timeout=limit) as response:
                endpoint.mark_seen()
                content = await _start_of(response.aiter_bytes(), LINE_LIMIT)
    except TimeoutError:
        raise WireError(Outcome.DEADLINE, f"not done within {limits.total:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _from_httpx(error, endpoint, answered=False) from error
    if response.status_code != httpx.codes.OK:
        model = str((body or {}).get("model", ""))
        raise from_status(response.status_code, content[:ERROR_LIMIT], model)
    return _parsed(content, first=True)


class _Exchange:
    """One request and its answer, under its time limits."""

    def __init__(self, endpoint: Endpoint, timeouts: Timeouts, on_line: OnLine) -> None:
        self._endpoint = endpoint
        self._timeouts = timeouts
        self._on_line = on_line
        self._phase = Outcome.FIRST_TOKEN_TIMEOUT
        self._answered = False
        self._first_line = True
        self._listen_again = 0.0
        self._ttft_ms: float | None = None
        self._first_thought_ms: float | None = None
        self._tags: Thinking | None = Thinking()
        self._answer = Watch()
        self._thoughts = Watch()
        self._final: Line | None = None

    async def run(self, body: Line) -> Final:
        """Send the body and read the answer to its end."""
        try:
            await self._within_limits(body)
            self._look()
            if self._final is None:
                raise self._unfinished()
        except WireError as fault:
            fault.text = cleaned(self._answer.text[:ANSWER_LIMIT])
            raise
        return Final(self._final, self._ttft_ms, self._first_thought_ms)

    async def _within_limits(self, body: Line) -> None:
        self._now = asyncio.get_running_loop().time
        self._end = self._now() + self._timeouts.total
        try:
            async with asyncio.timeout_at(self._until(self._timeouts.first_token)) as self._scope:
                await self._talk(body)
        except TimeoutError:
            if self._final is None:
                raise self._timed_out() from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            if self._final is None:
                raise _from_httpx(error, self._endpoint, answered=self._answered) from error

    async def _talk(self, body: Line) -> None:
        client = await self._endpoint.client()
        content = json.dumps(
            {**body, "stream": True, "truncate": False, "shift": False}, separators=(",", ":")
        )
        request = client.build_request(
            "POST",
            f"{self._endpoint.base_url}/api/chat",
            content=content.encode("utf-8", "replace"),
            headers=_HEADERS,
            timeout=httpx.Timeout(None, connect=self._timeouts.connect),
        )
        self._sent = time.perf_counter()
        response = await client.send(request, stream=True)
        try:
            self._answered = True
            self._endpoint.mark_seen()
            await self._check(response, str(body.get("model", "")))
            await self._read(response)
        finally:
            await response.aclose()

    async def _check(self, response: httpx.Response, model: str) -> None:
        if response.status_code != httpx.codes.OK:
            self._listen()
            raise from_status(
                response.status_code, await _start_of(response.aiter_raw(), ERROR_LIMIT), model
            )
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind in {"text/html", "text/event-stream"}:
            raise not_ollama(kind, status=response.status_code)
        coding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if coding != "identity":
            raise not_ollama(f"the encoding {coding}", status=response.status_code)

    async def _read(self, response: httpx.Response) -> None:
        splitter, unseen = _Splitter(), 0
        body = cast("httpx.AsyncByteStream", response.stream)  # `aiter_raw` costs 1 µs a token more
        async for data in body:
            if self._final is not None:
                continue  # only the end of the body is still of interest
            self._listen()
            for raw in splitter.push(data):
                self._take(raw)
            unseen += len(data)
            if unseen >= LOOK_BYTES:
                unseen = 0
                self._look()
        if self._final is None:
            self._take(splitter.rest())

    def _take(self, raw: bytes) -> None:
        if self._final is not None or not raw or raw.isspace():
            return
        line = _parsed(raw, first=self._first_line)
        self._first_line = False
        if line.get("error"):
            raise from_error(told_by(line["error"]), Outcome.SERVER_ERROR)
        message = _message(line)
        text = message["content"]
        if self._tags is not None or "thinking" in message:
            text = self._without_thought(line, message)
        if text:
            if self._ttft_ms is None:
                self._ttft_ms = self._since_sent_ms()
            self._answer.pieces.append(text)
        if line.get("done") is True:
            self._finish(text, line)
        self._on_line(text, line)

    def _without_thought(self, line: Line, message: Line) -> str:
        """Return the text of a message; thinking at its start goes where thinking belongs.

        What could still become a tag waits for the next line.
        """
        text, thought = message["content"], message.get("thinking") or ""
        if self._tags is not None:
            more, text = self._tags.feed(text)
            if line.get("done") is True:
                late, rest = self._tags.end()
                more, text = more + late, text + rest
            thought += more
            message["content"] = text
            if self._tags.over:
                self._tags = None
        if thought:
            message["thinking"] = thought
            self._thoughts.pieces.append(thought)
            if self._first_thought_ms is None:
                self._first_thought_ms = self._since_sent_ms()
        return str(text)

    def _look(self) -> None:
        """Leave an answer that grows or repeats itself beyond what an answer can be."""
        if (self._answer.look() or self._thoughts.look()) and self._final is None:
            raise WireError(Outcome.REPETITION, "the model repeated itself without end")
        if self._answer.size > ANSWER_LIMIT:
            raise WireError(Outcome.CUT_ANSWER, f"cut at {ANSWER_LIMIT:,} characters")
        if self._thoughts.size > ANSWER_LIMIT:
            raise WireError(Outcome.THOUGHT_ONLY, f"more than {ANSWER_LIMIT:,} characters thought")

    def _unfinished(self) -> WireError:
        if given_up(self._answer.pieces) or given_up(self._thoughts.pieces):
            return WireError(Outcome.REPETITION, "the server stopped a model that repeated itself")
        return WireError(Outcome.DROPPED_STREAM, "the answer ended without `done: true`")

    def _since_sent_ms(self) -> float:
        return (time.perf_counter() - self._sent) * 1000

    def _finish(self, text: str, line: Line) -> None:
        if line.get("done_reason") == "load" and not text and self._ttft_ms is None:
            raise WireError(Outcome.EMPTY, "the server loaded the model and answered nothing")
        self._final = line
        self._scope.reschedule(self._until(AFTER_DONE_S))

    def _listen(self) -> None:
        """Start the idle time anew; not for every token, as that would cost more than parsing."""
        now = self._now()
        if now >= self._listen_again:
            slack = self._timeouts.idle * IDLE_SLACK
            self._phase = Outcome.STALLED
            self._listen_again = now + slack
            self._scope.reschedule(self._until(self._timeouts.idle + slack))

    def _until(self, seconds: float) -> float:
        return min(self._now() + seconds, self._end)

    def _timed_out(self) -> WireError:
        if self._now() >= self._end:
            return WireError(Outcome.DEADLINE, f"not done within {self._timeouts.total:g} s")
        if self._phase is Outcome.STALLED:
            return WireError(Outcome.STALLED, f"silent for {self._timeouts.idle:g} s mid-answer")
        return WireError(self._phase, f"no answer within {self._timeouts.first_token:g} s")


class _Splitter:
    r"""Cuts bytes into lines at b"\n" only: U+0085 and U+2028 are legal inside JSON strings."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def push(self, data: bytes) -> list[bytes]:
        """Take bytes in; return the lines they complete."""
        lines = data.split(b"\n")
        if len(lines) > 1 and self._rest:
            lines[0] = bytes(self._rest + lines[0])
            self._rest.clear()
        if rest := lines.pop():
            self._rest += rest
            if len(self._rest) > LINE_LIMIT:
                raise not_ollama(f"a line longer than {LINE_LIMIT // 1_000_000} MB")
        return lines

    def rest(self) -> bytes:
        """Return the bytes after the last line end."""
        return bytes(self._rest)


def _parsed(raw: bytes, *, first: bool) -> Line:
    text = raw.decode("utf-8", "replace").lstrip()
    try:
        line, end = _decode(text)
        if end != len(text) and text[end:].strip():
            raise ValueError("more than one value")  # noqa: TRY301  told apart below
    except (ValueError, RecursionError):
        if first and not text.startswith("{"):
            raise not_ollama(f"a line that is not JSON: {text[:80]}") from None
        raise WireError(Outcome.DROPPED_STREAM, "a line of the answer is torn") from None
    if not isinstance(line, dict):
        raise not_ollama(f"a line that is no JSON object: {text[:80]}")
    return line


def _message(line: Line) -> Line:
    """Return the message of a line, which has a text as content, and as thinking where it has any.

    A last line needs none; null stands for an empty text.
    """
    message = line.get("message")
    if message is None and line.get("done") is True:
        message = line["message"] = {}
    if isinstance(message, dict):
        if not isinstance(message.get("content"), str):
            message["content"] = _text_or_fault(message.get("content"))
        if "thinking" in message:
            message["thinking"] = _text_or_fault(message["thinking"])
        return message
    raise WireError(Outcome.SERVER_ERROR, _MISSHAPEN)


def _text_or_fault(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise WireError(Outcome.SERVER_ERROR, _MISSHAPEN)


async def _start_of(pieces: AsyncIterator[bytes], limit: int) -> bytes:
    body = bytearray()
    async for data in pieces:
        body += data
        if len(body) > limit:
            break
    return bytes(body[:limit])


def _from_httpx(error: Exception, endpoint: Endpoint, *, answered: bool) -> WireError:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL):
        fault = WireError(
            Outcome.UNREACHABLE,
            f"nothing answers at {endpoint.base_url}: is `ollama serve` running there?",
        )
        fault.seen_before = endpoint.seen
        return fault
    if isinstance(error, httpx.TimeoutException):
        return WireError(Outcome.STALLED, "the server fell silent")
    if isinstance(error, httpx.RemoteProtocolError) and not answered:
        if not isinstance(error, NoAnswerError) and "disconnected" not in str(error):
            return not_ollama("something that is not HTTP")
        fault = WireError(
            Outcome.DROPPED_STREAM, "the server closed the connection before it answered"
        )
        fault.stale = isinstance(error, StaleError)
        return fault
    if isinstance(error, httpx.UnsupportedProtocol | httpx.DecodingError):
        return not_ollama("what cannot be decoded")
    return WireError(Outcome.DROPPED_STREAM, f"the connection broke: {type(error).__name__}")
