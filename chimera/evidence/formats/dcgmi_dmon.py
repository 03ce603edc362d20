"""`dcgmi dmon`: readings of GPUs as a scrolling table, a line per entity and moment.

The header abbreviates the fields that were asked for, in an order of its own; the line `ID` below
it may hold units. `SMACT`, `TENSO`, `DRAMA` and the like are shares from 0 to 1, `GPUTL` and
`MCUTL` are per cent; `N/A` is no reading. Source: DCGM user guide, "Feature Overview", and
`dcgm_fields.h`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample

NAME = "dcgmi-dmon"
READS = frozenset({"console"})
HINTS = frozenset({"Entity"})
_HEADER = re.compile(r"^# ?Entity(?: +[A-Z0-9]{3,5})+ *$", re.MULTILINE)
_ROW = re.compile(r"^(GPU(?:-I|-CI)?|Switch|CPU) (\d+)((?: +(?:N/A|[-+.\deE]+))+) *$", re.MULTILINE)
_TOKEN = re.compile(r"\S+")
_SHARES = {
    "GRACT": "graphics_engine_active",
    "SMACT": "sm_active",
    "SMOCC": "sm_occupancy",
    "TENSO": "tensor_active",
    "DRAMA": "dram_active",
    "FP64A": "fp64_active",
    "FP32A": "fp32_active",
    "FP16A": "fp16_active",
}
_MEASURES = {
    "GPUTL": Measure("gpu_utilization", "%", None),
    "MCUTL": Measure("memory_utilization", "%", None),
    "POWER": Measure("power", "W", "lower"),
    "TOTEC": Measure("energy", "mJ", None, "sum"),
    "TMPTR": Measure("temperature", "°C", None, definition="dcgm.temperature.gpu"),
    "GTEMP": Measure("temperature", "°C", None, definition="dcgm.temperature.gpu"),
    "MMTMP": Measure("temperature", "°C", None, definition="dcgm.temperature.memory"),
    "FBUSD": Measure("memory", "MiB", "lower"),
    "FBFRE": Measure("memory_free", "MiB", None),
    "FBTTL": Measure("memory_total", "MiB", None),
    "SMCLK": Measure("clock_sm", "MHz", None),
    "MMCLK": Measure("clock_memory", "MHz", None),
    "PCITX": Measure("pcie_sent", None, None),
    "PCIRX": Measure("pcie_received", None, None),
    "NVLTX": Measure("nvlink_sent", None, None),
    "NVLRX": Measure("nvlink_received", None, None),
    **{short: Measure(name, None, None) for short, name in _SHARES.items()},
}


def probe(sample: Sample) -> Match | None:
    """Tell it by a header of abbreviations and a line of an entity."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=(_HEADER, _ROW))


def parse(sample: Sample) -> list[Rows]:
    """Return one table of readings."""
    rows = Rows("", _MEASURES)
    if isinstance(sample, Console):
        for index, names, match in _readings(sample):
            found = list(_TOKEN.finditer(sample.lines[index], match.start(3), match.end(3)))
            if len(found) == len(names):
                cells = {name: _cell(index, one) for name, one in zip(names, found, strict=True)}
                entity = f"{match[1]} {match[2]}"
                rows.rows.append(Row(str(index + 1), {"entity": entity}, {}, cells))
    return [rows]


def _readings(sample: Console) -> Iterator[tuple[int, list[str], re.Match[str]]]:
    names: list[str] = []
    for index, line in enumerate(sample.lines):
        if _HEADER.match(line):
            names = line.lstrip("# ").split()[1:]
        elif names and (match := _ROW.match(line)):
            yield index, names, match


def _cell(index: int, match: re.Match[str]) -> Cell:
    return Cell(match[0], f"line {index + 1}, characters {match.start() + 1}-{match.end()}")
