"""The table of server faults, one row a fault: what the server does, how the call has to end.

The numbers are those of the faults that the documentation lists. `once` means that only the first
request of a call meets the fault, `always` that every one does.
"""

import json
from dataclasses import dataclass

from chimera.models import Outcome, Timeouts
from chimera.testing import FAULTS, Behaviour
from chimera.testing.behaviour import failing

PATIENT = Timeouts(connect=5.0, first_token=5.0, idle=5.0, total=9.0)
QUICK = Timeouts(connect=5.0, first_token=0.3, idle=0.3, total=9.0)
SHORT = Timeouts(connect=5.0, total=0.3)

CANARY = "sk-canary-5f1d"
MEMORY = "model runner has unexpectedly stopped, this may be due to out of memory"
LEAK = f"no route: Authorization: Bearer {CANARY} for http://user:{CANARY}@10.0.0.9/"


@dataclass(frozen=True, slots=True)
class Row:
    """A fault at one call.

    Attributes:
        id: Number and name of the fault.
        faults: How the requests of the call are answered, one after the other; then well.
        outcome: How the call has to end.
        requests: How many requests it has to take.
        limits: Time limits of the call.
    """

    id: str
    faults: tuple[Behaviour, ...]
    outcome: Outcome
    requests: int
    limits: Timeouts = PATIENT


def _passing(number: str, name: str, outcome: Outcome, limits: Timeouts = PATIENT) -> list[Row]:
    """Return the rows of a fault that two more requests may get over: once, and always."""
    fault = _fault(name)
    return [
        Row(f"{number}-{name}-once", (fault,), Outcome.OK, 2, limits),
        Row(f"{number}-{name}-always", (fault,) * 3, outcome, 3, limits),
    ]


def _repaired(number: str, name: str, outcome: Outcome) -> list[Row]:
    """Return the rows of an answer that does not hold, which is asked for once more."""
    fault = _fault(name)
    return [
        Row(f"{number}-{name}-once", (fault,), Outcome.OK, 2),
        Row(f"{number}-{name}-always", (fault,) * 2, outcome, 2),
    ]


def _final(number: str, name: str, outcome: Outcome, limits: Timeouts = PATIENT) -> Row:
    """Return the row of a fault that no second request gets over."""
    return Row(f"{number}-{name}", (_fault(name),), outcome, 1, limits)


def _fault(name: str) -> Behaviour:
    return OWN.get(name) or FAULTS[name]


def _piece(text: str) -> bytes:
    return json.dumps({"message": {"content": text}, "done": False}, ensure_ascii=False).encode()


def _http(head: str, body: bytes) -> Behaviour:
    lines = ["HTTP/1.1 200 OK", "Content-Type: application/x-ndjson", head]
    lines.append(f"Content-Length: {len(body)}")
    return Behaviour(raw="\r\n".join([*lines, "", ""]).encode() + body)


def _odd(*content: bytes) -> Behaviour:
    return Behaviour(pieces=0, lines=content)


OWN: dict[str, Behaviour] = {
    "missing": failing(404, "model 'x' not found"),
    "gateway-timeout": Behaviour(
        status=504, headers=(("Content-Type", "text/html"),), body=b"<h1>504</h1>"
    ),
    "telling": failing(500, LEAK),
    "memory-line": Behaviour(
        pieces=0, ending="no_done", lines=(json.dumps({"error": MEMORY}).encode(),)
    ),
    "number-line": _odd(b"42"),
    "text-line": _odd(b'"Hello"'),
    "list-message": _odd(b'{"message":[],"done":false}'),
    "null-error": _odd(b'{"error":null}'),
    "crlf-lines": Behaviour(lines=(b"\r", b"\r\n\r")),
    "dripping": Behaviour(token_s=0.002),
    "late": Behaviour(first_token_s=0.05),
    "after-done": Behaviour(
        ending="no_done",
        lines=(
            b'{"message":{"content":""},"done":true,"done_reason":"stop"}',
            _piece("and more"),
        ),
    ),
    "separators": Behaviour(text="one\u0085two\u2028three\u2029four"),
    "nul": Behaviour(text="one\x00two"),
    "bad-utf8": _odd(b'{"message":{"content":"\xff\xfe\x80"},"done":false}'),
    "surrogate": _odd(b'{"message":{"content":"\\ud800"},"done":false}'),
    "bad-gzip": _http("Content-Encoding: gzip", b"\x1f\x8b\x08\x00 no gzip at all"),
    "odd-encoding": _http("Content-Encoding: br", b"\x0b\x02\x80\x03\n"),
    "long-line": Behaviour(pieces=0, lines=(b'{"message":{"content":"' + b"a" * 31_000_000,)),
}


