"""Facts about the effects of settings: medians of levels, ratios of two, p-values of a family."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from chimera.analysis.design import Design, Factor
from chimera.analysis.effects import Effect
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import Group, Panel, group_of
from chimera.analysis.pvalues import corrected
from chimera.analysis.starts import count_rows
from chimera.analysis.statistics import Comparison
from chimera.analysis.wording import number

_USUAL: Final = 0.95
_NAMES: Final = {
    False: ("compare", "hodges_lehmann_ratio", "ratio_low", "ratio_high"),
    True: ("compare_paired", "paired_ratio", "paired_low", "paired_high"),
}
_TESTS: Final = {
    "Wilcoxon": "wilcoxon_p",
    "Mann-Whitney": "mann_whitney_p",
    "Friedman": "friedman_p",
    "Kruskal-Wallis": "kruskal_p",
}


@dataclass
class Sweep:
    """One series of a sweep, the effects of its settings, and the facts stated about them."""

    panel: Panel
    design: Design
    effects: tuple[Effect, ...]  # one family of tests
    left_out: frozenset[int]  # cold starts that the tests leave out
    facts: FactBook
    _groups: dict[str, tuple[Group, ...]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The file."""
        return self.panel.table.path

    def level(self, factor: Factor, name: str, rows: tuple[int, ...], *, whole: bool) -> Group:
        """Return runs at one level as a group with facts; `whole` where cold starts are in it."""
        start = () if whole or not self.left_out else (("start", "warm"),)
        key = ((factor.name, name), *start)
        return group_of(self.panel.table, self.panel.series, key, rows, self.facts)

    def counted_cold(self) -> Fact:
        """State how many runs were cold starts."""
        rows = sorted(self.design.cold)
        group = group_of(
            self.panel.table, self.panel.series, (("start", "cold"),), rows, self.facts
        )
        return count_rows("cold starts", group, rows, self.facts)

    def counted_runs(self) -> Fact:
        """State how many runs there are, cold starts among them."""
        rows = sorted(self.design.rows)
        group = group_of(self.panel.table, self.panel.series, (), rows, self.facts)
        return count_rows("runs", group, rows, self.facts)

    def groups(self, effect: Effect) -> tuple[Group, ...]:
        """Return the levels of an effect as groups, values of one block at one position."""
        name = effect.factor.name
        if name not in self._groups:
            self._groups[name] = tuple(
                self.level(effect.factor, level, rows, whole=False)
                for level, rows in zip(effect.levels, effect.rows, strict=True)
            )
        return self._groups[name]

    def p_value(self, effect: Effect) -> Fact:
        """State the p-value of an effect, adjusted by Holm's method over the settings."""
        raw = [self._raw(one) for one in self.effects]
        at = self.effects.index(effect)
        return self.facts.add(
            metric=raw[at].metric,
            scope=raw[at].scope,
            sources=raw[at].sources,
            of=f"effect of {effect.factor.name}",
            **corrected(effect.adjusted, "holm", at + 1, raw),
        )

    def family(self) -> Fact:
        """State how many settings the p-values are adjusted for."""
        series, table = self.panel.series, self.panel.table
        query = f"settings tested in {series.column} of {table.path} {table.name}".rstrip()
        return self.facts.count("settings tested", len(self.effects), query, path=table.path)

    def ratio(self, effect: Effect, pair: tuple[int, int], found: Comparison) -> dict[str, Fact]:
        """State the ratio of two levels, first over second, and its interval where it has one."""
        first, second = (self.groups(effect)[k].centre for k in pair)
        kind, *names = _NAMES[effect.paired]
        arguments = f"{first.stem}, {second.stem}"
        level = f"{arguments}, level={found.level:g}"
        at = "" if found.level == _USUAL else f", level={found.level:g}"
        values = (
            ("ratio", found.ratio, f"{names[0]}({arguments})"),
            ("ratio_low", found.low, f"{names[1]}({level})"),
            ("ratio_high", found.high, f"{names[2]}({level})"),
        )
        other = {f"{effect.factor.name} of the other": effect.levels[pair[1]]}
        return {
            statistic: self.facts.add(
                metric=first.metric,
                statistic=statistic,
                value=value,
                scope={**first.scope, **other},
                sources=[*first.sources, *second.sources],
                of=f"{kind}({arguments}{at})",
                formula=formula,
            )
            for statistic, value, formula in values
            if math.isfinite(value)
        }

    def _raw(self, effect: Effect) -> Fact:
        groups = self.groups(effect)
        order = (effect.top, effect.bottom) if len(groups) == 2 else range(len(groups))  # noqa: PLR2004
        first = groups[0].centre
        stems = ", ".join(groups[k].centre.stem for k in order)
        name = _TESTS[effect.test]
        return self.facts.add(
            metric=first.metric,
            statistic="p_raw",
            value=effect.p,
            scope={**first.scope, effect.factor.name: "all levels"},
            sources=[source for group in groups for source in group.centre.sources],
            of=f"{name}({stems})",
            formula=f"{name}({stems})",
        )


def interval(stated: dict[str, Fact], level: float = _USUAL) -> str:
    """Return the interval of a ratio as it stands in brackets; empty where it has none."""
    if "ratio_low" not in stated:
        return ""
    low, high = (number(stated[end].value) for end in ("ratio_low", "ratio_high"))
    return f"{level * 100:.0f} % interval {low} to {high}"


def needed(runs: int, what: str, facts: FactBook) -> Fact:
    """State how many runs it takes at least."""
    return facts.add(
        metric="runs needed",
        statistic="count",
        value=runs,
        formula=f"count(least n {what})",
    )
