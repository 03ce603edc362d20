"""What a context window does to a prompt, as recorded from a real Ollama 0.33."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Message = Mapping[str, Any]

DEFAULT_NUM_CTX = 4096  # tokens
SMALLEST = 4  # tokens; a smaller window is raised to this without a word
HEADROOM = 4  # tokens of the window that no prompt may fill
NUM_KEEP = 4


@dataclass(frozen=True, slots=True)
class Window:
    """A context window.

    Attributes:
        size: Its size in tokens, as it is in force.
        num_keep: How many tokens at the start survive a cut, less one.
    """

    size: int
    num_keep: int = NUM_KEEP

    def holds(self, messages: Sequence[Message]) -> bool:
        """Return whether a prompt fits as it is."""
        return prompt_tokens(messages) <= self.size - HEADROOM

    def shortened(self, messages: Sequence[Message]) -> list[Message]:
        """Leave out the oldest messages until the rest fits; system messages and the last stay."""
        kept = list(messages)
        old = [m for m in kept[:-1] if m.get("role") != "system"]
        while old and not self.holds(kept):
            kept.remove(old.pop(0))
        return kept

    def counted(self, messages: Sequence[Message]) -> int:
        """Return the tokens that reach the model: all, or a little more than half the window."""
        if self.holds(messages):
            return prompt_tokens(messages)
        half = self.size - (self.size - self.num_keep - 1) // 2
        return min(half, self.size - 1)


def tokens(text: str) -> int:
    """Return how many tokens the stand-in sees: one a word, or one for three characters."""
    return max(len(text.split()), -(-len(text) // 3))


def prompt_tokens(messages: Sequence[Message]) -> int:
    """Return the size of a prompt, in tokens: six for each message beside its text."""
    return sum(6 + tokens(str(message.get("content", ""))) for message in messages)


def rendered(messages: Sequence[Message]) -> str:
    """Return the text of a prompt as a plain template has it."""
    return "\n".join(f"{m.get('role', '')}: {m.get('content', '')}" for m in messages)
