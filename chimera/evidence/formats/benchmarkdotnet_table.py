"""BenchmarkDotNet's summary as Markdown and CSV: `| Method | N | Mean | Error | StdDev |`.

Cells hold number and unit, `14.65 us`; with units in the header, `Mean [us]`, they hold the number.
`Error` is half of a 99.9 % interval, `Allocated` bytes per operation; ratios, ranks and collections
are left out. Other columns are parameters and settings of the job, of which `Default` says nothing.
`NA` is a benchmark that failed, a mean of 0 one that cannot be told from an empty method.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Sample, Sheet
from chimera.evidence.units import BYTES, TIMES, unit_of

NAME = "benchmarkdotnet-table"
READS = frozenset({"sheet"})
HINTS = frozenset({"Method"})
_TIMES = {
    "Mean": "mean", "Median": "median", "Min": "min", "Max": "max", "Q1": "p25", "Q3": "p75",
    "P80": "p80", "P85": "p85", "P90": "p90", "P95": "p95", "P100": "max",
    "Error": "ci_half_width", "StdDev": "stdev", "StdErr": "stderr",
}  # fmt: skip
_SPREAD = frozenset({"ci_half_width", "stdev", "stderr"})
_INTERVAL = "benchmarkdotnet.interval_99.9"
_ALLOCATED = "Allocated"
_LABELS = ("Namespace", "Type", "Method", "Categories")
_LEFT_OUT = frozenset(
    {"Ratio", "RatioSD", "Alloc Ratio", "Rank", "Op/s", "Baseline", "LogicalGroup", "Iterations"}
    | {"Gen0", "Gen1", "Gen2", "Gen 0", "Gen 1", "Gen 2", "Scaled", "ScaledSD", "Code Size"}
)
_HEADING = re.compile(r"([^\[]{1,40}?)(?: \[([^\]]{1,8})\])?\Z")
_CELL = re.compile(r"±?([\d.,]+)(?: ([^\d\s]{1,3}))?\Z")
_SAYS_NOTHING = frozenset({"", "Default", "?", "-"})
_MEAN = ("duration", "mean")
_FEW = 24


def probe(sample: Sample) -> Match | None:
    """Tell a summary by its columns and a mean with a unit of time."""
    if not isinstance(sample, Sheet):
        return None
    header = next((r for r in sample.records[:_FEW] if "Method" in map(str.strip, r)), [])
    named = {_plain(name): name for name in map(str.strip, header)}
    mean = named.get("Mean", "")
    cells = (row[mean] for _, row in sample.rows_below("Method", mean)) if mean else ()
    if not _in_time(mean, cells):
        return None
    spread = {"Error", "StdDev", "StdErr", "Median"} & named.keys()
    typical = ("Job", "Error", "StdDev", "Ratio", "Gen0", "Gen 0", _ALLOCATED)
    return by_names(named, needs=("Method", "Mean", *spread), typical=typical) if spread else None


def parse(sample: Sample) -> list[Rows]:
    """Return one table per units."""
    tables: dict[tuple[Measure, ...], Rows] = {}
    if not isinstance(sample, Sheet):
        return []
    for place, row in sample.rows_below("Method"):
        cells: dict[str, Cell] = {}
        measures: dict[str, Measure] = {}
        for column, written in row.items():
            measure, number = _read(column, written)
            if measure is not None:
                measures[column] = measure
                cells[column] = sample.cell(place, column, number)
        others = {k: v for k, v in row.items() if _plain(k) not in {*_TIMES, _ALLOCATED}}
        labels = {k: others[k] for k in _LABELS if others.get(k)}
        hidden = {*_LEFT_OUT, *_LABELS}
        params = {k: v for k, v in others.items() if k not in hidden and v not in _SAYS_NOTHING}
        one = Row(place, labels, params, cells)
        failed = any(row[k] == "NA" for k in row if _plain(k) == "Mean")
        one.failure = "NA: the benchmark failed" if failed else None
        if _is_empty(measures, cells):
            one.invalid = dict.fromkeys(cells, "0: not to be told from an empty method")
        tables.setdefault(tuple(measures.values()), Rows("", measures)).rows.append(one)
    return list(tables.values())


def _plain(name: str) -> str:
    match = _HEADING.match(name)
    return match[1] if match else name


def _in_time(mean: str, cells: Iterable[str]) -> bool:
    heading = _HEADING.match(mean)
    if heading and heading[2]:
        return unit_of(heading[2]) in TIMES
    found = [match for cell in cells if (match := _CELL.match(cell))]
    return any(match[2] and unit_of(match[2]) in TIMES for match in found)


def _is_empty(measures: Mapping[str, Measure], cells: Mapping[str, Cell]) -> bool:
    found = [cells[k].text for k, one in measures.items() if (one.metric, one.statistic) == _MEAN]
    return any(not text.strip("0.,") for text in found)


def _read(column: str, written: str) -> tuple[Measure | None, str]:
    heading, match = _HEADING.match(column), _CELL.match(written)
    if heading is None or match is None:
        return None, ""
    name, unit = heading[1], unit_of(match[2] or heading[2] or "")
    if name == _ALLOCATED and unit in BYTES:
        return Measure("memory", f"{unit}/op", "lower", "mean"), match[1]
    statistic = _TIMES.get(name)
    if statistic is None or unit not in TIMES:
        return None, ""
    told = _INTERVAL if statistic == "ci_half_width" else None
    way = None if statistic in _SPREAD else "lower"
    return Measure("duration", unit, "lower" if way else None, statistic, told), match[1]
