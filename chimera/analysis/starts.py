"""Claims about cold and warm starts, and about series whose maximum stands far above the rest."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chimera.analysis.claims import HEADLINE, ClaimBook
from chimera.analysis.cold import LOADED, cold_rows
from chimera.analysis.facts import Fact, FactBook, Source
from chimera.analysis.groups import Group, Panel, group_of
from chimera.analysis.names import placed
from chimera.analysis.places import places
from chimera.analysis.statistics import LEAST_FOR_ORDER, PRACTICAL
from chimera.analysis.wording import number, quantity, spoken
from chimera.evidence.records import Series, Table

UNEVEN: Final = 5
"""Times the median that a maximum has to be before it is worth a sentence."""
_MOST: Final = 4  # claims about the cold starts of one table
_Rows = Sequence[int]


@dataclass(frozen=True, slots=True)
class Starts:
    """The runs of one group, cold and warm apart, with the facts about each part."""

    group: Group
    cold: Group
    warm: Group
    least: Fact  # load time of a cold start
    most: Fact  # load time of a warm one


def starts(panels: Sequence[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Say which runs were cold starts and what that cost; then which series are uneven without.

    A table speaks of its cold starts once: in the first metric of time, in the order of the
    headline metrics, whose cold median exceeds the warm one by more than 2 %, for the groups with
    most of them. Large tables, whose rows are not held, are left out of it.
    """
    by_table: dict[int, list[Panel]] = defaultdict(list)
    said: set[tuple[object, ...]] = set()
    for panel in panels:
        if panel.raw and not panel.copy and panel.series.metric in HEADLINE:
            by_table[id(panel.table)].append(panel)
    for members in by_table.values():
        members.sort(key=lambda panel: HEADLINE.index(panel.series.metric))
        cold = cold_rows(members[0].table)
        if cold:
            _cold(members, cold, said, facts, claims)
        for panel in members:
            for group in panel.groups:
                _uneven(group, cold, facts, claims)


def _cold(
    members: Sequence[Panel],
    cold: frozenset[int],
    said: set[tuple[object, ...]],
    facts: FactBook,
    claims: ClaimBook,
) -> None:
    """Speak of the cold starts of a table, unless another file gave the same values."""
    load = _load(members[0].table, cold)
    for panel in members:
        if load is None or panel.series.metric not in LOADED:
            continue
        groups = sorted(panel.groups, key=lambda group: -len(cold.intersection(group.rows)))
        found = [_parted(group, load, cold, facts) for group in groups[:_MOST]]
        slower = [parts for parts in found if parts is not None and _is_slower(parts)]
        for parts in slower:
            key = (panel.series.metric, panel.series.unit, parts.group.values)
            if key not in said:
                _say(parts, facts, claims)
            said.add(key)
        if slower:
            return


def _load(table: Table, cold: frozenset[int]) -> Series | None:
    """Return the raw load times that tell the cold starts of a table."""
    series = (s for s in table.series if s.metric == "load" and s.statistic == "raw")
    return next((s for s in series if all(s.values[i] is not None for i in cold)), None)


def _parted(group: Group, load: Series, cold: frozenset[int], facts: FactBook) -> Starts | None:
    """Split the rows of a group; None unless there are both, each with a load time."""
    rows = [i for i in group.rows if load.values[i] is not None]
    parts = [i for i in rows if i in cold], [i for i in rows if i not in cold]
    if not all(parts):
        return None
    table, series = group.table, group.series
    made = [
        (
            group_of(table, series, (*group.key, ("start", word)), part, facts),
            group_of(table, load, (*group.key, ("start", word)), part, facts),
        )
        for word, part in zip(("cold", "warm"), parts, strict=True)
    ]
    (slow, loads), (fast, others) = made
    return Starts(group, slow, fast, _end(loads, "min"), _end(others, "max"))


def _end(group: Group, which: str) -> Fact:
    return group.facts.get(which) or group.centre


def _is_slower(parts: Starts) -> bool:
    return parts.cold.centre.value > parts.warm.centre.value * PRACTICAL


def _say(parts: Starts, facts: FactBook, claims: ClaimBook) -> None:
    group, (slow, fast) = parts.group, (parts.cold.centre, parts.warm.centre)
    cold, runs = _counted(parts, facts)
    unit = group.series.unit
    words = {
        **placed(group),
        "cold": f"{int(cold.value):,}",
        "runs": f"{int(runs.value):,} {'run' if runs.value == 1 else 'runs'}",
        "least": quantity(parts.least.value, parts.least.unit),
        "most": quantity(parts.most.value, parts.most.unit),
        "slow": f"{_centre(slow)}{quantity(slow.value, unit)} cold (n = {parts.cold.n:,})",
        "fast": f"{_centre(fast)}{quantity(fast.value, unit)} warm (n = {parts.warm.n:,})",
        "were": "was a cold start" if cold.value == 1 else "were cold starts",
    }
    metric = group.series.metric
    cited = [slow, fast, cold, runs, parts.least, parts.most]
    about = f"cold starts in {spoken(metric)}"
    claims.add("cold_start", "observed", words, cited, topic=about, metric=metric)


def _centre(fact: Fact) -> str:
    return "median " if fact.statistic == "median" else ""


def _counted(parts: Starts, facts: FactBook) -> tuple[Fact, Fact]:
    """Count the cold starts of a group and all its runs."""
    group = parts.group
    rows = [*parts.cold.rows, *parts.warm.rows]
    return (
        count_rows("cold starts", parts.cold, parts.cold.rows, facts),
        count_rows("runs", group, sorted(rows), facts),
    )


def count_rows(what: str, group: Group, rows: _Rows, facts: FactBook, **scope: str) -> Fact:
    """State how many rows of a group there are, with the places of their cells."""
    return facts.add(
        metric=what,
        statistic="count",
        value=len(rows),
        n=len(rows),
        scope={**group.centre.scope, **scope},
        formula=f"count({what} in {group.table.path})",
        sources=[
            Source(path=group.table.path, locator=place)
            for place in places(group.table, group.series, rows)
        ],
    )


def _uneven(group: Group, cold: frozenset[int], facts: FactBook, claims: ClaimBook) -> None:
    """Say that a few values stand far above the rest, unless the cold starts are those."""
    warm = [v for i, v in zip(group.rows, group.values, strict=False) if i not in cold]
    top, median = group.facts.get("max"), group.facts.get("median")
    timed = group.series.direction == "lower" and group.n >= LEAST_FOR_ORDER
    if not timed or top is None or median is None or median.value <= 0:
        return
    explained = cold.intersection(group.rows) and group.series.metric in LOADED
    if top.value < UNEVEN * median.value or (explained and max(warm) < UNEVEN * median.value):
        return
    ratio = top.value / median.value
    if not math.isfinite(ratio):
        return
    fact = facts.add(
        metric=top.metric,
        statistic="ratio",
        value=ratio,
        scope=top.scope,
        formula=f"ratio({top.id}, {median.id})",
        sources=top.sources,
        of=f"max to median of {top.stem}",
    )
    parts = {
        **placed(group),
        "high": quantity(top.value, top.unit),
        "ratio": number(ratio),
        "median": quantity(median.value, median.unit),
    }
    metric = group.series.metric
    cited = [top, median, fact]
    claims.add("spread", "observed", parts, cited, topic=f"uneven {spoken(metric)}", metric=metric)
