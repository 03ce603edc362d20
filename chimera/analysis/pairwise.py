"""All pairs of a contest tested, and the facts about a pair that a sentence cites."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.groups import Group
from chimera.analysis.pvalues import corrected
from chimera.analysis.statistics import (
    ALPHA,
    PRACTICAL,
    Comparison,
    Verdict,
    compare,
    compare_paired,
    holm,
    verdict,
)

EQUIVALENT: Final = 0.90
"""Level of the interval for equivalence: two one-sided tests at 5 %."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two groups, the first against the second."""

    first: Group
    second: Group
    found: Comparison
    close: Comparison  # the same at the level for equivalence
    p: float  # adjusted for the family
    verdict: Verdict


@dataclass
class Family:
    """All pairs of a contest, and the facts that were stated about them."""

    groups: tuple[Group, ...]
    pairs: tuple[Pair, ...]
    paired: bool  # whether all of them are; each test knows of itself
    facts: FactBook
    counting: tuple[str, str] | None = None  # what the tests are called, and the query for them
    _raw: list[Fact] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Number of tests."""
        return len(self.pairs)

    @property
    def testable(self) -> bool:
        """Whether samples of these sizes can tell any pair apart in this family."""
        return any(pair.found.least_p * self.size <= ALPHA for pair in self.pairs)

    def pair(self, first: int, second: int) -> Pair:
        """Return the pair of two groups by their positions, the first before the second."""
        count = len(self.groups)
        return self.pairs[first * count - first * (first + 1) // 2 + second - first - 1]

    def differs(self, before: int) -> bool:
        """Return whether every group before a position differs from every one from there on."""
        return all(
            self.pair(i, j).verdict == "differs"
            for i in range(before)
            for j in range(before, len(self.groups))
        )

    def stated(self, pair: Pair) -> dict[str, Fact]:
        """State the facts about a pair: ratio, interval, Cliff's delta, p-values, family size."""
        self._state_raw()
        found, position = pair.found, self.pairs.index(pair)
        names = _names(pair)
        arguments = _arguments(pair)
        level = f"{arguments}, level={found.level:g}"
        values = {
            "ratio": (found.ratio, f"{names['ratio']}({arguments})"),
            "ratio_low": (found.low, f"{names['low']}({level})"),
            "ratio_high": (found.high, f"{names['high']}({level})"),
        }
        if not found.paired:
            values["delta"] = (found.delta, f"cliffs_delta({arguments})")
        p = corrected(pair.p, "holm", position + 1, self._raw)
        values["p_value"] = (p["value"], p["formula"])
        made = {
            name: self._fact(pair, name, value, formula)
            for name, (value, formula) in values.items()
            if math.isfinite(value)
        }
        return made | {"p_raw": self._raw[position], "pairs": self.counted()}

    def close(self, pair: Pair) -> list[Fact]:
        """State the interval of a pair at the level for equivalence."""
        names = _names(pair)
        formula = f"({_arguments(pair)}, level={EQUIVALENT:g})"
        ends = {"low": pair.close.low, "high": pair.close.high}
        return [
            self._fact(pair, f"ratio_{end}", value, f"{names[end]}{formula}", level=EQUIVALENT)
            for end, value in ends.items()
        ]

    def counted(self) -> Fact:
        """State how many pairs the p-values are adjusted for."""
        what, query = self.counting or ("pairs", f"pairs of {len(self.groups)} groups")
        return self.facts.count(what, self.size, query)

    def _state_raw(self) -> None:
        """State the p-value of every pair, since those adjusted follow from all of them."""
        if not self._raw:
            self._raw = [
                self._fact(pair, "p_raw", pair.found.p, f"{_names(pair)['p']}({_arguments(pair)})")
                for pair in self.pairs
            ]

    def _fact(
        self, pair: Pair, statistic: str, value: float, formula: str, level: float = 0.95
    ) -> Fact:
        first, second = pair.first.centre, pair.second.centre
        against = {
            f"{column} of the other": cell
            for column, cell in second.scope.items()
            if first.scope.get(column) != cell
        }
        kind = "compare_paired" if pair.found.paired else "compare"
        at = "" if level == 0.95 else f", level={level:g}"  # noqa: PLR2004  the usual level
        return self.facts.add(
            metric=first.metric,
            statistic=statistic,
            value=value,
            scope={**first.scope, **against},
            formula=formula,
            sources=[*first.sources, *second.sources],
            of=f"{kind}({_arguments(pair)}{at})",
        )


_UNPAIRED: Final = {
    "ratio": "hodges_lehmann_ratio",
    "low": "ratio_low",
    "high": "ratio_high",
    "p": "mann_whitney_p",
}
_PAIRED: Final = {
    "ratio": "paired_ratio",
    "low": "paired_low",
    "high": "paired_high",
    "p": "wilcoxon_p",
}


def family_of(groups: Sequence[Group], facts: FactBook, *, paired: bool) -> Family | None:
    """Test all pairs of the groups, adjusted for their number by Holm's method.

    Groups stand in the order in which their pairs are formed; `paired` takes their values
    position by position. None where a value is not positive, since there is no ratio then.
    """
    test = compare_paired if paired else compare
    chosen = list(combinations(groups, 2))
    found = [test(first.values, second.values) for first, second in chosen]
    close = [test(first.values, second.values, EQUIVALENT) for first, second in chosen]
    known = [(a, b) for a, b in zip(found, close, strict=True) if a is not None and b is not None]
    if not known or len(known) < len(chosen):
        return None
    adjusted = holm([one.p for one, _ in known])
    pairs = tuple(
        Pair(first, second, one, near, p, verdict(one, p, near, PRACTICAL))
        for (first, second), (one, near), p in zip(chosen, known, adjusted, strict=True)
    )
    return Family(tuple(groups), pairs, paired, facts)


def _names(pair: Pair) -> dict[str, str]:
    return _PAIRED if pair.found.paired else _UNPAIRED


def _arguments(pair: Pair) -> str:
    return f"{pair.first.centre.stem}, {pair.second.centre.stem}"
