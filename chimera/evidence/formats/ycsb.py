"""YCSB on the console: `[READ], AverageLatency(us), 7030.9` per operation, throughput of the run.

A line `Return=ERROR` counts operations that failed; sections such as `[READ-FAILED]` hold their
latencies, `[CLEANUP]` and the garbage collector are none of the workload. Histogram and time series
lines have a number in second place (https://github.com/brianfrankcooper/YCSB/wiki).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows, percentile
from chimera.evidence.formats.samples import Cell, Console, Sample, cell

NAME = "ycsb"
READS = frozenset({"console"})
HINTS = frozenset({"[OVERALL], "})
_OVERALL = re.compile(r"^\[OVERALL\], (RunTime\(ms\)|Throughput\(ops/sec\)), (\S+)", re.MULTILINE)
_LINE = re.compile(r"^\[([A-Z][A-Z_-]{1,40})\], ([A-Za-z0-9.]*[A-Za-z=][\w()/=.]*), (\S+)\s*$")
_PERCENTILE = re.compile(r"([\d.]+)(?:th|st|nd|rd)?PercentileLatency\((us|ms)\)")
_NONE = re.compile(r"CLEANUP|TOTAL_.*|.*-FAILED")
_MEASURES = {
    "RunTime(ms)": Measure("run_time", "ms", None),
    "Throughput(ops/sec)": Measure("operation_throughput", "op/s", "higher", "mean"),
    "errors": Measure("errors", "count", "lower", "sum"),
}
_STATISTICS = {"Average": "mean", "Min": "min", "Max": "max"}
_LATENCY = re.compile(r"(Average|Min|Max)Latency\((us|ms)\)")


def probe(sample: Sample) -> Match | None:
    """Tell it by the throughput of a run."""
    return by_lines(sample, needs=(_OVERALL,)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per run, and one per operation of it."""
    rows: list[Row] = []
    for lines in _sections(sample) if isinstance(sample, Console) else ():
        index, first = lines[0]
        labels = {} if first[1] == "OVERALL" else {"operation": first[1]}
        row = Row(str(index + 1), labels, {}, dict(c for line in lines for c in _cells(*line)))
        said = {match[2]: match[3] for _, match in lines}
        operations = said.get("Operations", "")
        row.n = int(operations) if operations.isdecimal() else None
        if "errors" in row.cells and said.get("Return=OK", "0") == "0":
            row.failure = "every operation failed"
        rows.append(row)
    columns = dict.fromkeys(column for row in rows for column in row.cells)
    return [Rows("", {column: m for column in columns if (m := _measure(column))}, rows)]


def _sections(console: Console) -> list[list[tuple[int, re.Match[str]]]]:
    """Return the lines of each operation of each run; a run begins with its `[OVERALL]`."""
    found: list[list[tuple[int, re.Match[str]]]] = []
    current: dict[str, list[tuple[int, re.Match[str]]]] = {}
    for index, match in console.matches(_LINE):
        if match[1] == "OVERALL" and match[2] == "RunTime(ms)":
            current = {}
        if not _NONE.fullmatch(match[1]):
            if match[1] not in current:
                current[match[1]] = []
                found.append(current[match[1]])
            current[match[1]].append((index, match))
    return found


def _cells(index: int, match: re.Match[str]) -> Iterator[tuple[str, Cell | None]]:
    name = match[2]
    if _measure(name):
        yield name, cell(index, match, 3)
    elif name.startswith("Return=") and name != "Return=OK":
        yield "errors", cell(index, match, 3)


def _measure(column: str) -> Measure | None:
    if match := _LATENCY.fullmatch(column):
        return Measure("latency", match[2], "lower", _STATISTICS[match[1]])
    if match := _PERCENTILE.fullmatch(column):
        return Measure("latency", match[2], "lower", percentile(match[1]))
    return _MEASURES.get(column)
