"""wrk and wrk2: the text they print, a run per `Running …` line.

Every number carries its unit as a suffix (`us ms s m h`, `k M`, `KB MB GB`), so a statistic has one
column per unit it was printed in. Sizes are counted in 1024s (`src/units.c`), hence KiB and MiB.
`Stdev` is the spread of the latencies, no standard error. wrk waits for an answer before it sends
the next request, so its latencies leave out what queued behind a stall (coordinated omission);
wrk2 counts from when a request was due. The two have definitions of their own, as has what wrk2
prints as `Uncorrected Latency`. `Req/Sec` is per thread. Responses that are neither 2xx nor 3xx are
counted as fast as any other: a run with nothing else is a failure. The detailed spectrum of wrk2 is
left out. Sources: wg/wrk and giltene/wrk2, `src/wrk.c`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import pairwise

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, cell
from chimera.evidence.numerals import number
from chimera.evidence.records import Direction

NAME = "wrk"
READS = frozenset({"console"})
HINTS = frozenset({"Thread Stats"})
_RUN = re.compile(r"^ *Running (\S+) test @ (\S+)", re.MULTILINE)
_THREADS = re.compile(r"^ *(\d+) threads and (\d+) connections", re.MULTILINE)
_STATS = re.compile(r"^ *Thread Stats +Avg +Stdev +Max", re.MULTILINE)
_HDR = re.compile(r"HdrHistogram|^ *Thread calibration", re.MULTILINE)
_UNCORRECTED = re.compile(r"Uncorrected Latency")
_NUMBER = r"(-?\d[\d.]*|-?nan)([a-zA-Z]*)"
_LATENCY = re.compile(rf"^ *Latency +{_NUMBER} +{_NUMBER} +{_NUMBER} ")
_RATE = re.compile(rf"^ *Req/Sec +{_NUMBER} +{_NUMBER} +{_NUMBER} ")
_RANK = re.compile(rf"^ *(\d+(?:\.\d+)?)% +{_NUMBER} *$")
_DONE = re.compile(r"^ *(\d+) requests in ")
_THROUGHPUT = re.compile(rf"^ *Requests/sec: +{_NUMBER}")
_TRANSFER = re.compile(rf"^ *Transfer/sec: +{_NUMBER}")
_SOCKET = re.compile(r"^ *Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
_STATUS = re.compile(r"^ *Non-2xx or 3xx responses: (\d+)")
_TIMES = {"us": "us", "ms": "ms", "s": "s", "m": "min", "h": "h"}
_SIZES = {"B": "B/s", "KB": "KiB/s", "MB": "MiB/s", "GB": "GiB/s"}
_PER_THREAD = "wrk.per_thread"
_ERRORS = ("connect", "read", "write", "timeout")


def probe(sample: Sample) -> Match | None:
    """Tell a run by what it says first, and by the head of its table."""
    return by_lines(sample, needs=(_RUN, _STATS)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one table with a row per run, and one of the rates per thread.

    How many samples those were taken from is not printed.
    """
    rows = Rows("", {})
    if isinstance(sample, Console):
        starts = [index for index, _ in sample.matches(_RUN)]
        for start, end in pairwise([*starts, len(sample.lines)]):
            rows.rows.append(_run(sample.lines[start:end], start, rows))
    apart = {column for column, one in rows.measures.items() if one.definition == _PER_THREAD}
    return [_part(rows, "", rows.measures.keys() - apart), _part(rows, "per thread", apart)]


def _part(rows: Rows, name: str, columns: AbstractSet[str]) -> Rows:
    """Return the rows with some of their columns.

    Those of threads are without the count of requests; a failed run is told once, as a whole.
    """
    measures = {column: one for column, one in rows.measures.items() if column in columns}
    kept = [
        replace(row, n=None if name else row.n, cells={c: row.cells.get(c) for c in measures})
        for row in rows.rows
        if not (name and row.failure)
    ]
    return Rows(name, measures, kept)


