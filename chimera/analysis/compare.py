"""Claims about speed and quality: what ranks first, what was seen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from chimera.analysis.claims import HEADLINE, QUALITY, ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.frames import Strength
from chimera.analysis.groups import Group, Panel
from chimera.analysis.statistics import ALPHA, LEAST_FOR_ORDER, mann_whitney
from chimera.analysis.wording import listed, number, plural, quantity, readable, spoken, title
from chimera.markup import code

PRACTICAL: Final = 1.02  # medians closer than 2 % differ by less than runs on one machine do
LEAST_P: Final = 0.0001  # below this the exact size of a p-value tells nothing more
_LISTED: Final = 4  # groups named in one sentence


def compare(panels: list[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Make the claims about every raw series with a headline metric."""
    kept = [p for p in panels if p.raw and not p.copy and p.series.metric in HEADLINE]
    for panel in sorted(kept, key=lambda p: HEADLINE.index(p.series.metric)):
        if _rankable(panel):
            _rank(panel, facts, claims)
        elif comparable(panel):
            _value(panel, claims)


def name(group: Group) -> str:
    """Return what tells a group from the others: `q4_0`, or `concurrency` = `4`."""
    labels = group.table.labels
    parts = [code(v) if k in labels else f"{code(k)} = {code(v)}" for k, v in group.key]
    return ", ".join(parts) or "all rows"


def _label(group: Group) -> str:
    return ", ".join(value for _, value in group.key)


def comparable(panel: Panel) -> bool:
    """Return whether the values carry a unit, or are of a metric that has none by nature."""
    return panel.series.unit is not None or panel.series.metric in QUALITY


def _rankable(panel: Panel) -> bool:
    groups = panel.groups
    return (
        panel.series.direction is not None
        and comparable(panel)
        and len(groups) > 1
        and all(group.n >= LEAST_FOR_ORDER for group in groups)
    )


