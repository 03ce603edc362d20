"""What comes back from a model: read, checked against its schema, never repaired."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from chimera.models.faults import safe
from chimera.models.records import CallRecord, Outcome

T = TypeVar("T", bound=BaseModel)

_FENCE = re.compile(r"\s*```[A-Za-z]*[ \t]*\n(.*?)\n?```\s*", re.DOTALL)
_CUT = frozenset({"length", "max_tokens", "MAX_TOKENS"})
_ERRORS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A model's answer; look at `ok` before believing it.

    Attributes:
        value: The answer as the model asked for, or None where it did not fit, or none was asked.
        text: The answer as it came; what there was of it, where it was cut.
        record: How the call went.
    """

    value: T | None
    text: str
    record: CallRecord

    @property
    def ok(self) -> bool:
        """Whether the call ended well."""
        return self.record.outcome is Outcome.OK


@dataclass(frozen=True, slots=True)
class Raw:
    """One answer as the server gave it, before anything is made of it.

    Attributes:
        text: All of the text.
        thought: Whether the model's thinking came with it.
        info: The provider's metadata.
        usage: Token counts, where known.
        parsed: A value the provider's library made, where it does so by itself.
    """

    text: str
    thought: bool
    info: dict[str, Any]
    usage: dict[str, Any]
    parsed: object = None

    @property
    def outcome(self) -> Outcome:
        """What can be said before the text is read."""
        reason = self.info.get("done_reason") or self.info.get("finish_reason")
        if (reason or self.info.get("stop_reason")) in _CUT:
            return Outcome.CUT_ANSWER
        if self.text.strip() or self.parsed is not None:
            return Outcome.OK
        return Outcome.THOUGHT_ONLY if self.thought else Outcome.EMPTY

    @property
    def ttft_ms(self) -> float | None:
        """Request sent to first text, in milliseconds."""
        value = self.info.get("ttft_ms")
        return float(value) if isinstance(value, int | float) else None

    def count(self, ollama: str, common: str) -> int | None:
        """Return a token count by Ollama's name, else by LangChain's; None where neither is."""
        value = self.info.get(ollama, self.usage.get(common))
        return value if isinstance(value, int) else None

    def duration_ms(self, name: str) -> float | None:
        """Return one of Ollama's durations, in milliseconds; None where it is absent."""
        value = self.info.get(name)
        return value / 1e6 if isinstance(value, int) else None


def read(text: str, output: type[T]) -> tuple[T | None, list[str]]:
    """Validate an answer; return the value, or what is wrong with it, in short sentences.

    A fence around the whole answer is taken off; nothing else is mended.
    """
    fenced = _FENCE.fullmatch(text)
    try:
        return output.model_validate_json(fenced.group(1) if fenced else text), []
    except ValidationError as error:
        return None, _problems(error)
    except RecursionError:
        return None, ["the JSON is nested too deeply"]


def _problems(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = []
    for problem in found[:_ERRORS_SHOWN]:
        place = ".".join(str(part) for part in problem["loc"]) or "answer"
        lines.append(safe(f"{place}: {problem['msg']}", 120))
    return lines
