"""Claims that a few values stand far above the rest."""

from __future__ import annotations

import math
from typing import Final

from chimera.analysis.claims import HEADLINE, ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import Group, Panel
from chimera.analysis.statistics import LEAST_FOR_ORDER
from chimera.analysis.values import placed
from chimera.analysis.wording import number, quantity, spoken

UNEVEN: Final = 5  # a maximum this many times the median is worth a sentence


def spread(panels: list[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Say of every headline group whether a few values stand far above the rest."""
    for panel in panels:
        if panel.raw and not panel.copy and panel.series.metric in HEADLINE:
            for group in panel.groups:
                _uneven(group, panels, facts, claims)


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


def _uneven(group: Group, panels: list[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Say that a few values stand far above the rest, and whether loading explains them."""
    top = group.facts.get("max")
    median = group.facts.get("median")
    timed = group.series.direction == "lower" and group.n >= LEAST_FOR_ORDER
    if not timed or top is None or median is None or median.value <= 0:
        return
    if top.value < UNEVEN * median.value:
        return
    ratio = _ratio(top, median, facts)
    if ratio is None:
        return
    metric = group.series.metric
    loading = _loading(group, panels, facts)
    parts = {
        **placed(group),
        "high": quantity(top.value, top.unit),
        "ratio": number(ratio.value),
        "median": quantity(median.value, median.unit),
        "reason": _of_loading(*(int(fact.value) for fact in loading[:2])) if loading else "",
    }
    cited = [top, median, ratio, *loading]
    claims.add("spread", "observed", parts, cited, topic=f"uneven {spoken(metric)}", metric=metric)


def _of_loading(slow: int, loaded: int) -> str:
    if slow == 1:
        return " It went mostly into loading the model."
    which = f"All {slow}" if loaded == slow else f"{loaded} of the {slow}"
    return f" {which} values above {UNEVEN} times the median went mostly into loading the model."


def _loading(group: Group, panels: list[Panel], facts: FactBook) -> list[Fact]:
    """Count the values far above the median, and those of them that are mostly load time."""
    load = next(
        (p.series for p in panels if p.table is group.table and p.series.metric == "load"), None
    )
    if load is None or load.unit != group.series.unit or group.series.metric == "load":
        return []
    limit = UNEVEN * group.centre.value
    kept = set(group.values)
    slow = [
        (value, load.values[i] or 0.0)
        for i, value in enumerate(group.series.values)
        if value is not None and value > limit and value in kept
    ]
    loaded = sum(loading > value / 2 for value, loading in slow)
    if not loaded:
        return []
    where = group.table.path
    return [
        facts.count("slow values", len(slow), f"values > {UNEVEN} * median in {where}"),
        facts.count("slow values while loading", loaded, f"those with load > half in {where}"),
        facts.count("times the median", UNEVEN, "limit of an uneven series"),
    ]
