"""ApacheBench (`ab`): what it prints, the percentiles of `-e` and the requests of `-g`.

Times are ms, rounded to whole ones in the printed tables; `Time per request … (mean)` is the mean
latency, the one `across all concurrent requests` only the inverse of the throughput. `[+/-sd]` is a
standard deviation. ab counts an answer of another length than the first as failed, and one that is
not 2xx as complete: a run with nothing else is a failure. Rows of `-g` are sorted by `ttime`, not
by time. Kbytes are 1024 bytes. Source: Apache HTTP Server, `support/ab.c` and its manual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from chimera.evidence.formats.match import Match, by_lines, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, Sheet, cell
from chimera.evidence.numerals import number

NAME = "apache-bench"
READS = frozenset({"sheet", "console"})
HINTS = frozenset({"Percentage served", "ttime", "Time taken for tests:"})
_BANNER = re.compile(r"^This is ApacheBench", re.MULTILINE)
_TAKEN = re.compile(r"^Time taken for tests: +(\d[\d.]*) seconds", re.MULTILINE)
_PER_SECOND = re.compile(r"^Requests per second: +(\d[\d.]*) \[#/sec\] \(mean\)", re.MULTILINE)
_TOTAL = "ab.total_time"
_LINES = (
    (_TAKEN, "duration", Measure("duration", "s", None, "raw", "ab.run")),
    (_PER_SECOND, "rate", Measure("request_throughput", "req/s", "higher", "aggregate")),
    (
        re.compile(r"^Time per request: +(\d[\d.]*) \[ms\] \(mean\)"),
        "per request",
        Measure("latency", "ms", "lower", "mean", "ab.time_per_request"),
    ),
    (
        re.compile(r"^Time per request: +(\d[\d.]*) \[ms\] \(mean, across"),
        "per request across all",
        Measure("time_between_requests", "ms", "lower", "mean"),
    ),
    (
        re.compile(r"^Transfer rate: +(\d[\d.]*) \[Kbytes/sec\] received"),
        "transfer",
        Measure("transfer_rate", "KiB/s", "higher", "aggregate"),
    ),
    (
        re.compile(r"^Failed requests: +(\d+)"),
        "failed",
        Measure("failed_requests", "count", "lower", "sum"),
    ),
    (
        re.compile(r"^Non-2xx responses: +(\d+)"),
        "non 2xx",
        Measure("failed_responses", "count", "lower", "sum"),
    ),
)
_PHASE = re.compile(
    r"^(Connect|Processing|Waiting|Total): +(\d+) +(\d+) +(\d+(?:\.\d+)?) +(\d+) +(\d+) *$"
)
_PHASES = {
    "Connect": ("connect_time", None),
    "Processing": ("processing_time", None),
    "Waiting": ("time_to_first_byte", "ab.waiting"),
    "Total": ("latency", _TOTAL),
}
_COLUMNS = ("min", "mean", "stdev", "median", "max")
_RANK = re.compile(r"^ *(\d{1,3})% +(\d+)(?: \(longest request\))? *$")
_NAMED_RANKS = {"50": "median", "100": "max"}  # which the line of the total gives as well
_CONTEXT = {
    "Server Software": "server",
    "Server Hostname": "host",
    "Server Port": "port",
    "Document Path": "endpoint",
    "Document Length": "length",
    "Concurrency Level": "concurrency",
    "Complete requests": "complete",
}
_NAMED = re.compile(r"^([A-Z][A-Za-z ]+): +(\S.*?) *$")
_SERVED = ("Percentage served", "Time in ms")
_REQUESTS = ("starttime", "seconds", "ctime", "dtime", "ttime", "wait")
_TIMES = {
    "ctime": Measure("connect_time", "ms", "lower"),
    "dtime": Measure("processing_time", "ms", "lower"),
    "ttime": Measure("latency", "ms", "lower", "raw", _TOTAL),
    "wait": Measure("time_to_first_byte", "ms", "lower", "raw", "ab.waiting"),
}


def probe(sample: Sample) -> Match | None:
    """Tell the text by two of its lines, the files by their headers."""
    match sample:
        case Console():
            return by_lines(sample, needs=(_TAKEN, _PER_SECOND), typical=(_BANNER,))
        case Sheet(container="csv"):
            found = by_names(sample.keys, needs=_SERVED)
            return found or by_names(sample.keys, needs=_REQUESTS)
        case _:
            return None


def parse(sample: Sample) -> list[Rows]:
    """Return a row per run, the percentiles of one, or a row per request."""
    if isinstance(sample, Sheet):
        requests = Rows("", _TIMES)
        for place, cells in sample.rows_below(*_REQUESTS):
            ids = {"start": cells["starttime"], "seconds": cells["seconds"]}
            requests.rows.append(Row(place, {}, {}, cells, ids=ids))
        return [_percentiles(sample), requests]
    rows = Rows("", {})
    if isinstance(sample, Console):
        starts = [index for index, _ in sample.matches(_BANNER)] or [0]
        for start, end in pairwise([*starts, len(sample.lines)]):
            rows.rows.append(_run(sample.lines[start:end], start, rows))
    return [rows]


def _percentiles(sheet: Sheet) -> Rows:
    """Return a row per share of the requests: quantiles of one run, not samples of it."""
    rows = Rows("", {_SERVED[1]: Measure("latency", "ms", "lower", "quantile", _TOTAL)})
    for place, cells in sheet.rows_below(*_SERVED):
        rows.rows.append(Row(place, {}, {"percentage_served": cells[_SERVED[0]]}, cells))
    return rows


def _run(lines: list[str], start: int, rows: Rows) -> Row:
    cells: dict[str, Cell] = {}
    for column, measure, found in _numbers(lines, start):
        rows.measures = {**rows.measures, column: rows.measures.get(column, measure)}
        cells.setdefault(column, found)
    said = {m[1]: m[2] for line in lines if (m := _NAMED.match(line)) and m[1] in _CONTEXT}
    known = {_CONTEXT[name]: text for name, text in said.items()}
    row = Row(str(start + 1), {k: known[k] for k in ("endpoint",) if k in known}, {}, cells)
    row.params = {key: known[key] for key in ("concurrency", "length") if key in known}
    row.ids = {key: known[key] for key in ("server", "host", "port") if key in known}
    row.n = int(known["complete"]) if known.get("complete", "").isdecimal() else None
    row.failure = _failure(row.n, cells)
    return row


def _failure(complete: int | None, cells: dict[str, Cell]) -> str | None:
    if complete is None:
        return None
    if complete == 0:
        return "no request was completed"
    for column, what in (("failed", "requests failed"), ("non 2xx", "responses were not 2xx")):
        bad = number(cells[column].text) if column in cells else None
        if bad is not None and bad >= complete:
            return f"all {complete} {what}"
    return None


def _numbers(lines: list[str], start: int) -> Iterator[tuple[str, Measure, Cell]]:
    for index, line in enumerate(lines, start):
        for pattern, column, measure in _LINES:
            match = pattern.match(line)
            if match and (found := cell(index, match)):
                yield column, measure, found
        yield from _distribution(index, line)


def _distribution(index: int, line: str) -> Iterator[tuple[str, Measure, Cell]]:
    """Yield what a line of one of the two tables holds."""
    if match := _PHASE.match(line):
        metric, definition = _PHASES[match[1]]
        for group, statistic in enumerate(_COLUMNS, 2):
            better = None if statistic == "stdev" else _TIMES["ttime"].direction
            measure = Measure(metric, "ms", better, statistic, definition)
            if found := cell(index, match, group):
                yield f"{match[1]} {statistic}", measure, found
    elif (match := _RANK.match(line)) and (found := cell(index, match, 2)):
        name = _NAMED_RANKS.get(match[1], f"p{match[1]}")
        yield f"Total {name}", Measure("latency", "ms", "lower", name, _TOTAL), found
