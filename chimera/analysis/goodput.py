"""Claims about goodput: how many requests meet the limits that a reader has set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.facts import Fact, FactBook, Source
from chimera.analysis.objectives import Objective
from chimera.analysis.requests import Requests, has, requests
from chimera.analysis.shares import percent, share_of, shown
from chimera.analysis.statistics import attainment
from chimera.analysis.wording import listed, number, plural, quantity, spoken, title
from chimera.evidence.records import Table
from chimera.markup import code

_MOST: Final = 8  # files told of, those with most requests
TOPIC: Final = "requests that meet the limits"


def goodput(
    tables: Sequence[Table], limits: Sequence[Objective], facts: FactBook, claims: ClaimBook
) -> None:
    """Say what share of the requests of each file meets all limits; nothing without limits.

    Goodput in requests per second (Zhong et al., DistServe, OSDI 2024) only where the file states
    the seconds. A limit whose metric no request has is refused, and with it the whole.
    """
    if not limits:
        return
    absent = [limit for limit in limits if not has(tables, limit)]
    found = [] if absent else requests(tables, limits)
    if not found:
        _refuse(limits, absent, tables, facts, claims)
        return
    said: set[tuple[object, ...]] = set()
    for one in sorted(found, key=lambda one: -one.n):
        known = tuple(tuple(column.series.values) for column in one.columns)
        if known not in said and len(said) < _MOST:
            _say(one, limits, facts, claims)
        said.add(known)


def _refuse(
    limits: Sequence[Objective],
    absent: Sequence[Objective],
    tables: Sequence[Table],
    facts: FactBook,
    claims: ClaimBook,
) -> None:
    files = facts.count(
        "files with tables", len({t.path for t in tables if t.evidence}), "files with tables"
    )
    names = listed(code(limit.metric) for limit in absent or limits)
    units = {limit.unit for limit in absent} - {None}
    unit = f" in a unit that {', '.join(sorted(map(str, units)))} can be held against" * bool(units)
    reason = (
        f"No goodput is claimed: none of {plural(int(files.value), 'file')} with tables has single"
        f" values of {names}{unit}."
        if absent
        else f"No goodput is claimed: no table has {names} of the same requests."
    )
    needs = f"one row per request with {listed(code(limit.metric) for limit in limits)}."
    claims.refuse("goodput", reason, needs, [files], "goodput")


def _say(one: Requests, limits: Sequence[Objective], facts: FactBook, claims: ClaimBook) -> None:
    bounds = [_limit(limit, facts) for limit in limits]
    met, total = _counted(one, limits, bounds, facts)
    share = share_of(met, total, "requests that meet the limits", facts)
    rate = _rate(one, met, facts)
    told = listed(
        f"{title(limit.metric) if i == 0 else spoken(limit.metric)}"
        f" {'≥' if limit.at_least else '≤'} {quantity(limit.value, limit.unit, limit.unit)}"
        for i, limit in enumerate(limits)
    )
    failed = _failed(one, facts)
    parts = {
        "met": f"{int(met.value):,}",
        "total": plural(int(total.value), "request"),
        "file": code(one.path),
        "limits": told,
        "share": percent(share.value),
        **shown(share),
        "failed": f"; {int(failed.value):,} failed and count as not met" if failed else "",
        "rate": f"; goodput {number(rate[0].value)} req/s over {number(rate[1].value)} s"
        if rate
        else "",
    }
    cited = [met, total, *bounds, *share.facts, *([failed] if failed else []), *(rate or ())]
    metric = limits[0].metric
    claims.add("goodput", "observed", parts, cited, topic=TOPIC, metric=metric)


def _limit(limit: Objective, facts: FactBook) -> Fact:
    return facts.add(
        metric=limit.metric,
        statistic="limit",
        value=limit.value,
        unit=limit.unit,
        formula="as given with --slo",
        of="limit of the reader",
    )


def _counted(
    one: Requests, limits: Sequence[Objective], bounds: Sequence[Fact], facts: FactBook
) -> tuple[Fact, Fact]:
    """Count the requests that meet all limits, and all of them."""
    signs = [-1.0 if limit.at_least else 1.0 for limit in limits]
    values = {
        column.series.metric: [
            None if value is None else sign * value for value in one.values(column)
        ]
        for column, sign in zip(one.columns, signs, strict=True)
    }
    bound = {c.series.metric: s * c.limit for c, s in zip(one.columns, signs, strict=True)}
    met, total = attainment(values, bound)
    query = ", ".join(fact.id for fact in bounds)
    common: dict[str, Any] = {
        "scope": {"path": one.path},
        "sources": [
            Source(path=one.path, locator=place)
            for column in one.columns
            for place in one.places(column)
        ],
        "of": f"requests within {query}",
    }
    return (
        facts.add(
            metric="requests within the limits",
            statistic="count",
            value=met,
            n=total,
            formula=f"count(requests of {one.path} within {query})",
            **common,
        ),
        facts.add(
            metric="requests",
            statistic="count",
            value=total,
            n=total,
            formula=f"count(requests of {one.path})",
            **common,
        ),
    )


def _failed(one: Requests, facts: FactBook) -> Fact | None:
    rows = one.failed
    if not rows:
        return None
    return facts.count(
        "failed requests", len(rows), f"failed requests of {one.path}", path=one.path
    )


def _rate(one: Requests, met: Fact, facts: FactBook) -> tuple[Fact, Fact] | None:
    """State the goodput per second and the seconds, where the file tells them."""
    if one.seconds is None:
        return None
    common: dict[str, Any] = {"scope": {"path": one.path}}
    if one.duration is not None:
        table, series = one.duration
        place = Source(path=table.path, locator=table.locate(series, 0))
        seconds = facts.add(
            metric="duration",
            statistic="value",
            value=one.seconds,
            unit="s",
            formula="as written, in seconds",
            sources=[place],
            of="duration of the run",
            **common,
        )
    else:
        seconds = facts.add(
            metric="duration",
            statistic="span",
            value=one.seconds,
            unit="s",
            formula="span(first start, last end)",
            sources=met.sources,
            of="span of the requests",
            **common,
        )
    rate = facts.add(
        metric="request_goodput",
        statistic="goodput",
        value=met.value / one.seconds,
        unit="req/s",
        direction="higher",
        n=met.n,
        formula=f"ratio({met.id}, {seconds.id})",
        sources=met.sources,
        **common,
    )
    return rate, seconds
