"""Names: how groups and series are called in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chimera.analysis.claims import QUALITY
from chimera.analysis.groups import Group, Panel
from chimera.analysis.wording import listed, quantity, readable, title
from chimera.evidence.records import Series
from chimera.markup import code

LISTED: Final = 4
"""Groups named in one sentence."""


def name(group: Group) -> str:
    """Return what tells a group from the others: `q4_0`, or `concurrency` = `4`."""
    labels = group.table.labels
    parts = [code(v) if k in labels else f"{code(k)} = {code(v)}" for k, v in group.key]
    return ", ".join(parts) or "all rows"


def label(group: Group) -> str:
    """Return the name of a group without markup, as claims hold it."""
    return ", ".join(value for _, value in group.key)


def measure(series: Series) -> str:
    """Return what a series measured, as a sentence starts; where tools differ, as defined."""
    defined = f" ({code(series.definition)})" if series.definition else ""
    return f"{title(series.metric)}{defined}"


def placed(group: Group) -> dict[str, str]:
    """Return the parts of a sentence that say what was measured, where, and how often."""
    return {
        "metric": measure(group.series),
        "where": f"{name(group)} in " if group.key else "",
        "file": code(group.table.path),
        "n": f"{group.n:,}",
    }


def names(groups: Sequence[Group]) -> str:
    """Return the names of groups, those beyond the most that a sentence names left out."""
    found = [name(group) for group in groups[:LISTED]]
    return listed([*found, "others"] if groups[LISTED:] else found)


def comparable(panel: Panel) -> bool:
    """Return whether the values carry a unit, or are of a metric that has none by nature."""
    return panel.series.unit is not None or panel.series.metric in QUALITY


def medians(groups: Sequence[Group]) -> str:
    """Return the median and n of each group, all in one unit, as far as a sentence names them."""
    lowest = min((abs(g.centre.value) for g in groups if g.centre.value), default=0.0)
    unit = readable(lowest, groups[0].series.unit)
    said = [
        f"{name(g)} {quantity(g.centre.value, g.series.unit, unit)} (n = {g.n})"
        for g in groups[:LISTED]
    ]
    more = len(groups) - LISTED
    return ", ".join(said) + (f", and {more} more" if more > 0 else "")
