"""Means that tools report with their n and standard deviation, compared as far as that carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from chimera.analysis.claims import HEADLINE, ClaimBook
from chimera.analysis.contests import blocks
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import Group, Panel
from chimera.analysis.names import LISTED, comparable, label, measure, name
from chimera.analysis.pvalues import corrected, shown_p
from chimera.analysis.roles import is_choice
from chimera.analysis.statistics import ALPHA, holm
from chimera.analysis.statistics.welch import Welch, welch
from chimera.analysis.wording import plural, quantity, readable, spoken
from chimera.markup import code

_LEAST_N: Final = 5
_MOST_GROUPS: Final = 12
_MOST: Final = 300  # contests of a report


@dataclass(frozen=True, slots=True)
class _Mean:
    """One reported mean."""

    group: Group
    mean: Fact
    deviation: Fact
    n: int


@dataclass(frozen=True, slots=True)
class _Reported:
    """Means of one series under the same settings, the best first."""

    panel: Panel
    by: tuple[str, ...]
    held: tuple[tuple[str, str], ...]
    means: tuple[_Mean, ...]


def compare_reported(panels: Iterable[Panel], facts: FactBook, claims: ClaimBook) -> None:
    """Compare means from tools by Welch's interval, where each comes with n >= 5 and a deviation.

    Such means are never pooled, and at most observed: what they were computed from is not seen.
    Where the file holds the single values as well, those are compared instead.
    """
    known = list(panels)
    deviations = {(id(p.table), p.series.metric): p for p in known if p.series.statistic == "stdev"}
    raw = {(p.table.path, p.series.metric) for p in known if p.raw}
    left = _MOST
    for panel in known:
        key = (id(panel.table), panel.series.metric)
        if panel.series.statistic != "mean" or key not in deviations or not left:
            continue
        if (panel.table.path, panel.series.metric) in raw or not _worth(panel):
            continue
        for found in _contests(panel, deviations[key]):
            left -= 1
            _say(found, facts, claims)


def _worth(panel: Panel) -> bool:
    series = panel.series
    return (
        series.metric in HEADLINE
        and series.direction is not None
        and comparable(panel)
        and not panel.copy
        and len(panel.groups) > 1
    )


def _contests(panel: Panel, deviations: Panel) -> Iterator[_Reported]:
    spread = {frozenset(group.key): group.facts["stdev"] for group in deviations.groups}
    if deviations.series.unit != panel.series.unit:
        return
    columns = list(dict.fromkeys(c for group in panel.groups for c, _ in group.key))
    by = tuple(column for column in columns if is_choice(panel.table, column))
    sign = -1 if panel.series.direction == "higher" else 1
    for held, groups in blocks(panel.groups, by).items() if by else ():
        means = [
            _Mean(group, group.facts["mean"], found, n)
            for group in groups
            if (found := spread.get(frozenset((*held, *group.key)))) is not None
            and (n := group.facts["mean"].n or 0) >= _LEAST_N
        ]
        names = {mean.group.key for mean in means}
        if 1 < len(means) == len(groups) == len(names) <= _MOST_GROUPS:
            means.sort(key=lambda mean: (sign * mean.mean.value, label(mean.group)))
            yield _Reported(panel, by, held, tuple(means))


def _say(found: _Reported, facts: FactBook, claims: ClaimBook) -> None:
    """Claim which mean is best where it differs from all others."""
    pairs = list(combinations(found.means, 2))
    tests = [_test(first, second) for first, second in pairs]
    if any(test is None for test in tests):
        return
    known = [test for test in tests if test is not None]
    adjusted = holm([test.p for test in known])
    first, second = found.means[:2]
    leads = all(p <= ALPHA for (one, _), p in zip(pairs, adjusted, strict=True) if one is first)
    cited = _stated(found, known, adjusted[0], facts)
    margin = _margin(second, cited, adjusted)
    best = "highest" if found.panel.series.direction == "higher" else "lowest"
    end = "." if leads else "; no order is claimed."
    shown = found.means[:LISTED]
    metric = found.panel.series.metric
    claims.add(
        "rank",
        "observed",
        {
            "metric": measure(found.panel.series),
            "factor": " and ".join(map(code, found.by)),
            "file": code(found.panel.table.path),
            "held": "".join(f", {code(k)} = {code(v)}" for k, v in found.held),
            "means": _means(found.means),
            "margin": f"The {best} mean is that of {name(first.group)}; {margin}{end}",
        },
        [fact for mean in shown for fact in (mean.mean, mean.deviation)] + cited,
        topic=f"reported {spoken(metric)} by group",
        metric=metric,
        groups=[label(mean.group) for mean in found.means],
    )


def _means(means: tuple[_Mean, ...]) -> str:
    unit = readable(min(abs(mean.mean.value) for mean in means), means[0].mean.unit)
    said = [
        f"{name(m.group)} mean {quantity(m.mean.value, m.mean.unit, unit)}"
        f" (standard deviation {quantity(m.deviation.value, m.mean.unit, unit)}, n = {m.n})"
        for m in means[:LISTED]
    ]
    return ", ".join(said) + (" and others" if means[LISTED:] else "")


def _test(first: _Mean, second: _Mean) -> Welch | None:
    return welch(
        (first.mean.value, first.deviation.value, first.n),
        (second.mean.value, second.deviation.value, second.n),
    )


def _stated(found: _Reported, tests: list[Welch], p: float, facts: FactBook) -> list[Fact]:
    """State the difference of the first two means, its interval, and the adjusted p-value."""
    pairs = list(combinations(found.means, 2))
    raw = [
        _fact(pair, "p_raw", test.p, f"welch_p({_arguments(pair)})", facts)
        for pair, test in zip(pairs, tests, strict=True)
    ]
    first, second = pairs[0]
    adjusted = corrected(p, "holm", 1, raw)
    arguments = f"{_arguments(pairs[0])}, level=0.95"
    values = {
        "difference": (tests[0].difference, f"difference({first.mean.id}, {second.mean.id})"),
        "difference_low": (tests[0].low, f"welch_low({arguments})"),
        "difference_high": (tests[0].high, f"welch_high({arguments})"),
        "p_value": (adjusted["value"], adjusted["formula"]),
    }
    made = [_fact(pairs[0], name, value, how, facts) for name, (value, how) in values.items()]
    return [*made, facts.count("pairs", len(tests), f"pairs of {len(found.means)} groups")]


def _arguments(pair: tuple[_Mean, _Mean]) -> str:
    return ", ".join(f"{one.mean.id}, {one.deviation.id}, {one.n}" for one in pair)


def _fact(
    pair: tuple[_Mean, _Mean], statistic: str, value: float, formula: str, facts: FactBook
) -> Fact:
    first, second = (one.mean for one in pair)
    scope = dict(first.scope)
    scope |= {f"{k} of the other": v for k, v in second.scope.items() if scope.get(k) != v}
    return facts.add(
        metric=first.metric,
        statistic=statistic,
        value=value,
        unit=None if statistic.startswith("p_") else first.unit,
        scope=scope,
        formula=formula,
        sources=[*first.sources, *second.sources],
        of=f"welch({first.stem}, {second.stem})",
    )


def _margin(second: _Mean, cited: list[Fact], adjusted: list[float]) -> str:
    difference, low, high, _, _ = cited
    family = len(adjusted)
    unit = readable(difference.value, difference.unit)
    over = f", Holm over {plural(family, 'pair')}" if family > 1 else ""
    return (
        f"its difference from {name(second.group)} is"
        f" {quantity(difference.value, difference.unit, unit)} (95 % interval"
        f" {quantity(low.value, low.unit, unit)} to {quantity(high.value, high.unit, unit)}),"
        f" {shown_p(adjusted[0])} (Welch{over})"
    )
