"""Nsight Compute `ncu --csv`: what the hardware counted during each launch of a kernel.

The raw page is wide: a column per metric, row 2 holds the units, every row below is one launch.
The details page is long: a row per launch and metric with `Metric Unit` and `Metric Value`; ncu
scales units per row there, so a metric may come in several. Either way a row of the table is one
launch, and `.avg`, `.min`, `.max` and `.sum` go over the units of the chip, not over launches.
Properties of the device are left out. Source: Nsight Compute CLI, "CSV", and Kernel Profiling
Guide, "Metrics Structure".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.blocks import rows_below
from chimera.evidence.formats.match import Match, by_lines, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Node, Sample, Sheet
from chimera.evidence.names import plain, resolve
from chimera.evidence.numerals import number
from chimera.evidence.units import unit_of

NAME = "ncu"
READS = frozenset({"node", "sheet", "console"})
HINTS = frozenset({"Kernel Name"})
_LONG = frozenset({"Kernel Name", "Metric Name", "Metric Value"})
_WIDE = frozenset({"ID", "Kernel Name", "Block Size", "Grid Size"})
_LABELS = ("Process Name", "Kernel Name", "Device")
_PARAMS = ("Context", "Stream", "Block Size", "Grid Size", "CC")
_IDS = ("ID", "Process ID")
_KNOWN = frozenset({*_LABELS, *_PARAMS, *_IDS, "Host Name", "Kernel Time"})
_DEVICE = re.compile(r"(?:c2clink|device|numa|nvlink|profiler)__")
_LAUNCH = "launch__"  # how the kernel was launched; counted in blocks, threads, registers
_SETTINGS = re.compile(r"launch__\w*(?:_size|registers_per_thread)\Z")
_DURATION = frozenset({"gpu__time_duration.sum", "Duration"})
_UNITS = {"nsecond": "ns", "usecond": "us", "msecond": "ms", "second": "s"}
_COLUMNS = r'^"?ID"?,(?:"?[A-Z][A-Za-z ]{0,24}"?,){1,20}'
_LONG_HEADER = re.compile(
    _COLUMNS + r'"?Metric Name"?,"?Metric Unit"?,"?Metric Value"?', re.MULTILINE
)
_WIDE_HEADER = re.compile(_COLUMNS + r'"?[a-z]\w*__\w', re.MULTILINE)


def probe(sample: Sample) -> Match | None:
    """Tell the long page by its three columns of a metric, the wide one by names of metrics."""
    if isinstance(sample, Console):
        long = by_lines(sample, needs=(_LONG_HEADER,))
        return long or by_lines(sample, needs=(_WIDE_HEADER,))
    if not isinstance(sample, Sheet) or sample.container != "csv":
        return None
    if sample.keys >= _LONG:
        return by_names(sample.keys, needs=_LONG, typical=("Metric Unit", "ID"))
    metrics = [key for key in sample.keys if "__" in key]
    return by_names(sample.keys, needs=_WIDE) if metrics else None


def parse(sample: Sample) -> list[Rows]:
    """Return one table with a row per launch and a column per metric and unit."""
    if isinstance(sample, Node):
        return []
    measures: dict[str, Measure] = {}
    launches: dict[tuple[str, ...], Row] = {}
    units: dict[str, str] = {}
    wide: list[Row] = []
    for place, cells in rows_below(sample, _is_header):
        texts = {name: cell.text for name, cell in cells.items()}
        if cells.keys() >= _LONG:
            key = (texts.get("ID", ""), texts["Kernel Name"], texts.get("Process ID", ""))
            row = launches.setdefault(key, _row(place, texts))
            _add_metric(row, cells, measures)
        elif not texts["ID"]:
            units = texts
        else:
            wide.append(_wide_row(place, cells, units, measures))
    return [Rows("", measures, [*launches.values(), *wide])]


def _is_header(names: frozenset[str]) -> bool:
    return names >= _LONG or names >= _WIDE


def _row(place: str, texts: dict[str, str]) -> Row:
    named = {name: text for name, text in texts.items() if text}
    labels = {plain(name): named[name] for name in _LABELS if name in named}
    params = {plain(name): named[name] for name in _PARAMS if name in named}
    return Row(place, labels, params, {}, ids={plain(n): named[n] for n in _IDS if n in named})


def _add_metric(row: Row, cells: dict[str, Cell], measures: dict[str, Measure]) -> None:
    name = cells["Metric Name"].text
    written = cells["Metric Unit"].text if "Metric Unit" in cells else ""
    if not name or number(cells["Metric Value"].text) is None:
        return
    column = f"{name} [{written}]" if written else name
    measures.setdefault(column, _measure(name, written))
    row.cells = {**row.cells, column: cells["Metric Value"]}


def _wide_row(
    place: str, cells: dict[str, Cell], units: dict[str, str], measures: dict[str, Measure]
) -> Row:
    row = _row(place, {name: cell.text for name, cell in cells.items()})
    kept: dict[str, Cell] = {}
    for name, cell in _counted(cells):
        if not name.startswith(_LAUNCH) or unit_of(units.get(name, "")):
            kept[name] = cell
        elif _SETTINGS.match(name):
            row.params[plain(name)] = cell.text
    row.cells = kept
    for name in kept:
        measures.setdefault(name, _measure(name, units.get(name, "")))
    return row


def _counted(cells: dict[str, Cell]) -> Iterator[tuple[str, Cell]]:
    for name, cell in cells.items():
        if name not in _KNOWN and not _DEVICE.match(name) and number(cell.text) is not None:
            yield name, cell


def _measure(name: str, written: str) -> Measure:
    unit = _UNITS.get(written) or unit_of(written) or written or None
    if name in _DURATION:
        return Measure("gpu_time_duration", unit, "lower", "raw", "ncu.gpu_time_duration")
    known = resolve((name,), unit, hardware=True)
    return Measure(known.metric, unit, known.direction, known.statistic)
