"""HTTP/1.1 over plain TCP for httpx, made for answers that come in hundreds of small chunks.

httpx's own transport makes several events of each chunk, some 6 µs a token. This one hands on what
a read of the socket brings, chunk framing taken off. Addresses with https, and settings that name a
transport, a proxy or limits, keep httpx's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context
from typing import Protocol

import httpx

READ_SIZE = 65_536  # bytes
HEAD_LIMIT = 65_536  # bytes of a response's head, and of one chunk-size line
KEPT = 32  # idle connections of one address

_BODYLESS = frozenset({204, 304})

Headers = list[tuple[bytes, bytes]]


class NoAnswerError(httpx.RemoteProtocolError):
    """The server closed the connection without a byte of an answer."""


class StaleError(NoAnswerError):
    """It was a kept connection, which the server may have closed before the request came."""


class PlainTransport(httpx.AsyncBaseTransport):
    """Talks to http addresses; keeps connections that ended well for the next request."""

    def __init__(self) -> None:
        self._idle: list[_Connection] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the response's body is read as it is iterated.

        Raises:
            httpx.TransportError: As httpx's own transport does.
        """
        kept = self._reused(request.url)
        connection = kept or await _opened(request)
        try:
            await connection.send(request)
            status, headers = await connection.head()
            framing = _framing(request.method, status, headers)
        except (NoAnswerError, httpx.ReadError, httpx.WriteError) as error:
            await connection.close()
            if kept is None:
                raise
            await self.aclose()  # the others are as old
            raise StaleError("a kept connection was closed by the server") from error
        except BaseException:  # cancelled or failed: the connection is never left open; re-raised
            await connection.close()
            raise
        body = _Body(connection, framing, None if _closes(headers) else self._idle)
        return httpx.Response(status, headers=headers, stream=body)

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        while self._idle:
            await self._idle.pop().close()

    def _reused(self, url: httpx.URL) -> _Connection | None:
        where = (url.host, url.port or 80)
        for connection in [kept for kept in reversed(self._idle) if kept.where == where]:
            self._idle.remove(connection)
            if connection.usable:
                return connection
            connection.abort()
        return None


