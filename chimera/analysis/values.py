"""Claims about single series: what was measured, where nothing is compared."""

from __future__ import annotations

from chimera.analysis.claims import QUALITY, ClaimBook
from chimera.analysis.frames import Strength
from chimera.analysis.groups import Group, Panel
from chimera.analysis.names import LISTED, label, measure, name, placed
from chimera.analysis.roles import WORK
from chimera.analysis.wording import quantity, spoken
from chimera.markup import code


def say_values(panel: Panel, claims: ClaimBook) -> None:
    """Say what was seen in a series whose groups are not compared."""
    if len(panel.groups) > 1 and all(group.n == 1 for group in panel.groups):
        _single_values(panel, claims)
        return
    for group in panel.groups[:LISTED]:
        if group.n > 1:  # one value is in the tables
            _value(panel, group, claims)


def _value(panel: Panel, group: Group, claims: ClaimBook) -> None:
    metric = panel.series.metric
    low, high = group.facts["min"], group.facts["max"]
    parts = {
        **placed(group),
        "pooled": f", pooled over {', '.join(map(code, panel.swept))}" if panel.swept else "",
        "median": quantity(group.centre.value, group.series.unit),
        "low": quantity(low.value, low.unit),
        "high": quantity(high.value, high.unit),
    }
    about, cited = f"{spoken(metric)} as measured", [group.centre, low, high]
    claims.add("value", "observed", parts, cited, topic=about, metric=metric)


def _single_values(panel: Panel, claims: ClaimBook) -> None:
    """List what was measured once per group."""
    shown = panel.groups[:LISTED]
    values = ", ".join(f"{name(g)} {quantity(g.centre.value, g.series.unit)}" for g in shown)
    more = " and others" if panel.groups[LISTED:] else ""
    metric = panel.series.metric
    parts = {
        "metric": measure(panel.series),
        "file": code(panel.table.path),
        "listing": f"{values}{more}",
    }
    strength: Strength = "observed" if metric in QUALITY else "weak"
    claims.add(
        "single_values",
        strength,
        parts,
        [group.centre for group in shown],
        topic=f"{spoken(metric)} as measured",
        metric=metric,
        leader=_first_of(panel),
        groups=[label(group) for group in panel.groups],
    )


def _first_of(panel: Panel) -> str | None:
    """Return the group with the best single value, where there is one and a way to be better."""
    work = any(column.lower() in WORK for group in panel.groups for column, _ in group.key)
    if panel.series.direction is None or work:
        return None
    choose = max if panel.series.direction == "higher" else min
    best = choose(group.centre.value for group in panel.groups)
    groups = [group for group in panel.groups if group.centre.value == best]
    return label(groups[0]) if len(groups) == 1 else None
