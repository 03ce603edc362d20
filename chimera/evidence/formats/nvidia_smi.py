"""`nvidia-smi --query-gpu=… --format=csv`: readings of GPUs over time, a row per GPU and moment.

The header names the units (`memory.used [MiB]`) and the cells repeat them (`123 MiB`) unless
`nounits` was asked for. Temperatures have none and are degrees Celsius (`nvidia-smi
--help-query-gpu`). `[N/A]`, `[Not Supported]` and `[Unknown Error]` are no readings. What a
reading means for a benchmark is not the tool's to say: the rows are a time series.
"""

from __future__ import annotations

import re
from functools import lru_cache

from chimera.evidence.formats.blocks import rows_below
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Sample, Sheet
from chimera.evidence.names import plain, resolve
from chimera.evidence.units import unit_of

NAME = "nvidia-smi"
READS = frozenset({"sheet"})
_READINGS = (
    "memory.used [MiB]",
    "memory.total [MiB]",
    "memory.free [MiB]",
    "utilization.gpu [%]",
    "utilization.memory [%]",
    "power.draw [W]",
    "power.draw.instant [W]",
    "power.draw.average [W]",
    "power.limit [W]",
    "fan.speed [%]",
    "temperature.gpu",
    "temperature.memory",
    "clocks.current.sm [MHz]",
    "clocks.current.memory [MHz]",
    "clocks.current.graphics [MHz]",
    "clocks.sm [MHz]",
    "clocks.mem [MHz]",
    "clocks.gr [MHz]",
    "used_gpu_memory [MiB]",
)
HINTS = frozenset(_READINGS)
_LABELS = {"name": "gpu", "gpu_name": "gpu", "index": "gpu_index", "process_name": "process"}
_IDS = {"timestamp", "uuid", "gpu_uuid", "pci.bus_id", "gpu_bus_id", "pid"}
_PARAMS = re.compile(
    r"pstate|driver_version|(?:clocks|power)\.(?:max|min|default|applications|enforced)\b.*|"
    r"power\.(?:limit|management)\b.*|.*_mode(?:\.current)?|mig\.mode\.current|pcie\.link\..*"
)
_BRACKET = re.compile(r"(.*?) ?\[([^\]\[]+)\]\Z")
_CELL = re.compile(r"(-?\d[\d.,]*) ?([^\d\s].*)?\Z")


def probe(sample: Sample) -> Match | None:
    """Tell it by columns that are named as the tool's queries, with units in brackets."""
    if not isinstance(sample, Sheet) or sample.container != "csv":
        return None
    found = [name for name in _READINGS if name in sample.keys]
    queried = [n for n in ("timestamp", "name", "index", "uuid", "pstate") if n in sample.keys]
    if len(found) < 2 and not (found and queried):  # noqa: PLR2004 - one name may be a coincidence
        return None
    return by_names(sample.keys, needs=found[:1], typical=(*found[:3], *queried[:1]))


def parse(sample: Sample) -> list[Rows]:
    """Return one table of readings."""
    if not isinstance(sample, Sheet):
        return []
    measures: dict[str, Measure] = {}
    rows: list[Row] = []
    for place, cells in rows_below(sample, _is_header):
        texts = {name: cell.text for name, cell in cells.items()}
        row = Row(place, {}, {}, {})
        row.labels = {_LABELS[name]: text for name, text in texts.items() if name in _LABELS}
        row.ids = {plain(name): text for name, text in texts.items() if name in _IDS}
        set_to = [name for name in texts if _PARAMS.fullmatch(name)]
        row.params = {plain(_BRACKET.sub(r"\1", name)): texts[name] for name in set_to}
        readings = [name for name in cells if name not in {*_LABELS, *_IDS, *set_to}]
        row.cells = {name: _number(cells[name], _measure(name).unit) for name in readings}
        measures.update({name: _measure(name) for name in readings})
        rows.append(row)
    return [Rows("", measures, rows)]


def _is_header(names: frozenset[str]) -> bool:
    return not HINTS.isdisjoint(names)


def _number(cell: Cell, unit: str | None) -> Cell | None:
    """Return the number of a cell, None where it holds none or one of another unit."""
    match = _CELL.match(cell.text)
    if match is None or (match[2] and unit_of(match[2]) != unit):
        return None
    return Cell(match[1], cell.place)


@lru_cache(maxsize=256)
def _measure(column: str) -> Measure:
    match = _BRACKET.match(column)
    name, written = (match[1], match[2]) if match else (column, "")
    unit = unit_of(written) or written or None
    definition = f"nvidia-smi.{name}" if name.startswith(("temperature.", "power.draw.")) else None
    if name.startswith("temperature"):
        return Measure("temperature", unit or "°C", None, definition=definition)
    known = resolve((name,), unit, hardware=True)
    metric = "power" if name.startswith("power.draw") else known.metric
    return Measure(metric, unit, known.direction, definition=definition)
