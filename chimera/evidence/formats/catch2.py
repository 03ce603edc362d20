"""Catch2 console, versions 2 and 3: three lines per benchmark, with units at each number.

First samples, iterations and the estimated run time (a plan, no measurement), then mean and
standard deviation with the bounds of their 95 % intervals. A long name runs over lines above.
Without analysis there is one line that ends with the mean. A mean of 0 ns is less than the clock
can tell, no measurement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, cell
from chimera.evidence.units import unit_of

NAME = "catch2"
READS = frozenset({"console"})
HINTS = frozenset({"benchmark name"})
_TIME = r"(?P<{0}>\d[\d.]*(?:e[+-]?\d+)?) (?P<{0}_unit>ns|us|ms|s|m|h)"
_HEADER = re.compile(
    r"^benchmark name +samples +iterations +(?:estimated|est run time|(?P<mean>mean))\s*$",
    re.MULTILINE,
)
_FIRST = re.compile(r" (?P<n>\d+) +\d+ +" + _TIME.format("mid") + r"\s*$", re.MULTILINE)
_TRIPLE = re.compile(
    r"^ +" + " +".join(map(_TIME.format, ("mid", "low", "high"))) + r"\s*$", re.MULTILINE
)
_FAILED = re.compile(r" Benchmark failed \((?P<why>.*)\)")
_RULE = re.compile(r"^-{20,}\s*$")
_DOTS = re.compile(r"^\.{20,}\s*$")
_HOST = re.compile(r"^.* is a Catch2? v\S+ host application\.", re.MULTILINE)
_INTERVAL = "catch2.interval_95"
_STATISTICS = {"mid": "mean", "low": "ci_low", "high": "ci_high"}


def probe(sample: Sample) -> Match | None:
    """Tell it by the header of its table and a line of a benchmark."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=(_HEADER, _FIRST), typical=(_HOST, _TRIPLE))


def parse(sample: Sample) -> list[Rows]:
    """Return one table of means per units, and one of standard deviations."""
    if not isinstance(sample, Console):
        return []
    found = _Reader(sample)
    for index, line in enumerate(sample.lines):
        found.take(index, line)
    return list(found.tables.values())


class _Reader:
    """Reads the lines of a console one by one."""

    def __init__(self, console: Console) -> None:
        self.tables: dict[tuple[str, ...], Rows] = {}
        self._lines = console.lines
        self._short = False  # whether the table was made without analysis
        self._above: list[str] = []  # the beginning of a name
        self._case = ""
        self._now: Row | None = None  # the benchmark whose statistics follow
        self._statistics = 0  # how many lines of them were read

    def take(self, index: int, line: str) -> None:
        """Read one line."""
        if header := _HEADER.match(line):
            self._short, self._above, self._now = header["mean"] is not None, [], None
        elif _DOTS.match(line):
            self._case = self._test_case(index)
        elif failed := _FAILED.search(line):
            row = self._row(index, line[: failed.start()])
            row.failure = f"failed: {failed['why']}"
            self.tables.setdefault(("mean", "", "", ""), Rows("", {})).rows.append(row)
        elif first := _FIRST.search(line):
            self._now = self._row(index, line[: first.start()])
            self._now.n, self._statistics = int(first["n"]), 0
            if self._short:
                self._add(index, first, {"mid": "mean"})
        elif self._now and not self._short and (triple := _TRIPLE.match(line)):
            kinds: Mapping[str, str] = {"mid": "stdev"} if self._statistics else _STATISTICS
            self._add(index, triple, kinds)
            self._statistics += 1
        elif _RULE.match(line) or not line.strip():
            self._above = []
        else:
            self._above.append(line.strip())

    def _row(self, index: int, name: str) -> Row:
        whole = " ".join([*self._above, name.strip()]).strip()
        self._above = []
        labels = {"benchmark": whole, "test_case": self._case}
        return Row(f"{index + 1}", {k: v for k, v in labels.items() if v}, {}, {})

    def _add(self, index: int, match: re.Match[str], kinds: Mapping[str, str]) -> None:
        if self._now is None:
            return
        measures = {
            kind: Measure(
                "duration",
                unit_of(match[f"{group}_unit"]) or match[f"{group}_unit"],
                "lower" if kind == "mean" else None,
                kind,
                _INTERVAL if kind.startswith("ci") else None,
            )
            for group, kind in kinds.items()
        }
        cells: dict[str, Cell | None] = {
            kind: cell(index, match, group) for group, kind in kinds.items()
        }
        if "mean" in kinds.values() and not match["mid"].strip("0."):
            zero = f"{match['mid']} {match['mid_unit']}"
            self._now.failure = f"{zero}: less than the clock can tell"
        row = Row(f"{index + 1}", self._now.labels, {}, cells, self._now.n, self._now.failure)
        key = (*kinds.values(), *(measure.unit or "" for measure in measures.values()))
        self.tables.setdefault(key, Rows("", measures)).rows.append(row)

    def _test_case(self, index: int) -> str:
        """Return the test case and sections that stand between rules above a line of dots."""
        rules = [i for i in range(max(index - 12, 0), index) if _RULE.match(self._lines[i])]
        if len(rules) < 2:  # noqa: PLR2004 - one above, one below
            return ""
        names = self._lines[rules[-2] + 1 : rules[-1]]
        return " / ".join(name.strip() for name in names if name.strip())
