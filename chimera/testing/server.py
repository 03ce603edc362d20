"""A server on loopback, in a thread of its own, that remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from weakref import WeakSet

from chimera.testing.http1 import Request, read_request
from chimera.testing.outlet import Closed


class LoopbackServer(ABC):
    """What all stand-ins share; use it with `with` or `async with`.

    Stopped and started again it listens at the same address, as a server that was restarted.

    Attributes:
        base_url: Where it listens, once it is entered.
        requests: What has been asked, in order.
        in_flight: Chats asked and not yet answered, those that wait for their turn included.
        peak: The most of them at once.
    """

    def __init__(self) -> None:
        self._recorded: tuple[bytes, bool] | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._writers: WeakSet[asyncio.StreamWriter] = WeakSet()
        self._port = 0
        self.base_url = ""
        self.requests: list[Request] = []
        self.in_flight = 0
        self.peak = 0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url or 'not started'!r})"

    @classmethod
    def replay(cls, folder: Path | str) -> Self:
        """Return a server that answers everything with one recorded exchange, byte for byte."""
        server = cls()
        meta = json.loads((Path(folder) / "meta.json").read_text(encoding="utf-8"))
        recorded = (Path(folder) / "response.http").read_bytes()
        server._recorded = (recorded, bool(meta.get("body_complete", True)))
        return server

    @abstractmethod
    async def answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """Write the answer to one request; raise `Closed` to close the connection after it."""

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = 2.0) -> bool:
        """Wait until something holds, like a disconnect being noticed; return whether it does."""
        end = time.monotonic() + timeout_s
        while not condition() and time.monotonic() < end:
            time.sleep(0.002)
        return condition()

    def start(self) -> Self:
        """Listen on 127.0.0.1: on a free port, or on the one it had before."""
        listening = socket.create_server(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self._port}"
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(listening,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection, answers in the middle of a chunk included; stop listening."""
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
        if self._thread.is_alive():
            self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, tb)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count one chat while it is being answered."""
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            yield
        finally:
            self.in_flight -= 1

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
        await _turns()  # connections just taken have to be known
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await _turns()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  asyncio runs callbacks like this one in a task
        self._open.add(task)
        self._writers.add(writer)
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
                request.disconnected = _left(answering, leaving)
                if request.disconnected:
                    return
                await answering
                start = leaving.result() if leaving.done() else b""
            finally:
                answering.cancel()
                leaving.cancel()
                await asyncio.gather(answering, leaving, return_exceptions=True)

    async def _answered(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if self._recorded is None:
            await self.answer(request, writer)
        else:
            data, complete = self._recorded
            writer.write(data)
            if not complete:
                await writer.drain()
                raise Closed
        await writer.drain()
        request.finished = True


def _left(answering: asyncio.Task[None], leaving: asyncio.Task[bytes]) -> bool:
    """Return whether the client went away before its answer was complete."""
    if answering.done():
        return isinstance(answering.exception(), ConnectionError)
    return leaving.exception() is not None or leaving.result() == b""


async def _turns() -> None:
    """Let everything run that is ready, and what that makes ready."""
    for _ in range(3):
        await asyncio.sleep(0)
