"""Comparisons: whether `faster`, `lower`, `exceeds` and `rises` agree with the facts' values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from chimera.evidence.words import words
from chimera.verify.comparing import Pair, larger_is_faster, pairs
from chimera.verify.numbers import rounds_to
from chimera.verify.problems import Kind
from chimera.verify.subjects import Entity, Sentence
from chimera.verify.tokens import Token
from chimera.verify.units import PERCENT, POINTS, converted

_SENSES: Final = {
    "more": "higher larger greater more above exceeds exceed exceeding exceeded bigger longer over"
    " outnumbers up rises rise rose risen increases increase increased increasing grows grew grown"
    " climbs climbed",
    "less": "lower smaller fewer less below shorter under down falls fall fell fallen drops drop"
    " dropped decreases decrease decreased decreasing shrinks shrank",
    "faster": "faster quicker outperforms outperformed outpaces outpaced",
    "slower": "slower lags lagged",
    "better": "better improves improve improved improving superior beats beat wins",
    "worse": "worse regresses regress regressed worsens worsened inferior degrades degraded",
}  # fmt: skip
_SENSE: Final = {word: sense for sense, text in _SENSES.items() for word in text.split()}
_WORD: Final = re.compile(rf"(?<![\w-])(?:{'|'.join(_SENSE)})(?![\w-])", re.IGNORECASE)
_VERBS: Final = words(
    "above below exceeds exceed exceeded exceeding outnumbers outperforms outperformed outpaces"
    " outpaced beats beat over under lags"
)
_MOVES: Final = re.compile(
    r"^(?:ris|rose|increas|gr[eo]w|climb|fall|fell|drop|decreas|shr|improv"
    r"|regress|worsen|degrad)",
    re.IGNORECASE,
)
_UNSURE: Final = re.compile(
    r"\b(?:not|no|never|nor|neither|cannot|may|might|could|would|should|can|if|whether|unless"
    r"|until|before|where|to|at least|or)\b(?: [\w`]+){0,3} *$",
    re.IGNORECASE,
)
_THAN: Final = re.compile(r"\b(?:than|as|over|against|compared (?:to|with)|versus|vs\.?)\b")
_TIMES: Final = re.compile(r"\b(?:that |the [\w -]{1,40}?)of |as [a-z]+ as ")
_FROM_TO: Final = re.compile(r"\b(?:from|to) $")
_FACTORS: Final = frozenset({"x", "times", "\u00d7", "fold"})


class Compared(NamedTuple):
    """Two groups that a word compares, and by how much the sentence says."""

    word: str
    start: int
    one: Entity
    other: Entity
    amount: Token | None


class Verdict(NamedTuple):
    """What is wrong with a comparison, and the amounts that it bears out."""

    wrong: list[tuple[str, Kind]]
    borne_out: set[int]  # where supported amounts start


def judge(sentence: Sentence) -> Verdict:
    """Hold the comparisons of a sentence against the values of the groups compared."""
    verdict = Verdict([], set())
    if len(sentence.groups) > 1:
        for compared in _comparisons(sentence):
            _judge(compared, sentence, verdict)
        for token, one, other in _multiples(sentence):
            _multiple(token, pairs(one, other, sentence), verdict)
    for word in _WORD.finditer(sentence.text):
        if _MOVES.match(word.group()) and not _is_unsure(sentence, word.start()):
            _move(word, sentence, verdict)
    return verdict


def _comparisons(sentence: Sentence) -> Iterator[Compared]:
    """Yield the words of comparison that stand between two groups."""
    for match in _WORD.finditer(sentence.text):
        word = match.group().lower()
        one = sentence.before(match.start())
        link = _THAN.search(sentence.text, match.end())
        other = sentence.after(match.end() if word in _VERBS or link is None else link.end())
        if one is None:  # "faster than `b` is `a`" is not written; "than" needs both
            continue
        if other is None or (link is None and word not in _VERBS):
            continue
        if not _is_unsure(sentence, match.start()):
            amount = _amount(sentence, one.end, other.start)
            yield Compared(word, match.start(), one, other, amount)


def _is_unsure(sentence: Sentence, position: int) -> bool:
    """Return whether a word is denied, or only a possibility."""
    return _UNSURE.search(sentence.text[:position]) is not None


def _amount(sentence: Sentence, start: int, end: int) -> Token | None:
    """Return the percentage, points or factor between two groups."""
    units = {PERCENT, "percent", POINTS, "percentage points", "percentage point", "points"}
    return next(
        (
            token
            for token in sentence.tokens
            if start <= token.start < end and token.unit in units | _FACTORS
        ),
        None,
    )


def _judge(compared: Compared, sentence: Sentence, verdict: Verdict) -> None:
    sense = _SENSE[compared.word]
    speed = sense in {"faster", "slower"}
    found = pairs(compared.one, compared.other, sentence, speed=speed)
    if not found:
        if not sentence.cited and _known(compared, sentence):
            verdict.wrong.append((compared.word, "direction"))
        return
    wrong = not all(_holds(sense, pair) for pair in found)
    if wrong:
        verdict.wrong.append((compared.word, "direction"))
    elif compared.amount and any(_by(compared.amount, pair, sense) for pair in found):
        verdict.borne_out.add(compared.amount.start)


def _known(compared: Compared, sentence: Sentence) -> bool:
    """Return whether both are groups that facts hold for, so that one must tell."""
    return compared.one in sentence.groups and compared.other in sentence.groups


def _holds(sense: str, pair: Pair) -> bool:
    """Return whether the first of two values is on the side that a word says."""
    first, second = pair.first["value"], pair.second["value"]
    if sense in {"more", "less"}:
        return bool(first > second if sense == "more" else first < second)
    if sense in {"faster", "slower"}:
        up = larger_is_faster(pair.first)
    else:
        direction = pair.first["direction"]
        up = None if direction is None else direction == "higher"
    if up is None or first == second:
        return False
    return bool((first > second) == (up == (sense in {"faster", "better"})))


def _by(token: Token, pair: Pair, sense: str) -> bool:
    """Return whether two values differ by the amount a token states."""
    ratio = pair.ratio
    first, second = pair.first["value"], pair.second["value"]
    if token.unit in _FACTORS:
        shown = [r for r in (ratio, 1 / ratio if ratio else None) if r]
        return any(rounds_to(value, token.value, token.step) for value in shown if value >= 1)
    if token.unit in {PERCENT, "percent"}:
        if ratio is None:
            return False
        changes = [abs(ratio - 1)]
        if sense in {"faster", "slower"} and ratio:
            changes.append(abs(1 / ratio - 1))
        return any(rounds_to(100 * c, abs(token.value), token.step) for c in changes)
    size = 1.0 if pair.first["unit"] == PERCENT else 100.0
    if pair.first["unit"] not in {None, PERCENT}:
        return False
    return rounds_to(abs(first - second) * size, abs(token.value), token.step)


def _multiples(sentence: Sentence) -> Iterator[tuple[Token, Entity, Entity]]:
    """Yield factors such as `1.2 times that of`, with the groups on both sides."""
    for token in sentence.tokens:
        if token.unit not in _FACTORS:
            continue
        one, link = sentence.before(token.start), _TIMES.search(sentence.text, token.behind - 1)
        other = sentence.after(link.end()) if link else None
        if one and other and not _WORD.search(sentence.text, token.behind, other.start):
            yield token, one, other


def _multiple(token: Token, found: list[Pair], verdict: Verdict) -> None:
    values = [pair.ratio for pair in found if pair.ratio]
    if any(rounds_to(value, token.value, token.step) for value in values):
        verdict.borne_out.add(token.start)


def _move(word: re.Match[str], sentence: Sentence, verdict: Verdict) -> None:
    """Judge `rises from a to b` and `down 50 %` by the two numbers themselves."""
    ends = _ends(sentence, word.end())
    if not ends:
        return
    first, unit = ends[0].value, ends[0].unit or None
    last = converted(ends[1].value, ends[1].unit or None, unit)
    sense = _SENSE[word.group().lower()]
    if last is None or sense in {"better", "worse"}:
        return
    if (last > first) != (sense == "more"):
        verdict.wrong.append((word.group(), "direction"))
    elif first:
        verdict.borne_out.update(_changes(sentence, ends, last / first))


def _changes(sentence: Sentence, ends: list[Token], ratio: float) -> Iterator[int]:
    """Yield where percentages stand that are the change between two numbers."""
    for token in sentence.tokens:
        change = token.unit in {PERCENT, "percent"} and token not in ends
        if change and rounds_to(abs(ratio - 1) * 100, abs(token.value), token.step):
            yield token.start


def _ends(sentence: Sentence, start: int) -> list[Token]:
    """Return the two numbers a change goes from and to; empty where there are none."""
    numbers = [t for t in sentence.tokens if t.kind == "number" and t.start > start]
    ends = [token for token in numbers if token.place in {"low", "high"}][:2]
    if len(ends) == 2:  # noqa: PLR2004  from and to
        return ends
    text = sentence.text  # other words keep them apart
    apart = [token for token in numbers if _FROM_TO.search(text[: token.start])][:2]
    return apart if len(apart) == 2 else []  # noqa: PLR2004
