"""memtier_benchmark, table and JSON: operations per second and latencies in ms, by type of command.

KB are 1024 bytes. A type that was not used is written as zeros or dashes; `Totals` sums the others
up, and is a row of its own (https://github.com/RedisLabs/memtier_benchmark).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import (
    Measure,
    Row,
    Rows,
    count,
    mapping,
    numeric,
    percentile,
    text,
    texts,
)
from chimera.evidence.formats.samples import Cell, Console, Node, Sample
from chimera.evidence.tables.grid import escape

NAME = "memtier-benchmark"
READS = frozenset({"node", "console"})
HINTS = frozenset({"ALL STATS"})
_HEAD = re.compile(r"^Type +Ops/sec +[^\n]{1,200}Latency[^\n]{0,200}KB/sec", re.MULTILINE)
_TITLE = re.compile(r"^(ALL STATS|BEST RUN RESULTS|WORST RUN RESULTS|AGGREGATED AVERAGE RESULTS.*)")
_NAMES = re.compile(r"(?:Avg\. |p[\d.]+ )?[\w/]+(?:\.[\w/]+)*")
_CELL = re.compile(r"\S+")
_SETTING = re.compile(r"^(\d+) {1,20}(Threads|Connections per thread|Requests per client|Seconds)")
_PERCENTILE = re.compile(r"(?:Percentile Latencies/)?p([\d.]+)(?: Latency)?")
_MEAN = Measure("latency", "ms", "lower", "mean")
_MEASURES = {
    "Ops/sec": Measure("operation_throughput", "op/s", "higher", "mean"),
    "Hits/sec": Measure("hit_rate", "op/s", None, "mean"),
    "Misses/sec": Measure("miss_rate", "op/s", None, "mean"),
    "KB/sec": Measure("bandwidth", "KiB/s", "higher", "mean"),
    "Avg. Latency": _MEAN,
    "Average Latency": _MEAN,
    "Latency": _MEAN,
    "Min Latency": Measure("latency", "ms", "lower", "min"),
    "Max Latency": Measure("latency", "ms", "lower", "max"),
}


def probe(sample: Sample) -> Match | None:
    """Tell the table by its head, JSON by the rate of a type of command."""
    if isinstance(sample, Console):
        return by_lines(sample, needs=(_HEAD,))
    if not isinstance(sample, Node) or sample.is_list:
        return None
    totals = mapping(mapping(sample.first.get("ALL STATS")).get("Totals"))
    found = "Ops/sec" in totals and "KB/sec" in totals
    return Match(1.0, ("ALL STATS", "Totals", "Ops/sec")) if found else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per type of command in use, and one of all together."""
    if isinstance(sample, Console):
        rows = list(_console(sample))
    else:
        rows = list(_json(sample)) if isinstance(sample, Node) else []
    columns = dict.fromkeys(column for row in rows for column in row.cells)
    measures = {column: measure for column in columns if (measure := _measure(column))}
    return [Rows("/ALL STATS/*" if isinstance(sample, Node) else "", measures, rows)]


def _measure(column: str) -> Measure | None:
    if match := _PERCENTILE.fullmatch(column):
        return Measure("latency", "ms", "lower", percentile(match[1]))
    return _MEASURES.get(column.replace("~1", "/"))


def _json(node: Node) -> Iterator[Row]:
    params = texts(node.first.get("configuration"))
    for kind, found in mapping(node.first.get("ALL STATS")).items():
        one = mapping(found)
        if "Ops/sec" in one and (numeric(one["Ops/sec"]) or kind == "Totals"):
            row = Row(f"{node.place}/ALL STATS/{kind}", {"command": kind}, params, dict(_of(one)))
            row.n = count(one.get("Count"))
            row.failure = None if numeric(one["Ops/sec"]) else "no operation was completed"
            yield row


def _of(one: dict[str, Json]) -> Iterator[tuple[str, str]]:
    names = ("Ops/sec", "Hits/sec", "Misses/sec", "Min Latency", "Max Latency")
    mean = "Average Latency" if "Average Latency" in one else "Latency"  # the same twice
    for name in (*names, "KB/sec", mean):
        yield escape(name), text(one.get(name))
    for name, value in mapping(one.get("Percentile Latencies")).items():
        if _PERCENTILE.fullmatch(name):
            yield f"Percentile Latencies/{name}", text(value)


def _console(console: Console) -> Iterator[Row]:
    labels: dict[str, str] = {}
    params: dict[str, str] = {}
    header: list[str] = []
    for index, line in enumerate(console.lines):
        if match := _SETTING.match(line):
            params[match[2].lower()] = match[1]
        elif match := _TITLE.match(line):
            labels, header = {"results": match[1].strip()}, []
        elif _HEAD.match(line):
            header = _NAMES.findall(line)[1:]
        elif header and line.strip() and not line.startswith("-"):
            kind, *found = _CELL.finditer(line)
            cells = dict(zip(header, found, strict=True)) if len(found) == len(header) else {}
            rate = cells["Ops/sec"][0].strip("0.") if "Ops/sec" in cells else None
            if rate or (rate is not None and kind[0] == "Totals"):
                yield _row(index, {**labels, "command": kind[0]}, params, cells)


def _row(
    index: int, labels: dict[str, str], params: dict[str, str], found: dict[str, re.Match[str]]
) -> Row:
    where = f"line {index + 1}, characters"
    cells = {
        name: Cell(one[0], f"{where} {one.start() + 1}-{one.end()}")
        for name, one in found.items()
        if one[0] != "---"
    }
    row = Row(str(index + 1), labels, params, cells)
    row.failure = None if found["Ops/sec"][0].strip("0.") else "no operation was completed"
    return row
