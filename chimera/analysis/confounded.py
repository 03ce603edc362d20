"""Confounded effects: what else went with a setting, so that no effect of it is claimed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final

from chimera.analysis.design import Factor
from chimera.analysis.effect_facts import Sweep, interval, needed
from chimera.analysis.effects import Effect
from chimera.analysis.facts import Fact
from chimera.analysis.starts import count_rows
from chimera.analysis.statistics import PRACTICAL, least_runs
from chimera.analysis.wording import number, quantity, spoken, title
from chimera.markup import code

_MOSTLY: Final = 0.8  # share of the cold starts on one level, from which on they stand for it
_SHARE: Final = 0.6  # of the runs, above which a level has most cold starts anyway
_LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class Case:
    """One effect that is not claimed: in full, and as one more of its kind."""

    key: tuple[str, ...]
    name: str  # of the setting, as Markdown
    reason: str
    where: str  # the file, and the figures
    needs: str
    subject: str  # what stays open, in few words
    facts: tuple[Fact, ...]
    weight: float  # how much it stands out among those of its kind


def cold_level(sweep: Sweep, factor: Factor) -> int | None:
    """Return the level that most cold starts fall on, and that stands apart by them."""
    total = sum(factor.cold)
    if total < _LEAST:
        return None
    level = max(range(len(factor.levels)), key=factor.cold.__getitem__)
    share = len(factor.rows[level]) / sum(map(len, factor.rows))
    if factor.cold[level] <= _MOSTLY * total or share > _SHARE:
        return None
    here, elsewhere = (_values(sweep, rows) for rows in _apart(factor, level))
    slower = any(_ratio(f(here), f(elsewhere)) >= PRACTICAL for f in (median, fmean))
    return level if slower else None


def cold_case(sweep: Sweep, factor: Factor, level: int) -> Case:
    """Return the case of a level whose runs had to load, which those of the others had not."""
    name, unit = factor.levels[level], sweep.panel.series.unit
    here, elsewhere = (
        sweep.level(factor, which, rows, whole=True)
        for which, rows in zip((name, f"not {name}"), _apart(factor, level), strict=True)
    )
    slow, fast = (group.facts.get("mean") or group.centre for group in (here, elsewhere))
    cold = sorted(sweep.design.cold)
    there = count_rows(
        "cold starts of one level", here, _cold(factor.rows[level], cold), sweep.facts
    )
    every = sweep.counted_cold()
    most = "all" if there.value == every.value else f"{int(there.value):,} of"
    share = f"{most} {int(every.value):,}"
    values = [quantity(fact.value, unit) for fact in (slow, fast)]
    other = factor.levels[-1 if level == 0 else 0]
    subject = f"the effect of {code(factor.name)} on {spoken(sweep.panel.series.metric)}"
    needs, need = _needs(
        sweep, factor, (name, other), "in mixed order, each after a run that is not counted"
    )
    return Case(
        key=(sweep.path, sweep.panel.table.name, factor.name),
        reason=(
            f"No effect of {code(factor.name)} on {spoken(sweep.panel.series.metric)} in"
            f" {code(sweep.path)} is claimed: {share} cold starts fall on {code(factor.name)} ="
            f" {code(name)}. The mean of {values[0]} (n = {here.n:,}) there against {values[1]}"
            f" (n = {elsewhere.n:,}) at the other levels may be loading alone."
        ),
        name=code(factor.name),
        where=f"{code(sweep.path)} ({share} cold starts; {values[0]} against {values[1]})",
        needs=needs,
        subject=subject,
        facts=(slow, fast, there, every, need),
        weight=there.value,
    )


def blocked_case(sweep: Sweep, effect: Effect) -> Case:
    """Return the case of a setting whose levels ran one after the other."""
    pair = (effect.top, effect.bottom)
    stated = sweep.ratio(effect, pair, effect.found)
    high, low = (effect.levels[k] for k in pair)
    name, ratio = code(effect.factor.name), number(effect.found.ratio)
    subject = f"the effect of {name} on {spoken(sweep.panel.series.metric)}"
    needs, need = _needs(
        sweep, effect.factor, (high, low), "in turn, after one run that is not counted"
    )
    return Case(
        key=(sweep.path, sweep.panel.table.name, effect.factor.name),
        reason=(
            f"{title(sweep.panel.series.metric)} in {code(sweep.path)} is {ratio} times as high at"
            f" {name} = {code(high)} as at {code(low)} ({interval(stated)}), yet no effect of"
            f" {name} is claimed: its levels ran one after the other, {sweep.design.order}, and"
            " drift of the machine would look the same."
        ),
        name=name,
        where=f"{code(sweep.path)} ({ratio} times)",
        needs=needs,
        subject=subject,
        facts=(*(sweep.groups(effect)[k].centre for k in pair), *stated.values(), need),
        weight=effect.found.ratio,
    )


def alias_case(sweep: Sweep, factor: Factor) -> Case | None:
    """Return the case of a setting that changed together with another; None without a difference.

    That is where each level ran twice or more and the extreme medians are 2 % apart.
    """
    if min(map(len, factor.rows)) < _LEAST:
        return None
    medians = [median(_values(sweep, rows)) for rows in factor.rows]
    order = sorted(range(len(medians)), key=lambda k: (medians[k], k))
    if _ratio(medians[order[-1]], medians[order[0]]) < PRACTICAL:
        return None
    ends = (order[-1], order[0])
    groups = [sweep.level(factor, factor.levels[k], factor.rows[k], whole=True) for k in ends]
    levels = (factor.levels[ends[0]], factor.levels[ends[1]])
    name, other = code(factor.name), code(sweep.design.aliases[factor.name][0])
    subject = f"the effects of {name} and {other} on {spoken(sweep.panel.series.metric)}"
    needs, need = _needs(sweep, factor, levels, f"with the same {other}, in mixed order")
    unit = sweep.panel.series.unit
    high, low = (f"median {quantity(g.centre.value, unit)} (n = {g.n:,})" for g in groups)
    return Case(
        key=(sweep.path, sweep.panel.table.name, *sorted((name, other))),
        reason=(
            f"The effects of {name} and {other} on {spoken(sweep.panel.series.metric)} in"
            f" {code(sweep.path)} cannot be told apart, since they changed together:"
            f" {name} = {code(levels[0])} {high}, {name} = {code(levels[1])} {low}."
        ),
        name=f"{name} and {other}",
        where=code(sweep.path),
        needs=needs,
        subject=subject,
        facts=(*(group.centre for group in groups), need),
        weight=medians[ends[0]] / medians[ends[1]],
    )


def _needs(sweep: Sweep, factor: Factor, levels: tuple[str, str], how: str) -> tuple[str, Fact]:
    """Return the smallest experiment that would settle an effect, with its number of runs."""
    need = needed(least_runs(), "per level to tell two levels apart", sweep.facts)
    text = (
        f"at least {int(need.value)} runs each of {code(factor.name)} = {code(levels[0])} and"
        f" {code(levels[1])}, all else equal, {how}."
    )
    return text.replace("all else equal, with", "all else equal and with"), need


def _apart(factor: Factor, level: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the runs at one level, and those at all others."""
    rest = (rows for k, rows in enumerate(factor.rows) if k != level)
    return factor.rows[level], tuple(sorted(i for rows in rest for i in rows))


def _cold(rows: Iterable[int], cold: Sequence[int]) -> list[int]:
    return sorted(set(rows).intersection(cold))


def _values(sweep: Sweep, rows: Iterable[int]) -> list[float]:
    values = sweep.panel.series.values
    return [value for i in rows if (value := values[i]) is not None]


def _ratio(high: float, low: float) -> float:
    return high / low if low > 0 else 0.0
