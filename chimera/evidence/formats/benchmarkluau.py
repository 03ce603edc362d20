"""Luau's `bench.py`: a table `Test | Min | Average | StdDev% | Driver`, milliseconds in cells.

The `SUCCESS:` lines above it say the averages a first time and are read only where the table is
missing. `Total` is a sum over tests, no measurement.
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell

NAME = "benchmarkluau"
READS = frozenset({"console"})
HINTS = frozenset({"SUCCESS: ", "StdDev%"})
_SUCCESS = re.compile(
    r"^SUCCESS: (?P<name>\S+) *: +(?P<mean>[\d.]+)ms \+/- +(?P<cv>[\d.]+)% on (?P<driver>\S+)",
    re.MULTILINE,
)
_HEADER = re.compile(r"^Test +\| Min +\| Average +\| StdDev% +\| Driver", re.MULTILINE)
_ROW = re.compile(
    r"^(?P<name>\S+) +\| +(?P<min>[\d.]+)ms +\| +(?P<mean>[\d.]+)ms +\| +(?P<cv>[\d.]+)% +\| "
    r"(?P<driver>\S+)",
    re.MULTILINE,
)
_MEASURES = {
    "min": Measure("duration", "ms", "lower", "min"),
    "mean": Measure("duration", "ms", "lower", "mean"),
    "cv": Measure("duration", "%", None, "cv"),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by a row of the table below its header, or by a line of success."""
    if not isinstance(sample, Console):
        return None
    table = by_lines(sample, needs=(_HEADER, _ROW), typical=(_SUCCESS,))
    return table or by_lines(sample, needs=(_SUCCESS,))


def parse(sample: Sample) -> list[Rows]:
    """Return one table."""
    if not isinstance(sample, Console):
        return []
    pattern = _ROW if sample.has(_HEADER) and sample.has(_ROW) else _SUCCESS
    rows = Rows("", _MEASURES)
    for index, match in sample.matches(pattern):
        cells = {name: cell(index, match, name) for name in _MEASURES if name in match.groupdict()}
        params = {"driver": match["driver"]}
        rows.rows.append(Row(f"{index + 1}", {"benchmark": match["name"]}, params, cells))
    return [rows]
