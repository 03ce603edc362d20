"""Go `go test -bench`: `BenchmarkX/size=10-8  5000  325 ns/op  16 B/op  2 allocs/op`.

The format is `golang.org/design/14313-benchmark-format`: lines `key: value` hold for what follows,
each line of a benchmark is one run (its N is a loop count) with any number of values and units, so
that repeated names are samples. `-8` is GOMAXPROCS, `size=10` a setting. `Unit x better=higher`
gives a direction. `ns` before a `/` and `-bytes` at the end keep their meaning in a unit such as
`build-real-ns/op` or `text-bytes`. Ollama's tool writes `/step=` into such lines and has its own
format.
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, cell
from chimera.evidence.records import Direction
from chimera.evidence.units import family_of, unit_of

NAME = "go-bench"
READS = frozenset({"console"})
HINTS = frozenset({"Benchmark"})
_VALUE = r"[+-]?(?:\d[\d.]*(?:e[+-]?\d+)?|NaN|\+?Inf)"
_BEFORE = r"^[ \t/*#>]{0,8}"  # lines may stand in a comment
_LINE = re.compile(
    rf"{_BEFORE}Benchmark(?P<name>\S*)[ \t]+\d+[ \t]+(?={_VALUE}[ \t]+[^\s\d])(?P<pairs>.*)",
    re.MULTILINE,
)
_PAIR = re.compile(rf"(?<!\S)({_VALUE})[ \t]+([^\s\d]\S*)")
_OLLAMA = re.compile(_BEFORE + r"Benchmark\S*/step=\S+[ \t]+\d", re.MULTILINE)
_CONFIG = re.compile(r"^([a-z][\w.-]{0,39}):[ \t]+(\S.{0,199})$")
_UNIT = re.compile(r"^Unit (?P<unit>\S+) (?:.* )?better=(?P<better>higher|lower)\b")
_NOT_RUN = re.compile(r"^\s*--- (?P<what>FAIL|SKIP): (?P<name>Benchmark\S+)")
_REASON = re.compile(r"^\s+\S+\.go:\d+: (.+)$")
_TYPICAL = (
    re.compile(r"^goos: ", re.MULTILINE),
    re.compile(r"^pkg: ", re.MULTILINE),
    re.compile(r" ns/op\b"),
)
_LABELS = frozenset({"pkg"})
_PROCS = re.compile(r"-(\d+)\Z")
_SETTING = re.compile(r"(\w[\w.-]*)=(.+)\Z")
_KNOWN = {
    "ns/op": Measure("duration", "ns/op", "lower"),
    "MB/s": Measure("bandwidth", "MB/s", "higher"),
    "B/op": Measure("memory", "B/op", "lower"),
    "allocs/op": Measure("allocations", "allocs/op", "lower"),
}
_NANOSECONDS = re.compile(r"(?P<name>\S+)-(?P<unit>ns/\w+|ns)\Z")
_BYTES = re.compile(r"(?P<name>\S+)-bytes\Z")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)\Z", re.IGNORECASE)


def probe(sample: Sample) -> Match | None:
    """Tell it by a benchmark's line: a count, then a value with a unit."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=(_LINE,), typical=_TYPICAL, without=(_OLLAMA,))


def parse(sample: Sample) -> list[Rows]:
    """Return one table with a column per unit."""
    if not isinstance(sample, Console):
        return []
    rows = Rows("", {})
    better: dict[str, Direction] = {}
    config: dict[str, str] = {}
    for index, line in enumerate(sample.lines):
        if match := _LINE.match(line):
            rows.rows.append(_run(index, match, config))
        elif match := _NOT_RUN.match(line):
            rows.rows.append(_failure(sample, index, match, config))
        elif match := _CONFIG.match(line):
            config = {**config, match[1]: match[2].strip()}
        elif match := _UNIT.match(line):
            better[match["unit"]] = "higher" if match["better"] == "higher" else "lower"
    units = dict.fromkeys(unit for row in rows.rows for unit in row.cells)
    rows.measures = {unit: _measure(unit, better.get(unit)) for unit in units}
    return [rows]


def _run(index: int, match: re.Match[str], config: dict[str, str]) -> Row:
    cells: dict[str, Cell | None] = {}
    for pair in _PAIR.finditer(match.string, match.start("pairs")):
        cells.setdefault(pair[2], cell(index, pair))
    return _row(index, f"Benchmark{match['name']}", config, cells)


def _row(index: int, name: str, config: dict[str, str], cells: dict[str, Cell | None]) -> Row:
    procs = _PROCS.search(name)
    first, *parts = (name[: procs.start()] if procs else name).split("/")
    settings = {m[1]: m[2] for part in parts if (m := _SETTING.match(part))}
    rest = [part for part in parts if not _SETTING.match(part)]
    labels = {"benchmark": "/".join((first, *rest))}
    labels |= {key: value for key, value in config.items() if key in _LABELS}
    params = {key: value for key, value in config.items() if key not in _LABELS}
    params |= settings | ({"procs": procs[1]} if procs else {})
    return Row(f"{index + 1}", labels, params, cells)


def _failure(console: Console, index: int, match: re.Match[str], config: dict[str, str]) -> Row:
    row = _row(index, match["name"], config, {})
    below = console.lines[index + 1] if index + 1 < len(console.lines) else ""
    reason = _REASON.match(below)
    what = "failed" if match["what"] == "FAIL" else "skipped"
    row.failure = f"{what}: {reason[1].strip()}" if reason else what
    return row


def _measure(written: str, better: Direction | None) -> Measure:
    if known := _KNOWN.get(written):
        return known
    name, unit = _split(written)
    percentile = _PERCENTILE.match(name)
    statistic = f"p{percentile[1]}" if percentile else "raw"
    time = family_of(unit) in {"time", "time per"}
    metric = "duration" if time and (percentile or name == unit) else name
    return Measure(metric, unit, better or _direction(unit), statistic)


def _split(written: str) -> tuple[str, str | None]:
    """Return what a unit of `ReportMetric` measures, and the unit proper."""
    if match := _NANOSECONDS.match(written):
        return match["name"], match["unit"]
    if match := _BYTES.match(written):
        return match["name"], "B"
    unit = unit_of(written)
    return (unit or written), unit


def _direction(unit: str | None) -> Direction | None:
    """Return the better side of a time; other units of one's own may be anything."""
    return "lower" if family_of(unit) in {"time", "time per"} else None
