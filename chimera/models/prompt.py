"""What is sent to a model, and the plan that makes it fit the context window."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chimera.models.allowance import Allowance
from chimera.models.estimate import thirds
from chimera.models.options import ModelOptions
from chimera.models.records import Receipt
from chimera.models.toolcalls import said

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

RESERVE = 1024  # tokens left for the answer where num_predict does not say
JOINT = "\n\n"  # between two sections

_SLACK = 0.95  # what is left of a refused prompt may be denser than the whole of it was

Measure = Callable[[int, int], int]  # from bytes and messages to tokens


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a prompt that can be left out as a whole.

    Attributes:
        name: Named in the receipt when the section is left out.
        text: What the model reads.
        priority: Sections of higher priority are kept longer.
    """

    name: str
    text: str
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question to a model, what never changes first, so that a server can cache the prefix.

    Attributes:
        system: The system message; always sent.
        sections: The user message, in this order.
        ids: What the `Id` fields of the answer may hold; anything where there are none.
        allowance: What the call may take with a repair; None sets no limit.
        turns: What was said after the user message: calls of tools and what came of them. Always
            sent.
        tools: Schemas of the tools the model may call.
    """

    system: str
    sections: tuple[Section, ...] = ()
    ids: tuple[str, ...] = ()
    allowance: Allowance | None = None
    turns: tuple[BaseMessage, ...] = ()
    tools: tuple[Mapping[str, Any], ...] = ()

    @property
    def extra_bytes(self) -> int:
        """Size of turns and tools, in UTF-8 bytes."""
        return sum(size(said(turn)) for turn in self.turns) + tools_size(self.tools)


@dataclass(frozen=True, slots=True)
class Plan:
    """The part of a prompt that is sent.

    Attributes:
        kept: Sections sent, in the prompt's order.
        dropped: Sections left out, in the prompt's order.
        tokens: Estimated size, in tokens.
        sent_bytes: Size of the messages, in UTF-8 bytes.
        messages: How many messages are sent.
    """

    system: str
    kept: tuple[Section, ...]
    dropped: tuple[Section, ...]
    tokens: int
    sent_bytes: int
    messages: int

    @property
    def text(self) -> str:
        """The user message."""
        return JOINT.join(section.text for section in self.kept)

    def receipt(self, counted_tokens: int | None) -> Receipt:
        """Return the receipt of this plan with the size the server counted, in tokens."""
        return Receipt(
            kept=[section.name for section in self.kept],
            dropped=[section.name for section in self.dropped],
            estimated_tokens=self.tokens,
            counted_tokens=counted_tokens,
            sent_bytes=self.sent_bytes,
        )


def budget(options: ModelOptions, num_ctx: int) -> int:
    """Return how many tokens a prompt may have in a window: all but the room for the answer.

    The room is `num_predict`, at most half of the window; else 1,024 tokens or a quarter.
    """
    if options.num_predict is not None:
        return num_ctx - min(options.num_predict, num_ctx // 2)
    return num_ctx - min(RESERVE, num_ctx // 4)


def plan(prompt: Prompt, tokens: int, measure: Measure = thirds) -> Plan:
    """Leave out sections, lowest priority and then last first, until the rest fits.

    One section always stays: whether it fits is for the server to say.

    Args:
        prompt: What is to be asked.
        tokens: How many tokens the prompt may have.
        measure: Returns the tokens to reckon with, from bytes and messages.
    """
    drafts = _Drafts(prompt, measure)
    return drafts.largest(len(prompt.sections), lambda planned: planned.tokens <= tokens)


def replan(
    prompt: Prompt,
    earlier: Plan,
    *,
    counted_tokens: int | None,
    tokens: int,
    measure: Measure = thirds,
) -> Plan | None:
    """Return a smaller plan after the server found a prompt too long.

    Where the server said how long, what is left is measured by that: in proportion to its bytes,
    with a twentieth to spare. Else half of the sections is left.

    Args:
        prompt: What was to be asked.
        earlier: What was refused.
        counted_tokens: The server's count of the earlier plan; None where it did not say.
        tokens: How many tokens the prompt may have.
        measure: As for `plan`.

    Returns:
        A plan with at least one section less, or None where only one is left.
    """
    count = len(earlier.kept)
    if count <= 1:
        return None
    if not counted_tokens or counted_tokens < 0 or not earlier.sent_bytes:
        return halved(prompt, earlier, measure)
    allowed = tokens * _SLACK * earlier.sent_bytes / counted_tokens  # bytes
    drafts = _Drafts(prompt, measure)
    return drafts.largest(count - 1, lambda planned: planned.sent_bytes <= allowed)


def halved(prompt: Prompt, earlier: Plan, measure: Measure = thirds) -> Plan | None:
    """Return a plan with half of the sections, or None where only one is left."""
    count = len(earlier.kept)
    return _Drafts(prompt, measure).of((count + 1) // 2) if count > 1 else None


def size(text: str) -> int:
    """Return the size of a text in UTF-8 bytes."""
    return len(text.encode("utf-8", "replace"))


def tools_size(tools: Sequence[Mapping[str, Any]]) -> int:
    """Return the size of tools' schemas in UTF-8 bytes."""
    return size(json.dumps(tools)) if tools else 0


class _Drafts:
    """The plans of a prompt: its most important sections, so and so many of them."""

    def __init__(self, prompt: Prompt, measure: Measure) -> None:
        sections = prompt.sections
        self._prompt = prompt
        self._measure = measure
        self._ranked = sorted(range(len(sections)), key=lambda i: (-sections[i].priority, i))
        self._sizes = [size(section.text) for section in sections]
        self._fixed = size(prompt.system) + prompt.extra_bytes

    def largest(self, count: int, fits: Callable[[Plan], bool]) -> Plan:
        """Return the largest plan of at most `count` sections that fits, else the smallest one."""
        while count > 1 and not fits(self.of(count)):
            count -= 1
        return self.of(count)

    def of(self, count: int) -> Plan:
        """Return the plan of the `count` most important sections."""
        chosen = set(self._ranked[:count])
        sections = self._prompt.sections
        joints = size(JOINT) * max(len(chosen) - 1, 0)
        sent_bytes = self._fixed + joints + sum(self._sizes[i] for i in chosen)
        messages = (2 if self._prompt.system else 1) + len(self._prompt.turns)
        return Plan(
            system=self._prompt.system,
            kept=tuple(s for i, s in enumerate(sections) if i in chosen),
            dropped=tuple(s for i, s in enumerate(sections) if i not in chosen),
            tokens=self._measure(sent_bytes, messages),
            sent_bytes=sent_bytes,
            messages=messages,
        )
