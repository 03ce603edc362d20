"""A streamed answer on its way to one client."""

from __future__ import annotations

import asyncio

from chimera.testing.behaviour import RUNNER_DIED, error_line
from chimera.testing.chat import Body, Chat
from chimera.testing.http1 import NDJSON, chunk, chunked_head
from chimera.testing.outlet import Outlet

_BATCH = 65_536  # bytes sent at once


class Stream:
    """The lines of a chat, one a chunk, and the ending its behaviour asks for."""

    def __init__(self, chat: Chat, end: Body, writer: asyncio.StreamWriter) -> None:
        self._chat = chat
        self._end = end
        self._outlet = Outlet(writer, chat.behaviour)
        self._data: list[bytes] = []
        self._size = 0
        self._lines = 0

    async def send(self) -> None:
        """Send all of it."""
        behaviour = self._chat.behaviour
        if behaviour.ending == "reset" and behaviour.pieces == 0:
            self._outlet.reset()
        self._data.append(chunked_head(NDJSON))
        for line in self._chat.lines():
            await self._add(line)
        if behaviour.ending in {"done", "slow_close"}:
            await self._add(self._chat.line({}, self._end))
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
