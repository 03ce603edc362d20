"""Comparing: the values behind a sentence that puts one group beside another."""

from __future__ import annotations

from typing import Final, NamedTuple

from chimera.verify.ground import Series, labels, series_of
from chimera.verify.names import Json
from chimera.verify.speech import nearest_words
from chimera.verify.subjects import Entity, Sentence, facts_about, path_of
from chimera.verify.units import measure

_PREFERRED: Final = ("median", "value", "mean", "average", "aggregate")
_SPEED: Final = (
    "throughput", "request_throughput", "latency", "ttft", "duration", "tpot", "itl",
    "generation_time",
)  # fmt: skip


class Pair(NamedTuple):
    """The values of two groups in one series."""

    first: Json
    second: Json

    @property
    def ratio(self) -> float | None:
        """The first value over the second; None where there is none."""
        below = self.second["value"]
        return self.first["value"] / below if below else None


def facts_of(entity: Entity, sentence: Sentence, *, speed: bool = False) -> list[Json]:
    """Return the facts on a group that a sentence can mean, those of one statistic.

    The metric is the one named, else that of the facts cited, else, of a sentence about speed, the
    first of the usual ones. The file is the one named, else any.
    """
    ground, files = sentence.ground, set(sentence.files)
    known = facts_about(ground, entity)
    known = [f for f in known if not files or path_of(f) in files]
    metrics = _metrics(sentence, known, speed=speed)
    known = [f for f in known if f["metric"] in metrics]
    wanted = nearest_words(sentence.text) or _PREFERRED
    for statistic in wanted:
        found = [f for f in known if f["statistic"] == statistic]
        if found:
            return fullest(found, {f["id"] for f in ground.cited(sentence.cited)})
    return []


def fullest(facts: list[Json], cited: set[str]) -> list[Json]:
    """Return one fact for each group of a series: the one cited, else the one of most values."""
    best: dict[object, Json] = {}
    for fact in facts:
        key = series_of(fact), labels(fact)
        rank = fact["id"] in cited, fact["n"] or 0
        known = best.get(key)
        if known is None or rank > (known["id"] in cited, known["n"] or 0):
            best[key] = fact
    return list(best.values())


def _metrics(sentence: Sentence, known: list[Json], *, speed: bool) -> frozenset[str]:
    named = sentence.named_metrics
    if named:
        return named
    cited = {f["metric"] for f in sentence.ground.cited(sentence.cited) if "path" in f["scope"]}
    if cited:
        return frozenset(cited)
    there = {fact["metric"] for fact in known}
    return frozenset(next(([m] for m in _SPEED if m in there), [])) if speed else frozenset()


def pairs(one: Entity, other: Entity, sentence: Sentence, *, speed: bool = False) -> list[Pair]:
    """Return the values of two groups side by side, in each series that has both."""
    firsts = facts_of(one, sentence, speed=speed)
    seconds: dict[Series, list[Json]] = {}
    for fact in facts_of(other, sentence, speed=speed):
        seconds.setdefault(series_of(fact), []).append(fact)
    found = [Pair(fact, rival) for fact in firsts for rival in seconds.get(series_of(fact), ())]
    found = [pair for pair in found if pair.first["id"] != pair.second["id"]]
    cited = set(sentence.cited)
    backed = [
        p
        for p in found
        if {p.first["id"].partition(".")[0], p.second["id"].partition(".")[0]} <= cited
    ]
    return backed or found


def larger_is_faster(fact: Json) -> bool | None:
    """Return whether a larger value means speed: of a rate it does, of a time it does not."""
    direction: str | None = fact["direction"]
    size = measure(fact["unit"] or "")
    if direction is None and size is None:
        return None
    if size is not None and size.what == "time":
        return False
    if size is not None and size.what.endswith("/time"):
        return True
    return None if direction is None else direction == "higher"
