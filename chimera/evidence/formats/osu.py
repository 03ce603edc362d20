"""OSU micro-benchmarks on the console: latency or bandwidth of MPI calls by message size.

Latencies are in us, one way for the tests between two processes, MB are 10⁶ bytes. Collective
tests print the mean, minimum and maximum over the processes (https://mvapich.cse.ohio-state.edu).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows, percentile
from chimera.evidence.formats.samples import Cell, Console, Sample

NAME = "osu-micro-benchmarks"
READS = frozenset({"console"})
HINTS = frozenset({"# OSU "})
_TITLE = re.compile(r"^# (OSU [\w /+-]{2,80}?) Test(?: v([\d.]+\w*))?\s*$", re.MULTILINE)
_HEAD = re.compile(r"^# (?:Size +\S|\S.{0,200}\(us\))", re.MULTILINE)
_CELL = re.compile(r"\S+")
_COLUMN = re.compile(r"\S+(?: \S+)*")
_LATENCY = re.compile(r"(?:(Avg|Min|Max) )?Lat(?:ency)?\.? ?\(us\)")
_TAIL = re.compile(r"P(\d+(?:\.\d+)?) Tail Lat\.? ?\(us\)")
_STATISTICS = {"Avg": "mean", "Min": "min", "Max": "max", None: "mean"}
_OTHERS = {
    "Bandwidth (MB/s)": Measure("bandwidth", "MB/s", "higher", "mean", "osu.bandwidth"),
    "MB/s": Measure("bandwidth", "MB/s", "higher", "mean", "osu.bandwidth"),
    "Messages/s": Measure("message_throughput", "msg/s", "higher", "mean"),
    "Overall(us)": Measure("overall_time", "us", "lower", "mean"),
    "Compute(us)": Measure("compute_time", "us", None, "mean"),
    "Pure Comm.(us)": Measure("communication_time", "us", "lower", "mean"),
    "Overlap(%)": Measure("overlap", "%", "higher", "mean"),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by the title of a test and the head of its columns."""
    return by_lines(sample, needs=(_TITLE, _HEAD)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per message size of every test."""
    if not isinstance(sample, Console):
        return []
    rows: list[Row] = []
    labels: dict[str, str] = {}
    ids: dict[str, str] = {}
    header: list[str] = []
    for index, line in enumerate(sample.lines):
        if match := _TITLE.match(line):
            labels, header = {"benchmark": match[1]}, []
            ids = {"version": match[2]} if match[2] else {}
        elif labels and line.startswith("#"):
            header = _COLUMN.findall(line.lstrip("# ")) if _HEAD.match(line) else header
        elif header:
            row = _row(index, line, header)
            rows += [row] if row else []
            header = header if row or not line.strip() else []
            if row:
                row.labels, row.ids = labels, ids
    columns = dict.fromkeys(column for row in rows for column in row.cells)
    return [Rows("", {column: m for column in columns if (m := _measure(column))}, rows)]


def _row(index: int, line: str, header: list[str]) -> Row | None:
    """Return the cells of a line below the header, None where they do not fit."""
    found = list(_CELL.finditer(line))
    if len(found) != len(header) or not all(m[0][0].isdigit() for m in found):
        return None
    named = dict(zip(header, found, strict=True))
    params = {"size": named["Size"][0]} if "Size" in named else {}
    iterations = named["Iterations"][0] if "Iterations" in named else ""
    row = Row(str(index + 1), {}, params, dict(_cells(index, named)))
    row.n = int(iterations) if iterations.isdecimal() else None
    return row


def _cells(index: int, named: dict[str, re.Match[str]]) -> Iterator[tuple[str, Cell]]:
    for name, match in named.items():
        if _measure(name):
            place = f"line {index + 1}, characters {match.start() + 1}-{match.end()}"
            yield name, Cell(match[0], place)


def _measure(column: str) -> Measure | None:
    if match := _LATENCY.fullmatch(column):
        return Measure("latency", "us", "lower", _STATISTICS[match[1]], "osu.latency")
    if match := _TAIL.fullmatch(column):
        return Measure("latency", "us", "lower", percentile(match[1]), "osu.latency")
    return _OTHERS.get(column)
