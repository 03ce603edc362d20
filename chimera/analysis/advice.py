"""Recommendations and risks that follow from claims and refusals by rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from chimera.analysis.claims import HEADLINE, QUALITY, SPEED, Claim, ClaimBook, Recommendation, Risk
from chimera.analysis.wording import listed, spoken
from chimera.markup import code

MOST_ADVICE: Final = 5
MOST_RISKS: Final = 4
_OBJECTIVES: Final = (("throughput", ("throughput",)), ("TTFT", ("ttft",)), ("quality", QUALITY))
_MOST_CITED: Final = 4
_NEEDED: Final = re.compile(r"at least \d+ (?:runs each|settings that all groups ran)")


def recommend(book: ClaimBook) -> list[Recommendation]:
    """Return what follows from the claims: what to prefer, else what to measure, at most five.

    Only a supported ranking is a reason to prefer anything. Throughput, TTFT and quality, which a
    choice of a model weighs, each get a word: where nothing is supported, what to measure.
    """
    objectives = {metric for _, metrics in _OBJECTIVES for metric in metrics}
    others = [metric for metric in HEADLINE if metric not in objectives]
    preferred = [_on_leaders(best) for m in others if (best := leaders(book.claims, (m,)))]
    found = [
        *(_on_objective(name, metrics, book) for name, metrics in _OBJECTIVES),
        *_on_conflict(book),
        *_on_failures(book),
        *preferred,
    ]
    most = list({item.text: item for item in found}.values())[:MOST_ADVICE]
    return sorted(most, key=lambda item: item.text.startswith(_MEASURE))


def risks(book: ClaimBook) -> list[Risk]:
    """Return what in these data could mislead a reader, each with what helps; at most four."""
    cold = _ids(book, "cold_start")
    apart = [claim for claim in book.claims if claim.type == "outliers"]
    fast = [c.id for c in leaders(book.claims, SPEED)]
    unweighed = [c.id for c in book.claims if c.type == "absence" and c.metric == "quality"]
    table = (
        (
            _failed(book),
            "The figures describe only the runs that succeeded.",
            "Read them beside the counts of failed runs; repeat those.",
        ),
        (
            cold,
            "A mean over cold and warm runs describes neither.",
            "Compare medians of warm runs; give cold starts a figure of their own.",
        ),
        (
            [claim.id for claim in apart],
            f"A mean{_of(apart)} depends on few values far from the others.",
            "Compare medians; find out what happened in those runs.",
        ),
        (
            [r.id for r in book.refusals if r.topic in {"sweep", "confounded"}],
            "A setting may look better by chance or by the order of the runs.",
            "Repeat each combination, in mixed order.",
        ),
        (
            [*fast[:1], *unweighed] if fast and unweighed else [],
            "The fastest choice may give worse answers.",
            "Measure accuracy or a task score for the same configurations.",
        ),
        (
            [r.id for r in book.refusals if r.topic == "documents"],
            "Figures quoted from documents may be out of date or wrong.",
            "Go back to the data files they were written from.",
        ),
    )
    found = [Risk(risk=risk, mitigation=help_, claims=ids) for ids, risk, help_ in table if ids]
    return found[:MOST_RISKS]


def leaders(claims: Iterable[Claim], metrics: tuple[str, ...]) -> list[Claim]:
    """Return the supported rankings by any of the metrics, in the order of the metrics."""
    found = [c for c in claims if c.strength == "supported" and c.leader and c.metric in metrics]
    return sorted(found, key=lambda claim: metrics.index(claim.metric or ""))


def _of(claims: list[Claim]) -> str:
    """Return whose mean it is, where one group alone has outliers."""
    groups = [group for claim in claims for group in claim.groups]
    return f" of {code(groups[0])}" if len(claims) == 1 and groups else ""


def _ids(book: ClaimBook, kind: str) -> list[str]:
    return [claim.id for claim in book.claims if claim.type == kind]


def _failed(book: ClaimBook) -> list[str]:
    return [claim.id for claim in book.claims if claim.topic == "failed runs"]


def _on_failures(book: ClaimBook) -> Iterator[Recommendation]:
    if failed := _failed(book):
        text = "Repeat the failed runs, or say in every comparison that they are missing."
        yield Recommendation(text=text, claims=failed)


def _on_objective(name: str, metrics: tuple[str, ...], book: ClaimBook) -> Recommendation:
    if ranked := leaders(book.claims, metrics):
        return _on_leaders(ranked)
    equal = [
        c.id for c in book.claims if c.type == "equivalence" and c.metric in metrics and c.groups
    ]
    if equal:
        text = f"Do not choose by {name}: the groups compared do not differ enough in it to matter."
        return Recommendation(text=text, claims=equal[:_MOST_CITED])
    if known := _known(metrics, book):
        by = listed(map(code, known[0].by))
        text = f"Where {spoken(known[0].metric or name)} decides, choose {by} by what was found."
        return Recommendation(text=text, claims=[c.id for c in known if c.by == known[0].by])
    return _measure(name, metrics, book)


def _known(metrics: tuple[str, ...], book: ClaimBook) -> list[Claim]:
    """Return the supported differences in a metric that put no single group first."""
    kinds = {"rank", "sweep_effect"}
    return [
        claim
        for claim in book.claims
        if claim.type in kinds
        and claim.strength == "supported"
        and claim.metric in metrics
        and claim.by
    ]


def _measure(name: str, metrics: tuple[str, ...], book: ClaimBook) -> Recommendation:
    """Return the experiment that would support a choice, from what the data lack for it."""
    covered = [
        c for c in book.claims if c.type in {"coverage", "absence"} and c.metric == name.lower()
    ]
    tried = [c for c in book.claims if c.type == "rank" and c.metric in metrics]
    few = [c.id for c in tried if c.strength == "not_testable"]
    open_ = [c.id for c in tried if c.strength in {"weak", "observed"}]
    single = [c.id for c in book.claims if c.type == "single_values" and c.metric in metrics]
    repeats = [r.id for r in book.refusals if r.topic == "sweep"]
    if any(claim.type == "absence" for claim in covered):
        what = "quality (accuracy, perplexity or a task score)" if name == "quality" else name
        text = f"{_MEASURE} {what} for the same configurations before choosing between them."
        return Recommendation(text=text, claims=[covered[0].id])
    if name == "quality":
        text = f"{_MEASURE} quality again, more than once per group, before choosing by it."
        return Recommendation(text=text, claims=(single or [c.id for c in covered])[:_MOST_CITED])
    for ids, how in (
        (open_, "with more runs per group"),
        (few, f"with {_asked(c.text for c in tried if c.id in few)}"),
        (single, "with repeated runs of each group"),
    ):
        if ids:
            text = f"{_MEASURE} {name} again {how}, warm and in mixed order, before choosing by it."
            return Recommendation(text=text, claims=ids[:_MOST_CITED])
    return Recommendation(
        text=f"{_MEASURE} {name} again with repeated runs in mixed order before choosing by it.",
        claims=[claim.id for claim in covered] + repeats,
    )


def _asked(texts: Iterable[str]) -> str:
    """Return how many runs the first of the claims asks for."""
    found = _NEEDED.search(next(iter(texts), ""))
    return found[0] if found else "more runs per group"


def _on_leaders(ranked: list[Claim]) -> Recommendation:
    """Prefer the group that comes first, unless another comparison of it puts another one first."""
    first = ranked[0]
    metric = spoken(first.metric or "")
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


_MEASURE: Final = "Measure"
