"""Rust `cargo bench` with libtest: `test x ... bench:   1,234 ns/iter (+/- 56) = 12 MB/s`.

The time is the median of the samples and what stands behind `+/-` is maximum less minimum
(`library/test/src/bench.rs`); `--output-format bencher` of Criterion prints the same line with the
median and a standard deviation, so that the spread has no better name. Harnesses that count
cycles or samples per second write their own unit.
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell
from chimera.evidence.records import Direction
from chimera.evidence.units import TIMES, unit_of

NAME = "libtest-bench"
READS = frozenset({"console"})
HINTS = frozenset({"bench:"})
_NAME = r"^test (?P<name>\S(?:\S| (?! ))*?) +\.\.\. "
_BENCH = re.compile(
    _NAME + r"bench: +(?P<value>[\d,.]+) (?P<unit>\S{1,24}) \(\+/- (?P<spread>[\d,.]+)\)"
    r"(?: = (?P<rate>[\d,.]+) MB/s)?",
    re.MULTILINE,
)
_FAILED = re.compile(_NAME + r"FAILED\s*$")
_RUNNING = re.compile(r"^running \d+ tests?\s*$")
_RESULT = re.compile(r"^test result: .* \d+ measured", re.MULTILINE)


def probe(sample: Sample) -> Match | None:
    """Tell it by a line of a benchmark."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=(_BENCH,), typical=(_RESULT,))


def parse(sample: Sample) -> list[Rows]:
    """Return one table per unit; a test that failed beside benchmarks is a failed benchmark."""
    tables: dict[str, Rows] = {}
    if not isinstance(sample, Console):
        return []
    failed: list[Row] = []
    unit = ""  # of the benchmarks in this run, empty before the first
    for index, line in enumerate(sample.lines):
        if _RUNNING.match(line):
            failed, unit = [], ""
        if match := _BENCH.match(line):
            unit = match["unit"]
            rows = tables.setdefault(unit, Rows("", _measures(unit)))
            rows.rows.append(_row(index, match))
        elif match := _FAILED.match(line):
            failed.append(Row(f"{index + 1}", {"benchmark": match["name"]}, {}, {}))
            failed[-1].failure = "FAILED"
        if unit:
            tables[unit].rows += failed
            failed = []
    return list(tables.values())


def _row(index: int, match: re.Match[str]) -> Row:
    cells = {name: cell(index, match, name) for name in ("value", "spread", "rate")}
    return Row(f"{index + 1}", {"benchmark": match["name"]}, {}, cells)


def _measures(written: str) -> dict[str, Measure]:
    unit = (unit_of(written) if written.islower() else None) or written  # MS/s are no ms/s
    rate = written.rpartition("/")[2] in TIMES
    metric, way = _METRICS[rate]
    return {
        "value": Measure(metric, unit, way, "median"),
        "spread": Measure(metric, unit, None, "spread"),
        "rate": Measure("bandwidth", "MB/s", "higher", "median"),
    }


_METRICS: dict[bool, tuple[str, Direction]] = {
    True: ("throughput", "higher"),
    False: ("duration", "lower"),
}
