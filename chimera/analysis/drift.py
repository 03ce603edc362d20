"""Claims about drift: series that rise or fall from run to run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import Panel
from chimera.analysis.levels import changes, fits_better, last_values, say_changes
from chimera.analysis.pvalues import corrected, shown_p
from chimera.analysis.sequences import ALPHA, Runs, sequences
from chimera.analysis.shares import percent
from chimera.analysis.statistics import Trend, benjamini_hochberg, trend
from chimera.analysis.wording import plural, spoken

LEAST_CHANGE: Final = 0.05
"""Total change below which a drift does not matter."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A drift that was found, and its p-value corrected for all that were tested."""

    runs: Runs
    trend: Trend
    p: float
    place: int  # among those tested, from 1


def drift(panels: Sequence[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Say which series drift or change their level from run to run.

    A drift is claimed where the test of Mann (Econometrica 13, 1945) gives p <= 0.01 after Holm's
    correction over all sequences tested, and the slope of Theil and Sen (Journal of the American
    Statistical Association 63, 1968) makes 5 % or more over all runs. A sequence that also changes
    its level is said to do what fits it better. A table with a row per commit, version or date is
    a history: it has changes of level from 20 values on, below that its last value is held
    against those before. Nothing is said of what comes next.
    """
    found = sequences(panels)
    histories = [runs for runs in found if runs.order.history]
    tested = [runs for runs in found if not runs.order.history]
    changed = changes(found)
    drifts, raw = _drifts(tested)
    for one in drifts:
        here = [change for change in changed if change.runs is one.runs]
        if here and not fits_better(one.runs, one.trend, here):
            continue
        changed = [change for change in changed if change.runs is not one.runs]
        _say(one, raw, facts, claims)
    say_changes(changed, found, facts, claims)
    last_values(histories, facts, claims)


def _drifts(tested: Sequence[Runs]) -> tuple[list[Drift], list[tuple[Runs, Trend]]]:
    """Return the drifts that are sure and matter, and all that were tested.

    A screen of everything that ran in order, so that the share of false ones among those found is
    held to 1 % (Benjamini and Hochberg, Journal of the Royal Statistical Society B 57, 1995).
    """
    tried = [(runs, trend(runs.values)) for runs in tested]
    raw = [(runs, one) for runs, one in tried if one is not None]
    adjusted = benjamini_hochberg([one.p for _, one in raw])
    found = [
        Drift(runs, one, p, place)
        for place, ((runs, one), p) in enumerate(zip(raw, adjusted, strict=True), start=1)
        if p <= ALPHA and _matters(one) and not _by_work(runs)
    ]
    return found, raw


def _matters(found: Trend) -> bool:
    ends = [_total(slope, found.n) for slope in (found.slope, found.low, found.high)]
    return abs(ends[0]) >= LEAST_CHANGE and all(map(math.isfinite, ends)) and ends[1] * ends[2] > 0


def _total(slope: float, n: int) -> float:
    """Return the relative change from the first run to the last."""
    try:
        return math.expm1((n - 1) * math.log1p(slope))
    except OverflowError:
        return math.inf


def _by_work(runs: Runs) -> bool:
    """Return whether the work of the runs drifts as well, which explains what else does."""
    tried = (trend(values) for values in runs.work)
    return any(one is not None and one.p <= ALPHA for one in tried)


def _say(one: Drift, raw: Sequence[tuple[Runs, Trend]], facts: FactBook, claims: ClaimBook) -> None:
    total, low, high = _changes(one, facts)
    p = _p(one, raw, facts)
    count, family = one.runs.counted(facts), facts.count("sequences tested", len(raw), "trends")
    parts = {
        **one.runs.words,
        "change": _signed(total.value),
        "low": _signed(low.value),
        "high": _signed(high.value),
        "p": shown_p(one.p),
        "family": plural(len(raw), "sequence"),
    }
    metric = one.runs.group.series.metric
    cited = [count, total, low, high, p, family]
    about = f"drift of {spoken(metric)} over the runs"
    claims.add("trend", "supported", parts, cited, topic=about, metric=metric)


def _signed(change: float) -> str:
    return f"{'+' if change > 0 else ''}{percent(change)}"


def _changes(one: Drift, facts: FactBook) -> list[Fact]:
    """State the change over all runs and its interval, from the slope per run and its own."""
    whole = one.runs.part(facts)
    stem, common = whole.centre.stem, _common(one.runs, facts)
    found = one.trend
    made = []
    for end, slope in (("", found.slope), ("_low", found.low), ("_high", found.high)):
        rate = facts.add(
            statistic=f"slope{end}",
            value=slope,
            formula=f"theil_sen_slope{end}({stem})",
            **common,
        )
        total = facts.add(
            statistic=f"change{end}",
            value=_total(slope, found.n),
            formula=f"compounded({rate.id}, {found.n - 1})",
            **common,
        )
        made.append(total)
    return made


def _common(runs: Runs, facts: FactBook) -> dict[str, Any]:
    """Return what the facts about the order of a sequence share."""
    whole = runs.part(facts).centre
    return {
        "metric": whole.metric,
        "n": runs.n,
        "scope": whole.scope,
        "sources": whole.sources,
        "of": f"trend({whole.stem})",
    }


def _p(one: Drift, raw: Sequence[tuple[Runs, Trend]], facts: FactBook) -> Fact:
    """State the corrected p-value, from the p-values of all that were tested."""
    tested = [
        facts.add(
            statistic="p_raw",
            value=found.p,
            formula=f"kendall_p({runs.part(facts).centre.stem})",
            **_common(runs, facts),
        )
        for runs, found in raw
    ]
    p = corrected(one.p, "benjamini_hochberg", one.place, tested)
    return facts.add(**p, **_common(one.runs, facts))
