"""Lines of an Ollama answer turned into LangChain messages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, AIMessageChunk, ToolCall
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from chimera.models.faults import WireError, cleaned, count
from chimera.models.records import Outcome
from chimera.models.wire import Final, Line


class Collector:
    """Gathers an answer piece by piece and makes one message of it, without any chunk."""

    def __init__(self, listeners: Iterable[Callable[[str], None]] = ()) -> None:
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._tool_calls: list[ToolCall] = []
        self._logprobs: list[Any] = []
        self._listeners = list(listeners)
        self._final: Final | None = None

    def forget_listeners(self) -> None:
        """Tell nobody; for answers whose pieces are reported in another way."""
        self._listeners.clear()

    def take(self, text: str, line: Line) -> None:
        """Take in one line of the answer."""
        if text:
            self._texts.append(text)
            for listener in self._listeners:
                listener(cleaned(text))
        message = line.get("message")
        if message and ("thinking" in message or "tool_calls" in message):
            if thought := message.get("thinking"):
                self._thoughts.append(thought)
            self._tool_calls += tool_calls(line)
        if "logprobs" in line:
            self._logprobs += _logprobs(line)

    def add(self, item: Line | Final) -> None:
        """Take in one item of `wire.stream`."""
        if isinstance(item, Final):
            self._final = item
        else:
            self.take((item.get("message") or {}).get("content") or "", item)

    def result(self, final: Final | None = None) -> ChatResult:
        """Return the whole answer as LangChain has it."""
        end = final or self._final
        if end is None:
            raise WireError(Outcome.DROPPED_STREAM, "the answer has no end")
        info = generation_info(end)
        if self._logprobs:
            info["logprobs"] = self._logprobs
        thoughts = {"reasoning_content": cleaned("".join(self._thoughts))}
        message = AIMessage(
            content=cleaned("".join(self._texts)),
            additional_kwargs=thoughts if self._thoughts else {},
            tool_calls=self._tool_calls,
            usage_metadata=usage(end.line),
        )
        return ChatResult(generations=[ChatGeneration(message=message, generation_info=info)])


def chunk(item: Line | Final) -> ChatGenerationChunk | None:
    """Return the LangChain chunk of one item; None for the last line, which `Final` repeats."""
    if isinstance(item, Final):
        line, info, position = item.line, generation_info(item), "last"
    elif item.get("done") is True:
        return None
    else:
        line, position = item, None
        info = {"logprobs": _logprobs(item)} if item.get("logprobs") is not None else {}
    message = line.get("message") or {}
    thought = message.get("thinking")
    return ChatGenerationChunk(
        message=AIMessageChunk(
            content=cleaned(message.get("content") or ""),
            additional_kwargs={"reasoning_content": cleaned(thought)} if thought else {},
            tool_calls=tool_calls(line),
            usage_metadata=usage(line),
            chunk_position=position,
        ),
        generation_info=info or None,
    )


def generation_info(final: Final) -> dict[str, Any]:
    """Return ChatOllama's metadata of an answer, and `ttft_ms` and `first_thought_ms`."""
    info = {name: value for name, value in final.line.items() if name != "message"}
    if "model" in info:
        info["model_name"] = info["model"]
    times = {"ttft_ms": final.ttft_ms, "first_thought_ms": final.first_thought_ms}
    return {**info, "model_provider": "ollama", **times}


def usage(line: Line) -> UsageMetadata | None:
    """Return the token counts of a last line; None where one of them is absent or no count."""
    asked, answered = count(line.get("prompt_eval_count")), count(line.get("eval_count"))
    if asked is None or answered is None:
        return None
    return UsageMetadata(input_tokens=asked, output_tokens=answered, total_tokens=asked + answered)


def tool_calls(line: Line) -> list[ToolCall]:
    """Return the tool calls of a line."""
    calls = (line.get("message") or {}).get("tool_calls") or []
    try:
        return [
            tool_call(
                id=str(uuid4()),
                name=call["function"]["name"],
                args=_arguments(call["function"].get("arguments")),
            )
            for call in calls
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        raise WireError(Outcome.SERVER_ERROR, "a tool call of the answer is misshapen") from None


def _logprobs(line: Line) -> list[Any]:
    found = line.get("logprobs")
    return found if isinstance(found, list) else []


def _arguments(value: object) -> dict[str, Any]:
    loaded = json.loads(value) if isinstance(value, str) else value or {}
    if not isinstance(loaded, dict):
        raise TypeError("arguments are no object")
    return loaded
