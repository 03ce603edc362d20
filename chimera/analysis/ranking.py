"""Ranking: what the groups of a contest support, from an order to nothing that could be told."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.contests import Contest
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.frames import ClaimType, Strength
from chimera.analysis.groups import Group
from chimera.analysis.names import LISTED, label, measure, medians, name, names
from chimera.analysis.pairwise import Family, Pair, family_of
from chimera.analysis.pvalues import shown_p
from chimera.analysis.statistics import ALPHA, PRACTICAL, least_runs
from chimera.analysis.wording import listed, number, plural, spoken
from chimera.analysis.workload import Unequal
from chimera.markup import code

_LEAST_PAIRS: Final = 2


@dataclass(frozen=True, slots=True)
class _Said:
    """What a test says about a contest."""

    kind: ClaimType
    strength: Strength
    order: str
    text: str
    facts: tuple[Fact, ...]
    leader: Group | None = None


def rank(contest: Contest, work: Unequal | None, facts: FactBook, claims: ClaimBook) -> None:
    """Claim the order that the tests of all pairs support, or say why there is none.

    A group leads where it differs from every other one; an order stands between two neighbours
    where all groups on one side differ from all on the other. Pairs are adjusted by Holm's method
    over all pairs of the contest.
    """
    groups = _ordered(contest)
    family = family_of(groups, facts, paired=bool(contest.paired))
    said = _judged(groups, family, facts) if family else _without_ratio()
    metric = contest.panel.series.metric
    shown, rest = groups[:LISTED], len(groups) - LISTED
    cited = [group.centre for group in shown]
    if rest > 0:
        beyond = f"groups beyond {LISTED} of {len(groups)} groups"
        cited.append(facts.count("groups not named", rest, beyond))
    parts = {
        "metric": measure(contest.panel.series),
        "factor": " and ".join(map(code, contest.by)),
        "file": code(contest.panel.table.path),
        "held": _held(contest),
        "order": said.order,
        "medians": medians(groups),
        "margin": said.text,
        "caveat": _caveat(work),
    }
    about = spoken(metric)
    best = "highest" if contest.panel.series.direction == "higher" else "lowest"
    claims.add(
        said.kind,
        said.strength,
        parts,
        (*cited, *said.facts, *(contest.cold or ()), *(work.facts if work else ())),
        topic=f"which group has the {best} {about}" if said.leader else f"{about} by group",
        metric=metric,
        leader=label(said.leader) if said.leader else None,
        groups=[label(group) for group in groups],
        by=list(contest.by),
    )


def _ordered(contest: Contest) -> tuple[Group, ...]:
    """Return the groups, the best median first; equal ones by their values, then by name."""
    sign = -1 if contest.panel.series.direction == "higher" else 1
    return tuple(
        sorted(contest.groups, key=lambda g: (sign * g.centre.value, sorted(g.values), label(g)))
    )


def _without_ratio() -> _Said:
    return _Said(
        "rank",
        "weak",
        "",
        "Not all values are positive, so there is no ratio and no order is claimed.",
        (),
    )


def _judged(groups: tuple[Group, ...], family: Family, facts: FactBook) -> _Said:
    if not family.testable:
        return _not_testable(groups, family, facts)
    if all(pair.verdict == "negligible" for pair in family.pairs):
        return _negligible(family, facts)
    cuts = [i for i in range(1, len(groups)) if family.differs(i)]
    if not cuts:
        return _undecided(family)
    edges = [0, *cuts, len(groups)]
    tiers = [groups[a:b] for a, b in pairwise(edges)]
    pair = family.pair(cuts[0] - 1, cuts[0])
    leader = groups[0] if cuts[0] == 1 else None
    stated = family.stated(pair)
    best = "highest" if groups[0].series.direction == "higher" else "lowest"
    first = f"{name(pair.first)} is {best}: " if leader else ""
    text = f"{first or name(pair.first) + ' is '}{_margin(pair, stated, family)}."
    return _Said(
        "rank",
        "supported",
        f"{_tiers(tiers)}; ",
        f"{text}{_tied(tiers)}",
        tuple(stated.values()),
        leader,
    )


def _tiers(tiers: Iterable[tuple[Group, ...]]) -> str:
    """Return the order of the values: `a` > `b`, `c` > `d`, as far as a sentence names them."""
    known, left = list(tiers), LISTED
    sign = " > " if known[0][0].series.direction == "higher" else " < "
    said = []
    for tier in known:
        if left > 0:
            more = ", …" if len(tier) > left else ""
            said.append(", ".join(name(group) for group in tier[:left]) + more)
        left -= len(tier)
    text = sign.join(said)
    unnamed = sum(map(len, known)) > LISTED and not text.endswith("…")
    return f"{text}{sign}…" if unnamed else text


def _tied(tiers: Iterable[tuple[Group, ...]]) -> str:
    """Say which groups of an order cannot be told apart."""
    left, said = LISTED, []
    for tier in tiers:
        if len(tier) > 1 and left > 1:
            found = [name(group) for group in tier[:left]]
            said.append(listed([*found, "others"] if tier[left:] else found))
        left -= len(tier)
    return "".join(f" {text} cannot be told apart." for text in said)


def _margin(pair: Pair, stated: dict[str, Fact], family: Family) -> str:
    """Return the ratio of a pair with its interval, and the test behind it."""
    found = pair.found
    p = shown_p(pair.p)
    test = "Wilcoxon, by pairs" if family.paired else "Mann-Whitney"
    interval = (
        f", 95 % interval {number(found.low)} to {number(found.high)}"
        if "ratio_low" in stated
        else ""
    )
    over = f", Holm over {plural(family.size, 'pair')}" if family.size > 1 else ""
    ratio = f"{number(found.ratio)} times {name(pair.second)} (Hodges-Lehmann{interval})"
    return f"{ratio}, {p} ({test}{over})"


def _undecided(family: Family) -> _Said:
    """Say that the runs do not tell the groups apart, by the two whose medians come first."""
    pair = family.pair(0, 1)
    stated = family.stated(pair)
    text = f"{name(pair.first)} is {_margin(pair, stated, family)}; no order is claimed."
    if pair.verdict == "differs":
        text = f"The others overlap: {text}"
    elif pair.p <= ALPHA:
        text = f"The leading groups differ by too little to matter: {text}"
    else:
        text = f"The leading groups may differ by chance: {text}"
    return _Said("rank", "weak", "", text, tuple(stated.values()))


def _negligible(family: Family, facts: FactBook) -> _Said:
    """Say that no difference matters, by the interval that reaches furthest from 1."""

    def reach(pair: Pair) -> float:
        return max(abs(math.log(pair.close.low)), abs(math.log(pair.close.high)))

    pair = max(family.pairs, key=reach)
    low, high = family.close(pair)
    stated = family.stated(pair)
    band = practical(facts)
    others = (
        f"; the intervals of the other {plural(family.size - 1, 'pair')} are closer to 1"
        if family.size > 1
        else ""
    )
    of = f"pairs but one of {len(family.groups)} groups"
    rest = facts.count("other pairs", family.size - 1, of)
    text = (
        f"{name(pair.first)} is {number(pair.found.ratio)} times {name(pair.second)} (90 % interval"
        f" {number(low.value)} to {number(high.value)}){others}"
    )
    cited = (low, high, *stated.values(), band, *([rest] if others else []))
    return _Said("equivalence", "supported", "", text, cited)


def practical(facts: FactBook) -> Fact:
    """State below which difference two medians count as equal, in per cent."""
    return facts.add(
        metric="difference that matters",
        statistic="count",
        value=round((PRACTICAL - 1) * 100, 6),
        unit="%",
        formula="count(per cent from which a difference matters)",
    )


def _not_testable(groups: tuple[Group, ...], family: Family, facts: FactBook) -> _Said:
    if family.paired:
        need, what = _LEAST_PAIRS, "settings that all groups ran"
        while math.ldexp(2, -need) * family.size > ALPHA:
            need += 1
    else:
        need, what = least_runs(ALPHA, family.size), "runs each"
    needed = facts.add(
        metric=f"{what} needed",
        statistic="count",
        value=need,
        formula=f"count(least {'pairs' if family.paired else 'n'} of {len(groups)} groups apart)",
    )
    text = (
        f"So few values cannot tell {names(groups)} apart, whatever they are; at least"
        f" {need} {what} are needed."
    )
    return _Said("rank", "not_testable", "", text, (needed, family.counted()))


def _held(contest: Contest) -> str:
    """Return what holds for all groups of a contest, as it stands behind the file."""
    said = [f"{code(column)} = {code(value)}" for column, value in contest.held]
    text = f" at {listed(said)}" if said else ""
    if contest.paired:
        text += f", paired by {listed(map(code, contest.paired))}"
    if contest.cold:
        cold, total = contest.cold
        text += f", warm runs ({int(cold.value)} of {int(total.value)} were cold starts)"
    return text


def _caveat(work: Unequal | None) -> str:
    if work is None:
        return ""
    least, most = work.least.centre, work.most.centre
    return (
        f" Mind that the work was unequal: median {code(work.least.series.column)} of"
        f" {number(least.value)} for {name(work.least)}, of {number(most.value)} for"
        f" {name(work.most)}."
    )
