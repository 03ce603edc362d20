"""Claims about data that contradict themselves: load, request rate and latency by Little's law."""

from __future__ import annotations

from typing import Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import RAW
from chimera.analysis.loads import CLIENTS, RATES, Ladder, Level
from chimera.analysis.statistics import little
from chimera.analysis.wording import number
from chimera.evidence.names import plain
from chimera.evidence.records import Series
from chimera.evidence.units import SCALES
from chimera.markup import code

APART: Final = 0.2
"""Share by which load and what follows from rate and latency may differ."""
_LATENCIES: Final = ("e2e_latency", "latency")
_MEANS: Final = (frozenset({"mean"}), frozenset({RAW}))  # Little's law is one of means
_PER_SECOND: Final = frozenset({"req/s", "query/s", "tx/s", "op/s", "call/s", "inference/s"})


def check_little(ladder: Ladder, facts: FactBook, claims: ClaimBook) -> None:
    """Say where request rate times latency is more than 20 % off the load (Little, 1961).

    More requests under way than clients are never right. Fewer are where clients wait between
    requests: for users who think, and where a finite request rate holds the clients back.
    """
    rate, latency = _rate(ladder), _latency(ladder)
    if rate is None or latency is None:
        return
    off = []
    for level in ladder.levels:
        found = ladder.centre(level, rate, facts), ladder.centre(level, latency, facts)
        if found[0] is not None and found[1] is not None:
            under_way = _under_way(found[0], found[1], facts)
            above = under_way.value > level.load * (1 + APART)
            below = under_way.value < level.load * (1 - APART) and _is_closed(ladder, level)
            if above or below:
                off.append((level, under_way))
    if off:
        _say(ladder, off, facts, claims)


def _rate(ladder: Ladder) -> Series | None:
    series = (s for s in ladder.tables[0].series if s.unit in _PER_SECOND)
    kept = (s for s in series if s.statistic in {RAW, "aggregate", "mean"})
    return next((s for s in kept if s.metric.startswith(("request", "tps", "tx", "op"))), None)


def _latency(ladder: Ladder) -> Series | None:
    for wanted in _MEANS:
        for series in ladder.tables[0].series:
            timed = series.metric in _LATENCIES and SCALES.get(series.unit or "", ("",))[0] == "s"
            if timed and series.statistic in wanted:
                return series
    return None


def _under_way(rate: Fact, latency: Fact, facts: FactBook) -> Fact:
    seconds = SCALES[latency.unit or "s"][1]
    return facts.add(
        metric="requests under way",
        statistic="little",
        value=little(rate.value, latency.value * seconds),
        scope=rate.scope,
        formula=f"little({rate.id}, {latency.id}, seconds={seconds:g})",
        sources=[*rate.sources, *latency.sources],
    )


def _is_closed(ladder: Ladder, level: Level) -> bool:
    """Return whether each client sends its next request as soon as it has an answer."""
    table, row = level.rows[0]
    paced = [c for c in table.params if plain(c) in RATES and table.params[c][row].strip()]
    free = all(table.params[c][row].strip().lower() in {"inf", "infinity"} for c in paced)
    return ladder.kind is CLIENTS and free


def _say(ladder: Ladder, off: list[tuple[Level, Fact]], facts: FactBook, claims: ClaimBook) -> None:
    level, worst = max(off, key=lambda one: abs(one[1].value / one[0].load - 1))
    count = facts.count("levels apart", len(off), f"levels of {ladder.path} off Little's law")
    of = facts.count("levels", len(ladder.levels), f"levels of {ladder.path}")
    found = (
        f"request rate and latency do not fit {code(ladder.setting)} in {code(ladder.path)} at"
        f" {len(off)} of {len(ladder.levels)} levels: at {code(level.cell)} their product is"
        f" {number(worst.value)} requests under way (Little's law)"
    )
    parts = {
        "found": found[0].upper() + found[1:],
        "consequence": "one of the three is not what its name says",
    }
    about = "load, rate and latency that do not fit"
    claims.add("data_quality", "observed", parts, [worst, count, of], topic=about)
