"""Numerals in words: `twenty-one`, `half a dozen`, `two thirds`, `twice`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Spelled(NamedTuple):
    """A number written in words: where, how large, how exact, and whether it multiplies."""

    start: int
    end: int
    value: float
    step: float  # what a unit of its last digit is worth; 0 where it is a count
    factor: bool = False
    ordinal: bool = False


_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen"
)
_DECADES: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_PLACES: Final = "third fourth fifth sixth seventh eighth ninth tenth"
_SMALL: Final = {word: value for value, word in enumerate(_ONES.split())}
_TENS: Final = {word: 10 * value for value, word in enumerate(_DECADES.split(), start=2)}
_ORDINALS: Final = {word: value for value, word in enumerate(_PLACES.split(), start=3)}
_SCALES: Final = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_GROUPS: Final = {"dozen": 12, "couple": 2, "pair": 2}
_FACTORS: Final = {
    "twice": 2, "double": 2, "doubles": 2, "doubled": 2, "thrice": 3, "triple": 3, "triples": 3,
    "tripled": 3, "quadruple": 4, "twofold": 2, "threefold": 3, "tenfold": 10, "hundredfold": 100,
}  # fmt: skip
_PARTS: Final = {
    "half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5,
    "fifths": 5, "tenth": 10, "tenths": 10,
}  # fmt: skip
_ALL: Final = (_SMALL, _TENS, _SCALES, _GROUPS, _FACTORS, _PARTS, _ORDINALS)
_NAMES: Final = "|".join(sorted({word for table in _ALL for word in table}, key=len, reverse=True))
_RUN: Final = re.compile(
    rf"(?<![\w-])(?:{_NAMES})(?:(?:[ -](?:and |a |an )?)(?:{_NAMES}))*(?![\w])", re.IGNORECASE
)
NUMERIC: Final = re.compile(rf"[0-9]|\b(?:{_NAMES})\b", re.IGNORECASE)
_ONE_OF: Final = re.compile(r" (?:of|in) ", re.IGNORECASE)
_ARTICLE: Final = re.compile(r"\b(?:a|an|one) $", re.IGNORECASE)
_ROUGH: Final = 0.1  # of a factor: "twice" is 1.95 to 2.05


def spelled(text: str) -> list[Spelled]:
    """Return the numbers written in words, in order; a lone `one` is taken for a pronoun."""
    found = (_read(text, match) for match in _RUN.finditer(text))
    return [number for number in found if number]


def _read(text: str, match: re.Match[str]) -> Spelled | None:
    parts = [w for w in re.split(r"[ -]", match.group().lower()) if w not in {"and", "a", "an"}]
    where = match.start(), match.end()
    if parts == ["one"]:
        return Spelled(*where, 1, 0) if _ONE_OF.match(text, match.end()) else None
    last = parts[-1]
    if last in _FACTORS:
        return Spelled(*where, _FACTORS[last], _ROUGH, factor=True)
    if last in _ORDINALS and len(parts) == 1 and not _ARTICLE.search(text[: match.start()]):
        return Spelled(*where, _ORDINALS[last], 0, ordinal=True)
    if last in _PARTS:
        share = (_whole(parts[:-1]) or 1) / _PARTS[last]
        return Spelled(*where, share, _ROUGH * share / 2, factor=True)
    return Spelled(*where, _whole(parts), 0)


def _whole(parts: list[str]) -> float:
    """Return what a run of number words counts: tens and units add, scales multiply."""
    total, current = 0.0, 0.0
    for word in parts:
        if word in _SMALL or word in _TENS:
            current += _SMALL.get(word, 0) + _TENS.get(word, 0)
        elif word == "half":
            current += 0.5
        elif word in _GROUPS:
            current = (current or 1) * _GROUPS[word]
        elif word == "hundred":
            current = (current or 1) * _SCALES[word]
        elif word in _SCALES:
            total, current = total + (current or 1) * _SCALES[word], 0.0
    return total + current
