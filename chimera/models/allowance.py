"""What a call may take: its first request is always made, a further one only where it fits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chimera.models.records import CallRecord


@dataclass(frozen=True, slots=True)
class Allowance:
    """Tokens for all requests of a call together.

    Attributes:
        prompt: Tokens sent.
        output: Tokens generated.
    """

    prompt: int
    output: int

    def after(self, calls: Iterable[CallRecord], longest: int) -> Allowance:
        """Return what calls leave of it.

        A record has the counters of its last request; what the earlier ones took is assumed to be
        no less: as many tokens sent, and an answer as long as it may be.

        Args:
            calls: The calls made.
            longest: Tokens of the longest answer.
        """
        prompt, output = self.prompt, self.output
        for call in calls:
            sent = call.prompt_tokens or call.receipt.estimated_tokens or 0
            said = longest if call.output_tokens is None else call.output_tokens
            prompt -= call.attempts * sent
            output -= said + (call.attempts - 1) * longest
        return Allowance(prompt, output)

    def room(self, prompt: int, output: int, needed: int) -> int:
        """Return how many tokens the answer to one more request may have; 0 where it does not fit.

        Args:
            prompt: Tokens sent, those of the further request among them.
            output: Tokens generated.
            needed: Tokens that the answer is likely to have.
        """
        room = self.output - output
        return room if prompt <= self.prompt and needed <= room else 0
