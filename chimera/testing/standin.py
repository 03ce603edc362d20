"""`OllamaStandIn`: a server on loopback that answers like Ollama, without a model.

It speaks `/`, `/api/version`, `/api/tags`, `/api/ps`, `/api/show` and `/api/chat` as recorded
from a real server, and misbehaves on request.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chimera.testing import lists
from chimera.testing.behaviour import RUNNER_DIED, Behaviour, error_line, failing
from chimera.testing.chat import AnswerTo, Chat, wrong_request
from chimera.testing.faults import FAULTS
from chimera.testing.http1 import (
    JSON,
    NDJSON,
    Request,
    chunk,
    chunked_head,
    dumps,
    read_request,
    whole,
)
from chimera.testing.outlet import Closed, Outlet

_BATCH = 65_536  # bytes sent at once


class OllamaStandIn:
    """A server in a thread of its own; use it with `with` or `async with`.

    A chat is answered by the next behaviour of `script`, else by the one of its model's name in
    `behaviours` or `FAULTS`, else well. Any model exists, unless `models` lists those that do.

    Args:
        answer: The text of every good answer, or a function of the request's body.
        script: Behaviours of the first chats, in order.
        behaviours: Behaviour by model name.
        models: The models there are; others are answered with 404.

    Attributes:
        base_url: Where it listens, once it is entered.
        requests: What has been asked, in order.
        in_flight: Chats being answered now.
        peak: The most chats answered at once.
    """

    def __init__(
        self,
        answer: str | AnswerTo | None = None,
        *,
        script: Iterable[Behaviour] = (),
        behaviours: Mapping[str, Behaviour] | None = None,
        models: Iterable[str] | None = None,
    ) -> None:
        self._answer = (lambda _: answer) if isinstance(answer, str) else answer
        self._script = list(script)
        self._behaviours = {**FAULTS, **(behaviours or {})}
        self._models = None if models is None else [lists.full_name(name) for name in models]
        self._recorded: tuple[bytes, bool] | None = None
        self._loaded: dict[str, int] = {}
        self._open: set[asyncio.Task[None]] = set()
        self.base_url = ""
        self.requests: list[Request] = []
        self.in_flight = 0
        self.peak = 0

    def __repr__(self) -> str:
        return f"OllamaStandIn({self.base_url or 'not started'!r})"

    @classmethod
    def replay(cls, folder: Path | str) -> Self:
        """Return a server that answers everything with one recorded exchange, byte for byte."""
        server = cls()
        meta = json.loads((Path(folder) / "meta.json").read_text(encoding="utf-8"))
        recorded = (Path(folder) / "response.http").read_bytes()
        server._recorded = (recorded, bool(meta.get("body_complete", True)))
        return server

    @property
    def chats(self) -> list[Request]:
        """The requests to `/api/chat`, in order."""
        return [request for request in self.requests if request.path == "/api/chat"]

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = 2.0) -> bool:
        """Wait until something holds, like a disconnect being noticed; return whether it does."""
        end = time.monotonic() + timeout_s
        while not condition() and time.monotonic() < end:
            time.sleep(0.002)
        return condition()

    def start(self) -> Self:
        """Listen on a free port of 127.0.0.1."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection and stop listening."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)

    def _run(self, listening: socket.socket) -> None:
        try:
            self._loop.run_until_complete(self._serve(listening))
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _serve(self, listening: socket.socket) -> None:
        server = await asyncio.start_server(self._connected, sock=listening)
        await self._stopping.wait()
        server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await asyncio.sleep(0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  asyncio runs callbacks like this one in a task
        self._open.add(task)
        try:
            await self._talk(reader, writer)
        except (Closed, ConnectionError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._open.discard(task)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        start = b""
        while (request := await read_request(reader, start)) is not None:
            self.requests.append(request)
            answering = asyncio.create_task(self._answered(request, writer))
            leaving = asyncio.create_task(reader.read(1))
            try:
                await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
                request.disconnected = not answering.done() and leaving.result() == b""
                if request.disconnected:
                    return
                await answering
                start = leaving.result() if leaving.done() else b""
            finally:
                answering.cancel()
                leaving.cancel()
                await asyncio.gather(answering, leaving, return_exceptions=True)

    async def _answered(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if self._recorded is not None:
            await self._write_recorded(writer, *self._recorded)
        elif request.path == "/api/chat":
            await self._chat(request, writer)
        else:
            writer.write(self._other(request))
            await writer.drain()
        request.finished = True

    async def _write_recorded(
        self, writer: asyncio.StreamWriter, data: bytes, complete: bool
    ) -> None:
        writer.write(data)
        await writer.drain()
        if not complete:
            raise Closed

    def _other(self, request: Request) -> bytes:
        method, path = request.method, request.path
        bodies: dict[str, Callable[[], dict[str, Any]]] = {
            "/api/version": lambda: {"version": lists.VERSION},
            "/api/tags": lambda: lists.tags(self._models or list(self._loaded)),
            "/api/ps": lambda: lists.running(self._loaded),
        }
        if path == "/":
            text = [("Content-Type", "text/plain; charset=utf-8")]
            return whole(200, text, b"Ollama is running", head=method == "HEAD")
        if path == "/api/show":
            return self._show(str(request.body.get("model", "")))
        if path in bodies:
            return whole(200, [("Content-Type", JSON)], dumps(bodies[path]()))
        if path == "/api/chat/":
            return whole(307, [("Location", "/api/chat")], b"")
        return whole(404, [("Content-Type", "text/plain")], b"404 page not found")

    def _show(self, name: str) -> bytes:
        if not self._has(name):
            missing = failing(404, f"model '{lists.full_name(name)}' not found")
            return whole(404, missing.headers, missing.body)
        return chunked_head(JSON) + chunk(dumps(lists.show(name))) + chunk(b"")

    def _has(self, name: str) -> bool:
        return self._models is None or lists.full_name(name) in self._models

    def _behaviour(self, request: Request) -> Behaviour:
        name = str(request.body.get("model", ""))
        wrong = wrong_request(request.method, request.content, request.body)
        if wrong is not None:
            return wrong
        if self._script:
            return self._script.pop(0)
        if name in self._behaviours:
            return self._behaviours[name]
        return Behaviour() if self._has(name) else failing(404, f"model '{name}' not found")

    async def _chat(self, request: Request, writer: asyncio.StreamWriter) -> None:
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await self._answer_chat(
                Chat(request.body, self._behaviour(request), self._answer), writer
            )
        finally:
            self.in_flight -= 1

    async def _answer_chat(self, chat: Chat, writer: asyncio.StreamWriter) -> None:
        behaviour = chat.behaviour
        await asyncio.sleep(behaviour.first_token_s)
        if behaviour.raw is not None:
            writer.write(behaviour.raw)
            raise Closed
        if behaviour.status != 200:  # noqa: PLR2004  OK
            writer.write(whole(behaviour.status, behaviour.headers, behaviour.body))
        elif (refusal := chat.refusal()) is not None:
            writer.write(refusal)
        else:
            self._loaded[str(chat.body.get("model"))] = chat.num_ctx
            await self._good(chat, writer)
        await writer.drain()

    async def _good(self, chat: Chat, writer: asyncio.StreamWriter) -> None:
        if chat.preload:
            writer.write(chat.loaded())
        elif chat.body.get("stream") is False:
            writer.write(chat.unstreamed())
        else:
            await _Stream(chat, writer).send()


class _Stream:
    """A streamed answer on its way to one client."""

    def __init__(self, chat: Chat, writer: asyncio.StreamWriter) -> None:
        self._chat = chat
        self._outlet = Outlet(writer, chat.behaviour)
        self._data: list[bytes] = []
        self._size = 0
        self._lines = 0

    async def send(self) -> None:
        behaviour = self._chat.behaviour
        if behaviour.ending == "reset" and behaviour.pieces == 0:
            self._outlet.reset()
        self._data.append(chunked_head(NDJSON))
        for line in self._chat.lines():
            await self._add(line)
        if behaviour.ending in {"done", "slow_close"}:
            await self._add(self._chat.line({}, self._chat.last()))
        for line in behaviour.after:
            await self._add(line)
        if behaviour.ending == "runner_died":
            await self._add(error_line(RUNNER_DIED))
        if behaviour.ending in {"done", "no_done", "runner_died"}:
            self._data.append(chunk(b""))
        await self._flush()
        await self._outlet.finish(b'85\r\n{"model":')

    async def _add(self, line: bytes) -> None:
        behaviour = self._chat.behaviour
        if (behaviour.token_s and self._lines) or self._size + len(line) > _BATCH:
            await self._flush()
            await asyncio.sleep(behaviour.token_s)
        self._data.append(chunk(line + behaviour.newline))
        self._size += len(line)
        self._lines += 1

    async def _flush(self) -> None:
        data, self._data, self._size = b"".join(self._data), [], 0
        await self._outlet.write(data)
