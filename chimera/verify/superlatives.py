"""Superlatives: whether `highest`, `fastest`, `best`, `all` and `none` hold over the full set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from chimera.verify.comparing import facts_of, fullest, larger_is_faster
from chimera.verify.ground import labels, series_of
from chimera.verify.names import Json
from chimera.verify.problems import Kind
from chimera.verify.subjects import Entity, Sentence

_SENSES: Final = {
    "most": "highest largest greatest biggest longest",
    "least": "lowest smallest fewest shortest",
    "fastest": "fastest quickest",
    "slowest": "slowest",
    "best": "best leads wins",
    "worst": "worst",
}
_SENSE: Final = {word: sense for sense, text in _SENSES.items() for word in text.split()}
_WORD: Final = re.compile(
    rf"(?<![\w-])(?:{'|'.join(_SENSE)}|comes first|comes last)(?![\w-])", re.IGNORECASE
)
_SENSE_OF: Final = _SENSE | {"comes first": "best", "comes last": "worst"}
_UNSURE: Final = re.compile(
    r"\b(?:not|no|may|might|could|would|should|if|whether|which|cannot)\b[^,;]*$", re.IGNORECASE
)
_IS: Final = re.compile(
    r"\b(?:is|are|was|were|has|had|have|shows?|reach\w*|deliver\w*|achiev\w*"
    r"|gives?|gets?|with|comes?|came|leads|wins|ran|runs|of)\b",
    re.IGNORECASE,
)
_OF_GROUP: Final = re.compile(r" (?:group|file|sample|level|folder|reason|load)\b")
_OWN: Final = re.compile(r" (?!.*\b(?:is|was|that)\b)[\w -]+ of ")
_AMONG: Final = re.compile(r"\b(?:among|between|of the (?:two|three)|out of)\b")
_FAILED: Final = re.compile(
    r"\b(?:no|none of the|not one|zero) (?:\w+ ){0,2}?(?:rows?|runs?|requests?|failures?|errors?)"
    r"(?: \w+)? ?(?:failed|occurred|were found)?|\b(?:nothing|none) failed"
    r"|\b(?:all|every) (?:\w+ ){0,2}?(?:rows?|runs?|requests?)\b[^.;]{0,60}?\b"
    r"(?:succeeded|passed|completed)",
    re.IGNORECASE,
)
_FAIL: Final = re.compile(r"fail|error|succeed|passed|completed", re.IGNORECASE)
_RAN: Final = re.compile(
    r"\b(?:all|every|each)\b[^.;]*?(?:\bn = |(?:ran|repeated|measured|runs?|times)\b)",
    re.IGNORECASE,
)
_RUNS: Final = re.compile(r" (?:times|runs|requests|repeats)\b")
_N: Final = re.compile(r"\bn = $")


def judge(sentence: Sentence) -> Iterator[tuple[str, Kind]]:
    """Yield the superlatives and universals of a sentence that the facts contradict."""
    for match in _WORD.finditer(sentence.text):
        of_group = _OF_GROUP.match(sentence.text, match.end())
        if not of_group and not _UNSURE.search(sentence.text[: match.start()]):
            subject = _subject(match, sentence)
            if subject and not _leads(_SENSE_OF[match.group().lower()], subject, sentence):
                yield match.group(), "superlative"
    if not sentence.cited and not sentence.line.ids:
        yield from _universals(sentence)


def _subject(match: re.Match[str], sentence: Sentence) -> Entity | None:
    """Return the group that a superlative is said of."""
    one = sentence.before(match.start())
    if one is not None and _IS.search(sentence.text, one.end, match.end()):
        return one
    other = sentence.after(match.end())
    if other and _OWN.fullmatch(sentence.text[match.end() : other.start]):
        return None  # "the highest latency of `a`" is its own maximum
    return _whole(other, sentence) if other else one


def _whole(entity: Entity, sentence: Sentence) -> Entity:
    """Return a group with the name that follows it after a comma, if a cited fact has both."""
    following = sentence.after(entity.end)
    if following is None or sentence.text[entity.end : following.start] != ", ":
        return entity
    both = Entity(entity.start, following.end, (*entity.parts, *following.parts))
    return both if any(map(both.fits, sentence.ground.cited(sentence.cited))) else entity


def _leads(sense: str, subject: Entity, sentence: Sentence) -> bool:
    """Return whether a group stands at the end of its series that a word says."""
    speed = sense in {"fastest", "slowest"}
    own = facts_of(subject, sentence, speed=speed)
    cited = {f["id"] for f in sentence.ground.cited(sentence.cited)}
    own = [fact for fact in own if fact["id"] in cited] or own
    own = [fact for fact in own if fact["statistic"] != "stdev"]  # how far values lie apart
    if not own:
        return bool(sentence.cited) and not sentence.named_metrics
    rivals = [(fact, _rivals(fact, subject, sentence)) for fact in own]
    judged = [(fact, others) for fact, others in rivals if others]
    return bool(judged) and all(_is_end(sense, fact, others) for fact, others in judged)


def _rivals(fact: Json, subject: Entity, sentence: Sentence) -> list[Json]:
    """Return the facts a group is compared with: all others of its series, or those named."""
    own = labels(fact)
    others = [f for f in sentence.ground.series[series_of(fact)] if labels(f) != own]
    others = fullest(others, {f["id"] for f in sentence.ground.cited(sentence.cited)})
    fixed = Entity(0, 0, tuple(_settings(fact, subject, sentence)))
    others = [f for f in others if fixed.fits(f)] or others
    if _AMONG.search(sentence.text):
        named = [e for e in sentence.groups if e != subject]
        kept = [f for f in others if any(e.fits(f) for e in named)]
        return kept or others
    return others


def _settings(fact: Json, subject: Entity, sentence: Sentence | None) -> set[tuple[str, str]]:
    """Return the settings that a sentence, or the one before it, holds all groups to."""
    found: set[tuple[str, str]] = set()
    while sentence is not None:
        about = [e for e in sentence.groups if e.parts != subject.parts and e.fits(fact)]
        found |= {part for entity in about for part in entity.parts if part[0]}
        sentence = sentence.context
    return found - set(subject.parts)


def _is_end(sense: str, fact: Json, others: Iterable[Json]) -> bool:
    up = _is_up(sense, fact)
    if up is None:
        return False
    values = [other["value"] for other in others]
    own = fact["value"]
    return bool(own >= max(values) if up else own <= min(values))


def _is_up(sense: str, fact: Json) -> bool | None:
    """Return whether a superlative means the largest value; None where nobody knows."""
    if sense in {"most", "least"}:
        return sense == "most"
    if sense in {"fastest", "slowest"}:
        faster = larger_is_faster(fact)
        return None if faster is None else faster == (sense == "fastest")
    direction = fact["direction"]
    return None if direction is None else (direction == "higher") == (sense == "best")


def _universals(sentence: Sentence) -> Iterator[tuple[str, Kind]]:
    """Yield statements on all or none of the runs that the facts contradict."""
    failed = _FAILED.search(sentence.text)
    if failed and _FAIL.search(sentence.text) and _has_failures(sentence):
        yield failed.group(), "superlative"
    said = _RAN.search(sentence.text)
    if said is None:
        return
    known = {fact["n"] for fact in sentence.about if fact["statistic"] == "median"}
    for token in sentence.tokens:
        counts = _RUNS.match(sentence.text, token.end) or _N.search(sentence.text[: token.start])
        if counts and known and known != {token.value}:
            yield said.group(), "superlative"


def _has_failures(sentence: Sentence) -> bool:
    files = sentence.ground.files
    named = [files[name] for name in sentence.files if name in files]
    return any(entry["failures"] for entry in named or files.values())
