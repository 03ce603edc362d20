"""Tokens: the grammar of quantities in running text.

Numbers with sign, thousands separators, prefixes and exponents; what follows them as a unit;
ranges, `±`, factors; ordinals, names of percentiles, dates, and names that hold digits. A decimal
comma is not read: `3,46` is malformed, since `3,460` is a number of thousands.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from chimera.verify.numerals import NUMERIC, Spelled, spelled
from chimera.verify.units import FACTOR, measure

TokenKind = Literal["number", "ordinal", "percentile", "date", "name", "malformed"]
Place = Literal["", "low", "high", "spread"]


class Token(NamedTuple):
    """A quantity, or a word with digits in it."""

    kind: TokenKind
    start: int
    end: int  # of the number itself, its unit left out
    text: str
    value: float = math.nan
    step: float = 0.0  # what a unit of its last digit is worth; 0 where it is exact
    unit: str = ""
    behind: int = 0  # where the text goes on behind the unit
    place: Place = ""
    spelled: bool = False


_GAP: Final = "\u2009\u202f\u00a0"  # spaces between thousands
_NUMERAL: Final = (
    rf"[-+\u2212]?(?:[0-9]{{1,3}}(?:[,{_GAP}][0-9]{{3}})+|[0-9]+)(?:\.[0-9]+)?"
    r"(?:[eE][-+\u2212]?[0-9]+)?"
)
_CHUNK: Final = re.compile(
    rf"(?<![^\s|])[^\s|]*?[0-9][^\s|]*(?:[{_GAP}][0-9]{{3}}(?![0-9])[^\s|]*)*"
)
_OPENING: Final = "([{\"'\u201c\u2018*_~≈<>=≤≥"
_CLOSING: Final = ")]}.,;:!?\"'\u201d\u2019*_"
_DATE: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:\.\d+)?Z?)?|\d{1,2}:\d\d(?::\d\d)?"
)
_PERCENTILE: Final = re.compile(r"[pP]\d+(?:\.\d+)?")
_ORDINAL: Final = re.compile(r"(\d+(?:\.\d+)?)(?:st|nd|rd|th)(-percentile)?")
_PERCENTILE_BEHIND: Final = re.compile(r" percentile\b")
_RANGE: Final = re.compile(rf"({_NUMERAL})(?:[\u2013\u2014~]|\.\.\.?|…|-)({_NUMERAL})(.*)")
_SPREAD: Final = re.compile(rf"({_NUMERAL})±({_NUMERAL})(.*)")
_FRACTION: Final = re.compile(rf"({_NUMERAL})/({_NUMERAL})()")
_FACTOR: Final = re.compile(rf"[\u00d7x]({_NUMERAL})")
_GLUED: Final = re.compile(rf"({_NUMERAL})([^0-9\s].*)?", re.DOTALL)
_POWER: Final = re.compile(r" ?[\u00d7·] ?10(?:\^([-\u2212]?\d+)|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))")
_RAISED: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹\u2212", "-0123456789-")
_PAIRS: Final[tuple[tuple[re.Pattern[str], tuple[Place, Place]], ...]] = (
    (_RANGE, ("low", "high")), (_SPREAD, ("", "spread")), (_FRACTION, ("", "")),
)  # fmt: skip
_MALFORMED: Final = re.compile(r"[-+]?[\d.,]+\D{0,3}")
_FURTHER: Final = re.compile(r"[0-9]")
_SCALE: Final = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "bn": 1e9}
_SCALE_WORD: Final = re.compile(r" (thousand|million|billion)\b")
_SCALE_WORDS: Final = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
_PHRASE: Final = re.compile(
    r"[ \u00a0\u202f-]?(percentage points?|(?:tokens|requests|operations) per (?:second|minute)"
    r"|[^\s,;|()0-9\[\]]+)"
)
_JOINED: Final = {" to ", " \u2013 ", " - ", " and ", " up to "}
_BETWEEN: Final = re.compile(r"\b(?:between|from|to) $")


def read(text: str) -> list[Token]:
    """Return the tokens of a text in order; names of a text are taken out beforehand."""
    if not NUMERIC.search(text) and text.isascii():
        return []
    found = [token for match in _CHUNK.finditer(text) for token in _chunk(text, match)]
    covered = [(token.start, token.behind) for token in found]
    found += [
        _spelled(text, word)
        for word in spelled(text)
        if not any(start <= word.start < end for start, end in covered)
    ]
    if not text.isascii():
        found += _foreign(text)
    return _ranges(text, _apart(sorted(found, key=_at)))


def _apart(found: list[Token]) -> list[Token]:
    """Leave out tokens that lie inside of the one before them, such as its exponent."""
    kept: list[Token] = []
    for token in found:
        if not kept or token.start >= kept[-1].end:
            kept.append(token)
    return kept


def _at(token: Token) -> int:
    return token.start


def _spelled(text: str, word: Spelled) -> Token:
    start, end, value, step, factor, ordinal = word
    written = text[start:end]
    if ordinal:
        return Token("ordinal", start, end, written, value, behind=end, spelled=True)
    unit, behind = (FACTOR, end) if factor else unit_behind(text, end)
    return Token("number", start, end, written, value, step, unit, behind, spelled=True)


def _foreign(text: str) -> Iterator[Token]:
    """Yield numerals that are none of ours: fractions, Roman and other digits."""
    for match in re.finditer(r"[^\s|]+", text):
        if any(letter.isnumeric() and not letter.isascii() for letter in match.group()):
            yield _token("malformed", match.start(), match.end(), match.group())


def _token(kind: TokenKind, start: int, end: int, text: str) -> Token:
    return Token(kind, start, end, text, behind=end)


def _chunk(text: str, match: re.Match[str]) -> Iterator[Token]:
    """Read one word that holds a digit."""
    word = match.group()
    inner = word.lstrip(_OPENING)
    start = match.start() + len(word) - len(inner)
    inner = inner.rstrip(_CLOSING)
    if not inner or (not inner.isascii() and _is_foreign(inner)):
        return
    if _DATE.fullmatch(inner):
        yield _token("date", start, start + len(inner), inner)
    elif _PERCENTILE.fullmatch(inner):
        yield _token("percentile", start, start + len(inner), inner.lower())
    elif (ordinal := _ORDINAL.fullmatch(inner)) is not None:
        yield _ordinal(text, start, ordinal)
    else:
        yield from _quantity(text, start, inner)


def _is_foreign(word: str) -> bool:
    return any(letter.isnumeric() and not letter.isascii() for letter in word) and not any(
        letter in "⁰¹²³⁴⁵⁶⁷⁸⁹" for letter in word
    )


def _ordinal(text: str, start: int, match: re.Match[str]) -> Token:
    end = start + match.end()
    if match.group(2) or _PERCENTILE_BEHIND.match(text, end):
        return Token("percentile", start, end, f"p{match.group(1)}", behind=end)
    return Token("ordinal", start, end, match.group(), float(match.group(1)), behind=end)


def _quantity(text: str, start: int, inner: str) -> Iterator[Token]:
    """Read a range, a spread, a factor or a number with what is glued to it."""
    factor = _FACTOR.fullmatch(inner)
    pair, places = _paired(inner)
    if pair:
        yield from _pair(text, start, pair, places)
    elif inner[0] == "±":
        tokens = _quantity(text, start + 1, inner[1:])
        yield from (token._replace(place="spread") for token in tokens)
    elif factor:
        one = _number(text, start + 1, factor.group(1), start + len(inner))
        yield one._replace(start=start, unit=FACTOR, behind=start + len(inner))
    else:
        yield _glued(text, start, inner)


def _paired(inner: str) -> tuple[re.Match[str] | None, tuple[Place, Place]]:
    """Return two numbers that one word holds, and what they are to each other."""
    for pattern, places in _PAIRS:
        pair = pattern.fullmatch(inner)
        if pair and not (pattern is _RANGE and _is_ident(pair)):
            return pair, places
    return None, ("", "")


def _is_ident(pair: re.Match[str]) -> bool:
    """Return whether two numbers with a hyphen are rather an id, such as `20261124-120602-335`."""
    return bool(re.search(r"[0-9]", pair.group(3)))


def _pair(
    text: str, start: int, pair: re.Match[str], places: tuple[Place, Place]
) -> Iterator[Token]:
    end = start + pair.end(2)
    last = _number(text, start + pair.start(2), pair.group(2), end)
    first = _number(text, start, pair.group(1), start + pair.end(1))
    yield first._replace(unit=last.unit, place=places[0])
    yield last._replace(place=places[1])


def _glued(text: str, start: int, inner: str) -> Token:
    """Read a number and the letters behind it: a prefix, a unit, or part of a name."""
    match = _GLUED.fullmatch(inner)
    whole = _token("name", start, start + len(inner), inner)
    if match is None:
        return whole._replace(kind="malformed") if _MALFORMED.fullmatch(inner) else whole
    number, rest = match.group(1), match.group(2) or ""
    end = start + len(number)
    one = _number(text, start, number, end + len(rest) if rest in _SCALE else end)
    if not rest or (rest[0] in "\u00d7·" and one.end > end):
        return one
    if rest in _SCALE:
        return one._replace(value=one.value * _SCALE[rest], step=one.step * _SCALE[rest])
    if measure(rest):
        return one._replace(unit=rest, behind=end + len(rest))
    return _named(whole, one, rest)


def _named(whole: Token, one: Token, rest: str) -> Token:
    """Tell what a number is with other letters behind it: a name, or the number and a noun."""
    if _FURTHER.search(rest):
        letters = re.search(r"[A-Za-z]", rest)
        return whole._replace(kind="malformed") if rest[0] == "," and not letters else whole
    if rest[0] == "-":
        return whole._replace(value=one.value, step=one.step)
    return one._replace(unit="", behind=one.end) if rest[0] in "/:,;)" else whole


def _number(text: str, start: int, written: str, end: int) -> Token:
    """Make a token of a numeral that ends where its unit may begin."""
    plain = re.sub(rf"[,{_GAP}]", "", written).replace("\u2212", "-")
    value, step = float(plain), _step(plain)
    if not math.isfinite(value):
        return _token("malformed", start, end, written)
    power = _POWER.match(text, end) or _SCALE_WORD.match(text, end)
    if power:
        size = _size(power)
        value, step, end = value * size, step * size, power.end()
    unit, behind = unit_behind(text, end)
    return Token("number", start, end, text[start:end], value, step, unit, behind)


def _size(power: re.Match[str]) -> float:
    if power.re is _SCALE_WORD:
        return _SCALE_WORDS[power.group(1)]
    exponent = int((power.group(1) or power.group(2)).translate(_RAISED))
    return float(10**exponent) if 0 <= exponent < 300 else 10.0 ** max(-300, min(exponent, 300))  # noqa: PLR2004


def _step(plain: str) -> float:
    """Return what one unit of the last digit of a numeral is worth."""
    mantissa, _, exponent = plain.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** max(-320, min(int(exponent or 0) - decimals, 300))


def unit_behind(text: str, end: int) -> tuple[str, int]:
    """Return the unit that follows in a text, empty if none does, and where it ends."""
    match = _PHRASE.match(text, end)
    if match is None:
        return "", end
    word = match.group(1).rstrip(".:!?*_\"'")
    if measure(word) is None or (word in {"fold", "points", "x"} and match.group()[0] != " "):
        return "", end
    return word, match.start(1) + len(word)


def _ranges(text: str, tokens: list[Token]) -> list[Token]:
    """Mark neighbours such as `3 to 5 ms` as ends of a range, with one unit for both."""
    for index, (one, other) in enumerate(pairwise(tokens)):
        if one.kind != "number" or other.kind != "number" or one.place or other.place:
            continue
        between = text[one.behind : other.start]
        if between.strip() == "±":
            tokens[index + 1] = other._replace(place="spread")
        elif between in _JOINED and (between != " and " or _between(text, one.start)):
            unit = one.unit or other.unit
            tokens[index] = one._replace(place="low", unit=unit)
            tokens[index + 1] = other._replace(place="high")
    return tokens


def _between(text: str, start: int) -> bool:
    return _BETWEEN.search(text, 0, start) is not None
