"""pgbench on the console: transactions per second and latencies of a PostgreSQL server.

Up to version 13 it prints tps twice, including and excluding the time to connect; since 14 once,
without the initial connection time only: three definitions. A run with aborted clients says that
its results are incomplete (https://www.postgresql.org/docs/current/pgbench.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, cell

NAME = "pgbench"
READS = frozenset({"console"})
HINTS = frozenset({"transaction type: "})
_START = re.compile(r"^transaction type: (.{1,200}?)\s*$", re.MULTILINE)
_DONE = re.compile(r"^number of transactions actually processed: (\d+)(?:/\d+)?\s*$", re.MULTILINE)
_SETTING = re.compile(
    r"^(scaling factor|query mode|number of clients|number of threads|duration|"
    r"number of transactions per client|maximum number of tries): (\S.{0,60}?)\s*$"
)
_ABORTED = re.compile(r"^pgbench: error: (Run was aborted.{0,100})")
_PROGRESS = re.compile(
    r"^progress: ([\d.]+) s, (?P<tps>[\d.]+) tps, lat (?P<mean>[\d.]+) ms"
    r" stddev (?P<stddev>[\d.]+)(?:, (?P<failed>\d+) failed)?"
)
_STATEMENT = re.compile(r"^\s{1,20}(\d+\.\d{3,6})(?:\s+\d+)*\s{1,20}(\S.{0,400})$")
_FIELDS = {
    "mean": re.compile(r"^latency average(?: =|:) ([\d.]+) ms"),
    "stddev": re.compile(r"^latency stddev(?: =|:) ([\d.]+) ms"),
    "including": re.compile(r"^tps = ([\d.]+) \(including connections establishing\)"),
    "excluding": re.compile(r"^tps = ([\d.]+) \(excluding connections establishing\)"),
    "without": re.compile(r"^tps = ([\d.]+) \(without initial connection time\)"),
    "connection": re.compile(r"^initial connection time = ([\d.]+) ms"),
    "failed": re.compile(r"^number of failed transactions: (\d+)"),
    "skipped": re.compile(r"^number of transactions skipped: (\d+)"),
    "late": re.compile(r"^number of transactions above the .{1,40} latency limit: (\d+)"),
    "lag": re.compile(r"^rate limit schedule lag: avg ([\d.]+) "),
}
_TPS = "pgbench.tps"
_MEASURES = {
    "tps": Measure("tps", "tx/s", "higher", definition=f"{_TPS} of a second"),
    "including": Measure("tps", "tx/s", "higher", "mean", f"{_TPS} including connections"),
    "excluding": Measure("tps", "tx/s", "higher", "mean", f"{_TPS} excluding connections"),
    "without": Measure("tps", "tx/s", "higher", "mean", f"{_TPS} without initial connection"),
    "mean": Measure("latency", "ms", "lower", "mean"),
    "stddev": Measure("latency", "ms", None, "stdev"),
    "connection": Measure("connection_time", "ms", "lower"),
    "failed": Measure("errors", "count", "lower", "sum"),
    "skipped": Measure("skipped_transactions", "count", "lower", "sum"),
    "late": Measure("late_transactions", "count", "lower", "sum"),
    "lag": Measure("schedule_lag", "ms", "lower", "mean"),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by the type and number of transactions."""
    return by_lines(sample, needs=(_START, _DONE)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per run, its progress, and its statements."""
    if not isinstance(sample, Console):
        return []
    runs, progress = Rows("", _MEASURES), Rows("progress", _MEASURES)
    statements = Rows("statements", {"": Measure("statement_latency", "ms", "lower", "mean")})
    starts = [index for index, _ in sample.matches(_START)]
    for first, last in zip([0, *starts[1:]], [*starts[1:], len(sample.lines)], strict=False):
        row = Row(str(first + 1), {}, {}, {})
        row.cells = dict(_cells(sample, first, last, row))
        runs.rows.append(row)
        progress.rows += _progress(sample, first, last, row)
        statements.rows += _statements(sample, first, last, row)
    return [runs, progress, statements]


def _cells(console: Console, first: int, last: int, row: Row) -> Iterator[tuple[str, Cell]]:
    """Yield the numbers of a run by column; settings and failure go to the row."""
    for index in range(first, last):
        line = console.lines[index]
        if match := _START.match(line):
            row.place, row.labels = str(index + 1), {"transaction": match[1]}
        elif match := _SETTING.match(line):
            row.params[match[1]] = match[2]
        elif match := _DONE.match(line):
            row.n = int(match[1])
            row.failure = None if row.n else "no transaction was processed"
        elif match := _ABORTED.match(line):
            row.failure = match[1]
        for column, pattern in _FIELDS.items():
            if (match := pattern.match(line)) and (found := cell(index, match)):
                yield column, found


def _progress(console: Console, first: int, last: int, of: Row) -> Iterator[Row]:
    for index in range(first, last):
        if match := _PROGRESS.match(console.lines[index]):
            names = ("tps", "mean", "stddev", "failed")
            cells = {name: cell(index, match, name) for name in names}
            params = {**of.params, "second": match[1]}
            yield Row(str(index + 1), of.labels, params, cells, failure=of.failure)


def _statements(console: Console, first: int, last: int, of: Row) -> Iterator[Row]:
    for index in range(first, last):
        if match := _STATEMENT.match(console.lines[index]):
            labels = {**of.labels, "statement": match[2]}
            cells = {"": cell(index, match)}
            yield Row(str(index + 1), labels, of.params, cells, failure=of.failure)
