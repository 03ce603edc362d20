"""The context window: how large to ask for, and whether a prompt went through it whole."""

from __future__ import annotations

from typing import Final

from chimera.models.estimate import Estimate, overhead
from chimera.models.options import ModelOptions
from chimera.models.prompt import RESERVE

SIZES: Final = (4096, 8192, 16384, 32768, 65536, 131_072)  # tokens
NUM_KEEP: Final = 4  # Ollama's default: tokens at the start that a cut leaves in place

_EDGE: Final = 4  # tokens at the end of a window that Ollama does not give to a prompt


def needed(prompt_tokens: int, options: ModelOptions) -> int:
    """Return the window that holds a prompt and its answer, in tokens."""
    return prompt_tokens + (options.num_predict or RESERVE)


def choose(needed_tokens: int, in_use: int | None = None, known_max: int | None = None) -> int:
    """Return the window to ask for, in tokens.

    Few sizes, as each change of `num_ctx` makes Ollama load the model again; and never a smaller
    window than the model is loaded with. Where even the largest is too small, the plan has to be.

    Args:
        needed_tokens: Prompt and room for the answer.
        in_use: The window the model is loaded with, by `/api/ps`.
        known_max: The model's own length, by `/api/show`.
    """
    if in_use is not None and in_use >= needed_tokens:
        return in_use
    size = next((size for size in SIZES if size >= needed_tokens), SIZES[-1])
    size = min(size, known_max or size)
    return max(size, in_use or 0)


def whole(
    estimate: Estimate,
    counted: int | None,
    num_ctx: int,
    *,
    num_keep: int = NUM_KEEP,
    shared_bytes: int = 0,
) -> bool | None:
    """Return whether a prompt reached the model uncut; None where nobody can tell.

    Ollama cuts in two ways, and says neither: a last message too long for the window leaves
    exactly a count of `cut_sizes`, and older messages are left out one by one, all but system texts
    and the last. A system text and a question, or a question alone, have none to lose.

    True is shown by size alone where bytes and overhead fit, as a token is at least a byte; else
    by a count no lower than the estimate allows. False is shown by the count that a cut leaves,
    and by one too low for a prompt that may have overflowed.

    Args:
        estimate: Made before the call.
        counted: The server's count of the prompt, in tokens; None where it did not say.
        num_ctx: The window in force, in tokens.
        num_keep: The option of that name.
        shared_bytes: Bytes at the start that the server had cached, if it may not have counted
            them: then a low count shows nothing.
    """
    if estimate.sent_bytes + overhead(estimate.messages) + _EDGE <= num_ctx:
        return True
    if counted is None:
        return None
    may_overflow = not estimate.known or estimate.most + _EDGE > num_ctx
    if counted in cut_sizes(num_ctx, num_keep):
        return False if may_overflow else None
    if not estimate.known:
        return None
    if counted >= _enough(estimate, may_overflow=may_overflow):
        return True
    return False if may_overflow and counted < _fewest(estimate, shared_bytes) else None


def cut_sizes(num_ctx: int, num_keep: int = NUM_KEEP) -> frozenset[int]:
    """Return the counts that Ollama's cut of a too long prompt leaves, in tokens.

    The first `num_keep` tokens stay, and one more where the model has a start token; of what the
    window has beside them, the newer half stays. Recorded with Ollama 0.33.0-rc2. Servers of 2025
    filled the window instead, by their log: "limit=8192 prompt=10552 keep=4 new=8192".
    """
    kept = max(min(num_keep, num_ctx - _EDGE), 0)
    halves = {num_ctx - (num_ctx - first) // 2 for first in (kept, kept + 1)}
    return frozenset(halves | {num_ctx})


def _enough(estimate: Estimate, *, may_overflow: bool) -> int:
    """Return the count from which nothing can be missing.

    Where whole messages may have been left out, any count below the expected one is open.
    """
    droppable = estimate.messages > 2  # noqa: PLR2004  a system text and the question stay
    return estimate.expected if may_overflow and droppable else estimate.least


def _fewest(estimate: Estimate, shared_bytes: int) -> float:
    """Return the count below which something is missing, if the cache was left out or not."""
    sent = max(estimate.sent_bytes, 1)
    return estimate.least * (1 - min(shared_bytes, sent) / sent)
