"""Absence: whether what a sentence calls absent is in no fact of `report.json`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chimera.verify.problems import Kind
from chimera.verify.subjects import Sentence

_BEHIND: Final = re.compile(
    r"^[^,.;:]{0,40}?\b(?:(?:is|are|was|were) (?:absent|missing|unavailable|in none\b"
    r"|not (?:there|found|measured|recorded|available|given|present))"
    r"|(?:could|can)not be found|not found)",
    re.IGNORECASE,
)
_BEFORE: Final = re.compile(
    r"\b(?:no|without|lacks?|lacking|missing|absent|absence of|nothing on)"
    r" (?:[\w-]+ ){0,1}(?:(?:on|of|for|about) )?$",
    re.IGNORECASE,
)
_DATA: Final = re.compile(
    r" (?:data|figures?|values?|numbers?|measurements?|results?)\b"
    r"| (?:is|was|were|are) (?:there|found|measured|recorded|available|given)\b| in any\b|\.?$",
    re.IGNORECASE,
)


def judge(sentence: Sentence) -> Iterator[tuple[str, Kind]]:
    """Yield the metrics that a sentence calls absent although facts of them exist."""
    text = sentence.text
    for named in sentence.metrics:
        behind = _BEHIND.match(text[named.end :])
        before = _BEFORE.search(text[: named.start]) and _DATA.match(text[named.end :])
        if behind or before:
            yield text[named.start : named.end], "absence"
