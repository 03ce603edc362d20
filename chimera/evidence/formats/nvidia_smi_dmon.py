"""`nvidia-smi dmon`: readings of GPUs as a scrolling table, a line per GPU and moment.

Two lines that begin with `#` name columns and units and come again every few lines; `-` stands for
a reading the GPU does not give. `sm` and `mem` are shares of the time with a kernel or a memory
access running, not of what the units could do (`man nvidia-smi`, "Device Monitoring"). `fb`,
`bar1` and the transfer rates are printed as `MB`, which the tool counts in 1024s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample

NAME = "nvidia-smi-dmon"
READS = frozenset({"console"})
HINTS = frozenset({"# gpu", "#Date"})
_HEADER = re.compile(r"^# ?(?:Date +Time +)?gpu(?: +[a-z0-9]+)+ *$", re.MULTILINE)
_UNITS = re.compile(r"^# ?(?:YYYYMMDD +HH:MM:SS +)?Idx(?: +[%A-Za-z/#0-9]+)+ *$", re.MULTILINE)
_ROW = re.compile(r"^ *(?:\d{8} +\d\d:\d\d:\d\d +)?\d+(?: +(?:-|\d+(?:\.\d+)?))+ *$", re.MULTILINE)
_TOKEN = re.compile(r"\S+")
_CONTEXT = {"Date": "date", "Time": "time"}
_MEASURES = {
    "pwr": Measure("power", "W", "lower"),
    "gtemp": Measure("temperature", "°C", None, definition="nvidia-smi.temperature.gpu"),
    "mtemp": Measure("temperature", "°C", None, definition="nvidia-smi.temperature.memory"),
    "temp": Measure("temperature", "°C", None, definition="nvidia-smi.temperature.gpu"),
    "sm": Measure("gpu_utilization", "%", None),
    "mem": Measure("memory_utilization", "%", None),
    "enc": Measure("encoder_utilization", "%", None),
    "dec": Measure("decoder_utilization", "%", None),
    "jpg": Measure("jpeg_utilization", "%", None),
    "ofa": Measure("optical_flow_utilization", "%", None),
    "mclk": Measure("clock_memory", "MHz", None),
    "pclk": Measure("clock_sm", "MHz", None),
    "fb": Measure("memory", "MiB", "lower"),
    "bar1": Measure("bar1_memory", "MiB", None),
    "ccpm": Measure("protected_memory", "MiB", None),
    "rxpci": Measure("pcie_received", "MiB/s", None),
    "txpci": Measure("pcie_sent", "MiB/s", None),
    "pviol": Measure("power_violations", "%", None),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by the two header lines and a line of readings."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=(_HEADER, _UNITS, _ROW))


def parse(sample: Sample) -> list[Rows]:
    """Return one table of readings."""
    rows = Rows("", _MEASURES)
    if isinstance(sample, Console):
        for index, names, found in _readings(sample):
            cells = {n: _cell(index, m) for n, m in zip(names, found, strict=True) if m[0] != "-"}
            texts = dict(zip(names, (match[0] for match in found), strict=True))
            row = Row(str(index + 1), {"gpu_index": texts.get("gpu", "")}, {}, cells)
            row.ids = {key: texts[name] for name, key in _CONTEXT.items() if name in texts}
            rows.rows.append(row)
    return [rows]


def _readings(sample: Console) -> Iterator[tuple[int, list[str], list[re.Match[str]]]]:
    names: list[str] = []
    for index, line in enumerate(sample.lines):
        if _HEADER.match(line):
            names = line.lstrip("# ").split()
        elif names and _ROW.match(line):
            found = list(_TOKEN.finditer(line))
            if len(found) == len(names):
                yield index, names, found


def _cell(index: int, match: re.Match[str]) -> Cell:
    return Cell(match[0], f"line {index + 1}, characters {match.start() + 1}-{match.end()}")
