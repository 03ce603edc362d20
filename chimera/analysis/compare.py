"""Comparisons: which groups are tested against each other, and which are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from chimera.analysis.barred import Refusals
from chimera.analysis.claims import HEADLINE, ClaimBook
from chimera.analysis.contests import Barred, Contest, contests
from chimera.analysis.facts import FactBook
from chimera.analysis.groups import Panel
from chimera.analysis.names import comparable
from chimera.analysis.ranking import rank
from chimera.analysis.values import say_values
from chimera.analysis.workload import unequal, works_of
from chimera.evidence.records import Series

MOST_PAIRS: Final = 2000
"""Pairs tested in one report: far more than a reader looks at, and a second of time."""
MOST_GROUPS: Final = 25
"""Groups of one contest, beyond which so many pairs would have to be adjusted for."""


def compare(panels: list[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Test the groups of every raw series against each other, headline metrics first.

    What is not tested, because the comparison would not be fair or there are too many, is refused
    by name; a headline series without a comparison has its values said.
    """
    work = _Round(facts, claims, _works(panels))
    for panel in sorted(filter(_worth, panels), key=_rank_of):
        work.take(panel)
    work.refusals.say(facts, claims)


def _worth(panel: Panel) -> bool:
    """Return whether a panel is of raw values that could be put in order, or a headline metric."""
    if not panel.raw or panel.copy or not comparable(panel):
        return False
    headline = panel.series.metric in HEADLINE
    several = len(panel.groups) > 1 and panel.series.direction is not None
    return headline or (several and not panel.series.derived)


def _rank_of(panel: Panel) -> int:
    metric = panel.series.metric
    return HEADLINE.index(metric) if metric in HEADLINE else len(HEADLINE)


def _works(panels: Iterable[Panel]) -> dict[int, list[Series]]:
    """Return the series that count work, by the identity of their table."""
    tables = {id(p.table): p.table for p in panels if p.table.bulk is None and len(p.groups) > 1}
    found = ((key, works_of(table.series)) for key, table in tables.items())
    return {key: series for key, series in found if series}


@dataclass
class _Round:
    """One pass over the panels: what it may still spend, and what it refused."""

    facts: FactBook
    claims: ClaimBook
    works: Mapping[int, list[Series]]
    left: int = MOST_PAIRS
    refusals: Refusals = field(default_factory=Refusals)

    def take(self, panel: Panel) -> None:
        """Compare the groups of a panel as far as they may be, else say its values."""
        compared = False
        if panel.series.direction is not None and any(group.n > 1 for group in panel.groups):
            for found in contests(panel, self.facts):
                if isinstance(found, Barred):
                    self.refusals.bar(found)
                else:
                    compared |= self._compared(found)
        if not compared and panel.series.metric in HEADLINE:
            say_values(panel, self.claims)

    def _compared(self, contest: Contest) -> bool:
        """Rank the groups of a contest, unless their work was unequal or they are too many."""
        work = unequal(contest.groups, self.works, self.facts)
        if work and work.total:
            self.refusals.unequal(contest, work)
            return False
        count = len(contest.groups)
        pairs = count * (count - 1) // 2
        if count > MOST_GROUPS or pairs > self.left:
            self.refusals.skip(contest)
            return False
        self.left -= pairs
        rank(contest, work, self.facts, self.claims)
        return True
