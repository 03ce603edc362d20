"""vegeta `report`: the text of it, a line per kind with the names of its numbers in brackets.

Durations carry their unit as a suffix, so a statistic has one column per unit it was printed in;
one of several units (`1m2.5s`) is not read. Older versions give two numbers for `rate` where newer
ones add `throughput`. Source: tsenart/vegeta, README and `lib/reporters.go`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample
from chimera.evidence.numerals import number
from chimera.evidence.units import unit_of

NAME = "vegeta-text"
READS = frozenset({"console"})
HINTS = frozenset({"Requests      [total"})
_LINE = re.compile(
    r"^(Requests|Duration|Latencies|Bytes In|Bytes Out|Success) +\[([a-z0-9, ]+)\] +(\S.*)$"
)
_START = re.compile(r"^Requests +\[total, rate(?:, throughput)?\] +\d", re.MULTILINE)
_LATENCIES = re.compile(r"^Latencies +\[[a-z0-9, ]+\] +\d", re.MULTILINE)
_VALUE = re.compile(r"(\d[\d.]*)([a-zµμ%]*)\Z")
_RANK = re.compile(r"\d+\Z")
_WHOLE = {
    ("Requests", "rate"): Measure("request_rate", "req/s", None, "aggregate", "vegeta.sent"),
    ("Requests", "throughput"): Measure(
        "request_throughput", "req/s", "higher", "aggregate", "vegeta.successes"
    ),
    ("Bytes In", "total"): Measure("received", "B", None, "sum"),
    ("Bytes In", "mean"): Measure("received", "B", None, "mean"),
    ("Bytes Out", "total"): Measure("sent", "B", None, "sum"),
    ("Bytes Out", "mean"): Measure("sent", "B", None, "mean"),
    ("Success", "ratio"): Measure("success_rate", "%", "higher", "aggregate", "vegeta.status"),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by the lines of requests and latencies."""
    return by_lines(sample, needs=(_START, _LATENCIES)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one table, a row per report."""
    rows = Rows("", {})
    if not isinstance(sample, Console):
        return [rows]
    cells: dict[str, Cell] = {}
    for index, match in sample.matches(_LINE):
        if match[1] == "Requests":
            cells = {}
            rows.rows.append(Row(str(index + 1), {}, {}, cells))
        for name, found in _named(index, match):
            _keep(rows, cells, (match[1], name), found)
    return [rows]


def _keep(rows: Rows, cells: dict[str, Cell], what: tuple[str, str], found: Cell) -> None:
    match = _VALUE.match(found.text)
    if not rows.rows or match is None:
        return
    row = rows.rows[-1]
    if what == ("Requests", "total"):
        row.n = int(match[1]) if match[1].isdecimal() else None
    elif what == ("Success", "ratio") and number(match[1]) == 0:
        row.failure = "no request succeeded"
    measure = _measure(what, match[2])
    if measure:
        column = " ".join(filter(None, (*what, measure.unit)))
        rows.measures = {**rows.measures, column: measure}
        start, _, _ = found.place.rpartition("-")
        begin = int(start.rpartition(" ")[2])
        cells[column] = Cell(match[1], f"{start}-{begin + len(match[1]) - 1}")


def _measure(what: tuple[str, str], suffix: str) -> Measure | None:
    kind, name = what
    if kind == "Latencies" and (unit := unit_of(suffix)):
        statistic = "median" if name == "50" else f"p{name}" if _RANK.match(name) else name
        return Measure("latency", unit, "lower", statistic)
    if kind == "Duration" and name in {"attack", "wait"} and (unit := unit_of(suffix)):
        return Measure("duration", unit, None, "raw", f"vegeta.{name}")
    return _WHOLE.get(what)


def _named(index: int, match: re.Match[str]) -> Iterator[tuple[str, Cell]]:
    """Yield the numbers of a line with the names that its brackets give them."""
    at = match.start(3)
    names, values = match[2].split(", "), match[3].rstrip().split(", ")
    if len(names) != len(values):
        return
    for name, value in zip(names, values, strict=True):
        yield name, Cell(value, f"line {index + 1}, characters {at + 1}-{at + len(value)}")
        at += len(value) + len(", ")