def _rank(panel: Panel, facts: FactBook, claims: ClaimBook) -> None:
    higher = panel.series.direction == "higher"
    ordered = sorted(panel.groups, key=lambda group: group.centre.value, reverse=higher)
    first = ordered[0]
    metric = panel.series.metric
    by = " and ".join(dict.fromkeys(code(column) for group in ordered for column, _ in group.key))
    unit = readable(
        min((abs(g.centre.value) for g in ordered if g.centre.value), default=0.0),
        panel.series.unit,
    )
    medians = ", ".join(f"{name(group)} {_median(group, unit)}" for group in ordered[:_LISTED])
    rest = len(ordered) - _LISTED
    more = f", and {rest} more" if rest > 0 else ""
    pooled = f", pooled over {listed(map(code, panel.swept))}" if panel.swept else ""
    cited = [group.centre for group in ordered[:_LISTED]]
    if rest > 0:
        cited.append(facts.count("groups not named", rest, f"groups of {panel.table.path} left"))
    settings = panel.swept or any(column in panel.table.params for column, _ in first.key)
    verdict = _verdict(ordered, facts)
    best = "highest" if higher else "lowest"
    parts = {
        "metric": title(metric),
        "factor": by,
        "file": code(panel.table.path),
        "pooled": pooled,
        "medians": f"{medians}{more}",
        "leader": name(first),
        "best": best,
        "margin": verdict.text,
        "why": verdict.text,
    }
    claims.add(
        "rank",
        ("observed" if settings else "supported") if verdict.supported else "weak",
        parts,
        (*cited, *verdict.facts),
        topic=f"which group has the {best} {spoken(metric)}"
        if verdict.supported
        else f"{spoken(metric)} by group",
        metric=metric,
        leader=None if settings or not verdict.supported else _label(first),
        groups=[_label(group) for group in ordered],
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    supported: bool
    text: str
    facts: tuple[Fact, ...] = ()


def _verdict(ordered: list[Group], facts: FactBook) -> _Verdict:
    """Test the first group against every other one; all have to differ, and by enough to matter."""
    first, second = ordered[:2]
    tests = [(mann_whitney(first.values, other.values), other) for other in ordered[1:]]
    p, nearest = max(tests, key=lambda test: test[0])
    family = len(tests)
    corrected = min(1.0, p * family)
    if corrected > ALPHA:
        return _Verdict(False, "The leading groups may differ by chance")
    ratio = _ratio(first.centre, second.centre, facts)
    if ratio is None:
        return _Verdict(False, "The medians have no ratio")
    if max(ratio.value, 1 / ratio.value) < PRACTICAL:
        return _Verdict(False, "The leading groups differ by too little to matter")
    p_fact = facts.add(
        metric=first.series.metric,
        statistic="p_value",
        value=max(corrected, LEAST_P),
        scope=first.centre.scope,
        formula=f"max({LEAST_P}, comparisons * mann_whitney(values, values of the nearest group))",
        sources=[*first.centre.sources, *nearest.centre.sources],
    )
    made = facts.count("comparisons", family, "first group against each other")
    less = " or less" if corrected < LEAST_P else ""
    text = (
        f"{number(ratio.value)} times the median of {name(second)};"
        f" p = {number(p_fact.value, 2)}{less} against {name(nearest)} (Mann-Whitney, corrected"
        f" for {plural(family, 'comparison')})"
    )
    return _Verdict(True, text, (ratio, nearest.centre, p_fact, made))


def _median(group: Group, shown: str | None = None) -> str:
    return f"{quantity(group.centre.value, group.series.unit, shown)} (n = {group.n})"


def _ratio(first: Fact, second: Fact, facts: FactBook) -> Fact | None:
    """State how many times the second value the first is; None unless both have one sign."""
    ratio = first.value / second.value if second.value else math.inf
    if not (ratio > 0 and math.isfinite(ratio) and math.isfinite(1 / ratio)):
        return None
    return facts.add(
        metric=first.metric,
        statistic="ratio",
        value=ratio,
        n=None,
        scope=first.scope,
        formula=f"{first.id} / {second.id}",
        sources=[*first.sources, *second.sources],
    )


def _value(panel: Panel, claims: ClaimBook) -> None:
    """Say what was seen in a series that cannot be ranked but was measured more than once."""
    metric = panel.series.metric
    if len(panel.groups) > 1 and all(group.n == 1 for group in panel.groups):
        _single_values(panel, claims)
        return
    for group in panel.groups[:_LISTED]:
        if group.n < 2:  # noqa: PLR2004  one value is in the tables
            continue
        low, high = group.facts["min"], group.facts["max"]
        parts = {
            **_placed(group),
            "pooled": f", pooled over {', '.join(map(code, panel.swept))}" if panel.swept else "",
            "median": quantity(group.centre.value, group.series.unit),
            "low": quantity(low.value, low.unit),
            "high": quantity(high.value, high.unit),
        }
        cited = [group.centre, low, high]
        claims.add(
            "value", "observed", parts, cited, topic=f"{spoken(metric)} as measured", metric=metric
        )


def _single_values(panel: Panel, claims: ClaimBook) -> None:
    """List what was measured once per group."""
    shown = panel.groups[:_LISTED]
    values = ", ".join(f"{name(g)} {quantity(g.centre.value, g.series.unit)}" for g in shown)
    more = " and others" if panel.groups[_LISTED:] else ""
    metric = panel.series.metric
    parts = {
        "metric": title(metric),
        "file": code(panel.table.path),
        "listing": f"{values}{more}",
    }
    cited = [group.centre for group in shown]
    strength: Strength = "observed" if metric in QUALITY else "weak"
    about = f"{spoken(metric)} as measured"
    first = _first_of(panel)
    groups = [", ".join(value for _, value in group.key) for group in panel.groups]
    claims.add(
        "single_values",
        strength,
        parts,
        cited,
        topic=about,
        metric=metric,
        leader=first,
        groups=groups,
    )


def _first_of(panel: Panel) -> str | None:
    """Return the group with the best single value, where there is one and a way to be better."""
    if panel.series.direction is None:
        return None
    choose = max if panel.series.direction == "higher" else min
    best = choose(group.centre.value for group in panel.groups)
    groups = [group for group in panel.groups if group.centre.value == best]
    return ", ".join(value for _, value in groups[0].key) if len(groups) == 1 else None


def _placed(group: Group) -> dict[str, str]:
    """Return the parts of a sentence that say what was measured, where, and how often."""
    return {
        "metric": title(group.series.metric),
        "where": f"{name(group)} in " if group.key else "",
        "file": code(group.table.path),
        "n": str(group.n),
    }
