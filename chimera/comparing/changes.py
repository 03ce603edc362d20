"""Changes: matched groups are tested, all together as one family, or refused with a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from chimera.analysis.claims import HEADLINE
from chimera.analysis.cold import LOADED, cold_rows
from chimera.analysis.facts import FactBook
from chimera.analysis.groups import RAW, Group, group_of
from chimera.analysis.names import comparable
from chimera.analysis.pairwise import EQUIVALENT, Family, Pair
from chimera.analysis.statistics import (
    ALPHA,
    PRACTICAL,
    Comparison,
    compare,
    compare_paired,
    holm,
    verdict,
)
from chimera.analysis.workload import Unequal, unequal
from chimera.comparing.matching import Match
from chimera.comparing.sides import Measured
from chimera.evidence.records import Series

MOST: Final = 400
"""Comparisons tested in one run; headline metrics come first."""
Outcome = Literal["improved", "regressed", "same", "unknown"]
Why = Literal[
    "large",
    "reported",
    "direction",
    "unit",
    "definition",
    "machine",
    "settings",
    "copied",
    "cold",
    "swept",
    "work",
    "positive",
    "many",
]


_HARMLESS: Final = {"reported", "direction", "copied"}  # nothing to test, rather than not tested


@dataclass(frozen=True, slots=True)
class Refused:
    """A match that is not tested, and why."""

    match: Match
    why: Why
    columns: tuple[str, ...] = ()

    @property
    def counts(self) -> bool:
        """Whether something that could have been told stays open."""
        return self.why not in _HARMLESS


@dataclass(frozen=True, slots=True)
class Change:
    """A match as it was tested: after against before."""

    match: Match
    pair: Pair
    outcome: Outcome
    testable: bool  # whether a difference could have been found in this family
    paired: tuple[str, ...] = ()  # settings that pair the values
    work: Unequal | None = None
    warm: bool = False  # cold starts were left out

    @property
    def after(self) -> Group:
        """The values after."""
        return self.pair.first

    @property
    def before(self) -> Group:
        """The values before."""
        return self.pair.second


@dataclass(frozen=True, slots=True)
class Tested:
    """All changes, the family they were tested in, and what was refused."""

    changes: tuple[Change, ...]
    family: Family
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class _Draw:
    """The values of both sides, ready for a test."""

    match: Match
    before: Group
    after: Group
    found: Comparison
    close: Comparison
    paired: tuple[str, ...]
    work: Unequal | None
    warm: bool


def examine(matches: Iterable[Match], metrics: Collection[str], facts: FactBook) -> Tested:
    """Test every match that may be, with Holm's correction over all of them.

    Args:
        matches: What belongs together.
        metrics: Metrics that decide; all of known direction where there are none.
        facts: Where facts on what is tested are stated.
    """
    chosen = [one for one in matches if not metrics or one.before.metric in metrics]
    bench = _Bench(facts)
    for one in sorted(chosen, key=_rank):
        bench.take(one)
    family = _family(bench.drawn, facts)
    return Tested(_changes(bench.drawn, family), family, tuple(bench.refused))


def _rank(match: Match) -> int:
    metric = match.before.metric
    return HEADLINE.index(metric) if metric in HEADLINE else len(HEADLINE)


@dataclass
class _Bench:
    """Takes one match after the other: drawn for the test, or refused."""

    facts: FactBook
    drawn: list[_Draw] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def take(self, match: Match) -> None:
        """Draw a match for the test, or refuse it."""
        why = _barred(match)
        if why is None and len(self.drawn) >= MOST:
            why = Refused(match, "many")
        if why is not None:
            self.refused.append(why)
            return
        drawn = _drawn(match, self.facts)
        if isinstance(drawn, _Draw):
            self.drawn.append(drawn)
        elif drawn is not None:
            self.refused.append(drawn)


def _barred(match: Match) -> Refused | None:
    """Return why two groups may not be compared, None where they may."""
    one, other = match.before.panel, match.after.panel
    first, second = one.series, other.series
    reasons: tuple[tuple[bool, Why], ...] = (
        (one.table.bulk is not None or other.table.bulk is not None, "large"),
        (first.direction is None or first.direction != second.direction, "direction"),
        (not one.raw, "reported"),
        (not (comparable(one) and comparable(other)) or first.unit != second.unit, "unit"),
        (first.definition != second.definition, "definition"),
        (bool(match.moved), "machine"),
        (bool(match.changed), "settings"),
        (_copied(match.before.group, match.after.group), "copied"),
    )
    why = next((why for is_so, why in reasons if is_so), None)
    columns = match.moved if why == "machine" else match.changed if why == "settings" else []
    return None if why is None else Refused(match, why, tuple(columns))


_TELLING: Final = 3  # different values from which equal series are copies and no coincidence


def _copied(one: Group, other: Group) -> bool:
    return one.values == other.values and len(set(one.values)) >= _TELLING


def _drawn(match: Match, facts: FactBook) -> _Draw | Refused | None:
    """Return both sides as groups of the rows that count, tested; or why they are not."""
    rows = [_warm(one) for one in (match.before, match.after)]
    if not all(rows):
        return Refused(match, "cold")
    swept = match.before.panel.swept
    if swept:
        rows = _by_settings(match, rows)
        if len(rows[0]) < 2:  # noqa: PLR2004  a pair is no sample
            return Refused(match, "swept", swept)
    pairs = list(zip(_both(match), rows, strict=True))
    before, after = (_whole(one, kept, facts) for one, kept in pairs)
    work = unequal((before, after), _works(match), facts)
    if work is not None and work.total:
        return Refused(match, "work", (work.least.series.column,))
    run = compare_paired if swept else compare
    found, close = run(after.values, before.values), run(after.values, before.values, EQUIVALENT)
    if found is None or close is None:
        return Refused(match, "positive")
    warm = any(len(one.group.rows) > len(kept) for one, kept in pairs)
    return _Draw(match, before, after, found, close, swept, work, warm and not swept)


def _both(match: Match) -> tuple[Measured, Measured]:
    return match.before, match.after


def _warm(one: Measured) -> list[int]:
    """Return the rows of a group without cold starts, where they would count as slow runs."""
    cold = cold_rows(one.panel.table) if one.metric in LOADED else frozenset()
    return [i for i in one.group.rows if i not in cold]


def _by_settings(match: Match, rows: Sequence[list[int]]) -> list[list[int]]:
    """Return the rows of both sides that ran the same settings once each, in the same order."""
    cells = []
    for one, kept in zip(_both(match), rows, strict=True):
        columns = {**one.panel.table.labels, **one.panel.table.params}
        found: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for i in kept:
            found[tuple(columns[name][i] for name in one.panel.swept)].append(i)
        cells.append({key: same[0] for key, same in found.items() if len(same) == 1})
    common = sorted(cells[0].keys() & cells[1].keys())
    return [[side[key] for key in common] for side in cells]


def _whole(one: Measured, rows: Sequence[int], facts: FactBook) -> Group:
    """Return rows as a group whose facts say everything the rows have in common."""
    return group_of(one.panel.table, one.panel.series, one.key, rows, facts)


def _works(match: Match) -> dict[int, list[Series]]:
    tables = {id(one.panel.table): one.panel.table for one in _both(match)}
    return {key: [s for s in table.series if _is_work(s)] for key, table in tables.items()}


def _is_work(series: Series) -> bool:
    """Return whether a series counts work: tokens, or characters of a prompt or an answer."""
    return series.statistic == RAW and series.unit in {"tokens", "chars"}


def _family(drawn: Sequence[_Draw], facts: FactBook) -> Family:
    """Return the tests with Holm's correction over those whose sizes can tell anything.

    Which those are follows from the numbers of runs, not from what was measured in them.
    """
    able = [draw for draw in drawn if draw.found.reachable]
    adjusted = holm([draw.found.p for draw in able])
    pairs = tuple(
        Pair(*_sides(draw), p, verdict(draw.found, p, draw.close, PRACTICAL))
        for draw, p in zip(able, adjusted, strict=True)
    )
    return Family((), pairs, paired=False, facts=facts, counting=_COUNTING)


_COUNTING: Final = ("comparisons", "comparisons tested")


def _sides(draw: _Draw) -> tuple[Group, Group, Comparison, Comparison]:
    return draw.after, draw.before, draw.found, draw.close


def _changes(drawn: Sequence[_Draw], family: Family) -> tuple[Change, ...]:
    """Return every draw as a change, with its pair of the family where it is in it."""
    pairs = {id(pair.found): pair for pair in family.pairs}
    return tuple(_change(draw, pairs.get(id(draw.found)), family.size) for draw in drawn)


def _change(draw: _Draw, pair: Pair | None, size: int) -> Change:
    if pair is None:
        alone = Pair(*_sides(draw), 1.0, "not_testable")
        return Change(draw.match, alone, "unknown", False, draw.paired, draw.work, draw.warm)
    outcome: Outcome = "unknown"
    if pair.verdict == "differs":
        higher = pair.first.series.direction == "higher"
        outcome = "improved" if (pair.found.ratio > 1) == higher else "regressed"
    elif pair.verdict == "negligible":
        outcome = "same"
    testable = outcome != "unknown" or pair.found.least_p * size <= ALPHA
    return Change(draw.match, pair, outcome, testable, draw.paired, draw.work, draw.warm)
