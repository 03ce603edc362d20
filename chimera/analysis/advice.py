"""Recommendations and risks that follow from claims and refusals by rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chimera.analysis.claims import QUALITY, Claim, ClaimBook, Recommendation, Risk
from chimera.analysis.wording import spoken
from chimera.markup import code

_OBJECTIVES: Final = (("throughput", ("throughput",)), ("TTFT", ("ttft",)), ("quality", QUALITY))


def recommend(book: ClaimBook) -> list[Recommendation]:
    """Return one recommendation each on throughput, TTFT and quality, then those on the data."""
    found = [_on_objective(name, metrics, book) for name, metrics in _OBJECTIVES]
    found += _on_conflict(book)
    failed = [c.id for c in book.claims if c.topic == "failed runs"]
    if failed:
        text = "Repeat the failed runs, or say in every comparison that they are missing."
        found.append(Recommendation(text=text, claims=failed))
    return found


def risks(book: ClaimBook) -> list[Risk]:
    """Return what could mislead a reader, each with what helps."""
    table = (
        (
            [c.id for c in book.claims if c.topic == "failed runs"],
            "The figures describe only the runs that succeeded.",
            "Read them beside the counts of failed runs; repeat those.",
        ),
        (
            [c.id for c in book.claims if c.type == "spread"],
            "A mean hides slow first runs.",
            "Compare medians; measure cold and warm starts apart.",
        ),
        (
            [r.id for r in book.refusals if r.topic == "sweep"],
            "A setting may look better by chance or by the order of the runs.",
            "Repeat each combination, in mixed order.",
        ),
        (
            [c.id for c in book.claims if c.type == "absence" and c.metric == "quality"],
            "The fastest choice may give worse answers.",
            "Measure accuracy or a task score for the same configurations.",
        ),
        (
            [r.id for r in book.refusals if r.topic == "documents"],
            "Figures quoted from documents may be out of date or wrong.",
            "Go back to the data files they were written from.",
        ),
    )
    return [Risk(risk=risk, mitigation=help_, claims=ids) for ids, risk, help_ in table if ids]


def leaders(claims: Iterable[Claim], metrics: tuple[str, ...]) -> list[Claim]:
    """Return the supported rankings by any of the metrics, in the order of the metrics."""
    found = [c for c in claims if c.strength == "supported" and c.leader and c.metric in metrics]
    return sorted(found, key=lambda claim: metrics.index(claim.metric or ""))


def _on_objective(name: str, metrics: tuple[str, ...], book: ClaimBook) -> Recommendation:
    ranked = leaders(book.claims, metrics)
    if ranked:
        return _on_leaders(spoken(ranked[0].metric or name), ranked)
    covered = [
        c for c in book.claims if c.type in {"coverage", "absence"} and c.metric == name.lower()
    ]
    repeats = [r.id for r in book.refusals if r.topic == "sweep"]
    if covered and covered[0].type == "absence":
        what = "quality (accuracy, perplexity or a task score)" if name == "quality" else name
        return Recommendation(
            text=f"Measure {what} for the same configurations before choosing between them.",
            claims=[covered[0].id],
        )
    if name == "quality":
        text = "Measure quality again, more than once per group, before choosing by it."
        return Recommendation(text=text, claims=[claim.id for claim in covered])
    return Recommendation(
        text=f"Measure {name} again with repeated runs in mixed order before choosing by it.",
        claims=[claim.id for claim in covered] + repeats,
    )


def _on_leaders(metric: str, ranked: list[Claim]) -> Recommendation:
    """Prefer the group that comes first, unless another comparison of it puts another one first."""
    first = ranked[0]
    against = next((c for c in ranked if _contradict(first, c)), None)
    if against is None:
        text = (
            f"Where {metric} decides, prefer {code(first.leader or '')} among the groups compared."
        )
        return Recommendation(text=text, claims=[c.id for c in ranked if c.leader == first.leader])
    text = (
        f"Find out why {code(first.leader or '')} comes first in {metric} in one comparison and"
        f" {code(against.leader or '')} in another before choosing by it."
    )
    return Recommendation(text=text, claims=[first.id, against.id])


def _contradict(one: Claim, other: Claim) -> bool:
    """Return whether two rankings by one metric put different groups first that both compare."""
    return (
        one.metric == other.metric
        and one.leader != other.leader
        and one.leader in other.groups
        and other.leader in one.groups
    )


def _on_conflict(book: ClaimBook) -> list[Recommendation]:
    """Weigh speed against quality where different groups come first, single values included."""
    fast = next(iter(leaders(book.claims, ("throughput", "ttft", "latency"))), None)
    if fast is None:
        return []
    once = [c for c in book.claims if c.type == "single_values" and c.metric in QUALITY]
    singles = [claim for claim in once if claim.leader]
    good = [c for c in (*leaders(book.claims, QUALITY), *singles) if fast.leader in c.groups]
    if not good or good[0].leader == fast.leader:
        return []
    best = good[0]
    text = (
        f"Weigh speed against quality: {code(fast.leader or '')} comes first in"
        f" {spoken(fast.metric or '')}, {code(best.leader or '')} in {spoken(best.metric or '')}"
    )
    single = "" if best.strength == "supported" else ", by a single value"
    return [Recommendation(text=f"{text}{single}.", claims=[fast.id, best.id])]
