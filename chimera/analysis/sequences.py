"""Sequences: the values of one group in the order of its runs, under the same settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chimera.analysis.claims import HEADLINE
from chimera.analysis.cold import LOADED, cold_rows
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import RAW, Group, Panel, group_of
from chimera.analysis.names import placed
from chimera.analysis.order import Order, run_order
from chimera.analysis.starts import count_rows
from chimera.evidence.records import Series, Table

LEAST: Final = 10
"""Runs from which something is said about their order."""
ALPHA: Final = 0.01
"""Level of the tests on run order, after correction for all sequences of a report."""
_INPUT: Final = ("prompt", "input", "context")  # how metrics of a run's input begin
_MOST: Final = 200  # sequences of a report


@dataclass(frozen=True, slots=True)
class Runs:
    """One series of one group under constant settings, in run order."""

    group: Group  # as the tables have it
    order: Order  # of its rows, cold starts left out
    values: tuple[float, ...]  # in that order

    @property
    def n(self) -> int:
        """Number of values."""
        return len(self.values)

    @property
    def warm(self) -> bool:
        """Whether cold starts were left out."""
        return self.n < self.group.n

    @property
    def work(self) -> list[list[float]]:
        """How much each run had to do, as far as the table says: TTFT depends on its input only."""
        columns = [s for s in self.group.table.series if _is_work(s)]
        if self.group.series.metric == "ttft":
            columns = [s for s in columns if _is_input(s)]
        found = [[v for i in self.order.rows if (v := s.values[i]) is not None] for s in columns]
        return [values for values in found if len(values) == self.n]

    def part(self, facts: FactBook, start: int = 0, end: int | None = None) -> Group:
        """Return consecutive runs as a group with facts, in run order."""
        rows = self.order.rows[start:end]
        key = (*self.group.key, ("start", "warm")) if self.warm else self.group.key
        return group_of(self.group.table, self.group.series, key, rows, facts)

    def counted(self, facts: FactBook) -> Fact:
        """State how many runs there are."""
        return count_rows("runs in order", self.group, self.order.rows, facts)

    @property
    def words(self) -> dict[str, str]:
        """The parts of a sentence that say what was measured, where, how often, in which order."""
        kind = "values" if self.order.history else "warm runs" if self.warm else "runs"
        return {
            **placed(self.group),
            "runs": f"{self.n:,} {kind}",
            "order": self.order.words,
        }


def sequences(panels: Sequence[Panel]) -> list[Runs]:
    """Return the raw series with a headline metric that were run often enough, the longest first.

    A sequence has 10 runs or more of one group, warm ones where the metric includes loading, all
    with the same settings and labels. Of more than 200 the longest are returned.
    """
    found = []
    for panel in panels:
        if not panel.raw or panel.copy or panel.swept or panel.series.metric not in HEADLINE:
            continue
        if all(group.n < LEAST for group in panel.groups):
            continue
        loaded = panel.series.metric in LOADED
        cold = cold_rows(panel.table) if loaded else frozenset[int]()
        for group in panel.groups:
            rows = [i for i in group.rows if i not in cold]
            if len(rows) >= LEAST and _is_constant(panel.table, rows):
                found.append(_ordered(group, rows))
    return sorted(found, key=lambda runs: -runs.n)[:_MOST]


def _ordered(group: Group, rows: Sequence[int]) -> Runs:
    order = run_order(group.table, rows)
    values = dict(zip(group.rows, group.values, strict=True))
    return Runs(group, order, tuple(values[i] for i in order.rows))


def _is_constant(table: Table, rows: Sequence[int]) -> bool:
    """Return whether settings and labels are the same, and no length of the input was swept."""
    columns = (*table.params.values(), *table.labels.values())
    if any(len({cells[i] for i in rows}) > 1 for cells in columns):
        return False
    sizes = (s.values for s in table.series if _is_work(s) and _is_input(s))
    return not any(1 < len({values[i] for i in rows}) <= len(rows) / 2 for values in sizes)


def _is_work(series: Series) -> bool:
    return series.statistic == RAW and series.unit in {"tokens", "chars"}


def _is_input(series: Series) -> bool:
    return series.metric.startswith(_INPUT)