class _Connection:
    """One TCP connection, used by one request at a time."""

    def __init__(
        self,
        where: tuple[str, int],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.where = where
        self._reader = reader
        self._writer = writer
        self._timeout: float | None = None

    @property
    def usable(self) -> bool:
        """Whether the server has neither left nor said something unasked."""
        return not (self._reader.at_eof() or self._writer.is_closing())

    async def send(self, request: httpx.Request) -> None:
        self._timeout = request.extensions.get("timeout", {}).get("read")
        content = await request.aread()
        lines = [b"%s: %s\r\n" % header for header in request.headers.raw]
        start = b"%s %s HTTP/1.1\r\n" % (request.method.encode(), request.url.raw_path)
        try:
            self._writer.write(b"".join([start, *lines, b"\r\n", content]))
            await self._writer.drain()
        except OSError as error:
            raise httpx.WriteError(str(error)) from error

    async def head(self) -> tuple[int, Headers]:
        """Return status and headers of the response; interim ones (1xx) are skipped."""
        while True:
            status, headers = _parsed_head(await self._head_bytes())
            if status >= 200:  # noqa: PLR2004  final
                return status, headers

    async def read(self) -> bytes:
        """Return what the socket brings next; nothing at its end."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._reader.read(READ_SIZE)
        except TimeoutError as error:
            raise httpx.ReadTimeout("no data in time") from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error

    async def close(self) -> None:
        """Leave at once, so that the server stops its work; let the loop see to the rest."""
        self.abort()
        await asyncio.sleep(0)

    def abort(self) -> None:
        self._writer.transport.abort()

    async def _head_bytes(self) -> bytes:
        try:
            async with asyncio.timeout(self._timeout):
                return await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            return error.partial
        except asyncio.LimitOverrunError as error:
            raise httpx.RemoteProtocolError("the head of the response is too long") from error
        except TimeoutError as error:
            raise httpx.ReadTimeout("no answer in time") from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error


class _Body(httpx.AsyncByteStream):
    """The body of a response; the connection is kept if it was read to its end."""

    def __init__(
        self, connection: _Connection, framing: _Framing, idle: list[_Connection] | None
    ) -> None:
        self._connection = connection
        self._framing = framing
        self._idle = idle
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while not self._framing.complete:
            data = await self._connection.read()
            if not data:
                self._framing.end()
                return
            if payload := self._framing.feed(data):
                yield payload

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        whole = self._framing.complete and not self._framing.excess
        if whole and self._idle is not None and len(self._idle) < KEPT:
            self._idle.append(self._connection)
        else:
            await self._connection.close()


class _Framing(Protocol):
    """How a body's end is known."""

    complete: bool

    @property
    def excess(self) -> bool:
        """Whether bytes came that belong to no body."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes of the socket in; return the body's."""

    def end(self) -> None:
        """Take in that the server has left; raise if the body is not whole."""


class _Counted:
    """A body of known size, in bytes; None means up to the end of the connection."""

    def __init__(self, size: int | None) -> None:
        self._left = size
        self.complete = size == 0
        self._excess = False

    @property
    def excess(self) -> bool:
        return self._excess

    def feed(self, data: bytes) -> bytes:
        if self._left is None:
            return data
        payload = data[: self._left]
        self._left -= len(payload)
        self.complete = self._left == 0
        self._excess = len(payload) < len(data)
        return payload

    def end(self) -> None:
        if self._left:
            raise httpx.RemoteProtocolError("the body is shorter than announced")


class _Chunked:
    """A body in chunks, each after a line with its size."""

    def __init__(self) -> None:
        self._rest = b""
        self._left = 0  # bytes of the current chunk still to come
        self._ending = False  # whether the line end after a chunk is still to come
        self._last = False  # whether only trailers are still to come
        self.complete = False

    @property
    def excess(self) -> bool:
        return bool(self._rest)

    def feed(self, data: bytes) -> bytes:
        data = self._rest + data
        parts, at = [], 0
        while not self.complete and at < len(data):
            if self._left:
                parts.append(data[at : at + self._left])
                at += len(parts[-1])
                self._left -= len(parts[-1])
                continue
            end = data.find(b"\r\n", at)
            if end < 0:
                break
            if self._ending or self._last:
                self._take(data[at:end])
                at = end + 2
                continue
            at = self._whole(data, at, end, parts)
        self._rest = data[at:]
        if len(self._rest) > HEAD_LIMIT:
            raise httpx.RemoteProtocolError("a chunk's size line is too long")
        return b"".join(parts)

    def end(self) -> None:
        raise httpx.RemoteProtocolError("the body ended within its chunks")

    def _whole(self, data: bytes, at: int, end: int, parts: list[bytes]) -> int:
        """Take in a size and, where all of it is there, its chunk; return where to go on."""
        size = _size(data[at:end].partition(b";")[0].strip(), 16)
        stop = end + 2 + size
        if size and data[stop : stop + 2] == b"\r\n":
            parts.append(data[end + 2 : stop])
            return stop + 2
        self._left, self._last, self._ending = size, not size, bool(size)
        return end + 2

    def _take(self, line: bytes) -> None:
        if self._last:
            self.complete = not line
        elif line:
            raise httpx.RemoteProtocolError("a chunk is longer than announced")
        else:
            self._ending = False


async def _opened(request: httpx.Request) -> _Connection:
    host, port = request.url.host, request.url.port or 80
    try:
        async with asyncio.timeout(request.extensions.get("timeout", {}).get("connect")):
            opening = asyncio.open_connection(host, port, limit=HEAD_LIMIT)
            # A kept connection keeps the context it was opened in, and a run's is the whole run.
            reader, writer = await asyncio.create_task(opening, context=Context())
    except TimeoutError as error:
        raise httpx.ConnectTimeout("no connection in time") from error
    except OSError as error:
        raise httpx.ConnectError(str(error)) from error
    return _Connection((host, port), reader, writer)


def _parsed_head(data: bytes) -> tuple[int, Headers]:
    if not data:
        raise NoAnswerError("the server disconnected without a response")
    first, *lines = data.split(b"\r\n")
    version, _, rest = first.partition(b" ")
    status = rest[:3]
    if version not in {b"HTTP/1.1", b"HTTP/1.0"} or not status.isdigit() or len(status) < 3:  # noqa: PLR2004
        raise httpx.RemoteProtocolError(f"illegal status line {first[:40]!r}")
    if not data.endswith(b"\r\n\r\n"):
        raise httpx.RemoteProtocolError("the server disconnected within the head")
    headers = [(name, value.strip()) for name, _, value in (x.partition(b":") for x in lines if x)]
    if version == b"HTTP/1.0":
        headers.append((b"Connection", b"close"))
    return int(status), headers


def _framing(method: str, status: int, headers: Headers) -> _Framing:
    named = {name.lower(): value.lower() for name, value in headers}
    if method == "HEAD" or status in _BODYLESS:
        return _Counted(0)
    if b"transfer-encoding" in named:
        return _Chunked()
    size = named.get(b"content-length")
    return _Counted(None if size is None else _size(size, 10))


def _closes(headers: Headers) -> bool:
    return any(name.lower() == b"connection" and b"close" in v.lower() for name, v in headers)


def _size(text: bytes, base: int) -> int:
    if not text.isalnum():  # int() takes signs and underscores too
        raise httpx.RemoteProtocolError(f"illegal size {text[:20]!r}")
    try:
        return int(text, base)
    except ValueError as error:
        raise httpx.RemoteProtocolError(f"illegal size {text[:20]!r}") from error
