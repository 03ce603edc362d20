"""What comes back from a model: read, checked against its schema, never repaired."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from chimera.models import thinking
from chimera.models.faults import count, safe
from chimera.models.records import CallRecord, Outcome
from chimera.models.refusal import declared, declines
from chimera.models.repetition import repeats
from chimera.models.toolcalls import ToolCall
from chimera.models.toolcalls import declared as calls_of

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

T = TypeVar("T", bound=BaseModel)

_FENCE = re.compile(r"```[A-Za-z]*[ \t]*\n(.*?)```", re.DOTALL)
_CUT = frozenset({"length", "max_tokens", "MAX_TOKENS"})
_BRACES = {"object": ("{", "}"), "array": ("[", "]")}
_ERRORS_SHOWN = 5
_BITS = 63  # of a whole number; state and checkpoints hold no larger one


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A model's answer; look at `ok` before believing it.

    Attributes:
        value: The answer as the model asked for, or None where it did not fit, or none was asked.
        text: The answer as it came; what there was of it, where it was cut.
        record: How the call went.
        tool_calls: What the model wants done before it answers; then there is no answer yet.
    """

    value: T | None
    text: str
    record: CallRecord
    tool_calls: tuple[ToolCall, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the call ended well."""
        return self.record.outcome is Outcome.OK


@dataclass(frozen=True, slots=True)
class Raw:
    """One answer as the server gave it, before anything is made of it.

    Attributes:
        text: All of the text; thinking between tags at its start is taken off.
        thought: Whether the model's thinking came with it.
        info: The provider's metadata.
        usage: Token counts, where known.
        parsed: A value the provider's library made, where it does so by itself.
        refusal: What the provider gave as the model's refusal, apart from the text.
        tool_calls: What the model wants done.
    """

    text: str
    thought: bool
    info: dict[str, Any]
    usage: dict[str, Any]
    parsed: object = None
    refusal: str = ""
    tool_calls: tuple[ToolCall, ...] = ()

    def __post_init__(self) -> None:
        thought, text = thinking.apart(self.text)
        if thought or text != self.text:
            object.__setattr__(self, "thought", True)
            object.__setattr__(self, "text", text)

    @classmethod
    def of(cls, message: AIMessage, parsed: object = None, first_ms: float | None = None) -> Self:
        """Return what a message of any provider holds.

        Args:
            message: The answer.
            parsed: The value the provider's library made of it.
            first_ms: Request sent to first text, in milliseconds, where we heard it come.
        """
        info: dict[str, Any] = message.response_metadata
        if info.get("ttft_ms") is None and first_ms is not None:
            info = {**info, "ttft_ms": first_ms}
        extra = message.additional_kwargs
        return cls(
            text=message.content if isinstance(message.content, str) else str(message.text),
            thought=bool(extra.get("reasoning_content")) or _has(message, "thinking", "reasoning"),
            info=info,
            usage=dict(message.usage_metadata or {}),
            parsed=parsed,
            refusal=str(extra.get("refusal") or _refusal_block(message)),
            tool_calls=calls_of(message),
        )

    @property
    def outcome(self) -> Outcome:
        """What can be said before the text is read."""
        if self.refused:
            return Outcome.REFUSED
        if self.repeated:
            return Outcome.REPETITION
        said = bool(self.text.strip()) or self.parsed is not None or bool(self.tool_calls)
        if self.thought and not said:
            return Outcome.THOUGHT_ONLY
        if self.cut:
            return Outcome.CUT_ANSWER
        return Outcome.OK if said else Outcome.EMPTY

    @property
    def detail(self) -> str | None:
        """What the outcome's usual remedy does not say, one line."""
        outcome = self.outcome
        if outcome is Outcome.THOUGHT_ONLY and self.cut:
            spent = self.count("eval_count", "output_tokens")
            told = "the whole budget" if spent is None else f"all {spent:,} tokens"
            return f"{told} went into thinking: raise num_predict, or switch thinking off"
        if outcome is Outcome.REFUSED:
            return safe(f"the model declined: {self.refusal or self.text}")
        return None

    @property
    def cut(self) -> bool:
        """Whether the answer reached a limit."""
        reason = self.info.get("done_reason") or self.info.get("finish_reason")
        reason = reason or self.info.get("stop_reason")
        return isinstance(reason, str) and reason in _CUT

    @property
    def refused(self) -> bool:
        """Whether the model, or a filter before it, declined to answer."""
        if self.parsed is not None or self.tool_calls:
            return False
        return bool(self.refusal) or declared(self.info) or declines(self.text)

    @property
    def repeated(self) -> bool:
        """Whether the end of the text repeats itself without end."""
        return self.parsed is None and repeats(self.text)

    @property
    def ttft_ms(self) -> float | None:
        """Request sent to first text, in milliseconds."""
        return _number(self.info.get("ttft_ms"))

    @property
    def first_thought_ms(self) -> float | None:
        """Request sent to first thinking, in milliseconds; None without any."""
        return _number(self.info.get("first_thought_ms"))

    def count(self, ollama: str, common: str) -> int | None:
        """Return a token count by Ollama's name, else by LangChain's; None where neither is."""
        return count(self.info.get(ollama, self.usage.get(common)))

    def duration_ms(self, name: str) -> float | None:
        """Return one of Ollama's durations, in milliseconds; None where it is absent."""
        value = count(self.info.get(name))
        return None if value is None else value / 1e6


def read(text: str, output: type[T]) -> tuple[T | None, list[str]]:
    """Validate an answer; return the value, or what is wrong with it, in short sentences.

    JSON may stand in a fence or in prose, as long as it is the only value there: the inside of
    the one fence, or all from the first opening brace to the last closing one. Nothing else is
    mended, and nothing is picked out of a larger value that is broken.
    """
    value, wrong = _validated(text, output)
    inner = _inner(text, output) if value is None else None
    if inner is None:
        return value, wrong
    found, why = _validated(inner, output)
    return (found, why) if found is not None or not _is_no_json(why) else (None, wrong)


def _validated(text: str, output: type[T]) -> tuple[T | None, list[str]]:
    try:
        value = output.model_validate_json(text)
    except ValidationError as error:
        return None, _problems(error)
    except RecursionError:
        return None, ["the JSON is nested too deeply"]
    except ValueError:  # surrogates, which JSON has and UTF-8 has not
        return None, ["the answer is no valid text"]
    wild = next(_wild(value.model_dump(warnings=False)), None)
    return (value, []) if wild is None else (None, [f"the number {wild} is out of range"])


def _inner(text: str, output: type[BaseModel]) -> str | None:
    """Return the one place of an answer that may hold its JSON."""
    fence = _FENCE.search(text) if text.count("```") == 2 else None  # noqa: PLR2004  its two ends
    if fence:
        return fence.group(1)
    kind = output.model_json_schema().get("type") if issubclass(output, RootModel) else "object"
    if kind not in _BRACES:
        return None
    opening, closing = _BRACES[kind]
    start, end = text.find(opening), text.rfind(closing) + 1
    if not 0 <= start < end or _within_more(text[:start], text[end:]):
        return None
    return text[start:end]


def _within_more(before: str, after: str) -> bool:
    """Return whether what stands around a value makes it part of a broken larger one."""
    before, after = before.rstrip(), after.lstrip()
    return before.endswith(("[", ",", "{", '":')) or after.startswith(("]", ",", "}"))


def _is_no_json(wrong: list[str]) -> bool:
    return wrong[0].startswith("answer: Invalid JSON")


def _wild(value: object) -> Iterator[str]:
    """Yield the numbers no JSON and no checkpoint can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        yield str(value)
    elif isinstance(value, int) and value.bit_length() > _BITS:
        yield f"of {value.bit_length()} bits"
    elif isinstance(value, dict):
        for item in value.values():
            yield from _wild(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _wild(item)


def _problems(error: ValidationError) -> list[str]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = []
    for problem in found[:_ERRORS_SHOWN]:
        place = ".".join(str(part) for part in problem["loc"]) or "answer"
        lines.append(safe(f"{place}: {problem['msg']}", 120))
    return lines


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _blocks(message: AIMessage) -> list[dict[str, Any]]:
    content = message.content if isinstance(message.content, list) else []
    return [block for block in content if isinstance(block, dict)]


def _has(message: AIMessage, *kinds: str) -> bool:
    return any(block.get("type") in kinds for block in _blocks(message))


def _refusal_block(message: AIMessage) -> str:
    found = (block.get("refusal") for block in _blocks(message) if block.get("type") == "refusal")
    return str(next(found, "") or "")
