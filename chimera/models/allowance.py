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

        A request that was not answered in full is taken for one whose answer was as long as it
        may be, and whose prompt was as long as that of the others.

        Args:
            calls: The calls made.
            longest: Tokens of the longest answer.
        """
        prompt, output = self.prompt, self.output
        for call in calls:
            lost = max(call.attempts - call.answers, 0)  # a journal answers without an attempt
            asked, said = call.prompt_tokens, call.output_tokens
            sent = call.receipt.counted_tokens or asked or call.receipt.estimated_tokens or 0
            prompt -= (call.answers * sent if asked is None else asked) + lost * sent
            output -= (call.answers * longest if said is None else said) + lost * longest
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
