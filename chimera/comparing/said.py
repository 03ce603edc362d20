"""Sentences: every change as a claim, in fixed frames, with the facts it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chimera.analysis.claims import Claim, ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.frames import Strength
from chimera.analysis.groups import Group
from chimera.analysis.names import label, measure, name
from chimera.analysis.pairwise import Family
from chimera.analysis.pvalues import shown_p
from chimera.analysis.ranking import practical
from chimera.analysis.statistics import ALPHA, least_runs
from chimera.analysis.wording import listed, number, plural, quantity, readable, spoken
from chimera.comparing.changes import Change, Outcome, Tested
from chimera.comparing.sides import Names
from chimera.comparing.state import Verdict
from chimera.comparing.verdict import WORDS, Counts
from chimera.markup import code

TOPICS: Final[dict[Outcome, str]] = {
    "regressed": "regressed",
    "improved": "improved",
    "same": "no difference that matters",
    "unknown": "undecided",
}


@dataclass(frozen=True, slots=True)
class Books:
    """Where facts and claims are kept."""

    facts: FactBook
    claims: ClaimBook


def say(tested: Tested, books: Books) -> list[Claim]:
    """Claim every change, in the order of the changes."""
    return [_said(change, tested, books) for change in tested.changes]


def say_verdict(verdict: Verdict, counts: Counts, called: Names, books: Books) -> Claim:
    """Claim the verdict, with the numbers it follows from."""
    words = {
        "regressed": "regressed comparisons",
        "improved": "improved comparisons",
        "same": "comparisons without a difference that matters",
        "unknown": "undecided comparisons",
    }
    facts = {
        key: books.facts.count(what, getattr(counts, key), what) for key, what in words.items()
    }
    total = books.facts.count(
        "comparisons in all",
        counts.total,
        "comparisons in all",
        before=called.before,
        after=called.after,
    )
    parts = {
        "before": code(called.before),
        "after": code(called.after),
        "word": WORDS[verdict],
        "total": plural(counts.total, "comparison"),
        **{key: f"{int(fact.value):,}" for key, fact in facts.items()},
    }
    cited = [total, *facts.values()]
    return books.claims.add("verdict", "observed", parts, cited, topic="verdict")


def _said(change: Change, tested: Tested, books: Books) -> Claim:
    strength: Strength = "weak" if change.outcome == "unknown" else "supported"
    cited = [change.before.centre, change.after.centre]
    parts = _sides(change)
    if not change.testable:
        strength = "not_testable"
        need = _need(change, len(tested.changes), books.facts)
        parts["need"] = f"{int(need.value):,} {_UNITS[bool(change.paired)]}"
        cited.append(need)
    else:
        margin, facts = _margin(change, tested.family, books.facts)
        parts |= {"margin": margin, "why": _why(change), "caveat": _caveat(change)}
        cited += [*facts, *(change.work.facts if change.work else ())]
    metric = change.after.series.metric
    return books.claims.add(
        "change",
        strength,
        parts,
        cited,
        topic=f"{spoken(metric)}: {TOPICS[change.outcome]}",
        metric=metric,
        groups=[label(change.match.after.group)] if change.match.after.group.key else [],
    )


_SAID: Final[dict[Outcome, str]] = {
    "regressed": "regressed",
    "improved": "improved",
    "same": "shows no difference that matters",
    "unknown": "is undecided",
}
_UNITS: Final = {False: "runs of each", True: "settings that both ran"}


def _sides(change: Change) -> dict[str, str]:
    """Return what was measured, and both middles in one unit."""
    before, after = change.before, change.after
    unit = readable(min(abs(before.centre.value), abs(after.centre.value)), before.series.unit)
    group = change.match.after.group
    by = f" (paired by {listed(map(code, change.paired))})" if change.paired else ""
    return {
        "metric": measure(after.series),
        "said": _SAID[change.outcome],
        "where": f" of {name(group)}" if group.key else "",
        "first": code(before.table.path),
        "second": code(after.table.path),
        "before": _middle(before, unit),
        "after": _middle(after, unit),
        "paired": f"{by}, without cold starts" if change.warm else by,
    }


def _middle(group: Group, unit: str | None) -> str:
    fact = group.centre
    what = "median " if fact.statistic == "median" else ""
    return f"{what}{quantity(fact.value, group.series.unit, unit)} (n = {group.n:,})"


def _margin(change: Change, family: Family, facts: FactBook) -> tuple[str, list[Fact]]:
    """Return the ratio with its interval and test, and the facts behind it."""
    pair, stated = change.pair, family.stated(change.pair)
    found = pair.found
    if change.outcome == "same":
        low, high = family.close(pair)
        text = (
            f"After is {number(found.ratio)} times before (90 % interval {number(low.value)} to"
            f" {number(high.value)}, within 2 % of equal)"
        )
        return text, [*stated.values(), low, high, practical(facts)]
    ends = f", 95 % interval {number(found.low)} to {number(found.high)}"
    interval = ends if "ratio_low" in stated else ""
    test = "Wilcoxon, by pairs" if found.paired else "Mann-Whitney"
    over = f", Holm over {plural(family.size, 'comparison')}" if family.size > 1 else ""
    text = (
        f"After is {number(found.ratio)} times before (Hodges-Lehmann{interval}),"
        f" {shown_p(pair.p)} ({test}{over})"
    )
    return text, list(stated.values())


def _why(change: Change) -> str:
    """Return why the outcome is what it is, as it stands behind the ratio."""
    if change.outcome == "same":
        return ""
    if change.outcome != "unknown":
        return f", where {change.after.series.direction} is better"
    if change.pair.p <= ALPHA:
        return "; the difference may be too small to matter"
    return "; it may be chance"


def _caveat(change: Change) -> str:
    if change.work is None:
        return ""
    least, most = change.work.least, change.work.most
    return (
        f" Mind that the work was unequal: median {code(least.series.column)} of"
        f" {number(least.centre.value)} in {code(least.table.path)}, of"
        f" {number(most.centre.value)} in {code(most.table.path)}."
    )


def _need(change: Change, family: int, facts: FactBook) -> Fact:
    """State how many runs it takes where every comparison is to be told."""
    need, what = least_runs(ALPHA, family), "n"
    if change.paired:
        need, what = 2, "pairs"
        while 2 ** (1 - need) * family > ALPHA:
            need += 1
    return facts.add(
        metric=f"{_UNITS[bool(change.paired)]} needed",
        statistic="count",
        value=need,
        formula=f"count(least {what} in {family} comparisons)",
    )
