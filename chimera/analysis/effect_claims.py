"""Claims about the effects of settings: those that differ, do not matter, or cannot be told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.effect_facts import Sweep, interval, needed
from chimera.analysis.effects import EQUIVALENT, Effect
from chimera.analysis.facts import Fact
from chimera.analysis.frames import Strength
from chimera.analysis.groups import Group
from chimera.analysis.names import measure, name
from chimera.analysis.pvalues import shown_p
from chimera.analysis.ranking import practical
from chimera.analysis.statistics import ALPHA, least_runs
from chimera.analysis.wording import listed, number, plural, quantity, readable, spoken
from chimera.analysis.workload import Unequal, unequal, works_of
from chimera.markup import code

_LISTED: Final = 5  # levels named in one sentence


def claim_effects(sweep: Sweep, claims: ClaimBook) -> None:
    """Say of each setting of a series which levels differ; together, which settings do not matter.

    A difference is supported where the levels ran in mixed order, within blocks of the other
    settings or with no other setting; observed where the order of the runs is not known, the
    other settings were not the same, or the levels did unequal work that the metric grows with.
    Nothing is said here of a setting whose levels differ but ran one after the other.
    """
    for one in sweep.effects:
        if one.verdict == "differs" and not one.factor.blocked:
            _claim_effect(sweep, one, claims)
    _claim_equal(sweep, [one for one in sweep.effects if one.verdict == "negligible"], claims)
    _claim_open(sweep, [one for one in sweep.effects if one.verdict == "undecided"], claims)
    few = [one for one in sweep.effects if one.verdict == "not_testable"]
    if not sweep.panel.swept:
        _claim_too_few(sweep, few, claims)


def _claim_effect(sweep: Sweep, one: Effect, claims: ClaimBook) -> None:
    pair = (one.top, one.bottom)
    stated, p = sweep.ratio(one, pair, one.found), sweep.p_value(one)
    groups, metric = sweep.groups(one), sweep.panel.series.metric
    kept = _kept(groups, pair)
    work = _work(sweep, groups)
    held, cited = _held(sweep, one)
    high, low = (code(one.levels[k]) for k in pair)
    ratio = f"{number(one.found.ratio)} times (Hodges-Lehmann, {interval(stated)})"
    test = f"{shown_p(one.adjusted)} ({one.test}{_over(sweep)})"
    parts = {
        **_placed(sweep),
        "factor": code(one.factor.name),
        "held": held,
        "medians": _medians(groups, kept),
        "margin": f"At {high} it is {ratio} as high as at {low}, {test}.{_trend(one)}",
        "caveat": _caveat(sweep, one, work),
    }
    sure = work is None and sweep.design.ordered and one.apart
    strength: Strength = "supported" if sure else "observed"
    shown = [groups[k].centre for k in kept]
    about = f"{spoken(metric)} by a setting"
    facts = (*shown, *stated.values(), p, sweep.family(), *cited, *(work.facts if work else ()))
    by = [one.factor.name]
    claims.add("sweep_effect", strength, parts, facts, topic=about, metric=metric, by=by)


def _claim_equal(sweep: Sweep, found: Sequence[Effect], claims: ClaimBook) -> None:
    """Say of all settings without a difference that matters how large it may be, and p."""
    if not found:
        return
    held, cited = _held(sweep, *found)
    metric, margins = sweep.panel.series.metric, []
    middles = sorted(
        (group.centre for one in found for group in sweep.groups(one)), key=lambda fact: fact.value
    )
    for one in found:
        close, p = sweep.ratio(one, one.far, one.close), sweep.p_value(one)
        first, second = (code(one.levels[k]) for k in one.far)
        margins.append(
            f"{code(one.factor.name)} = {first}, {number(one.furthest.ratio)} times {second}"
            f" ({interval(close, EQUIVALENT)}{_despite(one)})"
        )
        ratio = sweep.ratio(one, one.far, one.furthest)["ratio"]
        cited += [*(sweep.groups(one)[k].centre for k in one.far), ratio, *close.values(), p]
    unit, band = readable(middles[0].value, middles[0].unit), practical(sweep.facts)
    low, high = (quantity(middles[k].value, middles[k].unit, unit) for k in (0, -1))
    parts = {
        **_placed(sweep),
        "factor": listed(code(one.factor.name) for one in found),
        "held": held,
        "medians": f"lowest {low}, highest {high}",
        "margin": (
            f"the levels furthest apart are {listed(margins)}; {_tests(found)}{_over(sweep)}; all"
            f" intervals lie within {quantity(band.value, band.unit)} of equal"
        ),
        "caveat": _stretches(found),
    }
    facts = (*(middles[0], middles[-1]), *cited, band, sweep.family())
    about = f"settings without effect on {spoken(metric)}"
    if "though p" in parts["margin"]:
        about += f", {SMALL_P}"
    by = [one.factor.name for one in found]
    claims.add("equivalence", "supported", parts, facts, topic=about, metric=metric, by=by)


SMALL_P: Final = "though a test finds one"
"""What a claim is about whose difference is sure and does not matter."""


def _claim_open(sweep: Sweep, found: Sequence[Effect], claims: ClaimBook) -> None:
    """Say of which settings the runs tell neither that they matter nor that they do not."""
    if not found:
        return
    held, cited = _held(sweep, *found)
    metric, margins = sweep.panel.series.metric, []
    for one in found:
        stated = sweep.ratio(one, one.far, one.furthest)
        first, second = (code(one.levels[k]) for k in one.far)
        span = f" ({interval(stated)})" if "ratio_low" in stated else ""
        margins.append(
            f"{code(one.factor.name)} = {first}, {number(one.furthest.ratio)} times {second}{span}"
        )
        cited += [*(sweep.groups(one)[k].centre for k in one.far), *stated.values()]
    parts = {
        **_placed(sweep),
        "held": held,
        "settings": listed((code(one.factor.name) for one in found), "or"),
        "margin": listed(margins),
    }
    about = f"{spoken(metric)} by settings"
    claims.add("sweep_effect", "weak", parts, cited, topic=about, metric=metric)


def _claim_too_few(sweep: Sweep, found: Sequence[Effect], claims: ClaimBook) -> None:
    if not found:
        return
    family = len(sweep.effects)
    need = max(_least(one, family) for one in found)
    fact = needed(need, "per level to tell levels apart", sweep.facts)
    groups = [group for one in found for group in sweep.groups(one)[:2]]
    metric = sweep.panel.series.metric
    parts = {
        **_placed(sweep),
        "held": "",
        "settings": listed((code(one.factor.name) for one in found), "or"),
        "need": f"{need:,}",
    }
    facts = [*(group.centre for group in groups), fact]
    about = f"{spoken(metric)} by settings"
    claims.add("sweep_effect", "not_testable", parts, facts, topic=about, metric=metric)


def _least(one: Effect, family: int) -> int:
    """Return how many runs of each level it takes to tell two levels apart."""
    if not one.paired:
        return least_runs(ALPHA, family)
    return 1 + math.ceil(math.log2(family / ALPHA))


def _placed(sweep: Sweep) -> dict[str, str]:
    group = f" ({code(sweep.panel.table.name)})" if sweep.panel.table.name else ""
    return {"metric": measure(sweep.panel.series), "file": f"{code(sweep.path)}{group}"}


def _held(sweep: Sweep, *found: Effect) -> tuple[str, list[Fact]]:
    """Return what was the same for the levels compared, and which runs were left out."""
    text, cited = "", []
    if all(one.paired for one in found):
        text = ", all else equal"
    if sweep.left_out:
        cold, runs = sweep.counted_cold(), sweep.counted_runs()
        text += f", warm runs ({int(cold.value):,} of {int(runs.value):,} were cold starts)"
        cited = [cold, runs]
    return text, cited


def _kept(groups: Sequence[Group], ends: tuple[int, int]) -> list[int]:
    """Return which levels are named: all, or of many the extreme ones."""
    return list(range(len(groups))) if len(groups) <= _LISTED else sorted(ends)


def _medians(groups: Sequence[Group], kept: Iterable[int]) -> str:
    chosen = [groups[k] for k in kept]
    unit = readable(min(group.centre.value for group in chosen), chosen[0].series.unit)
    said = [
        f"{code(group.key[0][1])} {quantity(group.centre.value, group.series.unit, unit)}"
        f" (n = {group.n:,})"
        for group in chosen
    ]
    return ", ".join(said)


def _tests(found: Sequence[Effect]) -> str:
    return listed(dict.fromkeys(one.test for one in found))


def _over(sweep: Sweep) -> str:
    count = len(sweep.effects)
    return f", Holm over {plural(count, 'setting')}" if count > 1 else ""


def _trend(one: Effect) -> str:
    if not one.trend:
        return ""
    return f" The medians {one.trend} with {code(one.factor.name)} at every level."


def _despite(one: Effect) -> str:
    """Return the p-value, and that it does not matter where it is small."""
    return f", {'though ' if one.adjusted <= ALPHA else ''}{shown_p(one.adjusted)}"


def _work(sweep: Sweep, groups: Sequence[Group]) -> Unequal | None:
    """Return the levels whose runs did unequal work, where the metric grows with it."""
    table = sweep.panel.table
    found = unequal(groups, {id(table): works_of(table.series)}, sweep.facts)
    return found if found is not None and found.total else None


def _caveat(sweep: Sweep, one: Effect, work: Unequal | None) -> str:
    text = ""
    if work is not None:
        least, most = work.least, work.most
        text = (
            f" Mind that the runs did unequal work: median {code(least.series.column)} of"
            f" {number(least.centre.value)} for {name(least)}, of {number(most.centre.value)} for"
            f" {name(most)}."
        )
    if not one.apart:
        return f"{text} The other settings were not the same at each level."
    if not sweep.design.ordered:
        return f"{text} The rows are sorted by setting, so the order of the runs is not known."
    return text


def _stretches(found: Sequence[Effect]) -> str:
    names = [code(one.factor.name) for one in found if one.factor.blocked]
    return f" The levels of {listed(names)} ran one after the other." if names else ""
