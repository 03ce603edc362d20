"""Outliers: values far from the others of their group, labelled and kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chimera.analysis.claims import HEADLINE, ClaimBook
from chimera.analysis.cold import LOADED, cold_rows
from chimera.analysis.facts import Fact, FactBook, Source
from chimera.analysis.groups import Group, Panel
from chimera.analysis.names import comparable, label, placed
from chimera.analysis.places import places
from chimera.analysis.statistics import describe, outliers
from chimera.analysis.wording import quantity, readable, spoken

_MOST_NAMED: Final = 3  # places in the scope of a count
_LEAST: Final = 8  # values, below which quartiles say little about what is usual
_MOST: Final = 20  # claims of a report
_MOST_LABELLED: Final = 0.25  # beyond that share they are a second mode and no outliers


def label_outliers(panels: Iterable[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Say in which groups of 8 values or more some lie more than 3 interquartile ranges away.

    Tukey, Exploratory Data Analysis, 1977, section 2C. Where settings or labels vary within a
    group, or cold starts explain all of them, nothing is said here. No value is left out of any
    other statistic.
    """
    made = 0
    kept = (p for p in panels if p.raw and not p.copy and p.table.bulk is None and comparable(p))
    for panel in sorted((p for p in kept if p.series.metric in HEADLINE), key=_rank_of):
        for group in panel.groups if not panel.swept else ():
            if made < _MOST:
                made += _label(panel, group, facts, claims)


def _rank_of(panel: Panel) -> int:
    return HEADLINE.index(panel.series.metric)


def _label(panel: Panel, group: Group, facts: FactBook, claims: ClaimBook) -> bool:
    """Make the claim about one group, if it has outliers that nothing explains."""
    if group.n < _LEAST or _is_mixed(group):
        return False
    severe = set(outliers(group.values).severe)
    rows = {group.rows[position] for position in severe}
    cold = cold_rows(panel.table) if panel.series.metric in LOADED else frozenset()
    if not severe or len(severe) > _MOST_LABELLED * group.n or rows <= cold:
        return False
    with_them = group.facts.get("mean")
    without = _mean_without(group, rows, facts)
    if with_them is None or without is None:
        return False
    counted = facts.add(
        metric="values far from the others",
        statistic="count",
        value=len(severe),
        scope={**group.centre.scope, "those": _listed(panel, rows)},
        formula="count(values beyond 3 interquartile ranges from the quartiles)",
        sources=group.centre.sources,
    )
    _say(group, (counted, with_them, without), claims)
    return True


def _is_mixed(group: Group) -> bool:
    """Return whether the rows of a group have different labels, so that they are of no one kind."""
    return any(len({cells[i] for i in group.rows}) > 1 for cells in group.table.labels.values())


def _listed(panel: Panel, rows: set[int]) -> str:
    """Return the places of the outliers, of many the first."""
    found = places(panel.table, panel.series, sorted(rows))
    return "; ".join([*found[:_MOST_NAMED], *(["…"] if found[_MOST_NAMED:] else [])])


def _mean_without(group: Group, rows: set[int], facts: FactBook) -> Fact | None:
    """State the mean of a group without some rows; it counts as no group of its own."""
    kept = [(i, v) for i, v in zip(group.rows, group.values, strict=True) if i not in rows]
    mean = describe([value for _, value in kept]).get("mean")
    if mean is None:
        return None
    whole, table = group.centre, group.table
    return facts.add(
        metric=whole.metric,
        statistic="mean",
        value=mean,
        unit=whole.unit,
        direction=whole.direction,
        scope={**whole.scope, "values": "without those far from the others"},
        formula="mean(values)",
        sources=[
            Source.model_construct(path=table.path, locator=place)
            for place in places(table, group.series, [i for i, _ in kept])
        ],
    )


def _say(group: Group, found: tuple[Fact, Fact, Fact], claims: ClaimBook) -> None:
    counted, with_them, without = found
    metric = group.series.metric
    unit = readable(without.value, without.unit)
    parts = {
        **placed(group),
        "count": str(int(counted.value)),
        "lie": "lies" if counted.value == 1 else "lie",
        "mean": quantity(with_them.value, with_them.unit, unit),
        "without": quantity(without.value, without.unit, unit),
    }
    claims.add(
        "outliers",
        "observed",
        parts,
        found,
        topic=f"outliers of {spoken(metric)}",
        metric=metric,
        groups=[label(group)] if group.key else [],
    )
