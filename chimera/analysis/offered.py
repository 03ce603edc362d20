"""Claims about offered load: up to which request rate the server keeps up."""

from __future__ import annotations

from typing import Any, Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import RAW
from chimera.analysis.loads import Ladder, Level
from chimera.analysis.shares import percent
from chimera.analysis.wording import quantity, spoken
from chimera.evidence.records import Series
from chimera.markup import code

KEPT: Final = 0.95
"""Share of the offered rate that has to be achieved."""
_ACHIEVED: Final = frozenset({"req/s", "query/s"})


def offered(ladder: Ladder, facts: FactBook, claims: ClaimBook) -> None:
    """Say from which level on less than 95 % of the offered request rate was achieved."""
    series = _achieved(ladder)
    if series is None:
        return
    found = []
    for level in ladder.levels:
        fact = ladder.centre(level, series, facts)
        if fact is not None:
            found.append((level, fact, _share(level, fact, facts)))
    if not found:
        return
    limit = facts.add(
        metric="share of the offered rate",
        statistic="share",
        value=KEPT,
        formula="least share that counts as achieved",
        scope={"path": ladder.path},
        of="limit",
    )
    short = next((one for one in found if one[2].value < KEPT), None)
    level, rate, share = short or found[-1]
    at = f"{code(ladder.setting)} = {code(level.cell)}"
    said = f"{quantity(rate.value, rate.unit)}, {percent(share.value)} of the rate offered"
    finding = f"falls below {percent(KEPT)} of the offered one at {at}: {said}"
    if short is None:
        finding = (
            f"is at least {percent(KEPT)} of the offered one up to the highest measured, {at}: "
            f"{said}"
        )
    parts = {"file": code(ladder.path), "finding": f"{finding} (n = {rate.n})"}
    about = "achieved against offered request rate"
    cited = [rate, share, limit]
    metric = series.metric
    claims.add("offered_rate", "observed", parts, cited, topic=f"{about}, {spoken(metric)}")


def _achieved(ladder: Ladder) -> Series | None:
    for series in ladder.tables[0].series:
        named = series.metric == "request_throughput" or series.metric.startswith("request_")
        if named and series.unit in _ACHIEVED and series.statistic in {RAW, "aggregate", "mean"}:
            return series
    return None


def _share(level: Level, rate: Fact, facts: FactBook) -> Fact:
    common: dict[str, Any] = {"scope": rate.scope, "sources": rate.sources}
    return facts.add(
        metric="share of the offered rate",
        statistic="share",
        value=rate.value / level.load,
        n=rate.n,
        formula=f"share({rate.id}, {level.load:g})",
        **common,
    )
