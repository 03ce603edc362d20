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
            unknown = max(call.attempts - call.answered, 0)  # a journal answers without an attempt
            sent = call.prompt_tokens or call.receipt.estimated_tokens or 0
            prompt -= (call.spent_prompt_tokens or 0) + unknown * sent
            output -= (call.spent_output_tokens or 0) + unknown * longest
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
