"""Vitest `bench`: its table on the console and its JSON (`--outputJson`), times in ms per call.

`hz`, calls per second, is 1000 / mean; the table writes it with more digits than the mean, whose
four decimals cannot tell less than 0.1 us. `p995` is p99.5 (tinybench). A benchmark that threw, or
was skipped, has no statistics.
"""

from __future__ import annotations

import re

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_lines, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, count, items, mapping, text
from chimera.evidence.formats.samples import Cell, Console, Node, Sample

NAME = "vitest-bench"
READS = frozenset({"node", "console"})
HINTS = frozenset({"files", "rme  samples"})
_STATISTICS = {
    "hz": Measure("call_throughput", "call/s", "higher", "mean"),
    "mean": Measure("duration", "ms", "lower", "mean"),
    "median": Measure("duration", "ms", "lower", "median"),
    "min": Measure("duration", "ms", "lower", "min"),
    "max": Measure("duration", "ms", "lower", "max"),
    "p75": Measure("duration", "ms", "lower", "p75"),
    "p99": Measure("duration", "ms", "lower", "p99"),
    "p995": Measure("duration", "ms", "lower", "p99.5"),
    "p999": Measure("duration", "ms", "lower", "p99.9"),
    "sd": Measure("duration", "ms", None, "stdev"),
    "sem": Measure("duration", "ms", None, "stderr"),
}
_SAMPLES = {"": Measure("duration", "ms", "lower")}
_HEAD = re.compile(r"^ +name +hz +min +max +mean +p75 +p99 +p995 +p999 +rme +samples",
                   re.MULTILINE)  # fmt: skip
_RARE = re.compile(r"rme +samples")
_ROW = re.compile(r"^\s+[·*-] (\S.{0,200}?)\s+([\d,.]+(?: +[\d,.]+){7}) +±[\d.]+% +(\d+)")
_GROUP = re.compile(r"^\s*[✓✔\u00d7\u276f↓] (\S.{0,300}?)(?: \d+(?:\.\d+)?m?s)?\s*$")
_COLUMNS = ("hz", "min", "max", "mean", "p75", "p99", "p995", "p999")
_NUMBER = re.compile(r"[\d,.]+")


def probe(sample: Sample) -> Match | None:
    """Tell the table by its head, JSON by the groups of a file and their benchmarks."""
    if isinstance(sample, Console):
        return by_lines(sample, needs=(_HEAD,), rare=_RARE)
    if not isinstance(sample, Node) or sample.is_list:
        return None
    file = mapping(next(iter(items(sample.first.get("files"))), None))
    group = mapping(next(iter(items(file.get("groups"))), None))
    found = [*sample.keys, *file, *group]
    return by_names(found, needs=("files", "filepath", "groups", "fullName", "benchmarks"))


def parse(sample: Sample) -> list[Rows]:
    """Return one row per benchmark, and its samples where the file holds them."""
    if isinstance(sample, Console):
        return [_console(sample)]
    value, place = (sample.first, sample.place) if isinstance(sample, Node) else ({}, "")
    statistics = Rows("/files/*/groups/*/benchmarks/*", _STATISTICS)
    samples = Rows("/files/*/groups/*/benchmarks/*/samples", _SAMPLES)
    for f, file in enumerate(map(mapping, items(value.get("files")))):
        for g, group in enumerate(map(mapping, items(file.get("groups")))):
            for b, one in enumerate(map(mapping, items(group.get("benchmarks")))):
                row = _row(f"{place}/files/{f}/groups/{g}/benchmarks/{b}", group, one)
                statistics.rows.append(row)
                samples.rows += [
                    Row(f"{row.place}/samples/{i}", row.labels, {}, {"": text(value)})
                    for i, value in enumerate(items(one.get("samples")))
                ]
    return [statistics, samples]


def _row(place: str, group: dict[str, Json], one: dict[str, Json]) -> Row:
    labels = {"group": text(group.get("fullName")), "benchmark": text(one.get("name"))}
    row = Row(place, labels, {}, {column: text(one.get(column)) for column in _STATISTICS})
    row.n = count(one.get("sampleCount"))
    row.failure = None if row.n else "no sample was taken"
    return row


def _console(console: Console) -> Rows:
    rows = Rows("", {column: _STATISTICS[column] for column in _COLUMNS})
    group = ""
    for index, line in enumerate(console.lines):
        if match := _ROW.match(line):
            labels = {"group": group, "benchmark": match[1]}
            row = Row(str(index + 1), labels, {}, _cells(index, match), int(match[3]))
            row.invalid = {
                column: "below the resolution of 0.1 us"
                for column, one in row.cells.items()
                if isinstance(one, Cell) and not one.text.strip("0.")
            }
            rows.rows.append(row)
        elif match := _GROUP.match(line):
            group = match[1]
    return rows


def _cells(index: int, match: re.Match[str]) -> dict[str, Cell]:
    cells = {}
    for column, number in zip(_COLUMNS, _NUMBER.finditer(match[2]), strict=False):
        start, end = (match.start(2) + at for at in number.span())
        cells[column] = Cell(number[0], f"line {index + 1}, characters {start + 1}-{end}")
    return cells