def _run(lines: list[str], start: int, rows: Rows) -> Row:
    row = Row(str(start + 1), {}, {}, {})
    first = _RUN.match(lines[0])
    if first:
        row.labels, row.params = {"url": first[2]}, {"duration": first[1]}
    cells: dict[str, Cell] = {}
    measures: dict[str, Measure] = {}
    for column, measure, found in _numbers(lines, start):
        cells.setdefault(column, found)
        measures.setdefault(column, measure)
    for line in lines:
        if match := _THREADS.match(line):
            row.params.update(threads=match[1], connections=match[2])
    rows.measures = {**rows.measures, **measures}
    row.cells = cells
    _judge(row, cells)
    return row


def _judge(row: Row, cells: dict[str, Cell]) -> None:
    done = number(cells["requests"].text) if "requests" in cells else None
    bad = number(cells["non_2xx"].text) if "non_2xx" in cells else None
    row.n = int(done) if done is not None else None
    if done is None:
        row.failure = "the run did not end"
    elif done == 0:
        row.failure = "no request was answered"
    elif bad is not None and bad >= done:
        row.failure = f"all {bad:.0f} responses were neither 2xx nor 3xx"


def _numbers(lines: list[str], start: int) -> Iterator[tuple[str, Measure, Cell]]:
    definition = "wrk2.latency" if any(map(_HDR.search, lines)) else "wrk.latency"
    for index, line in enumerate(lines, start):
        if _UNCORRECTED.search(line):
            definition = "wrk2.uncorrected_latency"
        if match := _LATENCY.match(line):
            yield from _three(index, match, "latency", definition)
        elif match := _RATE.match(line):
            yield from _three(index, match, "request_throughput", _PER_THREAD)
        elif match := _RANK.match(line):
            rank = f"{float(match[1]):.6g}"
            statistic = "median" if rank == "50" else f"p{rank}"
            yield from _one(index, match, 2, _latency(match[3], statistic, definition))
        elif match := _THROUGHPUT.match(line):
            yield from _one(index, match, 1, _throughput(match[2], "aggregate", None))
        elif match := _TRANSFER.match(line):
            unit = _SIZES.get(match[2])
            yield from _one(index, match, 1, Measure("transfer_rate", unit, "higher", "aggregate"))
        else:
            yield from _counts(index, line)


def _counts(index: int, line: str) -> Iterator[tuple[str, Measure, Cell]]:
    if (match := _DONE.match(line)) and (found := cell(index, match)):
        yield "requests", Measure("requests", "count", None, "sum"), found
    if (match := _STATUS.match(line)) and (found := cell(index, match)):
        yield "non_2xx", Measure("failed_responses", "count", "lower", "sum"), found
    if match := _SOCKET.match(line):
        for group, name in enumerate(_ERRORS, 1):
            if found := cell(index, match, group):
                yield name, Measure(f"socket_errors_{name}", "count", "lower", "sum"), found


def _three(
    index: int, match: re.Match[str], metric: str, definition: str
) -> Iterator[tuple[str, Measure, Cell]]:
    for group, statistic in ((1, "mean"), (3, "stdev"), (5, "max")):
        make = _latency if metric == "latency" else _throughput
        yield from _one(index, match, group, make(match[group + 1], statistic, definition))


def _one(
    index: int, match: re.Match[str], group: int, measure: Measure
) -> Iterator[tuple[str, Measure, Cell]]:
    found = cell(index, match, group)
    if found and measure.unit:
        words = (measure.metric, measure.statistic, measure.unit, measure.definition)
        yield " ".join(filter(None, words)), measure, found


def _latency(suffix: str, statistic: str, definition: str | None) -> Measure:
    direction: Direction | None = None if statistic == "stdev" else "lower"
    return Measure("latency", _TIMES.get(suffix), direction, statistic, definition)


def _throughput(suffix: str, statistic: str, definition: str | None) -> Measure:
    direction: Direction | None = None if statistic == "stdev" else "higher"
    return Measure("request_throughput", f"{suffix}req/s", direction, statistic, definition)
