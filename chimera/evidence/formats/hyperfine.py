"""hyperfine `--export-json` and `--export-csv`: seconds per command; `--export-markdown`: any unit.

A run with an exit code other than 0 is a failure. The CSV writes 0 for a missing standard
deviation (`src/export/csv.rs`), so a 0 there is no number. Markdown puts mean and deviation into
one cell, `1.5 ± 0.1`; its `Relative` is a ratio of the means and so is left out.
"""

from __future__ import annotations

import re

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, items, mapping, text, texts
from chimera.evidence.formats.samples import Cell, Node, Sample, Sheet
from chimera.evidence.units import unit_of

NAME = "hyperfine"
READS = frozenset({"node", "sheet"})
HINTS = frozenset({"results", "command", "Relative"})
_HEADER = ["command", "mean", "stddev", "median", "user", "system", "min", "max"]
_MEASURES = {
    "mean": Measure("duration", "s", "lower", "mean"),
    "stddev": Measure("duration", "s", None, "stdev"),
    "median": Measure("duration", "s", "lower", "median"),
    "min": Measure("duration", "s", "lower", "min"),
    "max": Measure("duration", "s", "lower", "max"),
    "user": Measure("cpu_user_time", "s", "lower", "mean"),
    "system": Measure("cpu_system_time", "s", "lower", "mean"),
}
_NEEDED = frozenset({"command", "mean", "user", "system"})
_PARAMETER = "parameter_"
_HEADING = re.compile(r"(Mean|Min|Max) \[([^\]]{1,12})\]\Z")
_PLUS_MINUS = " ± "


def probe(sample: Sample) -> Match | None:
    """Tell its JSON by a result's command with times, its CSV and Markdown by the header."""
    match sample:
        case Node():
            first = mapping(next(iter(items(sample.first.get("results"))), None))
            return by_names(first, needs=_NEEDED, typical=("times", "exit_codes", "median"))
        case Sheet(container="csv"):
            return by_names(sample.keys, needs=_HEADER)
        case Sheet():
            return by_names(_headings(sample), needs=("Command", "Mean", "Min", "Max", "Relative"))
        case _:
            return None


def parse(sample: Sample) -> list[Rows]:
    """Return statistics, and for JSON the single runs with their memory use."""
    if isinstance(sample, Sheet):
        return [_csv(sample) if sample.container == "csv" else _markdown(sample)]
    if not isinstance(sample, Node):
        return []
    statistics = Rows("/results/*", _MEASURES)
    runs = Rows("/results/*/times", {"": Measure("duration", "s", "lower")})
    memory = Rows("/results/*/memory_usage_byte", {"": Measure("memory", "B", "lower")})
    for index, result in enumerate(map(mapping, items(sample.first.get("results")))):
        place, codes = f"{sample.place}/results/{index}", items(result.get("exit_codes"))
        cells = {column: text(result.get(column)) for column in _MEASURES}
        row = Row(place, texts(result, "command"), texts(result.get("parameters")), cells)
        row.n = len(items(result.get("times"))) or None
        bad = [code for code in codes if code != 0]
        row.failure = f"{len(bad)} of {len(codes)} runs failed: {_failure(bad[0])}" if bad else None
        statistics.rows.append(row)
        _add_runs(runs, row, "times", items(result.get("times")), codes)
        _add_runs(memory, row, "memory_usage_byte", items(result.get("memory_usage_byte")), codes)
    return [statistics, runs, memory]


def _add_runs(rows: Rows, of: Row, key: str, values: list[Json], codes: list[Json]) -> None:
    for index, value in enumerate(values):
        code = codes[index] if index < len(codes) else 0
        row = Row(f"{of.place}/{key}/{index}", of.labels, of.params, {"": text(value)})
        row.failure = None if code == 0 else _failure(code)
        rows.rows.append(row)


def _failure(code: Json) -> str:
    return "ended by a signal" if code is None else f"exit code {text(code)}"


def _csv(sheet: Sheet) -> Rows:
    rows = Rows("", _MEASURES)
    for place, cells in sheet.rows_below(*_HEADER):
        params = {
            name.removeprefix(_PARAMETER): cell
            for name, cell in cells.items()
            if name.startswith(_PARAMETER)
        }
        if not cells["stddev"].strip("0."):
            cells["stddev"] = ""
        rows.rows.append(Row(place, {"command": cells["command"]}, params, cells))
    return rows


def _headings(sheet: Sheet) -> dict[str, str]:
    """Return the header of a Markdown table: columns by what they hold, without their units."""
    header = sheet.records[0] if sheet.records else []
    return {match[1] if (match := _HEADING.match(name)) else name: name for name in header}


def _markdown(sheet: Sheet) -> Rows:
    headings = _headings(sheet)
    match = _HEADING.match(headings.get("Mean", ""))
    unit = unit_of(match[2]) if match else None
    spread = f"{headings.get('Mean', '')} ±"
    columns = {"Mean": "mean", "Min": "min", "Max": "max"}
    measures = {
        headings[name]: Measure("duration", unit, "lower", statistic)
        for name, statistic in columns.items()
        if name in headings
    }
    rows = Rows("", {**measures, spread: Measure("duration", unit, None, "stdev")})
    for place, cells in sheet.rows_below(*headings.values()):
        found: dict[str, Cell] = {}
        for column in measures:
            value, _, deviation = cells[column].partition(_PLUS_MINUS)
            found[column] = sheet.cell(place, column, value.strip())
            if deviation:
                found[spread] = sheet.cell(place, column, deviation.strip())
        rows.rows.append(Row(place, {"command": cells["Command"]}, {}, found))
    return rows
