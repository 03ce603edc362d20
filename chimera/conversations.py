"""Chat messages in a graph's state: shown to an agent as text, and answered with a message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, get_type_hints

from langchain_core.messages import AIMessage, BaseMessage, get_buffer_string

_NO_NAME: Final = re.compile(r"[\s<|\\/>]+")  # what OpenAI refuses in a message's name


def told(value: object) -> str | None:
    """Return messages as text, each after who said it; None of what holds no messages.

    One message alone is its text.
    """
    if isinstance(value, BaseMessage):
        return str(value.text)
    if _are_messages(value):
        return get_buffer_string(list(value))  # type: ignore[call-overload]  # a list of messages
    return None


def as_message(said: str, agent: str) -> AIMessage:
    """Return an agent's answer as a message under its name, spelled as servers take it."""
    return AIMessage(said, name=_NO_NAME.sub("_", agent))


def holds_messages(value: object, model: type | None, name: str) -> bool:
    """Return whether a field of a state is a conversation, by its value or by its reducer.

    Args:
        value: What stands in the field; None for nothing.
        model: The state's type; None where it is not known.
        name: The field.
    """
    from langgraph.graph.message import add_messages

    if _are_messages(value):
        return True
    said = get_type_hints(model, include_extras=True).get(name) if model else None
    return any(one is add_messages for one in getattr(said, "__metadata__", ()))


def _are_messages(value: Any) -> bool:  # noqa: ANN401  whatever stands in a state
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        return False
    return len(value) > 0 and all(isinstance(one, BaseMessage) for one in value)
