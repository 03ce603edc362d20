"""How many tokens a prompt will have, from its size in bytes and what a server counted before."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, floor, sqrt
from typing import NamedTuple

MESSAGE_TOKENS = 8  # roles and separators of a chat template, per message
THIRD = 1 / 3  # tokens per byte where nothing was seen: English has 1/4, tables of numbers 2/5

PROMPT_OVERHEAD = 256  # bytes a template may add to a prompt by itself, a short system text in it
MESSAGE_OVERHEAD = 32  # bytes a template may add to each message
BYTES_PER_TOKEN = 10  # no text has longer tokens than that on the average

ENOUGH = 1024  # bytes of a prompt that must have been seen before an estimate may prove anything

_PRIOR = 512  # bytes of THIRD that every observation is mixed with: short ones say little
_APART = 256  # bytes between two observations from which a slope is taken
_PER_BYTE = (0.05, 1.0)  # range of a slope, in tokens
_PER_MESSAGE = (0.0, 128.0)
_TAIL = 0.1  # part of the observations beyond `low` and beyond `high`


class Sample(NamedTuple):
    """One observation: a prompt's size and what the server counted for it, in tokens."""

    sent_bytes: int
    messages: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """The size of a prompt before it is sent, in tokens.

    Attributes:
        sent_bytes: Size of all message texts, in UTF-8 bytes.
        messages: How many messages there are.
        least: Fewer are not believed; 0 where too little was seen to say so.
        expected: The best guess.
        most: What a plan should reckon with.
        samples: Observations behind it; 0 means the rule of thirds.
    """

    sent_bytes: int
    messages: int
    least: int
    expected: int
    most: int
    samples: int

    @property
    def known(self) -> bool:
        """Whether enough was seen to hold the estimate against a server's count."""
        return self.least > 0


def thirds(sent_bytes: int, messages: int) -> int:
    """Return the size of a prompt by rule of thumb: a third of its bytes, 8 tokens a message."""
    return -(-sent_bytes // 3) + MESSAGE_TOKENS * messages


def overhead(messages: int) -> int:
    """Return the bytes that a chat template adds at most, which are also at most as many tokens.

    A bound chosen with room to spare, not a measurement. A long SYSTEM text in a Modelfile goes
    beyond it, for prompts that bring no system message of their own.
    """
    return PROMPT_OVERHEAD + MESSAGE_OVERHEAD * messages


def plausible(sample: Sample) -> bool:
    """Return whether a count can be that of a whole prompt.

    A token is at least a byte, so there are at most as many as bytes and overhead. Far fewer are
    counted by servers that cut the prompt or leave out what they had cached.
    """
    most = sample.sent_bytes + overhead(sample.messages)
    return sample.sent_bytes <= sample.tokens * BYTES_PER_TOKEN and 0 < sample.tokens <= most


@dataclass(frozen=True, slots=True)
class Fit:
    """A line through observations: tokens per byte and per message, and how far they stray.

    Attributes:
        low: The lower tail of observed over fitted size, at most 1.
        high: The upper tail, at least 1.
        samples: Observations used.
        largest: Bytes of the largest of them.
    """

    per_byte: float = THIRD
    per_message: float = MESSAGE_TOKENS
    low: float = 1.0
    high: float = 1.0
    samples: int = 0
    largest: int = 0

    def estimate(self, sent_bytes: int, messages: int) -> Estimate:
        """Return the size of a prompt; the margins shrink with the root of the samples.

        Beyond twice the largest prompt seen, `least` grows no further: the line may be too steep.
        """
        line = self.line(sent_bytes, messages)
        if not self.samples:
            most = thirds(sent_bytes, messages)
            return Estimate(sent_bytes, messages, 0, most, most, 0)
        above = 0.05 + 0.25 / sqrt(self.samples)
        reach = min(1.0, 2 * self.largest / max(sent_bytes, 1)) if self.largest >= ENOUGH else 0
        least = line * self.low * (1 - 2 * above) * reach
        most = ceil(line * self.high * (1 + above))
        return Estimate(sent_bytes, messages, floor(least), ceil(line), most, self.samples)

    def line(self, sent_bytes: int, messages: int) -> float:
        """Return the size on the line."""
        return self.per_byte * sent_bytes + self.per_message * messages


def fit(samples: Iterable[Sample]) -> Fit:
    """Return the line through what can be believed of the observations of one model.

    Where prompts of different size were seen, the line is that of Theil and Sen: the median of the
    slopes of all pairs, then the median of what is left per message (P. K. Sen, Estimates of the
    regression coefficient based on Kendall's tau, JASA 63, 1968). Else it is the median ratio with
    8 tokens a message, each observation mixed with 512 bytes of the rule of thirds. Both stand
    firm against a few wrong counts.
    """
    believed = _believed([sample for sample in samples if plausible(sample)])
    if not believed:
        return Fit()
    slopes = [_slope(a, b) for a, b in combinations(believed, 2) if _far_apart(a, b)]
    per_message = float(MESSAGE_TOKENS)
    if slopes:
        per_byte = _within(statistics.median(slopes), _PER_BYTE)
        left = ((s.tokens - per_byte * s.sent_bytes) / max(s.messages, 1) for s in believed)
        per_message = _within(statistics.median(left), _PER_MESSAGE)
    else:
        per_byte = _within(statistics.median(map(_ratio, believed)), _PER_BYTE)
    return _with_tails(Fit(per_byte, per_message), believed)


def _believed(samples: Sequence[Sample]) -> list[Sample]:
    """Leave out counts that are too low for what most others say.

    Cuts and caches make a count smaller, nothing makes it larger: so the upper quartile is the
    judge, each observation by the least its texts can have cost.
    """
    costs = sorted(_least_ratio(sample) for sample in samples)
    floor_ratio = 0.5 * costs[3 * len(costs) // 4] if costs else 0.0
    return [s for s in samples if s.tokens >= floor_ratio * s.sent_bytes]


def _least_ratio(sample: Sample) -> float:
    return (sample.tokens - overhead(sample.messages)) / max(sample.sent_bytes, 1)


def _far_apart(a: Sample, b: Sample) -> bool:
    return abs(a.sent_bytes - b.sent_bytes) >= max(_APART, min(a.sent_bytes, b.sent_bytes))


def _slope(a: Sample, b: Sample) -> float:
    tokens = a.tokens - b.tokens - MESSAGE_TOKENS * (a.messages - b.messages)
    return tokens / (a.sent_bytes - b.sent_bytes)


def _ratio(sample: Sample) -> float:
    text = _within(sample.tokens - MESSAGE_TOKENS * sample.messages, (0, sample.sent_bytes))
    return (text + THIRD * _PRIOR) / (sample.sent_bytes + _PRIOR)


def _with_tails(line: Fit, samples: Sequence[Sample]) -> Fit:
    more = THIRD * _PRIOR  # so that a short prompt's template counts for little
    strays = sorted(
        (s.tokens + more) / (line.line(s.sent_bytes, s.messages) + more) for s in samples
    )
    beyond = floor(_TAIL * len(strays))
    return Fit(
        per_byte=line.per_byte,
        per_message=line.per_message,
        low=min(1.0, strays[beyond]),
        high=max(1.0, strays[-1 - beyond]),
        samples=len(samples),
        largest=max(s.sent_bytes for s in samples),
    )


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])
