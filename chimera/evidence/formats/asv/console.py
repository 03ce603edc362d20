"""What `asv run` prints: `[ 83.33%] ··· suite.time_sum   12.3±0.1μs` per benchmark.

Times come with the unit that suits them, sizes in multiples of 1000 bytes. What stands behind ± is
half of the confidence interval of 99 %, rounded. Benchmarks with parameters print `ok` and a table,
which holds less than the JSON beside it and is left out.
"""

from __future__ import annotations

import re

from chimera.evidence.formats.asv.results import KIND, MEASURED
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, cell
from chimera.evidence.units import unit_of

_VALUE = r"(?P<number>\d[\d.]*(?:e[+-]?\d+)?)(?:±[\d.e+-]+)?(?P<unit>[a-zμµ]{1,2}|[kMGT]?)"
RARE = re.compile(r"] \u00b7\u00b7\u00b7 [\w.<>-]")
LINE = re.compile(
    rf"^\[ *\d+\.\d\d%\] ··· (?P<name>[\w.<>-]{{1,300}}) +(?:{_VALUE}|(?P<failed>failed))\s*$",
    re.MULTILINE,
)
_PREFIXES = {"": "B", "k": "kB", "M": "MB", "G": "GB", "T": "TB"}


def parse_console(console: Console) -> list[Rows]:
    """Return one table per kind of benchmark and unit; failed ones without a unit."""
    tables: dict[tuple[str, str | None], Rows] = {}
    for index, match in console.matches(LINE):
        kind = found[1].lower() if (found := KIND.search(match["name"])) else "track"
        metric, family, direction = MEASURED.get(kind, ("value", None, None))
        unit = match["unit"] or ""
        known = _PREFIXES.get(unit) if family == "B" else unit_of(unit)
        known = None if match["failed"] else known
        statistic = "median" if metric == "duration" else "raw"
        measure = Measure(metric, known, direction, statistic)
        rows = tables.setdefault((kind, known), Rows(f"{kind} {known}", {"": measure}))
        row = Row(str(index + 1), {"benchmark": match["name"]}, {}, {})
        row.cells = {"": cell(index, match, "failed" if match["failed"] else "number")}
        row.failure = "the benchmark failed" if match["failed"] else None
        rows.rows.append(row)
    return list(tables.values())
