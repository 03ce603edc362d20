"""benchmark.js: `name x 1,234 ops/sec ±1.50% (90 runs sampled)`.

The rate is one over the mean time of the runs; `±` is the relative margin of error, half of a 95 %
interval in per cent of the mean (`lib` of `bestiejs/benchmark.js`, `Benchmark#toString`).
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell

NAME = "benchmark-js"
READS = frozenset({"console"})
HINTS = frozenset({" ops/sec ±"})
_LINE = re.compile(
    r" x (?P<rate>\d[\d,]*(?:\.\d+)?) ops/sec ±(?P<margin>\d[\d.]*)% \((?P<n>\d+) runs? sampled\)",
    re.MULTILINE,
)
_MEASURES = {
    "ops/sec": Measure("throughput", "op/s", "higher", "mean"),
    "margin": Measure("throughput", "%", None, "ci_half_width", "benchmark-js.relative_margin"),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by a line of a benchmark."""
    return by_lines(sample, needs=(_LINE,)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one table of rates."""
    rows = Rows("", _MEASURES)
    for index, match in sample.matches(_LINE) if isinstance(sample, Console) else ():
        name = match.string[: match.start()].strip()
        cells = {"ops/sec": cell(index, match, "rate"), "margin": cell(index, match, "margin")}
        row = Row(f"{index + 1}", {"benchmark": name}, {}, cells, int(match["n"]))
        rows.rows.append(row)
    return [rows]
