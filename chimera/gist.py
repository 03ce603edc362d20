"""Gist: how a sentence of ours opens, without the figures that follow; for prompts.

A model may write no figure, so what it is shown needs few. Digits are dear: three to four times as
many tokens as words of the same length.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 150  # characters

_ASIDE: Final = re.compile(r" \([^()]*\)")
_FIGURES: Final = re.compile(
    r"; |\. |, (?:medians|against|one value each|by a load time|latest change|from)\b"
    r"|: (?:median|the maximum|the levels)\b"
)


def gist(text: str) -> str:
    """Return what a sentence opens with: no asides, nothing from its figures on.

    Names of artifacts have to be hidden before: what is cut inside of one is no name any more.
    """
    opening = _FIGURES.split(_ASIDE.sub("", text), maxsplit=1)[0].removesuffix(".")
    if len(opening) <= LONGEST:
        return opening
    return f"{opening[:LONGEST].rpartition(' ')[0]} …"
