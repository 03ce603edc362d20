"""redis-benchmark: `--csv`, `-q` and the full report; requests per second, latencies in ms.

The CSV has a header since version 6; `"SET","1234.56"` alone, as before, tells nothing. Progress is
overwritten in place, behind carriage returns. valkey-benchmark writes the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.match import Match, by_lines, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, percentile
from chimera.evidence.formats.samples import Cell, Console, Sample, Sheet, cell

NAME = "redis-benchmark"
READS = frozenset({"sheet", "console"})
HINTS = frozenset({"rps", "requests per second"})
_RATE = Measure("request_throughput", "req/s", "higher", "mean")
_CSV = {
    "rps": _RATE,
    "avg_latency_ms": Measure("latency", "ms", "lower", "mean"),
    "min_latency_ms": Measure("latency", "ms", "lower", "min"),
    "max_latency_ms": Measure("latency", "ms", "lower", "max"),
    **{
        f"p{p}_latency_ms": Measure("latency", "ms", "lower", percentile(p))
        for p in ("50", "95", "99")
    },
}
_HEADER = ("test", *_CSV)
_TITLE = re.compile(r"====== (\S.{0,80}?) ======\s*$")
_SETTING = re.compile(r"^\s+(\d+) (parallel clients|bytes payload)$|^\s+(keep alive): (\d)$")
_DONE = re.compile(r"^\s+(\d+) requests completed in [\d.]+ seconds")
_SUMMARY = re.compile(r"^\s+throughput summary: ([\d.]+) requests per second")
_LATENCY_HEAD = re.compile(r"^ +avg +min +p50 +p95 +p99 +max\s*$")
_QUIET = re.compile(
    r"(?:^|\r)\s*([A-Z][\w ().,-]{1,60}?): ([\d.]+) requests per second, p50=([\d.]+) msec\s*$"
)
_IN_TEXT = re.compile(
    r"^[ \t]+throughput summary: [\d.]+ requests per second|"
    r": [\d.]+ requests per second, p50=[\d.]+ msec", re.MULTILINE,
)  # fmt: skip
_NUMBER = re.compile(r"[\d.]+")
_IN_ORDER = tuple(f"{name}_latency_ms" for name in ("avg", "min", "p50", "p95", "p99", "max"))


def probe(sample: Sample) -> Match | None:
    """Tell the CSV by its header, texts by the rate with its latency."""
    if isinstance(sample, Sheet):
        return by_names(sample.keys, needs=_HEADER)
    return by_lines(sample, needs=(_IN_TEXT,)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per command."""
    rows = Rows("", _CSV)
    if isinstance(sample, Sheet):
        for place, cells in sample.rows_below(*_HEADER):
            rows.rows.append(Row(place, {"test": cells["test"]}, {}, cells))
    if isinstance(sample, Console):
        rows.rows += _report(sample)
        rows.rows += (
            Row(
                str(i + 1),
                {"test": m[1]},
                {},
                {"rps": cell(i, m, 2), "p50_latency_ms": cell(i, m, 3)},
            )
            for i, m in sample.matches(_QUIET)
        )
    return [rows]


def _report(console: Console) -> Iterator[Row]:
    row = Row("", {}, {}, {})
    for index, line in enumerate(console.lines):
        if match := _TITLE.search(line):
            row = Row(str(index + 1), {"test": match[1]}, {}, {})
        elif match := _SETTING.match(line):
            row.params[match[2] or match[3]] = match[1] or match[4]
        elif match := _DONE.match(line):
            row.n = int(match[1])
        elif match := _SUMMARY.match(line):
            row.cells = {"rps": cell(index, match)}
        elif _LATENCY_HEAD.match(line) and index + 1 < len(console.lines):
            row.cells = {**row.cells, **_latencies(index + 1, console.lines[index + 1])}
            yield row


def _latencies(index: int, line: str) -> dict[str, Cell]:
    return {
        name: Cell(one[0], f"line {index + 1}, characters {one.start() + 1}-{one.end()}")
        for name, one in zip(_IN_ORDER, _NUMBER.finditer(line), strict=False)
    }
