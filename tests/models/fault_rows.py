"""The table of server faults, one row a fault: what the server does, how the call has to end.

The numbers are those of the faults that the documentation lists. `once` means that only the first
request of a call meets the fault, `always` that every one does.
"""

from dataclasses import dataclass

from chimera.models import Outcome, Timeouts
from chimera.testing import FAULTS, Behaviour
from chimera.testing.behaviour import failing

PATIENT = Timeouts(connect=5.0, first_token=5.0, idle=5.0, total=9.0)
# Only the limit that a row is about is short: the good calls of the run share them.
SILENT = Timeouts(connect=5.0, first_token=0.5, total=9.0)
STALLING = Timeouts(connect=5.0, first_token=5.0, idle=0.3, total=9.0)
SHORT = Timeouts(connect=5.0, total=0.5)

CANARY = "sk-canary-5f1d"
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
        unmended: How the call ends where the run has no tokens left for one more request.
    """

    id: str
    faults: tuple[Behaviour, ...]
    outcome: Outcome
    requests: int
    limits: Timeouts = PATIENT
    unmended: Outcome | None = None

    def allows(self, outcome: Outcome, requests: int) -> bool:
        """Return whether a call may end like that."""
        if (outcome, requests) == (self.outcome, self.requests):
            return True
        return outcome is self.unmended and 0 < requests < self.requests


def _passing(
    number: str, name: str, outcome: Outcome, limits: Timeouts = PATIENT, tries: int = 3
) -> list[Row]:
    """Return the rows of a fault that two more requests may get over: once, and always."""
    fault = _fault(name)
    return [
        Row(f"{number}-{name}-once", (fault,), Outcome.OK, 2, limits),
        Row(f"{number}-{name}-always", (fault,) * tries, outcome, tries, limits),
    ]


def _repaired(number: str, name: str, outcome: Outcome) -> list[Row]:
    """Return the rows of an answer that does not hold, which is asked for again within limits."""
    fault = _fault(name)
    return [
        Row(f"{number}-{name}-once", (fault,), Outcome.OK, 2, unmended=outcome),
        Row(f"{number}-{name}-always", (fault,) * 2, outcome, 2, unmended=outcome),
    ]


def _final(number: str, name: str, outcome: Outcome, limits: Timeouts = PATIENT) -> Row:
    """Return the row of a fault that no second request gets over."""
    return Row(f"{number}-{name}", (_fault(name),), outcome, 1, limits)


def _fault(name: str) -> Behaviour:
    return OWN.get(name) or FAULTS[name]


OWN: dict[str, Behaviour] = {
    "telling": failing(500, LEAK),
    "text-line": Behaviour(pieces=0, lines=(b'"Hello"',)),
    "null-error": Behaviour(pieces=1, lines=(b'{"error":null}',)),
    "dripping": Behaviour(token_s=0.002),
    "narrow": Behaviour(bytes_per_s=1000.0),
    "late": Behaviour(first_token_s=0.05),
    "not-json": Behaviour(text="Throughput is what people wait for."),
}

_DROPPED, _FAILED = Outcome.DROPPED_STREAM, Outcome.SERVER_ERROR
_FOREIGN, _INVALID = Outcome.NOT_OLLAMA, Outcome.SCHEMA_INVALID

ROWS: list[Row] = [
    _final("S03", "silent", Outcome.FIRST_TOKEN_TIMEOUT, SILENT),
    *_passing("S04", "close-first", _DROPPED, tries=4),  # the first into a kept connection
    *_passing("S05", "reset-first", _DROPPED, tries=4),
    *_passing("S06", "reset", _DROPPED),
    *_passing("S07", "dropped", _DROPPED),
    *_passing("S08", "short-body", _DROPPED),
    *_passing("S09", "bad-chunk", _DROPPED),
    _final("S10", "not-http", _FOREIGN),
    *_passing("S11", "stalled", Outcome.STALLED, STALLING),
    _final("S12", "dribble", Outcome.DEADLINE, SHORT),
    _final("S13", "dripping", Outcome.OK),
    _final("S13", "narrow", Outcome.DEADLINE, SHORT),
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
    *_passing("S25", "runner-died", _FAILED),
    *_passing("S26", "out-of-memory", _FAILED),
    *_passing("S26", "no-memory", _FAILED),
    *_passing("S27", "torn-line", _DROPPED),
    _final("S28", "blank-lines", Outcome.OK),
    _final("S28", "crlf-lines", Outcome.OK),
    _final("S29", "event-stream", _FOREIGN),
    _final("S29", "data-prefix", _FOREIGN),
    _final("S30", "login-page", _FOREIGN),
    _final("S30", "html-as-ndjson", _FOREIGN),
    _final("S31", "null-line", _FOREIGN),
    _final("S31", "list-line", _FOREIGN),
    _final("S31", "number-line", _FOREIGN),
    _final("S31", "text-line", _FOREIGN),
    *_passing("S32", "no-message", _FAILED),
    *_passing("S32", "wrong-types", _FAILED),
    *_passing("S32", "message-list", _FAILED),
    *_passing("S32", "null-error", _FAILED),
    *_passing("S32", "done-word", _DROPPED),
    _final("S32", "reason-number", Outcome.OK),
    _final("S32", "counter-words", Outcome.OK),
    _final("S32", "no-counters", Outcome.OK),
    *_passing("S33", "no-done", _DROPPED),
    _final("S34", "cut", Outcome.CUT_ANSWER),
    *_passing("S35", "load-only", Outcome.EMPTY),
    *_repaired("S35", "empty", Outcome.EMPTY)[:1],
    *_passing("S35", "nothing", _DROPPED),
    _final("S36", "text-after-done", Outcome.OK),
    _final("S36", "done-twice", Outcome.OK),
    *_repaired("S37", "line-separators", _INVALID),
    *_repaired("S37", "nul", _INVALID),
    *_repaired("S37", "invalid-utf8", _INVALID),
    *_repaired("S37", "lone-surrogate", _INVALID),
    *_repaired("S37", "control", _INVALID),
    _final("S38", "bad-gzip", _FOREIGN),
    _final("S38", "unknown-encoding", _FOREIGN),
    _final("S39", "huge-line", _FOREIGN),
]
