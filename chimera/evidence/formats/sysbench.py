"""sysbench on the console: cpu, memory, fileio, threads, mutex and oltp tests.

Latencies are in ms with two decimals, so that 0.00 says no more than below 0.01 ms. A run may
report its progress every few seconds. `tps` counts SQL transactions, events are whatever the test
repeats. The percentile is a setting, 95 unless chosen otherwise (https://github.com/akopytov/sysbench).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows, percentile
from chimera.evidence.formats.samples import Cell, Console, Sample, cell

NAME = "sysbench"
READS = frozenset({"console"})
HINTS = frozenset({"sysbench "})
_BANNER = re.compile(r"^(?:.{0,80}\s)?sysbench (\d+\.\d+\S*)(?: \(|:|$)", re.MULTILINE)
_TOTAL = re.compile(r"^[ \t]+total number of events:[ \t]+(\d+)[ \t\r]*$", re.MULTILINE)
_LATENCY = re.compile(r"^[ \t]*(?:Latency \(ms\)|per-request statistics|avg):", re.MULTILINE)
_FIELD = re.compile(r"^\s*([A-Za-z][\w/.() -]{0,40}(?:, MiB/s)?):\s+([\d.]+)(?:ms|s)?(?:\s|$)")
_RATE = re.compile(r"^\s*(transactions|queries|Total operations):\s+\d+\s+\(([\d.]+) per sec")
_MOVED = re.compile(r"^\s*[\d.]+ (?:MiB|MB) transferred \(([\d.]+) (MiB|MB)/sec\)")
_PERCENTILE = re.compile(r"^\s+(?:approx\.\s+)?(\d+)(?:th)? percentile:\s+([\d.]+)(?:ms)?\s*$")
_SETTING = re.compile(
    r"^\s*(Number of threads|Prime numbers limit|block size|Block size|total size|operation|scope)"
    r":?\s+(\S+)\s*$"
)
_PROGRESS = re.compile(
    r"^\[ (\d+)s \] thds: (\d+) tps: ([\d.]+) qps: ([\d.]+) .{0,80}lat \(ms,(\d+)%\): ([\d.]+)"
)
_TESTS = {
    "Prime numbers limit": "cpu",
    "block size": "memory",
    "reads/s": "fileio",
    "transactions": "oltp",
}
_FIELDS = {
    "events per second": Measure("event_throughput", "event/s", "higher"),
    "transactions": Measure("tps", "tx/s", "higher", definition="sysbench.tps"),
    "queries": Measure("query_throughput", "query/s", "higher"),
    "Total operations": Measure("operation_throughput", "op/s", "higher"),
    "MiB": Measure("bandwidth", "MiB/s", "higher"),
    "MB": Measure("bandwidth", "MB/s", "higher"),
    "reads/s": Measure("read_iops", "op/s", "higher"),
    "writes/s": Measure("write_iops", "op/s", "higher"),
    "fsyncs/s": Measure("fsync_rate", "op/s", "higher"),
    "read, MiB/s": Measure("read_bandwidth", "MiB/s", "higher"),
    "written, MiB/s": Measure("write_bandwidth", "MiB/s", "higher"),
    "ignored errors": Measure("errors", "count", "lower"),
    "reconnects": Measure("reconnects", "count", "lower"),
    "total time": Measure("run_time", "s", None),
    "min": Measure("latency", "ms", "lower", "min"),
    "avg": Measure("latency", "ms", "lower", "mean"),
    "max": Measure("latency", "ms", "lower", "max"),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by its version, the number of events and the latencies."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=(_BANNER, _TOTAL, _LATENCY))


def parse(sample: Sample) -> list[Rows]:
    """Return one row per run, and the progress of those that report it."""
    if not isinstance(sample, Console):
        return []
    runs: list[Row] = []
    progress: list[Row] = []
    for first, last in _blocks(sample):
        row = Row(str(first + 1), {}, {}, {})
        cells = dict(_cells(sample, first, last, row))
        row.cells = cells
        row.failure = "no event was completed" if row.n == 0 else None
        row.invalid = {
            column: "below the resolution of 0.01 ms"
            for column, one in cells.items()
            if _measure(column).metric == "latency" and not one.text.strip("0.")
        }
        if cells:
            runs.append(row)
            progress += _progress(sample, first, last, row)
    return [_table("", runs), _table("progress", progress)]


def _table(name: str, rows: list[Row]) -> Rows:
    columns = dict.fromkeys(column for row in rows for column in row.cells)
    return Rows(name, {column: _measure(column) for column in columns}, rows)


def _measure(column: str) -> Measure:
    """Return what a column holds; those of percentiles are called by the percentile."""
    return _FIELDS.get(column) or Measure("latency", "ms", "lower", percentile(column))


def _blocks(console: Console) -> Iterator[tuple[int, int]]:
    starts = [index for index, _ in console.matches(_BANNER)]
    yield from zip(starts, [*starts[1:], len(console.lines)], strict=False)


def _cells(console: Console, first: int, last: int, row: Row) -> Iterator[tuple[str, Cell]]:
    """Yield the numbers of a run by column; test and settings go to the row."""
    for index in range(first, last):
        line = console.lines[index]
        if match := _SETTING.search(line):
            row.params[match[1].lower()] = match[2]
        elif match := _TOTAL.search(line):
            row.n = int(match[1])
        elif match := _RATE.search(line) or _MOVED.search(line):
            column = match[1] if match.re is _RATE else match[2]
            yield column, _placed(index, match, 2 if match.re is _RATE else 1)
        elif match := _PERCENTILE.search(line):
            if match[1] != "100":  # the maximum once more, from a histogram
                yield match[1], _placed(index, match, 2)
        elif (match := _FIELD.search(line)) and match[1] in _FIELDS:
            yield match[1], _placed(index, match, 2)
        _name_test(row, line)


def _name_test(row: Row, line: str) -> None:
    name = line.partition(":")[0].strip()
    if name in _TESTS:
        row.labels.setdefault("test", _TESTS[name])


def _placed(index: int, match: re.Match[str], group: int) -> Cell:
    return cell(index, match, group) or Cell("", "")


def _progress(console: Console, first: int, last: int, of: Row) -> Iterator[Row]:
    for index in range(first, last):
        if match := _PROGRESS.search(console.lines[index]):
            params = {**of.params, "second": match[1]}
            cells = {"transactions": cell(index, match, 3), "queries": cell(index, match, 4)}
            if match[5] != "100":
                cells[match[5]] = cell(index, match, 6)
            yield Row(str(index + 1), of.labels, params, cells)
