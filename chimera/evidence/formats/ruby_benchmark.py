"""Ruby's Benchmark: user, system, total and real time of a block, in seconds.

`bmbm` rehearses first: that part is a warm-up. Lines whose label begins with `>` are sums and means
that the script made of the others (https://docs.ruby-lang.org/en/master/Benchmark.html).
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell

NAME = "ruby-benchmark"
READS = frozenset({"console"})
HINTS = frozenset({"system      total        real"})
_HEAD = re.compile(r"^[ \t]+user +system +total +real[ \t\r]*$", re.MULTILINE)
_ROW = re.compile(
    r"^(\S.{0,200}?)? {1,200}(\d+\.\d{6}) +(\d+\.\d{6}) +(\d+\.\d{6}) \( *(\d+\.\d{6})\)[ \t\r]*$",
    re.MULTILINE,
)
_REHEARSAL = re.compile(r"^Rehearsal -+\s*$")
_REHEARSED = re.compile(r"^-+ total: [\d.]+sec\s*$")
_MEASURES = {
    "user": Measure("cpu_user_time", "s", "lower"),
    "system": Measure("cpu_system_time", "s", "lower"),
    "total": Measure("cpu_time", "s", "lower"),
    "real": Measure("duration", "s", "lower"),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by the head of the columns and a row with the real time in brackets."""
    return by_lines(sample, needs=(_HEAD, _ROW)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per report, without the rehearsal."""
    rows = Rows("", _MEASURES)
    rehearsal = False
    for index, line in enumerate(sample.lines if isinstance(sample, Console) else ()):
        if _REHEARSAL.match(line) or _REHEARSED.match(line):
            rehearsal = line.startswith("R")
        elif (match := _ROW.match(line)) and not rehearsal:
            label = (match[1] or "").removesuffix(":")
            if not label.startswith(">"):
                cells = {name: cell(index, match, 2 + i) for i, name in enumerate(_MEASURES)}
                rows.rows.append(Row(str(index + 1), {"benchmark": label}, {}, cells))
    return [rows]
