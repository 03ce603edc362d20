"""Tool calls in a model's answer: those the provider declares, and those written out as text."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

MOST_WRITTEN: Final = 8000  # characters; a longer text is read as an answer

Schema = Mapping[str, Any]  # of a tool, as OpenAI's protocol and Ollama's take it

_WRAPPED: Final = re.compile(
    r"\A\s*(?:<tool_call>|<\|python_tag\|>|\[TOOL_CALLS\]|```(?:json|tool_call|tool_code)?)?\s*"
    r"(?P<json>[\[{].*[\]}])\s*(?:</tool_call>|```)?\s*\Z",
    re.DOTALL,
)
_APART: Final = re.compile(r"\}\s*\{")  # two calls with no comma between them
_BETWEEN: Final = re.compile(r"</tool_call>\s*<tool_call>")
_NAMES: Final = ("name", "tool", "tool_name", "function")
_ARGUMENTS: Final = ("arguments", "parameters", "args", "input")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a model wants done.

    Attributes:
        name: Name of the tool, as the model wrote it.
        arguments: Arguments by name.
        id: The provider's id of the call; empty where it gave none.
        wrong: What is wrong with the arguments, where they cannot be read.
    """

    name: str
    arguments: Mapping[str, Any]
    id: str = ""
    wrong: str = ""

    @property
    def key(self) -> str:
        """Name and arguments as one text: the same for the same call."""
        return f"{self.name} {_dumped(self.arguments)}"


def names_of(tools: Sequence[Schema]) -> list[str]:
    """Return the names of tools."""
    return [str(tool["function"]["name"]) for tool in tools]


def declared(message: AIMessage) -> tuple[ToolCall, ...]:
    """Return the calls that a provider's message declares, unreadable ones among them."""
    good = [ToolCall(c["name"], c["args"], c["id"] or "") for c in message.tool_calls]
    bad = [
        ToolCall(c["name"] or "", {}, c["id"] or "", "the arguments are no JSON object")
        for c in message.invalid_tool_calls
    ]
    return (*good, *bad)


def written(text: str, names: Collection[str]) -> tuple[ToolCall, ...]:
    """Return the calls a model wrote out as text instead of declaring them; empty if none.

    The text has to be nothing but JSON, bare, fenced or in the marks of a chat template, and every
    call in it has to name one of the tools: an answer that happens to be JSON stays an answer.
    """
    if len(text) > MOST_WRITTEN or not (found := _WRAPPED.match(_BETWEEN.sub(",", text))):
        return ()
    body = found["json"]
    for candidate in (body, f"[{_APART.sub('},{', body)}]"):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        calls = [*_read(value, names)]
        return tuple(c for c in calls if c) if calls and all(calls) else ()
    return ()


def said(message: BaseMessage) -> str:
    """Return the text of a message, tool calls as JSON behind it; ids of calls say nothing."""
    calls = getattr(message, "tool_calls", None)
    text = str(message.content)
    if not calls:
        return text
    return text + _dumped([{"name": c["name"], "arguments": c["args"]} for c in calls])


def _read(value: object, names: Collection[str]) -> Iterator[ToolCall | None]:
    for item in value if isinstance(value, list) else [value]:
        inner = item.get("function") if isinstance(item, dict) else None
        yield _call(inner if isinstance(inner, dict) else item, names)


def _call(item: object, names: Collection[str]) -> ToolCall | None:
    if not isinstance(item, dict):
        return None
    name = next((item[key] for key in _NAMES if isinstance(item.get(key), str)), None)
    arguments = next((item[key] for key in _ARGUMENTS if key in item), None)
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return None
    if name not in names or not isinstance(arguments, dict):
        return None
    return ToolCall(str(name), arguments)


def _dumped(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
