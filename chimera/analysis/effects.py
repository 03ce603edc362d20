"""Effects: what the levels of one setting do to one series, tested within blocks of the others."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import median
from typing import Final

from chimera.analysis.design import Design, Factor, level_of
from chimera.analysis.statistics import (
    ALPHA,
    Comparison,
    Verdict,
    compare,
    compare_paired,
    friedman,
    holm,
    kruskal,
    verdict,
)
from chimera.evidence.records import Series

EQUIVALENT: Final = 0.90
"""Level of the interval for equivalence: two one-sided tests at 5 %."""
MOST_LEVELS: Final = 24
_COVERED: Final = 2 / 3  # of the rows that complete blocks have to hold
_LEAST: Final = 2  # levels, and runs of one


@dataclass(frozen=True, slots=True)
class Effect:
    """The levels of a setting, tested against each other."""

    factor: Factor
    levels: tuple[str, ...]  # of those that ran twice or more
    rows: tuple[tuple[int, ...], ...]  # of each level; the same block at the same position
    by: tuple[str, ...]  # factors whose combinations are the blocks; empty where not in blocks
    apart: bool  # whether no other factor can have made the difference: blocks, or none varies
    top: int  # of the levels with the highest and the lowest median, the one with higher values
    bottom: int  # and the other
    far: tuple[int, int]  # the two levels whose ratio may be furthest from 1
    found: Comparison  # top against bottom
    close: Comparison  # the pair `far`, at the level for equivalence
    furthest: Comparison  # the pair `far` at the usual level
    medians: tuple[float, ...]
    p: float  # that the levels do not differ
    least_p: float  # smallest p-value that so many runs can have
    adjusted: float = 1.0  # p for the family of settings
    verdict: Verdict = "undecided"

    @property
    def paired(self) -> bool:
        """Whether the values of the levels belong together by blocks."""
        return bool(self.by)

    @property
    def test(self) -> str:
        """Name of the test behind p."""
        if len(self.levels) == _LEAST:
            return "Wilcoxon" if self.paired else "Mann-Whitney"
        return "Friedman" if self.paired else "Kruskal-Wallis"

    @property
    def trend(self) -> str:
        """How the medians go with the levels: `rise` or `fall` at each step, else empty."""
        if self.factor.numbers is None or len(self.levels) <= _LEAST:
            return ""
        steps = [b > a for a, b in zip(self.medians, self.medians[1:], strict=False) if a != b]
        if len(steps) < len(self.medians) - 1 or len(set(steps)) > 1:
            return ""
        return "rise" if steps[0] else "fall"


def effect(
    design: Design, series: Series, factor: Factor, left_out: frozenset[int]
) -> Effect | None:
    """Test the levels of a factor, rows to be left out apart.

    Within complete blocks of the other factors, where those hold two thirds of the runs: Friedman's
    test, or Wilcoxon's for two levels; repeated runs of a cell make further blocks in run order.
    Else Kruskal and Wallis's, or Mann and Whitney's. None where fewer than two levels ran twice, or
    a value is not positive.
    """
    kept = [[i for i in rows if i not in left_out] for rows in factor.rows]
    chosen = [k for k, rows in enumerate(kept) if len(rows) >= _LEAST]
    if not _LEAST <= len(chosen) <= MOST_LEVELS:
        return None
    rows, by = [kept[k] for k in chosen], tuple(o.name for o in design.others(factor))
    blocks = _blocks(design, factor, rows) if by else []
    paired = len(blocks) >= _LEAST and len(blocks) * len(rows) >= _COVERED * sum(map(len, rows))
    used = list(zip(*blocks, strict=True)) if paired else [tuple(found) for found in rows]
    values = [tuple(v for i in found if (v := series.values[i]) is not None) for found in used]
    if any(value <= 0 or not math.isfinite(value) for found in values for value in found):
        return None
    levels = tuple(factor.levels[k] for k in chosen)
    return _tested(factor, levels, used, values, (by if paired else (), paired or not by))


def _blocks(design: Design, factor: Factor, rows: Sequence[Sequence[int]]) -> list[tuple[int, ...]]:
    """Return one row of each level per complete block, blocks in the order of their cells."""
    others = [level_of(other) for other in design.others(factor)]
    cells: dict[tuple[str, ...], list[list[int]]] = defaultdict(lambda: [[] for _ in rows])
    for k, found in enumerate(rows):
        for i in found:
            cells[tuple(level[i] for level in others)][k].append(i)
    return [block for cell in sorted(cells) for block in zip(*cells[cell], strict=False)]


def _tested(
    factor: Factor,
    levels: tuple[str, ...],
    rows: Sequence[tuple[int, ...]],
    values: Sequence[tuple[float, ...]],
    about: tuple[tuple[str, ...], bool],
) -> Effect | None:
    by, apart = about
    test = compare_paired if by else compare
    medians = tuple(map(median, values))
    pairs = {
        pair: test(values[pair[0]], values[pair[1]], EQUIVALENT)
        for pair in combinations(range(len(values)), 2)
    }
    known = {pair: found for pair, found in pairs.items() if found is not None}
    if len(known) < len(pairs):
        return None
    order = sorted(range(len(values)), key=lambda k: (medians[k], -k))
    ends = _upward((min(order[0], order[-1]), max(order[0], order[-1])), known)
    far = _upward(max(known, key=lambda pair: _reach(known[pair])), known)
    found, furthest = (test(values[a], values[b]) for a, b in (ends, far))
    close = test(values[far[0]], values[far[1]], EQUIVALENT)
    if found is None or furthest is None or close is None:
        return None
    p, least_p = _omnibus(values, found, paired=bool(by))
    return Effect(
        *(factor, levels, tuple(rows), by, apart, *ends, far),
        *(found, close, furthest, medians, p, least_p),
    )


def _upward(pair: tuple[int, int], known: dict[tuple[int, int], Comparison]) -> tuple[int, int]:
    """Return two levels, that with the higher values first."""
    return pair if known[pair].ratio >= 1 else (pair[1], pair[0])


def _reach(found: Comparison) -> float:
    """Return how far from 1 the interval of a ratio reaches, on a log scale."""
    if math.isnan(found.low):
        return math.inf
    return max(abs(math.log(found.low)), abs(math.log(found.high)))


def _omnibus(
    values: Sequence[tuple[float, ...]], found: Comparison, *, paired: bool
) -> tuple[float, float]:
    """Return the p-value over all levels, and the smallest one that such samples can have."""
    if len(values) == _LEAST:
        return found.p, found.least_p
    if paired:
        apart = [range(len(values))] * len(values[0])
        return friedman(list(zip(*values, strict=True))), friedman(apart)
    ends = [sum(map(len, values[: k + 1])) for k in range(len(values))]
    split = [range(end - len(found), end) for end, found in zip(ends, values, strict=True)]
    return kruskal(values), kruskal(split)


def judged(effects: Sequence[Effect]) -> list[Effect]:
    """Return the effects of one series with the p-value for their family, and the verdict.

    Holm's method over the settings; the verdict is that of the extreme levels, negligible only
    where no two levels may differ by more than 2 %.
    """
    adjusted = holm([one.p for one in effects])
    return [
        replace(one, adjusted=p, verdict=_verdict(one, p, len(effects)))
        for one, p in zip(effects, adjusted, strict=True)
    ]


def _verdict(one: Effect, p: float, family: int) -> Verdict:
    found = verdict(one.found, p, one.close)
    if found == "negligible" and not one.apart:
        return "undecided"
    if found == "undecided" and one.least_p * family > ALPHA:
        return "not_testable"
    return found
