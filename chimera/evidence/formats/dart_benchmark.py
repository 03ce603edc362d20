"""Dart's benchmark_harness: `Template(RunTime): 1.2 us.` per benchmark.

`RunTimeRaw` is the time of one run, `RunTime` that of one exercise, ten runs unless a benchmark
says otherwise (https://pub.dev/packages/benchmark_harness).
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell

NAME = "dart-benchmark-harness"
READS = frozenset({"console"})
HINTS = frozenset({"(RunTime"})
_LINE = re.compile(
    r"^(\S.{0,200}?)\((RunTime(?:Raw)?)\): (\d+(?:\.\d+)?(?:e[+-]?\d+)?) (us|ms|s)\.\s*$",
    re.MULTILINE,
)


def probe(sample: Sample) -> Match | None:
    """Tell it by such a line."""
    return by_lines(sample, needs=(_LINE,)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per line."""
    tables: dict[str, Rows] = {}
    for index, match in sample.matches(_LINE) if isinstance(sample, Console) else ():
        name = f"{match[2]} {match[4]}"
        measure = Measure("duration", match[4], "lower", "mean", f"dart.{match[2]}")
        rows = tables.setdefault(name, Rows(name, {"": measure}))
        labels = {"benchmark": match[1]}
        rows.rows.append(Row(str(index + 1), labels, {}, {"": cell(index, match, 3)}))
    return list(tables.values())
