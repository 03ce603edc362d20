"""Just enough HTTP/1.1 for a loopback server; responses are framed as Go frames them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any

JSON = "application/json; charset=utf-8"
NDJSON = "application/x-ndjson"


@dataclass(slots=True)
class Request:
    """One request as it arrived.

    Attributes:
        headers: Names in lower case.
        content: The body's bytes.
        finished: Whether it was answered to the end.
        disconnected: Whether the client left before that.
    """

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    finished: bool = False
    disconnected: bool = False

    @property
    def body(self) -> dict[str, Any]:
        """The body as a JSON object; empty where it is none."""
        try:
            loaded = json.loads(self.content)
        except ValueError:
            return {}
        return loaded if isinstance(loaded, dict) else {}


async def read_request(reader: asyncio.StreamReader, start: bytes = b"") -> Request | None:
    """Return the next request of a connection, None at its end."""
    try:
        head = start + await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *rest = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in rest if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    content = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, content)


def whole(
    status: int, headers: Iterable[tuple[str, str]], body: bytes, *, head: bool = False
) -> bytes:
    """Return a response with Content-Length; without its body for HEAD."""
    lines = [*headers, ("Date", _date()), ("Content-Length", str(len(body)))]
    return _head(status, lines) + (b"" if head else body)


def chunked_head(kind: str, status: int = 200) -> bytes:
    """Return the head of a response whose body follows in chunks."""
    lines = [("Content-Type", kind), ("Date", _date()), ("Transfer-Encoding", "chunked")]
    return _head(status, lines)


def chunk(data: bytes) -> bytes:
    """Return one chunk; the empty one ends the body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def dumps(value: object) -> bytes:
    """Return JSON as Go writes it: no blanks, text in UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def _head(status: int, lines: Iterable[tuple[str, str]]) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in lines)
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{fields}\r\n".encode("latin-1")


def _date() -> str:
    return format_datetime(datetime.now(UTC), usegmt=True)
