"""nccl-tests on the console: time and bandwidth of a collective by message size.

`algbw` is size / time, `busbw` that times a factor of the collective and the ranks, so that it
compares with the hardware: two metrics (nccl-tests `doc/PERFORMANCE.md`). GB are 10⁹ bytes, times
in us. Each line holds the collective out of place, then in place. `#wrong` counts wrong values;
`N/A` says that nothing was checked. Bandwidths have two
decimals: 0.00 of a small message is no rate. rccl-tests write the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell

NAME = "nccl-tests"
READS = frozenset({"console"})
HINTS = frozenset({"busbw"})
_HEAD = re.compile(r"^#?[ \t]*size +count +(?:\(elements\) +)?type\b[^\n]*\bbusbw\b", re.MULTILINE)
_HALF = r"([\d.e+]+|N/A)\s+([\d.e+]+|N/A)\s+([\d.e+]+|N/A)\s+([\d.e+]+|N/A)"
_LINE = re.compile(
    r"^\s*(\d+)\s+(\d+)\s+(\w+)\s+(.{0,40}?)\s*\s" + _HALF + r"\s+" + _HALF + r"\s*$"
)
_AVERAGE = re.compile(r"^# Avg bus bandwidth\s*:\s*([\d.]+)")
_SETTINGS = re.compile(r"^# nThread (\d+) nGpus (\d+) .{0,120}?warmup iters: (\d+) iters: (\d+)")
_COLLECTIVE = re.compile(r"^# Collective test starting: (\S+)")
_MEASURES = {
    "time": Measure("latency", "us", "lower", "mean", "nccl.time"),
    "algbw": Measure("algorithm_bandwidth", "GB/s", "higher", "mean", "nccl.algbw"),
    "busbw": Measure("bus_bandwidth", "GB/s", "higher", "mean", "nccl.busbw"),
}
_AVERAGED = {
    "": Measure("bus_bandwidth", "GB/s", "higher", "aggregate", "nccl.busbw over all sizes")
}
_PLACES = {"out-of-place": 5, "in-place": 9}  # groups of a line


def probe(sample: Sample) -> Match | None:
    """Tell it by the head of the columns."""
    return by_lines(sample, needs=(_HEAD,)) if isinstance(sample, Console) else None


def parse(sample: Sample) -> list[Rows]:
    """Return two rows per size, and the average over the sizes of each run."""
    if not isinstance(sample, Console):
        return []
    sizes, average = Rows("", _MEASURES), Rows("average", _AVERAGED)
    labels: dict[str, str] = {}
    params: dict[str, str] = {}
    iterations: int | None = None
    for index, line in enumerate(sample.lines):
        if match := _COLLECTIVE.match(line):
            labels = {"collective": match[1]}
        elif match := _SETTINGS.match(line):
            params = {"nThread": match[1], "nGpus": match[2], "warmup iters": match[3]}
            iterations = int(match[4])
        elif match := _AVERAGE.match(line):
            cells = {"": cell(index, match, 1)}
            average.rows.append(Row(str(index + 1), labels, params, cells))
        elif match := _LINE.match(line):
            sizes.rows += _rows(index, match, Row("", labels, params, {}, iterations))
    return [sizes, average]


def _rows(index: int, match: re.Match[str], of: Row) -> Iterator[Row]:
    """Yield the row out of place and the one in place."""
    reduction = dict(zip(("redop", "root"), match[4].split(), strict=False))
    for place, group in _PLACES.items():
        params = {**of.params, "size": match[1], "count": match[2], "type": match[3], **reduction}
        params["place"] = place
        cells = {name: cell(index, match, group + i) for i, name in enumerate(_MEASURES)}
        row = Row(str(index + 1), of.labels, params, cells, of.n)
        row.invalid = {
            name: "below the resolution of 0.01 GB/s"
            for name, one in cells.items()
            if name != "time" and one and not one.text.strip("0.")
        }
        wrong = match[group + 3]
        row.failure = None if wrong == "N/A" or not wrong.strip("0.") else f"{wrong} wrong values"
        yield row
