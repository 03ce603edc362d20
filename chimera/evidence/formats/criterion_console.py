"""Criterion.rs on a console: `name  time:   [lower estimate upper]`, often below a long name.

The estimate is the slope over the samples, or their mean in flat sampling; the bounds are of its
95 % confidence interval. `thrpt:` is the same turned round. Under `change:` stand percentages
against the run before, which are no times. Each number has a unit of its own.
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, cell
from chimera.evidence.records import Direction
from chimera.evidence.units import BYTES, unit_of

NAME = "criterion-console"
READS = frozenset({"console"})
HINTS = frozenset({"time:", "thrpt:"})
_NUMBER = r"(?P<{0}>[+-]?[\d.]+(?:e[+-]?\d+)?) ?(?P<{0}_unit>[^\s\[\]]{{1,16}})"
_TRIPLE = r"\[" + " ".join(map(_NUMBER.format, ("low", "mid", "high"))) + r"\]"
_LINE = re.compile(r"\b(?P<what>time|thrpt|change): +" + _TRIPLE)
_TIME = re.compile(r"(?:^|[ \t])time: +" + _TRIPLE, re.MULTILINE)
_RARE = re.compile(r"time: +\[")
_OUTLIERS = re.compile(r"^Found \d+ outliers among \d+ measurements", re.MULTILINE)
_PROGRESS = re.compile(r"^Benchmarking .*: (?:Warming up|Collecting|Analyzing)", re.MULTILINE)
_DEFINITION = "criterion.estimate"
_STATISTICS = {"low": "ci_low", "mid": "mean", "high": "ci_high"}


def probe(sample: Sample) -> Match | None:
    """Tell it by a time in brackets with three numbers."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=(_TIME,), typical=(_OUTLIERS, _PROGRESS), rare=_RARE)


def parse(sample: Sample) -> list[Rows]:
    """Return one table per kind of line and units."""
    if not isinstance(sample, Console):
        return []
    tables: dict[tuple[str, ...], Rows] = {}
    above = benchmark = ""
    for index, line in enumerate(sample.lines):
        match = _LINE.search(line)
        if match is None:
            above = line.strip() or above
            continue
        what = match["what"]
        if what == "time" and match["mid_unit"] != "%":
            benchmark = line[: match.start()].strip() or above
        measures = _measures(match)
        key = (what, *(measure.unit or "" for measure in measures.values()))
        cells: dict[str, Cell | None] = {
            column: cell(index, match, group)
            for column, group in zip(measures, _STATISTICS, strict=True)
        }
        row = Row(f"{index + 1}", {"benchmark": benchmark}, {}, cells)
        tables.setdefault(key, Rows("", measures)).rows.append(row)
    return list(tables.values())


def _measures(match: re.Match[str]) -> dict[str, Measure]:
    what = match["what"]
    higher = what == "thrpt"
    way: Direction = "higher" if higher else "lower"
    found = {}
    for group, statistic in _STATISTICS.items():
        written = match[f"{group}_unit"]
        unit = unit_of(written) or written
        metric = _metric(unit) if higher else "duration"
        if written == "%":
            metric = f"{'throughput' if higher else 'duration'}_change"
        told = way if group == "mid" else None
        found[f"{what} {group}"] = Measure(metric, unit, told, statistic, _DEFINITION)
    return found


def _metric(unit: str) -> str:
    return "bandwidth" if unit.removesuffix("/s") in BYTES else "throughput"
