"""Claims about levels: where a sequence of runs changes, and whether its last value stands out."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import Group
from chimera.analysis.pvalues import corrected, shown_p
from chimera.analysis.sequences import ALPHA, LEAST, Runs
from chimera.analysis.starts import count_rows
from chimera.analysis.statistics import (
    Comparison,
    Trend,
    change_points,
    compare,
    holm,
    prediction_interval,
)
from chimera.analysis.wording import number, plural, quantity, readable, spoken
from chimera.markup import code

LEAST_CHANGE: Final = 0.05
"""Difference of two levels, or of a value from those before it, below which it does not matter."""
LEAST_CHANGED: Final = 20
"""Runs from which changes of level are looked for."""
_MOST: Final = 3  # changes told of one sequence


@dataclass(frozen=True, slots=True)
class Change:
    """A new level of a sequence, against the level before it."""

    runs: Runs
    start: int  # of the level before
    at: int  # where the new level begins
    end: int  # behind the new level
    tested: Comparison
    p: float  # corrected


def changes(found: Sequence[Runs]) -> list[Change]:
    """Return the changes of level of sequences of 20 runs or more.

    Candidates by `change_points`; kept where the test of Mann and Whitney of the two levels gives
    p <= 0.01 when multiplied by the number of places looked at, which is the sum of the lengths
    (Bonferroni), since the data themselves chose the place.
    """
    long = [runs for runs in found if runs.n >= LEAST_CHANGED]
    family = places_tried(long)
    kept = []
    for runs in long:
        values = runs.values
        edges = [0, *change_points(values, magnitude=LEAST_CHANGE), len(values)]
        for start, at, end in zip(edges, edges[1:], edges[2:], strict=False):
            tested = compare(values[at:end], values[start:at])
            sure = tested is not None and tested.p * family <= ALPHA
            if tested is not None and sure and not _by_work(runs, start, at, end):
                kept.append(Change(runs, start, at, end, tested, tested.p * family))
    return kept


def _by_work(runs: Runs, start: int, at: int, end: int) -> bool:
    """Return whether the work of the runs changes at the same place, by enough to matter."""
    for values in runs.work:
        before, after = statistics.median(values[start:at]), statistics.median(values[at:end])
        if abs(after - before) >= LEAST_CHANGE * abs(before):
            return True
    return False


def places_tried(found: Sequence[Runs]) -> int:
    """Return at how many places of all sequences a level could have changed."""
    return sum(runs.n for runs in found if runs.n >= LEAST_CHANGED)


def fits_better(runs: Runs, found: Trend, here: Sequence[Change]) -> bool:
    """Return whether a line through the logs leaves less than the levels do."""
    logs = [math.log(value) for value in runs.values]
    slope = math.log1p(found.slope)
    rest = [log - slope * i for i, log in enumerate(logs)]
    edges = [0, *(change.at for change in here), len(logs)]
    return _left([rest]) < _left([logs[a:b] for a, b in pairwise(edges)])


def _left(parts: Sequence[Sequence[float]]) -> float:
    return math.fsum(abs(v - statistics.median(part)) for part in parts for v in part)


def say_changes(
    kept: Sequence[Change], found: Sequence[Runs], facts: FactBook, claims: ClaimBook
) -> None:
    """Say where levels change: per sequence at most three, those that differ most."""
    family = places_tried(found)
    for runs in found:
        here = [change for change in kept if change.runs is runs]
        largest = sorted(here, key=lambda change: -abs(math.log(change.tested.ratio)))[:_MOST]
        for change in sorted(largest, key=lambda change: change.at):
            _say(change, family, facts, claims)


def _say(change: Change, family: int, facts: FactBook, claims: ClaimBook) -> None:
    runs = change.runs
    before = runs.part(facts, change.start, change.at)
    after = runs.part(facts, change.at, change.end)
    ratio, low, high, p = _compared(change, before, after, family, facts)
    tried = facts.count("places tried", family, "places at which a level could change")
    where = _where(change, facts)
    unit = readable(before.centre.value, before.series.unit)
    parts = {
        **runs.words,
        "at": f"{int(where.value):,}{_named(change)}",
        "before": f"{quantity(before.centre.value, before.series.unit, unit)} (n = {before.n:,})",
        "after": f"{quantity(after.centre.value, after.series.unit, unit)} (n = {after.n:,})",
        "ratio": number(ratio.value),
        "low": number(low.value),
        "high": number(high.value),
        "p": shown_p(change.p),
        "family": plural(family, "place"),
    }
    metric = before.series.metric
    cited = [
        *(where, runs.counted(facts), before.centre, after.centre, ratio, low, high, p, tried),
    ]
    about = f"level of {spoken(metric)} over the runs"
    claims.add("change_point", "supported", parts, cited, topic=about, metric=metric)


def _compared(
    change: Change, before: Group, after: Group, family: int, facts: FactBook
) -> list[Fact]:
    """State the ratio of two levels, its interval, and the corrected p-value."""
    one, other = after.centre.stem, before.centre.stem
    tested = change.tested
    common: dict[str, Any] = {
        "metric": after.series.metric,
        "scope": after.centre.scope,
        "sources": [*after.centre.sources, *before.centre.sources],
        "of": f"compare({one}, {other})",
    }

    def add(statistic: str, value: float, formula: str) -> Fact:
        return facts.add(statistic=statistic, value=value, formula=formula, **common)

    raw = add("p_raw", tested.p, f"mann_whitney_p({one}, {other})")
    level = f"level={tested.level:g}"
    return [
        add("ratio", tested.ratio, f"hodges_lehmann_ratio({one}, {other})"),
        add("ratio_low", tested.low, f"ratio_low({one}, {other}, {level})"),
        add("ratio_high", tested.high, f"ratio_high({one}, {other}, {level})"),
        facts.add(**corrected(change.p, "bonferroni", family, [raw]), **common),
    ]


def _where(change: Change, facts: FactBook) -> Fact:
    """State the number of the run that begins a new level, counted in run order."""
    runs = change.runs
    up_to = runs.order.rows[: change.at + 1]
    version = runs.order.version
    named = {} if version is None else {version: runs.group.table.ids[version][up_to[-1]]}
    return count_rows("runs up to the new level", runs.group, up_to, facts, **named)


def _named(change: Change) -> str:
    runs = change.runs
    if runs.order.version is None:
        return ""
    cell = runs.group.table.ids[runs.order.version][runs.order.rows[change.at]]
    return f" ({code(runs.order.version)} {code(cell)})"


def last_values(histories: Sequence[Runs], facts: FactBook, claims: ClaimBook) -> None:
    """Hold the last value of short histories against those before it.

    Said where Student's t on the logs gives p <= 0.01 after Holm's correction over all of them
    (Hahn and Meeker, Statistical Intervals, 1991, section 4.7), and the value is 5 % or more away
    from the median of those before.
    """
    short = [runs for runs in histories if LEAST < runs.n < LEAST_CHANGED]
    tested = [(runs, p) for runs in short if (p := _chance(runs.values)) is not None]
    adjusted = holm([p for _, p in tested])
    for place, ((runs, _), p) in enumerate(zip(tested, adjusted, strict=True), start=1):
        away = abs(runs.values[-1] / statistics.median(runs.values[:-1]) - 1)
        if p <= ALPHA and away >= LEAST_CHANGE:
            _say_last(runs, (place, p), [one for one, _ in tested], facts, claims)


def _chance(values: Sequence[float]) -> float | None:
    """Return the two-sided p-value of the last value, were it one more like those before."""
    if not all(0 < value < math.inf for value in values):
        return None
    from scipy.special import stdtr

    *logs, last = map(math.log, values)
    n = len(logs)
    spread = statistics.stdev(logs) * math.sqrt(1 + 1 / n)
    away = abs(last - statistics.fmean(logs))
    if spread == 0:
        return None
    return 2 * float(stdtr(n - 1, -away / spread))


def _say_last(
    runs: Runs,
    found: tuple[int, float],
    tested: Sequence[Runs],
    facts: FactBook,
    claims: ClaimBook,
) -> None:
    ends = prediction_interval(runs.values[:-1])
    if ends is None:
        return
    history, last = runs.part(facts, 0, -1), runs.part(facts, runs.n - 1)
    low, high = (
        facts.add(
            metric=history.series.metric,
            statistic=f"prediction_{end}",
            value=value,
            unit=history.series.unit,
            n=history.n,
            scope=history.centre.scope,
            formula=f"prediction_{end}({history.centre.stem}, level=0.95)",
            sources=history.centre.sources,
            of=f"prediction({history.centre.stem})",
        )
        for end, value in zip(("low", "high"), ends, strict=True)
    )
    p = _last_p(runs, found, tested, facts)
    family = facts.count("histories tested", len(tested), "last values")
    unit = readable(history.centre.value, history.series.unit)
    parts = {
        **runs.words,
        "last": quantity(last.centre.value, last.series.unit, unit),
        "before": f"{history.n:,}",
        "low": quantity(low.value, low.unit, unit),
        "high": quantity(high.value, high.unit, unit),
        "p": shown_p(found[1]),
        "family": plural(len(tested), "history", "histories"),
    }
    metric = history.series.metric
    counted = count_rows("values before the last", history, history.rows, facts)
    cited = [last.centre, runs.counted(facts), counted, low, high, p, family]
    about = f"last {spoken(metric)} of a history"
    claims.add("change_point", "observed", parts, cited, topic=about, metric=metric)


def _last_p(runs: Runs, found: tuple[int, float], tested: Sequence[Runs], facts: FactBook) -> Fact:
    raw = []
    for one in tested:
        history, last = one.part(facts, 0, -1).centre, one.part(facts, one.n - 1).centre
        common: dict[str, Any] = {
            "metric": history.metric,
            "scope": history.scope,
            "sources": [*history.sources, *last.sources],
            "of": f"last({history.stem}, {last.stem})",
        }
        p = _chance(one.values)
        formula = f"prediction_p({last.stem}, {history.stem})"
        raw.append(facts.add(statistic="p_raw", value=p or 0.0, formula=formula, **common))
    own = raw[found[0] - 1]
    return facts.add(
        metric=own.metric,
        scope=own.scope,
        sources=own.sources,
        of=f"last of {runs.part(facts, 0, -1).centre.stem}",
        **corrected(found[1], "holm", found[0], raw),
    )
