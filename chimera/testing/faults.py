"""The faults servers were seen to have, each under a name that works as a model's name."""

from __future__ import annotations

from chimera.testing.behaviour import RUNNER_DIED, Behaviour, error_line, failing

BUSY = "server busy, please try again.  maximum pending requests exceeded"
_NO_MEMORY = "model requires more system memory (16.4 GiB) than is available (7.1 GiB)"


def _page(status: int, kind: str, body: bytes) -> Behaviour:
    return Behaviour(status=status, headers=(("Content-Type", kind),), body=body)


def _raw(head: str, body: bytes) -> Behaviour:
    return Behaviour(raw=f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)


def _said(content: bytes) -> Behaviour:
    """One odd piece of text, as its JSON literal, between good ones."""
    line = b'{"model":"x","message":{"role":"assistant","content":%s},"done":false}' % content
    return Behaviour(text="All is well.", lines=(line,))


_HTML = b"<html><head><style>p{}</style></head><body><h1>Please log in</h1></body></html>"
_NDJSON = "Content-Type: application/x-ndjson"
_CHUNKED = f"{_NDJSON}\r\nTransfer-Encoding: chunked"
_DONE = b'{"model":"x","message":{"role":"assistant","content":"Well."},"done":true}\n'
_LATE = b'{"model":"x","message":{"role":"assistant","content":" Too late."},"done":false}'

_REFUSALS = {
    "bad-request": failing(400, "json: cannot unmarshal string into Go struct field"),
    "unauthorised": failing(401, "unauthorized"),
    "forbidden": failing(403, "forbidden"),
    "missing": failing(404, "model 'missing' not found"),
    "not-found-page": _page(404, "text/plain", b"404 page not found"),
    "rate-limited": failing(429, "too many requests"),
    "server-error": failing(500, RUNNER_DIED),
    "server-error-page": _page(500, "text/html", _HTML),
    "no-memory": failing(500, _NO_MEMORY),
    "bad-gateway": _page(502, "text/html", b"<html><body>502 Bad Gateway</body></html>"),
    "busy": failing(503, BUSY),
    "gateway-timeout": _page(504, "text/html", b"<html><body>504 Gateway Time-out</body></html>"),
    "redirect": Behaviour(status=307, headers=(("Location", "http://127.0.0.1:9/elsewhere"),)),
}

_STRANGERS = {
    "login-page": _raw(f"Content-Type: text/html\r\nContent-Length: {len(_HTML)}", _HTML),
    "event-stream": _raw(
        "Content-Type: text/event-stream\r\nConnection: close", b'data: {"x": 1}\n\n'
    ),
    "data-prefix": _raw(f"{_NDJSON}\r\nConnection: close", b"data: " + _DONE),
    "html-as-ndjson": _raw(f"{_NDJSON}\r\nContent-Length: {len(_HTML)}", _HTML),
    "not-http": Behaviour(raw=b"SSH-2.0-OpenSSH_9.9\r\nProtocol mismatch.\r\n\r\n"),
    "bad-gzip": _raw(
        f"{_NDJSON}\r\nContent-Encoding: gzip\r\nConnection: close",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\x56\xca\xff\xff\xff\xff",
    ),
    "unknown-encoding": _raw(
        f"{_NDJSON}\r\nContent-Encoding: x-secret\r\nContent-Length: 6", b"\x1f\x9d\x90\x00\xff\xfe"
    ),
}

_BROKEN_WIRES = {
    "bad-chunk": _raw(_CHUNKED, b"zz\r\n{}\n\r\n"),
    "short-body": _raw("Content-Length: 5000", b'{"message":{"content":"Hel"}}\n'),
    "close-first": Behaviour(raw=b""),
    "reset-first": Behaviour(pieces=0, ending="reset", first_token_s=0.01),
    "silent": Behaviour(first_token_s=3600.0),
    "stalled": Behaviour(pieces=1, ending="silence"),
    "dropped": Behaviour(pieces=2, ending="close"),
    "reset": Behaviour(pieces=2, ending="reset"),
    "slow-close": Behaviour(ending="slow_close"),
    "dribble": Behaviour(text="word ", repeat=100_000, boundless=True, token_s=0.05),
    "late": Behaviour(first_token_s=0.5),
    "narrow": Behaviour(bytes_per_s=100.0),
    "sliced": Behaviour(slice_bytes=1),
}

_BROKEN_ANSWERS = {
    "no-done": Behaviour(pieces=2, ending="no_done"),
    "nothing": Behaviour(pieces=0, ending="no_done"),
    "error-line": Behaviour(pieces=2, ending="no_done", lines=(error_line(RUNNER_DIED),)),
    "out-of-memory": Behaviour(
        pieces=1, ending="no_done", lines=(error_line("CUDA error: out of memory"),)
    ),
    "runner-died": Behaviour(pieces=1, ending="runner_died"),
    "torn-line": Behaviour(pieces=2, lines=(b'{"model":"x","mess',)),
    "null-line": Behaviour(pieces=1, lines=(b"null",)),
    "list-line": Behaviour(pieces=0, lines=(b"[1, 2]",)),
    "number-line": Behaviour(pieces=1, lines=(b"7",)),
    "no-message": Behaviour(pieces=1, lines=(b'{"done":false}',)),
    "wrong-types": Behaviour(pieces=1, lines=(b'{"message":{"content":7},"done":false}',)),
    "message-list": Behaviour(pieces=1, lines=(b'{"message":[{"content":"x"}],"done":false}',)),
    "done-word": Behaviour(last={"done": "true"}),
    "reason-number": Behaviour(last={"done_reason": 7}),
    "counter-words": Behaviour(
        last={
            "total_duration": "1s",
            "load_duration": None,
            "prompt_eval_count": "27",
            "prompt_eval_duration": -1,
            "eval_count": 4.5,
            "eval_duration": [],
        }
    ),
    "no-counters": Behaviour(counters=False),
    "blank-lines": Behaviour(lines=(b"", b"\r")),
    "crlf-lines": Behaviour(newline=b"\r\n"),
    "text-after-done": Behaviour(after=(_LATE,)),
    "done-twice": Behaviour(after=(_DONE.rstrip(),)),
    "huge-line": Behaviour(pieces=1, bulk=31_000_000),
    "flood": Behaviour(text="word ", repeat=200_000, boundless=True),
}

_ODD_ANSWERS = {
    "load-only": Behaviour(text="", done_reason="load", counters=False),
    "empty": Behaviour(text=""),
    "blank": Behaviour(text=" \n "),
    "thought-only": Behaviour(text="", thinking="Let me see."),
    "cut": Behaviour(done_reason="length"),
    "gave-up": Behaviour(text="so ", repeat=31, boundless=True, ending="no_done"),
    "looping": Behaviour(text="and once again ", repeat=200),
    "line-separators": _said('"a\u0085b\u2028c\u2029d"'.encode()),
    "nul": _said(rb'"a\u0000b"'),
    "lone-surrogate": _said(rb'"a\ud800b"'),
    "invalid-utf8": _said(b'"a\xff\xfe\xc3b"'),
    "control": _said(rb'"a\u001b[31m\u0007b"'),
}

FAULTS: dict[str, Behaviour] = {
    **_REFUSALS,
    **_STRANGERS,
    **_BROKEN_WIRES,
    **_BROKEN_ANSWERS,
    **_ODD_ANSWERS,
}
