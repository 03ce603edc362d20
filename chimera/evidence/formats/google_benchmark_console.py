"""Google Benchmark on a console: `name  1.23 ns  1.20 ns  576277 share=0.25 label`.

Rows of repetitions, statistics and fits as in `google_benchmark`; a `%` row is a coefficient of
variation. Of the user counters only plain numbers are read, and bytes per second with `Ki`, `Mi`,
`Gi`: an older `20.1G/s` is a multiple of 1024 or of 1000 by version (`src/string_util.cc`).
"""

from __future__ import annotations

import re

from chimera.evidence.formats.google_benchmark import split_aggregate
from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, cell
from chimera.evidence.units import unit_of

NAME = "google-benchmark-console"
READS = frozenset({"console"})
HINTS = frozenset({"Iterations"})
_BEFORE = r"^[ \t/*#>]{0,8}"  # the block may stand in a comment
_HEADER = re.compile(
    _BEFORE + r"Benchmark +Time(?:\(\w+\))? +CPU(?:\(\w+\))? +Iterations", re.MULTILINE
)
_NAME = _BEFORE + r"(?P<name>[^\s/*#>-](?:\S| (?! ))*) +"
_ROW = re.compile(
    _NAME + r"(?P<time>[\d.e+-]+) (?P<unit>ns|us|ms|s|%) +"
    r"(?P<cpu>[\d.e+-]+) (?P=unit) +(?P<iterations>\d+)(?: |$)",
    re.MULTILINE,
)
_NO_ROW = re.compile(_NAME + r"(?P<what>ERROR OCCURRED|SKIPPED): '(?P<why>.*)'", re.MULTILINE)
_COUNTER = re.compile(r"(?<= )(\w[\w./:-]*)=([\d.e+-]+)((?:[KMGT]i)?/s)?(?= |$)")
_RULE = re.compile(r"^-{20,}$", re.MULTILINE)
_STATISTICS = {"": "raw", "mean": "mean", "median": "median", "stddev": "stdev", "cv": "cv"}


def probe(sample: Sample) -> Match | None:
    """Tell it by the header of its table, with rows or failures."""
    if not isinstance(sample, Console) or not (sample.has(_ROW) or sample.has(_NO_ROW)):
        return None
    return by_lines(sample, needs=(_HEADER,), typical=(_RULE,))


def parse(sample: Sample) -> list[Rows]:
    """Return one table per time unit, statistic and counters."""
    if not isinstance(sample, Console):
        return []
    found = list(sample.matches(_ROW))
    names = frozenset(match["name"] for _, match in found)
    tables: dict[tuple[str, str], Rows] = {}
    for index, match in found:
        name, aggregate = split_aggregate(match["name"], names)
        if aggregate not in _STATISTICS:
            continue
        key = (match["unit"], _STATISTICS[aggregate])
        table = tables.setdefault(key, Rows("", _times(*key)))
        counters = _counters(index, match) if aggregate == "" else {}
        table.measures = {**table.measures, **{k: m for k, (m, _) in counters.items()}}
        cells = {"Time": cell(index, match, "time"), "CPU": cell(index, match, "cpu")}
        row = Row(f"{index + 1}", {"benchmark": name}, {}, cells)
        row.cells = {**cells, **{k: one for k, (_, one) in counters.items()}}
        row.n = int(match["iterations"]) if aggregate else None
        table.rows.append(row)
    return [*tables.values(), _failures(sample)]


def _times(unit: str, statistic: str) -> dict[str, Measure]:
    of, way = (None, None) if unit == "%" else (unit_of(unit), "lower")
    way = None if statistic == "stdev" else way
    return {
        "Time": Measure("duration", of or unit, "lower" if way else None, statistic),
        "CPU": Measure("cpu_time", of or unit, "lower" if way else None, statistic),
    }


def _counters(index: int, match: re.Match[str]) -> dict[str, tuple[Measure, Cell | None]]:
    found: dict[str, tuple[Measure, Cell | None]] = {}
    for counter in _COUNTER.finditer(match.string, match.end("iterations")):
        name, suffix = counter[1], counter[3] or ""
        measure = Measure(name, None, None)
        if suffix:
            if name != "bytes_per_second":
                continue
            unit = f"{suffix.removesuffix('/s')}B/s"
            measure, name = Measure("bandwidth", unit, "higher"), f"{name} {unit}"
        found[name] = (measure, cell(index, counter, 2))
    return found


def _failures(console: Console) -> Rows:
    rows = Rows("", _times("ns", "raw"))
    for index, match in console.matches(_NO_ROW):
        row = Row(f"{index + 1}", {"benchmark": match["name"]}, {}, {})
        skipped = "skipped: " if match["what"] == "SKIPPED" else ""
        row.failure = f"{skipped}{match['why']}" or "error"
        rows.rows.append(row)
    return rows
