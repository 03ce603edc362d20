"""How the stand-in server answers a request: well, or with one of the faults seen in the wild."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Ending = Literal["done", "no_done", "close", "reset", "silence", "slow_close"]

BUSY = "server busy, please try again.  maximum pending requests exceeded"
RUNNER_DIED = "an error was encountered while running the model: unexpected EOF"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one chat is answered; the default is well and at once.

    Attributes:
        text: The answer; None leaves it to the server's `answer`, the schema, or filler.
        thinking: What the model thinks before it answers, one piece.
        first_token_s: Silence before the first byte, headers included, in seconds.
        token_s: Silence before each further line, in seconds.
        pieces: How many pieces of text are sent before the ending; None means all.
        ending: `done` as Ollama ends, `no_done` a clean end without `done: true`, `close` in the
            middle of a chunk, `reset` (RST), `silence` until the client leaves, `slow_close`.
        done_reason: Overrides `stop` and `length`.
        lines: Raw lines sent after the pieces and before the ending.
        status: With any other status than 200 `body` is sent instead of an answer.
        headers: Header lines of that answer beyond Date and Content-Length.
        body: Body of that answer.
        raw: These bytes instead of HTTP; then the connection is closed.
        slice_bytes: Send the answer in slices of so many bytes; 0 leaves it whole.
        counters: Whether the last line has counters.
    """

    text: str | None = None
    thinking: str | None = None
    first_token_s: float = 0.0
    token_s: float = 0.0
    pieces: int | None = None
    ending: Ending = "done"
    done_reason: str | None = None
    lines: tuple[bytes, ...] = ()
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    raw: bytes | None = None
    slice_bytes: int = 0
    counters: bool = field(default=True)


def failing(status: int, error: str) -> Behaviour:
    """Return an answer of Ollama's usual error shape."""
    return Behaviour(
        status=status,
        headers=(("Content-Type", "application/json; charset=utf-8"),),
        body=_error(error),
    )


def _error(text: str) -> bytes:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{"error":"{escaped}"}}'.encode()


def _page(status: int, kind: str, body: bytes) -> Behaviour:
    return Behaviour(status=status, headers=(("Content-Type", kind),), body=body)


def _http(head: str, body: bytes) -> bytes:
    return f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body


_HTML = b"<html><head><style>p{}</style></head><body><h1>Please log in</h1></body></html>"
_NDJSON = "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked"

FAULTS: dict[str, Behaviour] = {
    "busy": failing(503, BUSY),
    "rate-limited": failing(429, "too many requests"),
    "unauthorised": failing(401, "unauthorized"),
    "forbidden": failing(403, "forbidden"),
    "bad-request": failing(400, "json: cannot unmarshal string into Go struct field"),
    "server-error": failing(500, RUNNER_DIED),
    "server-error-page": _page(500, "text/html", _HTML),
    "bad-gateway": _page(502, "text/html", b"<html><body>502 Bad Gateway</body></html>"),
    "not-found-page": _page(404, "text/plain", b"404 page not found"),
    "redirect": Behaviour(status=307, headers=(("Location", "http://127.0.0.1:9/elsewhere"),)),
    "login-page": Behaviour(
        raw=_http(f"Content-Type: text/html\r\nContent-Length: {len(_HTML)}", _HTML)
    ),
    "event-stream": Behaviour(
        raw=_http("Content-Type: text/event-stream\r\nConnection: close", b'data: {"x": 1}\n\n')
    ),
    "html-as-ndjson": Behaviour(
        raw=_http(f"Content-Type: application/x-ndjson\r\nContent-Length: {len(_HTML)}", _HTML)
    ),
    "not-http": Behaviour(raw=b"SSH-2.0-OpenSSH_9.9\r\nProtocol mismatch.\r\n\r\n"),
    "bad-chunk": Behaviour(raw=_http(_NDJSON, b"zz\r\n{}\n\r\n")),
    "short-body": Behaviour(raw=_http("Content-Length: 5000", b'{"message":{"content":"Hel"}}\n')),
    "close-first": Behaviour(raw=b""),
    "reset-first": Behaviour(pieces=0, ending="reset", first_token_s=0.01),
    "silent": Behaviour(first_token_s=3600.0),
    "stalled": Behaviour(pieces=1, ending="silence"),
    "dropped": Behaviour(pieces=2, ending="close"),
    "reset": Behaviour(pieces=2, ending="reset"),
    "no-done": Behaviour(pieces=2, ending="no_done"),
    "nothing": Behaviour(pieces=0, ending="no_done"),
    "slow-close": Behaviour(ending="slow_close"),
    "dribble": Behaviour(text="word " * 100_000, token_s=0.05),
    "error-line": Behaviour(pieces=2, ending="no_done", lines=(_error(RUNNER_DIED),)),
    "load-only": Behaviour(text="", done_reason="load", counters=False),
    "empty": Behaviour(text=""),
    "blank": Behaviour(text=" \n "),
    "thought-only": Behaviour(text="", thinking="Let me see."),
    "cut": Behaviour(done_reason="length"),
    "torn-line": Behaviour(pieces=2, lines=(b'{"model":"x","mess',)),
    "null-line": Behaviour(pieces=1, lines=(b"null",)),
    "list-line": Behaviour(pieces=0, lines=(b"[1, 2]",)),
    "no-message": Behaviour(pieces=1, lines=(b'{"done":false}',)),
    "wrong-types": Behaviour(pieces=1, lines=(b'{"message":{"content":7},"done":false}',)),
    "blank-lines": Behaviour(lines=(b"", b"\r")),
    "no-counters": Behaviour(counters=False),
    "sliced": Behaviour(slice_bytes=1),
}