_DROPPED, _FAILED = Outcome.DROPPED_STREAM, Outcome.SERVER_ERROR
_FOREIGN, _INVALID = Outcome.NOT_OLLAMA, Outcome.SCHEMA_INVALID

ROWS: list[Row] = [
    _final("S03", "silent", Outcome.FIRST_TOKEN_TIMEOUT, QUICK),
    *_passing("S04", "close-first", _DROPPED),
    *_passing("S05", "reset-first", _DROPPED),
    *_passing("S06", "reset", _DROPPED),
    *_passing("S07", "dropped", _DROPPED),
    *_passing("S08", "short-body", _DROPPED),
    *_passing("S09", "bad-chunk", _DROPPED),
    _final("S10", "not-http", _FOREIGN),
    *_passing("S11", "stalled", Outcome.STALLED, QUICK),
    _final("S12", "dribble", Outcome.DEADLINE, SHORT),
    _final("S13", "dripping", Outcome.OK),
    _final("S14", "sliced", Outcome.OK),
    _final("S15", "late", Outcome.OK),
    _final("S16", "slow-close", Outcome.OK),
    _final("S17", "bad-request", Outcome.BAD_REQUEST),
    _final("S18", "unauthorised", Outcome.UNAUTHORISED),
    _final("S18", "forbidden", Outcome.UNAUTHORISED),
    _final("S19", "missing", Outcome.MODEL_MISSING),
    *_passing("S20", "rate-limited", Outcome.SERVER_BUSY),
    *_passing("S21", "server-error", _FAILED),
    *_passing("S21", "server-error-page", _FAILED),
    *_passing("S21", "telling", _FAILED),
    *_passing("S22", "bad-gateway", _FAILED),
    *_passing("S22", "gateway-timeout", _FAILED),
    Row("S23-busy-twice", (FAULTS["busy"],) * 2, Outcome.OK, 3),
    Row("S23-busy-always", (FAULTS["busy"],) * 3, Outcome.SERVER_BUSY, 3),
    *_passing("S25", "error-line", _FAILED),
    *_passing("S26", "memory-line", _FAILED),
    *_passing("S27", "torn-line", _DROPPED),
    _final("S28", "blank-lines", Outcome.OK),
    _final("S28", "crlf-lines", Outcome.OK),
    _final("S29", "event-stream", _FOREIGN),
    _final("S30", "login-page", _FOREIGN),
    _final("S30", "html-as-ndjson", _FOREIGN),
    _final("S31", "null-line", _FOREIGN),
    _final("S31", "list-line", _FOREIGN),
    _final("S31", "number-line", _FOREIGN),
    _final("S31", "text-line", _FOREIGN),
    *_passing("S32", "no-message", _FAILED),
    *_passing("S32", "wrong-types", _FAILED),
    *_passing("S32", "list-message", _FAILED),
    *_passing("S32", "null-error", _FAILED),
    *_passing("S33", "no-done", _DROPPED),
    _final("S34", "cut", Outcome.CUT_ANSWER),
    *_passing("S35", "load-only", Outcome.EMPTY),
    *_passing("S35", "nothing", _DROPPED),
    _final("S36", "after-done", Outcome.OK),
    *_repaired("S37", "separators", _INVALID),
    *_repaired("S37", "nul", _INVALID),
    *_repaired("S37", "bad-utf8", _INVALID),
    *_repaired("S37", "surrogate", _INVALID),
    _final("S38", "bad-gzip", _FOREIGN),
    _final("S38", "odd-encoding", _FOREIGN),
    _final("S39", "long-line", _FOREIGN),
]
