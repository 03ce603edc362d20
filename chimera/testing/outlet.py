"""How bytes leave a stand-in server: in slices, slowly, to all the ends there are."""

from __future__ import annotations

import asyncio
import socket
import struct

from chimera.testing.behaviour import Behaviour

HANG_S = 3600.0

_TICKS_PER_S = 50.0  # a narrow line is fed so often


class Closed(Exception):  # noqa: N818  a signal, not an error
    """The connection ends here, on purpose."""


class Outlet:
    """The way of one answer to its client, as narrow and as short as its behaviour says."""

    def __init__(self, writer: asyncio.StreamWriter, behaviour: Behaviour) -> None:
        self._writer = writer
        self._behaviour = behaviour

    async def write(self, data: bytes) -> None:
        """Send some bytes; return when the network took them."""
        rate = self._behaviour.bytes_per_s
        size = self._behaviour.slice_bytes or (int(rate / _TICKS_PER_S) or 1 if rate else len(data))
        for start in range(0, len(data), size or 1):
            part = data[start : start + size]
            self._writer.write(part)
            await self._writer.drain()
            if size < len(data):
                await asyncio.sleep(len(part) / rate if rate else 0)

    async def finish(self, torn: bytes) -> None:
        """Do what the ending asks for once all is sent; `torn` is the start of one more chunk."""
        ending = self._behaviour.ending
        if ending in {"silence", "slow_close"}:
            await asyncio.sleep(HANG_S)
        if ending == "close":
            await self.write(torn)
            raise Closed
        if ending == "reset":
            await asyncio.sleep(0.01)  # let the client read what came before
            self.reset()

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        endpoint = self._writer.get_extra_info("socket")
        endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        raise Closed
