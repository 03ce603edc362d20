"""Claims about scaling: what more load brings, and whether load, rate and latency agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.frames import Strength
from chimera.analysis.groups import RAW
from chimera.analysis.loads import RATES, WORKERS, Ladder, Level, ladders
from chimera.analysis.offered import offered
from chimera.analysis.pvalues import corrected, shown_p
from chimera.analysis.queue_law import check_little
from chimera.analysis.shares import percent
from chimera.analysis.statistics import ALPHA, LEAST_FOR_ORDER, PRACTICAL, holm, mann_whitney
from chimera.analysis.statistics import scaling as steps_of
from chimera.analysis.wording import number, plural, quantity, spoken, title
from chimera.evidence.records import Series, Table
from chimera.markup import code

_AGGREGATES: Final = frozenset({RAW, "aggregate", "mean"})
_FIRST: Final = ("throughput", "request_throughput")
_NOT: Final = ("peak", "prompt", "failure", "max")
_LISTED: Final = 6  # levels named in one sentence
_MOST: Final = 12  # ladders told of one report
_WHOLE: Final = ("latency", "e2e_latency", "eval")
_TOKENS: Final = ("output_tokens", "tokens", "eval_count")
_SAME: Final = 0.1  # share by which tokens over time may differ from a rate that is the same


@dataclass(frozen=True, slots=True)
class _Rung:
    level: Level
    rate: Fact
    values: tuple[float, ...]
    speedup: Fact | None = None
    efficiency: Fact | None = None


def scaling(tables: Sequence[Table], facts: FactBook, claims: ClaimBook) -> None:
    """Say how throughput grows with concurrency, and from which load on a rate is not achieved.

    Speed-up and efficiency are against the smallest level (Gunther, Guerrilla Capacity Planning,
    2007, chapter 4), which has to hold a successful run. Medians where levels were repeated.
    """
    said: set[tuple[object, ...]] = set()
    for ladder in ladders(tables)[: 4 * _MOST]:
        if len(said) >= _MOST:
            return
        if ladder.kind is RATES:
            offered(ladder, facts, claims)
            continue
        series = _throughput(ladder)
        if series is None:
            continue
        known = tuple(tuple(ladder.values(level, series)[0]) for level in ladder.levels)
        if known not in said:
            said.add(known)
            _scale(ladder, series, facts, claims)
            if ladder.kind is not WORKERS:
                check_little(ladder, facts, claims)


def _throughput(ladder: Ladder) -> Series | None:
    """Return the series of work per time of all requests together."""
    table = ladder.tables[0]
    found = [s for s in table.series if s.statistic in _AGGREGATES and _is_rate(s)]
    found = [s for s in found if (s.unit, s.statistic) != ("tok/s", "mean")]  # of its requests
    found = [s for s in found if not _is_of_one_request(table, s)]
    rank = {metric: place for place, metric in enumerate(_FIRST)}
    return min(found, key=lambda s: rank.get(s.metric, len(rank)), default=None)


def _is_rate(series: Series) -> bool:
    named = series.metric in {"tps", *_FIRST} or series.metric.endswith("_throughput")
    return named and series.direction == "higher" and not series.metric.startswith(_NOT)


def _is_of_one_request(table: Table, series: Series) -> bool:
    """Return whether a rate is that of single requests: their tokens over their own time."""
    if "request_output" in (series.definition or ""):
        return True
    if series.unit != "tok/s" or series.statistic != RAW:
        return False
    by_metric = {s.metric: s for s in table.series if s.statistic == RAW}
    for tokens in (by_metric[m] for m in _TOKENS if m in by_metric):
        for time in (by_metric[m] for m in _WHOLE if m in by_metric):
            if _is_quotient(series, tokens, time):
                return True
    return False


def _is_quotient(rate: Series, tokens: Series, time: Series) -> bool:
    scale = {"s": 1.0, "ms": 1e-3}.get(time.unit or "")
    rows = [
        (r, n / (t * scale))
        for r, n, t in zip(rate.values, tokens.values, time.values, strict=True)
        if scale and r and n and t
    ]
    same = sum(abs(of / r - 1) <= _SAME for r, of in rows)
    return bool(rows) and same > len(rows) / 2


def _scale(ladder: Ladder, series: Series, facts: FactBook, claims: ClaimBook) -> None:
    rungs = [
        _Rung(level, fact, tuple(ladder.values(level, series)[0]))
        for level in ladder.levels
        if (fact := ladder.centre(level, series, facts)) is not None and fact.value > 0
    ]
    lost = ladder.levels[0]
    if len(rungs) > 1 and rungs[0].level is not lost:
        _refuse(ladder, series, lost, facts, claims)
    elif len(rungs) > 1:
        _say(ladder, _stepped(rungs, facts), facts, claims)


def _refuse(
    ladder: Ladder, series: Series, lost: Level, facts: FactBook, claims: ClaimBook
) -> None:
    rows = facts.count(
        "runs without a result",
        len(lost.rows),
        f"rows of {ladder.path} with {ladder.setting} = {lost.cell}",
        path=ladder.path,
        **{ladder.setting: lost.cell},
    )
    at = f"{code(ladder.setting)} = {code(lost.cell)}"
    claims.refuse(
        "scaling",
        f"No speed-up of {spoken(series.metric)} in {code(ladder.path)}: the smallest level, {at},"
        f" has no successful run ({int(rows.value):,} failed or without a value).",
        f"repeated successful runs at {at}.",
        [rows],
        f"the speed-up by {code(ladder.setting)}",
    )


def _stepped(rungs: Sequence[_Rung], facts: FactBook) -> list[_Rung]:
    """Add speed-up and efficiency against the first rung."""
    base = rungs[0].rate
    steps = steps_of([r.level.load for r in rungs], [r.rate.value for r in rungs])
    made = [rungs[0]]
    for rung, step in zip(rungs[1:], steps[1:], strict=True):
        common: dict[str, Any] = {
            "metric": base.metric,
            "scope": rung.rate.scope,
            "sources": [*rung.rate.sources, *base.sources],
            "of": f"speedup({rung.rate.id}, {base.id})",
        }
        speedup = facts.add(
            statistic="speedup",
            value=step.speedup,
            formula=f"speedup({rung.rate.id}, {base.id})",
            **common,
        )
        growth = f"{step.level:g}, {steps[0].level:g}"
        efficiency = facts.add(
            statistic="efficiency",
            value=step.efficiency,
            formula=f"efficiency({rung.rate.id}, {base.id}, {growth})",
            **common,
        )
        made.append(_Rung(rung.level, rung.rate, rung.values, speedup, efficiency))
    return made


def _say(ladder: Ladder, rungs: Sequence[_Rung], facts: FactBook, claims: ClaimBook) -> None:
    base, shown = rungs[0], _shown(rungs)
    metric = base.rate.metric
    tested = _tested(rungs, facts)
    end, cited_end = _end(ladder, rungs)
    alike = len({rung.rate.n for rung in rungs}) == 1
    listing = ", ".join(
        f"{number(r.speedup.value)} times at {code(r.level.cell)}"
        f" ({'' if alike else f'n = {r.rate.n}, '}efficiency {percent(r.efficiency.value)})"
        for r in shown
        if r.speedup and r.efficiency
    )
    parts = {
        "metric": title(metric),
        "setting": code(ladder.setting),
        "file": where(ladder),
        "base": f"{quantity(base.rate.value, base.rate.unit)} at {code(base.level.cell)}"
        f" (n = {base.rate.n}{' at each level' if alike else ''})",
        "listing": listing,
        "end": end,
        "tested": tested[0] if tested else "",
    }
    cited = [base.rate, *cited_end, *(tested[1] if tested else ())]
    for rung in shown:
        cited += [f for f in (rung.rate, rung.speedup, rung.efficiency) if f is not None]
    strength: Strength = "supported" if tested else "observed"
    about = f"{spoken(metric)} by concurrency"
    claims.add("scaling", strength, parts, cited, topic=about, metric=metric)


def where(ladder: Ladder) -> str:
    """Return the file of a ladder, or its folder, with what tells it from others."""
    named = ", ".join(f"{code(column)} = {code(cell)}" for column, cell in ladder.same)
    place = code(ladder.path)
    if ladder.files > 1:
        place = "files at the top" if ladder.path == "." else f"files of {place}"
    return f"{place} ({named})" if named else place


def _shown(rungs: Sequence[_Rung]) -> list[_Rung]:
    """Return the rungs above the first; of many, evenly chosen ones with the last."""
    above = list(rungs[1:])
    if len(above) <= _LISTED:
        return above
    picked = {round(i * (len(above) - 1) / (_LISTED - 1)) for i in range(_LISTED)}
    return [rung for i, rung in enumerate(above) if i in picked]


def _end(ladder: Ladder, rungs: Sequence[_Rung]) -> tuple[str, list[Fact]]:
    """Say at which level the throughput stops to grow: no later one brings 2 % more."""
    at = code(ladder.setting)
    best = max(rungs, key=lambda rung: rung.rate.value)
    if best is rungs[0]:
        return f"no level is above the smallest, {at} = {code(best.level.cell)}", [best.rate]
    for place, (before, after) in enumerate(pairwise(rungs), start=1):
        if max(rung.rate.value for rung in rungs[place:]) < before.rate.value * PRACTICAL:
            shown = [quantity(r.rate.value, r.rate.unit) for r in (after, before)]
            text = (
                f"it stops growing at {at} = {code(after.level.cell)}: {shown[0]}, against"
                f" {shown[1]} at {code(before.level.cell)}"
            )
            return text, [before.rate, after.rate]
    last = rungs[-1]
    text = f"it grows up to the highest level measured, {at} = {code(last.level.cell)}"
    return text, [last.rate]


def _tested(rungs: Sequence[_Rung], facts: FactBook) -> tuple[str, list[Fact]] | None:
    """Test every level against the smallest; None unless all differ, with repeated runs each."""
    if any(len(rung.values) < LEAST_FOR_ORDER for rung in rungs):
        return None
    base = rungs[0]
    ps = [mann_whitney(rung.values, base.values) for rung in rungs[1:]]
    adjusted = holm(ps)
    worst = max(range(len(ps)), key=adjusted.__getitem__)
    if adjusted[worst] > ALPHA:
        return None
    raw = [
        facts.add(
            metric=base.rate.metric,
            statistic="p_raw",
            value=p,
            scope=rung.rate.scope,
            sources=[*rung.rate.sources, *base.rate.sources],
            of=f"speedup({rung.rate.id}, {base.rate.id})",
            formula=f"mann_whitney_p({rung.rate.stem}, {base.rate.stem})",
        )
        for rung, p in zip(rungs[1:], ps, strict=True)
    ]
    fact = facts.add(
        metric=base.rate.metric,
        scope=raw[worst].scope,
        sources=raw[worst].sources,
        of=f"speedup of {base.rate.stem}",
        **corrected(adjusted[worst], "holm", worst + 1, raw),
    )
    family = facts.count("levels tested", len(ps), f"levels above the smallest in {base.rate.stem}")
    text = (
        f" Each level differs from the smallest (Mann-Whitney, {shown_p(adjusted[worst])} or less,"
        f" corrected for {plural(len(ps), 'level')})."
    )
    return text, [fact, family]
