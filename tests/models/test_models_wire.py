"""Bytes of an answer: lines, limits in time, what is left behind."""

import asyncio
import contextlib
import gc
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from chimera.models import Outcome, Timeouts, wire
from chimera.models.connections import Endpoint
from chimera.models.faults import WireError
from chimera.testing import FAULTS, Behaviour, OllamaStandIn

BODY: dict[str, Any] = {"model": "gemma3", "messages": [{"role": "user", "content": "Hi"}]}


async def _text(server: OllamaStandIn, timeouts: Timeouts | None = None) -> str:
    pieces: list[str] = []
    limits = timeouts or Timeouts()
    await wire.chat(Endpoint(server.base_url), BODY, limits, lambda text, _: pieces.append(text))
    return "".join(pieces)


def _raw(line: bytes) -> Behaviour:
    return Behaviour(lines=(line,))


async def test_what_is_always_sent() -> None:
    """A chat streams, and asks the server to cut neither prompt nor context."""
    with OllamaStandIn() as server:
        await _text(server)
        body, headers = server.chats[0].body, server.chats[0].headers
    assert (body["stream"], body["truncate"], body["shift"]) == (True, False, False)
    assert headers["accept-encoding"] == "identity"


async def test_the_environment_sends_nothing_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """No API key is taken from the environment, and no proxy."""
    monkeypatch.setenv("OLLAMA_API_KEY", "hunter2")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with OllamaStandIn("Fine.") as server:
        assert await _text(server) == "Fine."
        assert "authorization" not in server.chats[0].headers


async def test_only_line_feeds_end_a_line() -> None:
    """U+0085 and U+2028 inside a string are text like any other."""
    with OllamaStandIn("a\u0085b\u2028c\u2029d\x0b") as server:
        assert await _text(server) == "a\u0085b\u2028c\u2029d\x0b"


async def test_invalid_utf8_is_replaced() -> None:
    """Bytes that are no UTF-8 become U+FFFD."""
    line = b'{"message":{"content":"\xff"},"done":false}'
    with OllamaStandIn("", script=[_raw(line)]) as server:
        assert "�" in await _text(server)


async def test_text_after_done_is_not_mixed_in() -> None:
    """What comes after the line with `done: true` is not part of the answer."""
    first = b'{"message":{"content":"Hi"},"done":true,"done_reason":"stop"}'
    with OllamaStandIn("never", script=[Behaviour(pieces=0, lines=(first,))]) as server:
        assert await _text(server) == "Hi"


async def test_a_later_packet_after_done_is_not_mixed_in() -> None:
    """Nor is it where it comes as lines of its own, or with a second end."""
    end = b'{"message":{"content":"Hi"},"done":true}'
    more = b'{"message":{"content":" there"},"done":true}'
    late = Behaviour(text="", lines=(end, more, b"{", b"null"), token_s=0.01)
    with OllamaStandIn(script=[late]) as server:
        assert await _text(server) == "Hi"


async def test_lines_may_end_in_carriage_returns() -> None:
    """CRLF and blank lines change nothing."""
    lines = (b'{"message":{"content":"a\\r\\n"},"done":false}\r', b"\r", b"", b"  ")
    end = (b'{"message":{"content":"b"},"done":true}\r',)
    with OllamaStandIn(script=[Behaviour(text="", lines=lines + end)]) as server:
        assert await _text(server) == "a\r\nb"


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "nonsense"])
@pytest.mark.parametrize(
    "body", [b"\x1f\x8b\x08broken", b'{"message":{"content":"x"},"done":true}']
)
async def test_encodings_nobody_asked_for_are_refused(coding: str, body: bytes) -> None:
    """Only `identity` is asked for, so that anything else is a stranger's."""
    head = f"Content-Type: application/x-ndjson\r\nContent-Encoding: {coding}\r\n"
    raw = f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    with OllamaStandIn(script=[Behaviour(raw=raw)]) as server, pytest.raises(WireError) as caught:
        await _text(server)
    assert caught.value.kind is Outcome.NOT_OLLAMA
    assert coding in str(caught.value)


