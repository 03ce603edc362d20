"""CoreMark on the console: iterations per second of a valid run.

A run shorter than ten seconds, or with wrong checksums, is none (https://github.com/eembc/coremark).
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell

NAME = "coremark"
READS = frozenset({"console"})
HINTS = frozenset({"CoreMark Size"})
_START = re.compile(r"^CoreMark Size\s+: (\d+)", re.MULTILINE)
_RATE = re.compile(r"^Iterations/Sec\s+: ([\d.]+)", re.MULTILINE)
_TIME = re.compile(r"^Total time \(secs\)\s*: ([\d.]+)")
_SETTING = re.compile(
    r"^(Compiler version|Compiler flags|Parallel \w+|Iterations)\s+: (\S.{0,300})$"
)
_WRONG = re.compile(r"^(?:ERROR! .{1,200}|Errors detected.{0,20})$")
_MEASURES = {
    "rate": Measure("coremark", "it/s", "higher", "mean"),
    "time": Measure("run_time", "s", None),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by size and rate."""
    return by_lines(sample, needs=(_START, _RATE)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per run."""
    rows = Rows("", _MEASURES)
    for index, line in enumerate(sample.lines if isinstance(sample, Console) else ()):
        if match := _START.match(line):
            rows.rows.append(Row(str(index + 1), {}, {"size": match[1]}, {}))
        row = rows.rows[-1] if rows.rows else Row("", {}, {}, {})
        if match := _SETTING.match(line):
            row.params[match[1].lower()] = match[2].strip()
        elif match := _RATE.match(line):
            row.cells = {**row.cells, "rate": cell(index, match)}
        elif match := _TIME.match(line):
            row.cells = {**row.cells, "time": cell(index, match)}
        elif match := _WRONG.match(line):
            row.failure = match[0].strip()
    return [rows]
