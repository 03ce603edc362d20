"""Counting: whether a count is of what the words around the number say was counted."""

from __future__ import annotations

import re
from typing import Final

from chimera.verify.ground import Quantity
from chimera.verify.names import squeezed
from chimera.verify.subjects import Entity, Sentence
from chimera.verify.tokens import Token

_CLAUSE: Final = re.compile(r"[,;] | \(")
_DIGIT: Final = re.compile(r"[0-9]")
_NOUN: Final = re.compile(r" (?:of (?:the|them|those|these) )?((?:[A-Za-z]+ ){0,2}[A-Za-z]+)")
_TAIL: Final = re.compile(r" (?:with|of|while|in|not|without|named|that) ?")
_OF_MORE: Final = re.compile(r" of (?:the |all )?([0-9][0-9,]*)(?![\w.])")
_OF: Final = re.compile(r"[0-9] of (?:the |all )?$")
_WORD: Final = re.compile(r"[a-z]{4,}")


def is_counted(quantity: Quantity, token: Token, sentence: Sentence) -> bool:
    """Return whether a count is of what the words around the number name."""
    if quantity.statistic != "count" or sentence.line.in_table:
        return True
    return (
        _is_placed(quantity, token, sentence)
        and _is_part(token, sentence)
        and _is_meant(quantity, token, sentence)
        and _is_noun(quantity, token, sentence)
    )


def file_before(token: Token, sentence: Sentence) -> Entity | None:
    """Return the file named before a number, with no other number in between."""
    paths = {squeezed(q.fact["scope"].get("path", "")) for q in sentence.pool}
    before = [e for e in sentence.entities if e.end <= token.start and e.names <= paths]
    if before and not _DIGIT.search(sentence.text, before[-1].end, token.start):
        return before[-1]
    return None


def _counts(sentence: Sentence) -> list[Quantity]:
    return [q for q in sentence.pool if q.statistic == "count"]


def _is_noun(quantity: Quantity, token: Token, sentence: Sentence) -> bool:
    """Return whether the noun behind a number is that of the count, where it is one of them."""
    noun = _NOUN.match(sentence.text, token.end)
    if noun is None:
        return True
    word = noun.group(1).lower().split()[0]
    head = _head(quantity.metric)
    if head not in {word, word.removesuffix("s")}:
        return word.removesuffix("s") not in {_head(q.metric) for q in _counts(sentence)}
    return _OF_THESE.match(sentence.text, token.end) is not None or (
        (word == head) == (token.value == 1)
    )


def _is_placed(quantity: Quantity, token: Token, sentence: Sentence) -> bool:
    """Return whether a count is of the folder or file named beside it, where others are not."""
    own, file = _place(quantity), file_before(token, sentence)
    counts = _counts(sentence)
    if file and sentence.text[file.end : token.start] == " (" and own not in file.names:
        return not any(_place(q) in file.names for q in counts)
    alike = [q for q in counts if _head(q.metric) == _head(quantity.metric)]
    others = {_place(q) for q in alike} - {own}
    if not others:
        return True
    named = _clause_names(token, sentence) | (file.names if file else set())
    return own in named if own else not others & named


def _place(quantity: Quantity) -> str:
    scope = quantity.fact["scope"]
    return squeezed(scope.get("folder") or scope.get("path") or "")


def _clause(token: Token, sentence: Sentence) -> str:
    return _CLAUSE.split(sentence.text[token.end :], maxsplit=1)[0]


def _clause_names(token: Token, sentence: Sentence) -> set[str]:
    """Return the names in the clause behind a number."""
    return {squeezed(name) for name in sentence.line.spans_in(_clause(token, sentence))}


def _is_part(token: Token, sentence: Sentence) -> bool:
    """Return whether `3 of 9` has a part before the whole, and two counts where they are equal."""
    whole = _OF_MORE.match(sentence.text, token.end)
    if whole is None:
        return True
    size = float(whole.group(1).replace(",", ""))
    same = {q.fact["id"] for q in _counts(sentence) if q.value == token.value}
    return token.value < size or (token.value == size and len(same) > 1)


def _is_meant(quantity: Quantity, token: Token, sentence: Sentence) -> bool:
    """Return whether no other count of the same noun fits the words of the clause better."""
    if _OF.search(sentence.text[: token.start]):
        return True
    clause = set(_WORD.findall(_clause(token, sentence).lower()))
    rivals = [
        q
        for q in _counts(sentence)
        if _head(q.metric) == _head(quantity.metric) and _place(q) == _place(quantity)
    ]
    own = len(_words(quantity) & clause)
    return all(len(_words(q) & clause) <= own for q in rivals)


def _words(quantity: Quantity) -> set[str]:
    return set(_WORD.findall(quantity.metric.lower()))


def _head(metric: str) -> str:
    """Return the noun that a count is of: `row` of `rows of the sweep`, `failed rows`."""
    words = _TAIL.split(metric.lower())[0].split()
    return words[-1].removesuffix("s") if words else ""


_OF_THESE: Final = re.compile(r" of (?:the|them|those|these)\b")
