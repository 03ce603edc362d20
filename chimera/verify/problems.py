"""Problems: what a verifier finds wrong in a text, and the account of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "number", "unit", "statistic", "direction", "superlative", "entity", "absence", "citation",
    "quotation", "duplicate", "placeholder", "language", "markup", "prompt", "empty",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A number, word, name or citation that nothing supports."""

    line: int  # from 1
    token: str
    text: str
    kind: Kind = "number"
    number: bool = False  # whether the token is a number


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found in a text."""

    numbers: int
    unsupported: tuple[Unsupported, ...]

    @property
    def wrong(self) -> int:
        """Numbers that nothing supports, for whatever reason."""
        return sum(item.number for item in self.unsupported)

    @property
    def supported(self) -> int:
        """Numbers that were found again."""
        return self.numbers - self.wrong

    @property
    def problems(self) -> dict[str, int]:
        """How many problems there are of each kind, in the order of their names."""
        return dict(sorted(Counter(item.kind for item in self.unsupported).items()))
