"""Definitions: one name of a metric that tools compute in different ways."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from chimera.analysis.claims import HEADLINE, ClaimBook
from chimera.analysis.groups import Group, Panel
from chimera.analysis.wording import listed, spoken, title
from chimera.markup import code

_WHOLE: Final = frozenset({"raw", "mean", "median", "aggregate"})  # neither spread nor interval


def refuse_definitions(panels: Iterable[Panel], claims: ClaimBook) -> None:
    """Refuse to compare what one name stands for in two tools, where a folder invites to.

    That is where the same label, such as a model, has a headline metric under two definitions.
    """
    for metric, known in sorted(_defined(panels).items(), key=lambda i: HEADLINE.index(i[0])):
        names = [label for label, found in known.items() if len(found) > 1]
        if names:
            _refuse(metric, names, known[names[0]], claims)


def _defined(panels: Iterable[Panel]) -> dict[str, dict[str, dict[str, Group]]]:
    """Return, per metric and label, the definitions by tool, each with a group under it."""
    found: dict[str, dict[str, dict[str, Group]]] = defaultdict(lambda: defaultdict(dict))
    for panel in panels:
        series = panel.series
        if series.metric not in HEADLINE or series.statistic not in _WHOLE:
            continue
        if series.definition is None or not panel.groups:
            continue
        tool = series.definition.partition(".")[0]
        for cells in panel.table.labels.values():
            for label in set(cells[:_TRIED]) - {""}:
                found[series.metric][label].setdefault(tool, panel.groups[0])
    return found


def _refuse(metric: str, names: list[str], by_tool: dict[str, Group], claims: ClaimBook) -> None:
    definitions = [str(group.series.definition) for group in by_tool.values()]
    more = " and others" if names[1:] else ""
    claims.refuse(
        "definition",
        f"{title(metric)} of {code(names[0])}{more} is not compared across"
        f" {listed(map(code, definitions))}: the tools compute {spoken(metric)} in different ways.",
        "both measured with one tool.",
        [group.centre for group in by_tool.values()],
    )


_TRIED: Final = 1000  # cells of a label