async def _fetched(write: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> Outcome:
    """Return how a request for a list ends whose answer is written by a function."""
    gone = asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await write(writer)
            writer.close()
            await writer.wait_closed()
        gone.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        endpoint = Endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(WireError) as caught:
            await wire.fetch(endpoint, "/api/tags", timeouts=Timeouts(total=0.2))
        await gone.wait()
        return caught.value.kind


async def test_a_broken_encoding_of_a_list_is_a_fault() -> None:
    """Other paths are decoded by httpx, whose errors do not escape."""

    async def broken(writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
        writer.write(head + b"\x1f\x8bxx")

    assert await _fetched(broken) is Outcome.NOT_OLLAMA


async def test_a_list_that_never_ends_is_left() -> None:
    """The total time limits other requests too."""

    async def dribble(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    assert await _fetched(dribble) is Outcome.DEADLINE


@pytest.mark.parametrize(
    "message",
    [b"{}", b'{"content":null}', b'{"content":"","thinking":null}', b'{"role":"assistant"}'],
)
async def test_absent_text_is_empty_text(message: bytes) -> None:
    """Servers that speak like Ollama leave out what is empty, or send null."""
    lines = (b'{"message":%b,"done":false}' % message, b'{"message":{"content":"Hi"},"done":true}')
    with OllamaStandIn(script=[Behaviour(text="", lines=lines)]) as server:
        assert await _text(server) == "Hi"


@pytest.mark.parametrize("message", [b"7", b"[]", b'{"content":[]}', b'{"thinking":{"a":1}}'])
async def test_other_shapes_are_faults(message: bytes) -> None:
    """A message is an object with texts, never something else."""
    lines = (b'{"message":%b,"done":false}' % message,)
    script = [Behaviour(text="", lines=lines)]
    with OllamaStandIn(script=script) as server, pytest.raises(WireError) as caught:
        await _text(server)
    assert caught.value.kind is Outcome.SERVER_ERROR


async def test_thinking_has_its_own_first_time() -> None:
    """Thinking before text sets one time, text the other; nothing sets none."""
    with OllamaStandIn("Yes.", script=[Behaviour(thinking="Hm.")]) as server:
        endpoint = Endpoint(server.base_url)
        thought = await wire.chat(endpoint, BODY, Timeouts(), lambda *_: None)
        plain = await wire.chat(endpoint, BODY, Timeouts(), lambda *_: None)
    assert thought.first_thought_ms is not None
    assert thought.ttft_ms is not None
    assert thought.first_thought_ms <= thought.ttft_ms
    assert plain.first_thought_ms is None


async def test_thinking_between_tags_is_moved_where_it_belongs() -> None:
    """Listeners get the text without it, from the line and beside it, and both times are set."""
    heard: list[tuple[str, str, str]] = []

    def hear(text: str, line: dict[str, Any]) -> None:
        message = line["message"]
        heard.append((text, message["content"], message.get("thinking", "")))

    with OllamaStandIn("<think>Hm, well.</think>\n\nYes, it is.") as server:
        final = await wire.chat(Endpoint(server.base_url), BODY, Timeouts(), hear)
    texts, contents, thoughts = ("".join(parts) for parts in zip(*heard, strict=True))
    assert (texts, contents, thoughts) == ("Yes, it is.", "Yes, it is.", "Hm, well.")
    assert final.first_thought_ms is not None
    assert final.ttft_ms is not None


async def test_what_could_have_been_a_tag_is_not_lost() -> None:
    """An answer that ends where a tag may begin is text."""
    with OllamaStandIn("<thi") as server:
        assert await _text(server) == "<thi"


@pytest.mark.parametrize(
    "line", [b"[" * 50_000, b'{"a":' + b"9" * 5000 + b"}", b'{"done":false}{"done":true}']
)
async def test_malicious_json_is_a_fault(line: bytes) -> None:
    """Nesting, giant numbers and two values on a line end as faults, never as other errors."""
    with (
        OllamaStandIn(script=[Behaviour(pieces=1, lines=(line,))]) as server,
        pytest.raises(WireError),
    ):
        await _text(server)


async def test_a_line_over_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than the cap is not read to its end."""
    monkeypatch.setattr(wire, "LINE_LIMIT", 100_000)
    line = json.dumps({"message": {"content": "x" * 500_000}, "done": False}).encode()
    with OllamaStandIn(script=[_raw(line)]) as server, pytest.raises(WireError) as caught:
        await _text(server)
    assert caught.value.kind is Outcome.NOT_OLLAMA


async def test_silence_is_counted_from_the_last_line() -> None:
    """An answer may take longer than the idle time, as long as it keeps coming."""
    slow = Behaviour(text="one two three four", token_s=0.1)
    with OllamaStandIn(script=[slow]) as server:
        assert await _text(server, Timeouts(first_token=0.3, idle=0.3)) == "one two three four"


async def test_a_slow_end_is_not_waited_for() -> None:
    """Once the answer is complete, the end of its body is given a second at most."""
    with OllamaStandIn("Fine.", script=[FAULTS["slow-close"]]) as server:
        start = time.perf_counter()
        assert await _text(server) == "Fine."
    assert time.perf_counter() - start < 2


async def test_ttft_is_the_servers_silence() -> None:
    """The time to the first text is measured at the socket, in milliseconds."""
    with OllamaStandIn(script=[Behaviour(first_token_s=0.2)]) as server:
        final = await wire.chat(Endpoint(server.base_url), BODY, Timeouts(), lambda *_: None)
    assert final.ttft_ms == pytest.approx(200, abs=60)


async def test_cancelling_closes_the_socket() -> None:
    """A cancelled call leaves at once, so that the server stops generating."""
    with OllamaStandIn() as server:
        body = BODY | {"model": "dribble"}
        endpoint = Endpoint(server.base_url)
        task = asyncio.create_task(wire.chat(endpoint, body, Timeouts(), lambda *_: None))
        await asyncio.to_thread(server.wait_until, lambda: server.in_flight == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert server.wait_until(lambda: server.chats[0].disconnected)


async def test_leaving_a_stream_closes_the_socket() -> None:
    """A consumer that stops reading frees the server."""
    with OllamaStandIn() as server:
        lines = wire.stream(Endpoint(server.base_url), BODY | {"model": "dribble"}, Timeouts())
        await anext(lines)
        await lines.aclose()  # type: ignore[attr-defined]
        assert server.wait_until(lambda: server.chats[0].disconnected)


async def test_time_of_a_slow_consumer_is_not_the_servers() -> None:
    """Thinking between two lines of a stream is no silence of the server."""
    with OllamaStandIn("one two") as server:
        limits = Timeouts(first_token=0.1, idle=0.1)
        seen = 0
        async for _ in wire.stream(Endpoint(server.base_url), BODY, limits):
            await asyncio.sleep(0.12)
            seen += 1
    assert seen == 4  # two pieces, the last line, the end


async def test_one_connection_serves_many_chats() -> None:
    """Chats to one address share kept connections."""
    with OllamaStandIn() as server:
        client = await Endpoint(server.base_url).client()
        for _ in range(3):
            await _text(server)
        assert await Endpoint(server.base_url).client() is client


async def test_a_fault_does_not_spoil_the_next_chat() -> None:
    """After a stall the next chat finds a clean connection."""
    with OllamaStandIn("Well.", script=[FAULTS["stalled"]]) as server:
        with pytest.raises(WireError):
            await _text(server, Timeouts(idle=0.1))
        assert await _text(server) == "Well."


def test_loops_come_and_go_without_a_trace() -> None:
    """Each event loop has its own connections, closed with it: no warning, nothing kept."""
    from chimera.models import connections

    before = len(connections._kept)
    with OllamaStandIn() as server:
        for _ in range(3):
            asyncio.run(_text(server))
    gc.collect()
    assert len(connections._kept) == before


def test_plain_http_builds_no_certificate_store() -> None:
    """A client for http costs no TLS set-up, which is some 20 ms."""
    Endpoint("http://127.0.0.1:1")._build()
    start = time.perf_counter()
    Endpoint("http://127.0.0.1:1")._build()
    assert time.perf_counter() - start < 0.01


async def test_fetch_reads_what_a_server_has() -> None:
    """Other paths answer with their JSON object."""
    with OllamaStandIn(models=["gemma3"]) as server:
        endpoint = Endpoint(server.base_url)
        tags = await wire.fetch(endpoint, "/api/tags")
        with pytest.raises(WireError, match="ollama pull other"):
            await wire.fetch(endpoint, "/api/show", {"model": "other"})
    assert [model["name"] for model in tags["models"]] == ["gemma3:latest"]
