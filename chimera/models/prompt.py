"""What is sent to a model, and the plan that makes it fit the context window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chimera.models.allowance import Allowance
from chimera.models.options import ModelOptions
from chimera.models.records import Receipt

MESSAGE_TOKENS = 8  # roles and separators of a chat template, per message
RESERVE = 1024  # tokens left for the answer where num_predict does not say


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
    """

    system: str
    sections: tuple[Section, ...] = ()
    ids: tuple[str, ...] = ()
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The part of a prompt that is sent.

    Attributes:
        kept: Sections sent, in the prompt's order.
        dropped: Sections left out, in the prompt's order.
        tokens: Estimated size, in tokens.
    """

    system: str
    kept: tuple[Section, ...]
    dropped: tuple[Section, ...]
    tokens: int

    @property
    def text(self) -> str:
        """The user message."""
        return "\n\n".join(section.text for section in self.kept)

    def receipt(self, counted_tokens: int | None) -> Receipt:
        """Return the receipt of this plan with the size the server counted, in tokens."""
        return Receipt(
            kept=[section.name for section in self.kept],
            dropped=[section.name for section in self.dropped],
            estimated_tokens=self.tokens,
            counted_tokens=counted_tokens,
        )


def estimate_tokens(text: str) -> int:
    """Return the expected size of a text in tokens: a third of its UTF-8 bytes, rounded up.

    English has about four bytes a token, tables of numbers about two and a half.
    """
    return -(-len(text.encode("utf-8", "replace")) // 3)


def budget(options: ModelOptions) -> int:
    """Return how many tokens a prompt may have: the window less the room for the answer."""
    room = options.num_predict or min(RESERVE, options.num_ctx // 4)
    return max(options.num_ctx - room, 0)


def plan(prompt: Prompt, tokens: int) -> Plan:
    """Leave out sections, lowest priority and then last first, until the rest fits.

    One section always stays: whether it fits is for the server to say.
    """
    kept = list(prompt.sections)
    while len(kept) > 1 and _size(prompt.system, kept) > tokens:
        kept.remove(_least(kept))
    return _planned(prompt, kept)


def halved(prompt: Prompt, earlier: Plan) -> Plan | None:
    """Return a plan with half of the sections, or None where only one is left."""
    count = len(earlier.kept)
    kept = list(earlier.kept)
    while len(kept) > (count + 1) // 2:
        kept.remove(_least(kept))
    return _planned(prompt, kept) if len(kept) < count else None


def _least(sections: Sequence[Section]) -> Section:
    return min(reversed(sections), key=lambda section: section.priority)


def _planned(prompt: Prompt, kept: list[Section]) -> Plan:
    chosen = {id(section) for section in kept}
    return Plan(
        system=prompt.system,
        kept=tuple(kept),
        dropped=tuple(s for s in prompt.sections if id(s) not in chosen),
        tokens=_size(prompt.system, kept),
    )


def _size(system: str, sections: Sequence[Section]) -> int:
    user = "\n\n".join(section.text for section in sections)
    sizes = [estimate_tokens(text) + MESSAGE_TOKENS for text in (system, user) if text]
    return sum(sizes)
