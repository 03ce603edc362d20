"""Work: whether groups that are compared did the same amount of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import RAW, Group, group_of
from chimera.evidence.records import Series
from chimera.evidence.units import family_of

UNEQUAL: Final = 1.1  # medians of work further apart are unequal work
_TOKENS: Final = "tokens"
_INPUT: Final = ("prompt", "input")
_ON_INPUT: Final = frozenset({"ttft", "prompt_eval", "prompt_eval_rate", "prompt_throughput"})
_ON_OUTPUT: Final = frozenset({"eval", "generation_time", "throughput", "tpot", "itl"})
_ON_NEITHER: Final = frozenset({"load", "compile_time"})
_TOTAL_OF: Final = frozenset({"time", "energy"})
_PER_WORK: Final = frozenset({"rate", "time per"})
_PER_STEP: Final = frozenset({"tpot", "itl"})


@dataclass(frozen=True, slots=True)
class Unequal:
    """The two groups whose work differs most."""

    least: Group  # of the series of work
    most: Group
    total: bool  # whether the metric grows with the work, rather than being a rate of it

    @property
    def facts(self) -> list[Fact]:
        """Both medians."""
        return [self.least.centre, self.most.centre]


def unequal(
    groups: Sequence[Group], works: Mapping[int, Sequence[Series]], facts: FactBook
) -> Unequal | None:
    """Return the groups that differ in work by more than a tenth, None where none do.

    Work is what the table counts in each row: tokens, of the prompt or generated, as far as the
    metric depends on them. `works` holds the series of work by the identity of the table; groups of
    different tables are held against each other by columns of the same name.
    """
    series = groups[0].series
    total = _is_total(series)
    if not total and family_of(series.unit) not in _PER_WORK and series.metric not in _PER_STEP:
        return None
    for work in _bearing_on(series.metric, works.get(id(groups[0].table), ())):
        medians = [_work(group, _alike(work, group, works), facts) for group in groups]
        known = [group for group in medians if group is not None and group.centre.value > 0]
        if len(known) < len(groups):
            continue
        least = min(known, key=lambda group: group.centre.value)
        most = max(known, key=lambda group: group.centre.value)
        if most.centre.value > UNEQUAL * least.centre.value:
            return Unequal(least, most, total)
    return None


def works_of(series: Sequence[Series]) -> list[Series]:
    """Return the series that count the work of a row."""
    return [s for s in series if s.statistic == RAW and s.unit == _TOKENS]


def _is_total(series: Series) -> bool:
    return family_of(series.unit) in _TOTAL_OF and series.metric not in _ON_NEITHER | _PER_STEP


def _bearing_on(metric: str, works: Sequence[Series]) -> list[Series]:
    """Return the counts of tokens a metric depends on."""
    inputs = [s for s in works if s.metric.startswith(_INPUT)]
    outputs = [s for s in works if not s.metric.startswith((*_INPUT, "total"))]
    if metric in _ON_INPUT:
        return inputs
    if metric in _ON_OUTPUT:
        return outputs or [s for s in works if s not in inputs]
    return [*outputs, *inputs] or list(works)


def _alike(work: Series, group: Group, works: Mapping[int, Sequence[Series]]) -> Series | None:
    """Return the series of a group's own table that counts the same work."""
    own = works.get(id(group.table), ())
    return next((one for one in own if one.column == work.column), None)


def _work(group: Group, work: Series | None, facts: FactBook) -> Group | None:
    """Return the work of a group's rows as a group of its own, None where a row has none."""
    if work is None or any(work.values[i] is None for i in group.rows):
        return None
    return group_of(group.table, work, group.key, group.rows, facts)
