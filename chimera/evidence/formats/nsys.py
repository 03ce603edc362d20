"""Nsight Systems `nsys stats --format csv`: time per kernel, API call, memory operation or range.

Statistics over the calls of one profile, in the unit that the header names (ns unless
`--timeunit` says otherwise). A file may start with lines about the export and hold several
reports one under the other; numbers may have separators of thousands. GPU time and host time of
one name are different things, so each kind of report has a definition of its own.
Source: the `*_sum` reports that ship with nsys, columns as in the user guide, "Report Scripts".
"""

from __future__ import annotations

import re
from functools import lru_cache

from chimera.evidence.formats.blocks import rows_below
from chimera.evidence.formats.match import Match, by_lines, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Node, Sample, Sheet
from chimera.evidence.numerals import number
from chimera.evidence.records import Direction
from chimera.evidence.units import unit_of

NAME = "nsys-stats"
READS = frozenset({"node", "sheet", "console"})
HINTS = frozenset({"Time (%)", "Time(%)", "Total (MB)"})
_STATISTICS = {
    "Total Time": "sum", "Total": "sum", "Average": "mean", "Avg": "mean", "Med": "median",
    "Median": "median", "Minimum": "min", "Min": "min", "Maximum": "max", "Max": "max",
    "StdDev": "stdev",
}  # fmt: skip
_SHARE = frozenset({"Time (%)", "Time(%)"})
_COUNTS = ("Instances", "Num Calls", "Count", "Num Ranges", "Events")
# By the column that says what was measured and the one that counts: label, definition.
_KINDS = {
    ("Name", "Instances"): ("kernel", "nsys.gpu_kernel"),
    ("Kernel Name", "Instances"): ("kernel", "nsys.gpu_kernel"),
    ("Name", "Num Calls"): ("call", "nsys.host_call"),
    ("Operation", "Count"): ("operation", "nsys.gpu_memory_operation"),
    ("Operation", "Operations"): ("operation", "nsys.gpu_memory_operation"),
    ("Range", "Instances"): ("range", "nsys.range"),
}
_TEXTS = {"Style": "style", "Category": "category", "GridXYZ": "grid", "BlockXYZ": "block"}
_COLUMN = re.compile(r"([A-Z][A-Za-z]+(?: Time)?)(?: ?\((\w+)\))?\Z")
_HEADER = re.compile(
    r'^"?(?:Time ?\(%\)"?,"?Total Time \(\w+\)|Total \(\w+\)"?,"?Count)"?,.*'
    r'\b(?:Name|Operation|Range)"?,?',
    re.MULTILINE,
)


def probe(sample: Sample) -> Match | None:
    """Tell a report by its share of time, its total and the name of what took the time."""
    match sample:
        case Console():
            return by_lines(sample, needs=(_HEADER,))
        case Sheet(container="csv"):
            found = set(sample.keys)
            found |= {"a name" for names in _KINDS if found.issuperset(names)}
            found |= {"a total" for name in found if _is_total(name)}
            return by_names(found, needs=("a name", "a total"), typical=("Time (%)",))
        case _:
            return None


def parse(sample: Sample) -> list[Rows]:
    """Return one table per kind of report and unit."""
    tables: dict[str, Rows] = {}
    if isinstance(sample, Node):
        return []
    for place, cells in rows_below(sample, _is_header):
        kind = _kind(frozenset(cells))
        if kind is None:
            continue
        measures = {name: one for name in cells if (one := _measure(name, kind[1]))}
        key = "/".join([kind[1], *measures])
        table = tables.setdefault(key, Rows(kind[0], measures))
        table.rows.append(_row(place, cells, kind[0]))
    return list(tables.values())


def _row(place: str, cells: dict[str, Cell], label: str) -> Row:
    texts = {name: cell.text for name, cell in cells.items()}
    what = next((texts[name] for name, _ in _KINDS if texts.get(name)), "")
    counts = [number(texts[name]) for name in _COUNTS if name in texts]
    row = Row(place, {label: what}, {}, cells, int(counts[0]) if counts and counts[0] else None)
    row.labels.update({_TEXTS[name]: texts[name] for name in _TEXTS if texts.get(name)})
    if row.n == 1:
        row.invalid = {name: "of a single call" for name in texts if name.startswith("StdDev")}
    return row


def _is_header(names: frozenset[str]) -> bool:
    return _kind(names) is not None and any(map(_is_total, names))


@lru_cache(maxsize=64)
def _kind(names: frozenset[str]) -> tuple[str, str] | None:
    return next((kind for needed, kind in _KINDS.items() if names.issuperset(needed)), None)


def _is_total(name: str) -> bool:
    return name.startswith(("Total Time (", "Total (MB)"))


@lru_cache(maxsize=256)
def _measure(column: str, definition: str) -> Measure | None:
    if column in _SHARE:
        return Measure("time_share", "%", None, "aggregate", definition)
    match = _COLUMN.match(column)
    if match is None or match[1] not in _STATISTICS:
        return None
    unit, statistic = unit_of(match[2] or "ns"), _STATISTICS[match[1]]
    if unit == "MB":
        return Measure("transfer_size", unit, None, statistic, definition)
    direction: Direction | None = None if statistic == "stdev" else "lower"
    return Measure("duration", unit, direction, statistic, definition)
