"""How much of a prompt a server may still have in its cache: the start it shares with others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from itertools import takewhile
from threading import Lock

Message = tuple[str, str]  # role and text

PROMPTS = 4  # remembered of one model on one host
MODELS = 16  # of more, those asked least recently are forgotten
START = 131_072  # bytes remembered of one prompt


class Prefixes:
    """Remembers the last prompts of each model on each host; may be shared by threads.

    At most 16 times 4 prompts of 128 KiB are held, 8 MiB altogether.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: OrderedDict[Hashable, list[_Start]] = OrderedDict()

    def renew(self) -> None:
        """Take a new lock, in a forked child."""
        self._lock = Lock()

    def share(self, model: Hashable, messages: Sequence[Message]) -> int:
        """Return how many bytes at its start a prompt shares with an earlier one; remember it.

        Whole messages count while role and text are the same, then the same bytes at the start of
        the first text that differs, if its role is the same. Template and joints do not count.

        Args:
            model: Names a model on a host.
            messages: The prompt as it is sent.
        """
        start = _start(messages)
        with self._lock:
            earlier = self._seen.pop(model, [])
            shared = max((_shared(start, other) for other in earlier), default=0)
            kept = [other for other in earlier if other != start]
            self._seen[model] = [*kept, start][-PROMPTS:]
            while len(self._seen) > MODELS:
                self._seen.popitem(last=False)
        return shared


_Start = tuple[tuple[str, bytes], ...]


def _start(messages: Sequence[Message]) -> _Start:
    """Return the first bytes of a prompt, by message."""
    start: list[tuple[str, bytes]] = []
    left = START
    for role, text in messages:
        part = text[:left].encode("utf-8", "replace")[:left]
        start.append((role, part))
        left -= len(part) + len(role) + 1  # so that empty messages end, too
        if left <= 0:
            break
    return tuple(start)


def _shared(one: _Start, other: _Start) -> int:
    pairs = list(zip(one, other, strict=False))
    same = list(takewhile(lambda pair: pair[0] == pair[1], pairs))
    shared = sum(len(text) for (_, text), _ in same)
    if len(same) < len(pairs):
        (role, text), (other_role, other_text) = pairs[len(same)]
        shared += _common(text, other_text) if role == other_role else 0
    return shared


def _common(one: bytes, other: bytes) -> int:
    """Return how many bytes at the start are the same, by halving what is compared."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
