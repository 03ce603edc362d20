"""What a model may add to a report: short plain sentences that claim nothing by themselves.

Numbers, comparisons and names carry facts, so code writes them. A sentence of a model that holds
any of them, or is no sentence of the language asked for, is dropped and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from chimera.language import speaks, words

MAX_WORDS: Final = 40
MIN_WORDS: Final = 3


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBER_WORDS: Final = _set(
    "zero two three four five six seven eight nine ten eleven twelve dozen twenty thirty forty "
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen sixty seventy eighty ninety "
    "fifty hundred thousand million billion half third quarter twice thrice double triple "
    "quadruple tenfold hundredfold fold percent percentage couple pair "
)
_COMPARISONS: Final = _set(
    "best worst better worse fast faster fastest slow slower slowest high higher highest low "
    "lower lowest most least more less fewer fewest largest smallest greater greatest leads "
    "lead leading wins win winner beats beat outperforms outperform exceeds exceed improves "
    "improve improved improvement regresses regressed regression increases increase increased "
    "decreases decrease decreased drops dropped rises rose doubles halves superior inferior "
    "optimal equal equals same identical significant significantly all none every always never "
    "only absent missing quick quicker quickest big bigger biggest small smaller large larger "
    "outpaces surpasses surpass exceeding triples dominates ahead behind top bottom preferable "
)
_MARKUP: Final = re.compile(r"[\[\]{}<>|`*_#\\~&@]|https?:|www\.|\n")


def flaws(text: str, *, language: str = "en", about: Iterable[str] = ()) -> list[str]:
    """Return why a model's sentence cannot be printed; empty if it can.

    Args:
        text: The sentence.
        language: The language it has to be in.
        about: Texts it belongs to; it has to share a word of four letters or more with them.
    """
    found = words(text)
    reasons = []
    if any(letter.isnumeric() or letter in "%‰" for letter in text):
        reasons.append("holds a digit")
    if _MARKUP.search(text) or not text.isprintable():
        reasons.append("holds markup or an address")
    reasons += [f"holds the number word {w!r}" for w in found if w in _NUMBER_WORDS]
    reasons += [f"holds the comparison {w!r}" for w in found if w in _COMPARISONS]
    if not MIN_WORDS <= len(found) <= MAX_WORDS:
        reasons.append(f"has {len(found)} words, not {MIN_WORDS} to {MAX_WORDS}")
    if len(set(found)) < len(found) / 2:
        reasons.append("repeats itself")
    if not speaks(text, language):
        reasons.append(f"is not in {language!r}")
    if about and not _shares_word(found, about):
        reasons.append("has no word in common with what it is about")
    return reasons


def _shares_word(found: list[str], about: Iterable[str]) -> bool:
    known = {word[:6] for text in about for word in words(text) if len(word) >= _LONG}
    return any(word[:6] in known for word in found if len(word) >= _LONG)


_LONG: Final = 4
