"""What went wrong between us and the server, told apart by what was received."""

from __future__ import annotations

import json
import re
from typing import Any

from chimera.errors import CallError
from chimera.models.records import Outcome

MESSAGE_LIMIT = 200

_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]{0,200}>", re.DOTALL | re.IGNORECASE)
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
_TOKEN = re.compile(r"(?i)\b(bearer|basic)\s+\S+")
_TOO_LONG = (
    "prompt is longer than the context length",  # Ollama
    "exceed_context_size_error",  # llama.cpp
    "exceeds the available context size",  # likewise, where the message stands alone
    "maximum context length",  # OpenAI and those who speak like it
    "prompt is too long",  # Anthropic
)
_TOLD = {
    **dict.fromkeys(_TOO_LONG, Outcome.PROMPT_TOO_LONG),
    "content_filter": Outcome.REFUSED,  # Azure, before the model is asked
    "rejected by the content filter": Outcome.REFUSED,  # OpenAI's library
    "length limit was reached": Outcome.CUT_ANSWER,  # likewise
}
_BUSY = frozenset({429, 503})
_REFUSED = frozenset({401, 403})
_TOO_MANY = 2**63
_MEMORY = re.compile(r"(?i)\bmemory\b|\boom\b|cudaMalloc")
_ADVISED = 120  # characters of the server's words, which leave room for the advice


class WireError(CallError):
    """A request that brought no usable answer.

    Attributes:
        kind: The outcome.
        status: HTTP status, or None where there was none.
        prompt_tokens: Size of the prompt as the server counted it, where it said so.
        num_ctx: Context window the server spoke of, in tokens.
        seen_before: Whether this address has answered earlier in this process.
        text: What there was of an answer.
        stale: Whether it went into a kept connection that the server had given up.
    """

    def __init__(self, outcome: Outcome, message: str, *, status: int | None = None) -> None:
        super().__init__(safe(message), outcome=outcome.value)
        self.kind = outcome
        self.status = status
        self.prompt_tokens: int | None = None
        self.num_ctx: int | None = None
        self.seen_before = True
        self.text = ""
        self.stale = False


def safe(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """Return one printable line of at most `limit` characters, without tags and credentials."""
    text = _TAGS.sub(" ", text[: limit * 100])
    text = "".join(c if c.isprintable() else " " for c in text)
    text = _TOKEN.sub(r"\1 ***", _USERINFO.sub("***@", " ".join(text.split())))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def cleaned(text: str) -> str:
    """Return text any encoder takes: surrogates paired or replaced, NUL replaced."""
    if text.isascii() and "\0" not in text:
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")


def from_status(status: int, body: bytes, model: str) -> WireError:
    """Return the fault behind an answer that is not 200."""
    told = _error_text(body)
    message = f"{status}: {told or body.decode('utf-8', 'replace')}"
    if 300 <= status < 400:  # noqa: PLR2004  redirects
        outcome = Outcome.NOT_OLLAMA
        message = f"{status}: a redirect, never followed: give the server's own address"
    elif status in _REFUSED:
        outcome, message = Outcome.UNAUTHORISED, f"{status}: access refused"
    elif status in _BUSY:
        outcome = Outcome.SERVER_BUSY
    elif status >= 500:  # noqa: PLR2004  server errors
        outcome, message = Outcome.SERVER_ERROR, _advised(message)
    elif told is None:
        return not_ollama(f"status {message}", status=status)
    elif status == 404:  # noqa: PLR2004  not found
        outcome = Outcome.MODEL_MISSING
        message = f"model {model!r} is not on the server: run `ollama pull {model}`"
    else:
        return from_error(told, Outcome.BAD_REQUEST, status=status)
    return WireError(outcome, message, status=status)


def from_error(told: str, otherwise: Outcome, *, status: int | None = None) -> WireError:
    """Return the fault behind an error's text: one with words of its own, or `otherwise`."""
    inner = _inner(told)
    if inner.get("type") == "exceed_context_size_error":
        fault = WireError(Outcome.PROMPT_TOO_LONG, str(inner.get("message", told)), status=status)
        fault.prompt_tokens = count(inner.get("n_prompt_tokens"))
        fault.num_ctx = count(inner.get("n_ctx"))
        return fault
    for words, outcome in _TOLD.items():
        if words in told:
            return WireError(outcome, told, status=status)
    return WireError(otherwise, _advised(str(inner.get("message") or told)), status=status)


def not_ollama(seen: str, *, status: int | None = None) -> WireError:
    """Return the fault of an answer no Ollama server gives."""
    return WireError(Outcome.NOT_OLLAMA, f"not an Ollama server? it sent {seen}", status=status)


def count(value: object) -> int | None:
    """Return a counter of a server's; None for anything else, and for what fits no 64 bits."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _TOO_MANY else None


def told_by(error: object) -> str:
    """Return the text of an `error` field, whatever it holds."""
    if isinstance(error, str):
        return error
    try:
        return json.dumps({"error": error})
    except RecursionError:
        return "an error that is nested too deeply"


def _advised(told: str) -> str:
    """Return what the server said, and what helps where memory is short."""
    if not _MEMORY.search(told):
        return told
    return f"{told[:_ADVISED]}: take a smaller model or num_ctx, or fewer layers on the GPU"


def _error_text(body: bytes) -> str | None:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    error = data.get("error") if isinstance(data, dict) else None
    return None if error is None else told_by(error)


def _inner(told: str) -> dict[str, Any]:
    """Ollama passes its inner server's error on as JSON text inside the error string."""
    if not told.startswith("{"):
        return {}
    try:
        error = json.loads(told).get("error")
    except (ValueError, RecursionError, AttributeError):
        return {}
    return error if isinstance(error, dict) else {}
