"""What the exceptions of other libraries mean, told without the secrets they may hold."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import BaseModel, SecretStr, ValidationError

from chimera.models.faults import WireError, from_error, from_status
from chimera.models.records import Outcome

_SHORTEST: Final = 4  # characters; a shorter secret is none, and a word of many texts
_HTTP_ERRORS: Final = 300  # redirects are not followed
_ADVICE: Final = {
    Outcome.MODEL_MISSING: "; does the name hold, and does the address end as it should, in /v1?",
    Outcome.NOT_OLLAMA: "; does the address hold, and end as it should, in /v1?",
}
_BY_NAME: Final = (  # parts of class names, the first that is found counts
    (("ConnectError", "ConnectTimeout", "ConnectionRefused", "gaierror"), Outcome.UNREACHABLE),
    (("ProtocolError", "ReadError", "WriteError", "CloseError"), Outcome.DROPPED_STREAM),
    (("ConnectionReset", "BrokenPipe", "IncompleteRead"), Outcome.DROPPED_STREAM),
    (("Timeout",), Outcome.STALLED),
    (("ConnectionError", "OSError"), Outcome.UNREACHABLE),
    (("JSONDecodeError",), Outcome.DROPPED_STREAM),
)


def classified(error: BaseException, secrets: Iterable[str] = ()) -> WireError:
    """Return the fault behind an exception, by its status, its causes' names, or its words.

    Args:
        error: What another library raised.
        secrets: What must not be told.
    """
    told = masked(f"{type(error).__name__}: {error}", secrets)
    status = getattr(error, "status_code", None)
    if isinstance(status, int) and status >= _HTTP_ERRORS:
        return _by_status(error, status, told)
    if isinstance(error, ValidationError):
        return WireError(Outcome.SCHEMA_INVALID, told)
    for cause in _causes(error):
        names = " ".join(kind.__name__ for kind in type(cause).__mro__)
        for parts, outcome in _BY_NAME:
            if any(part in names for part in parts):
                return WireError(outcome, told)
    if "No generations found in stream" in told:  # LangChain's words
        return WireError(Outcome.DROPPED_STREAM, "the answer ended before it began")
    inside = status == -1 or "APIError" in type(error).__name__  # an error amid the answer
    return from_error(told, Outcome.SERVER_ERROR if inside else Outcome.BAD_REQUEST)


def secrets_of(model: BaseModel) -> list[str]:
    """Return what a model holds that must not be told: its keys, and the headers it sends."""
    return sorted({s for s in _held(model) if len(s) >= _SHORTEST}, key=len, reverse=True)


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return a text with asterisks in place of secrets."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _by_status(error: BaseException, status: int, told: str) -> WireError:
    found = from_status(status, _body(error), "named")
    if found.kind is Outcome.UNAUTHORISED:  # servers quote the key they refuse
        told = f"{type(error).__name__}: {status}, access refused"
    fault = WireError(found.kind, told + _ADVICE.get(found.kind, ""), status=status)
    fault.prompt_tokens, fault.num_ctx = found.prompt_tokens, found.num_ctx
    return fault


def _body(error: BaseException) -> bytes:
    """Return an error's body as Ollama would send it; what is no JSON is left as it is."""
    body: Any = getattr(error, "body", None)
    if isinstance(body, str) and getattr(error, "response", None) is not None:
        return body.encode("utf-8", "replace")
    told = body if isinstance(body, dict) else str(error)
    return json.dumps({"error": told}, default=str).encode()


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield what an exception was raised from, the first cause first."""
    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__) is not None and cause not in chain:
        chain.append(cause)
    yield from reversed(chain)


def _held(model: BaseModel) -> Iterator[str]:
    for name in type(model).model_fields:
        value = getattr(model, name, None)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, dict) and name.endswith("headers"):
            yield from (str(item) for item in value.values())
