"""HTTP/1.1 as it may come: framing, interim answers, connections kept or not."""

import random

import httpx
import pytest

from chimera.models.transport import PlainTransport, _Chunked
from chimera.testing import Behaviour, OllamaStandIn

OK = b"HTTP/1.1 200 OK\r\n"


async def _get(raw: bytes, method: str = "POST") -> httpx.Response:
    with OllamaStandIn(script=[Behaviour(raw=raw)]) as server:
        async with httpx.AsyncClient(transport=PlainTransport(), trust_env=False) as client:
            body = {"model": "m", "messages": [{}]}
            return await client.request(method, f"{server.base_url}/api/chat", json=body)


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (OK + b"Content-Length: 2\r\n\r\nHi", b"Hi"),
        (OK + b"Content-Length: 0\r\n\r\n", b""),
        (OK + b"\r\nHi until the end", b"Hi until the end"),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n2;x=1\r\nHi\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n",
            b"Hi!",
        ),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nHi", b"Hi"),
        (b"HTTP/1.0 200 OK\r\n\r\nold", b"old"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", b""),
        (b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nHi", b"Hi"),
    ],
)
async def test_every_framing_is_read(raw: bytes, body: bytes) -> None:
    """Known sizes, chunks with trailers, interim answers and old servers are understood."""
    assert (await _get(raw)).content == body


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 5\r\n\r\nHi",
        OK + b"Transfer-Encoding: chunked\r\n\r\n+2\r\nHi\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n1_0\r\nHi\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nHi!\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nHi\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1" * 100_000,
        OK + b"A: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_what_is_no_http_is_a_protocol_error(raw: bytes) -> None:
    """Nothing is guessed: a response that does not hold is refused."""
    with pytest.raises(httpx.RemoteProtocolError):
        await _get(raw)


def test_chunks_may_be_cut_anywhere() -> None:
    """Where the socket cuts the bytes makes no difference; the seed is in the message."""
    payload = b"".join(b"%d line\n" % n for n in range(50))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in payload.splitlines(keepends=True))
    data = chunks + b"0\r\n\r\n"
    for seed in range(200):
        cuts = sorted(random.Random(seed).choices(range(len(data)), k=30))  # noqa: S311  no secret
        framing = _Chunked()
        pieces = zip([0, *cuts], [*cuts, len(data)], strict=True)
        assert b"".join(framing.feed(data[a:b]) for a, b in pieces) == payload, f"seed {seed}"
        assert framing.complete, f"seed {seed}"
        assert not framing.excess, f"seed {seed}"


async def test_a_connection_that_ended_well_is_used_again() -> None:
    """One connection serves the next request; a broken one does not."""
    transport = PlainTransport()
    with OllamaStandIn() as server:
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            await client.get(f"{server.base_url}/api/version")
            first = transport._idle[0]
            await client.get(f"{server.base_url}/api/version")
            assert transport._idle == [first]


async def test_bytes_too_many_end_a_connection() -> None:
    """An answer longer than announced cannot be mistaken for the next one."""
    transport = PlainTransport()
    raw = OK + b"Content-Length: 2\r\n\r\nHi" + OK
    with OllamaStandIn(script=[Behaviour(raw=raw)]) as server:
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            body = {"model": "m", "messages": [{}]}
            response = await client.post(f"{server.base_url}/api/chat", json=body)
    assert (response.content, transport._idle) == (b"Hi", [])


async def test_a_server_that_left_is_called_anew() -> None:
    """A kept connection the server has closed is not written to."""
    transport = PlainTransport()
    with OllamaStandIn() as server:
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            await client.get(f"{server.base_url}/api/version")
            transport._idle[0].abort()
            response = await client.get(f"{server.base_url}/api/version")
    assert response.status_code == 200


async def test_read_and_connect_have_time_limits() -> None:
    """Httpx's own timeouts hold."""
    with OllamaStandIn() as server:
        async with httpx.AsyncClient(
            transport=PlainTransport(), trust_env=False, timeout=0.1
        ) as client:
            body = {"model": "silent", "messages": [{}]}
            with pytest.raises(httpx.ReadTimeout):
                await client.post(f"{server.base_url}/api/chat", json=body)
