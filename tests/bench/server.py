"""A server that answers like Ollama at almost no cost, so that what is measured is the client.

Answers are made once and sent in one write. How they come is the model's name: `instant`, `late`
(200 ms after the question), `long` (ten times the report), and `paced` (a report of 20 pieces 5 ms
apart, each of which is the time it was sent, in nanoseconds since 1970).

    python -m tests.bench.server    prints its address, ends when stdin does
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from functools import lru_cache
from typing import Any

from chimera.testing.http1 import JSON, NDJSON, chunk, chunked_head, dumps, whole

SIZES = {"brief": 60, "analysis": 134, "report": 400}  # tokens
LATE_S = 0.2
PACED = 20  # pieces
PACE_S = 0.005
WHEN = "2026-11-24T15:00:00.000000000Z"
WORDS = sorted(set(__doc__.split()))


class Connection(asyncio.Protocol):
    """One connection, its requests answered in turn."""

    def __init__(self) -> None:
        self._data = b""
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[:end].decode("latin-1")
            size = next((int(x[15:]) for x in head.lower().split("\r\n") if x[:15] == LENGTH), 0)
            if len(self._data) < end + 4 + size:
                return
            content, self._data = self._data[end + 4 : end + 4 + size], self._data[end + 4 + size :]
            self._answer(head.split(" ", 2)[1], json.loads(content or b"{}"))

    def _answer(self, path: str, body: dict[str, Any]) -> None:
        if path != "/api/chat":
            self._transport.write(told(path))
        elif body["model"] == "paced" and kind(body) == "report":
            task = asyncio.create_task(self._pace(body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif body["model"] == "late":
            loop = asyncio.get_running_loop()
            loop.call_later(LATE_S, self._transport.write, answer(body))
        else:
            self._transport.write(answer(body))

    async def _pace(self, body: dict[str, Any]) -> None:
        self._transport.write(chunked_head(NDJSON))
        for _ in range(PACED):
            await asyncio.sleep(PACE_S)
            self._transport.write(chunk(line("paced", f"{time.time_ns()} ")))
        self._transport.write(chunk(line("paced", "", end(body, PACED))) + chunk(b""))


LENGTH = "content-length:"


def kind(body: dict[str, Any]) -> str:
    """Return which of the three things is asked for."""
    if body.get("format"):
        return "analysis"
    return "brief" if "Write a brief" in body["messages"][-1]["content"] else "report"


def answer(body: dict[str, Any]) -> bytes:
    """Return the whole response to a chat."""
    wanted, model = kind(body), str(body["model"])
    size = SIZES[wanted] * (10 if model == "long" and wanted == "report" else 1)
    last = end(body, size)
    if body.get("stream") is False:
        text = "".join(pieces(wanted, size))
        return whole(200, [("Content-Type", JSON)], line(model, text, last))
    return streamed(model, wanted, size) + chunk(line(model, "", last)) + chunk(b"")


@lru_cache
def streamed(model: str, wanted: str, size: int) -> bytes:
    """Return the response up to the last line, a chunk a token, as Ollama sends it."""
    lines = [chunk(line(model, piece)) for piece in pieces(wanted, size)]
    return b"".join([chunked_head(NDJSON), *lines])


@lru_cache
def pieces(wanted: str, size: int) -> list[str]:
    """Return so many tokens of text that does not repeat, or of an object with findings."""
    chosen = random.Random(size)  # noqa: S311  no secret
    if wanted != "analysis":
        return [f"{chosen.choice(WORDS)} " for _ in range(size)]
    findings = [" ".join(chosen.choices(WORDS, k=12)) for _ in range(9)]
    text = json.dumps({"findings": findings})
    step = -(-len(text) // size)
    return [text[at : at + step] for at in range(0, len(text), step)]


def line(model: str, text: str, last: dict[str, Any] | None = None) -> bytes:
    """Return one line of an answer."""
    message = {"role": "assistant", "content": text}
    start = {"model": model, "created_at": WHEN, "message": message}
    return dumps({**start, **(last or {"done": False})}) + b"\n"


def end(body: dict[str, Any], size: int) -> dict[str, Any]:
    """Return the counters of the last line."""
    asked = sum(len(message["content"]) for message in body["messages"]) // 4
    return {
        "done": True,
        "done_reason": "stop",
        "total_duration": 3_000_000 + 50_000 * asked + 1_000_000 * size,
        "load_duration": 1_000_000,
        "prompt_eval_count": asked,
        "prompt_eval_duration": 50_000 * asked,
        "eval_count": size,
        "eval_duration": 1_000_000 * size,
    }


def told(path: str) -> bytes:
    """Return what the server says about itself and its models."""
    names = [f"{name}:latest" for name in ("instant", "late", "long", "paced")]
    models = [
        {"name": name, "model": name, "digest": f"{n:064x}", "context_length": 8192}
        for n, name in enumerate(names)
    ]
    said = {"version": "0.33.0"} if path == "/api/version" else {"models": models}
    return whole(200, [("Content-Type", JSON)], dumps(said))


async def serve() -> None:
    """Print the address and answer until stdin ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
