"""hyperfine `--export-json` and `--export-csv`: seconds per command.

A run with an exit code other than 0 is a failure. The CSV writes 0 for a missing standard
deviation (`src/export/csv.rs`), so a 0 there is no number.
"""

from __future__ import annotations

from chimera.evidence.document import Document, Json
from chimera.evidence.formats.rows import Measure, Row, Rows, items, mapping, text, texts
from chimera.evidence.records import Table

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
_PARAMETER = "parameter_"


def probe(document: Document) -> bool:
    """Tell hyperfine's JSON by a result's command with times, its CSV by the header."""
    if document.format == "csv":
        return bool(document.records) and document.records[0][: len(_HEADER)] == _HEADER
    first = mapping(next(iter(items(mapping(document.value).get("results"))), None))
    return {"command", "mean", "user", "system"} <= first.keys()


def parse(document: Document) -> list[Table]:
    """Return one table of statistics, and for JSON the single runs with their memory use."""
    if document.format == "csv":
        return [_csv(document)]
    statistics = Rows("/results/*", _MEASURES)
    runs = Rows("/results/*/times", {"": Measure("duration", "s", "lower")})
    memory = Rows("/results/*/memory_usage_byte", {"": Measure("memory", "B", "lower")})
    for index, result in enumerate(map(mapping, items(mapping(document.value).get("results")))):
        place, codes = f"/results/{index}", items(result.get("exit_codes"))
        row = Row(place, texts(result, "command"), texts(result.get("parameters")), {})
        row.cells = {column: text(result.get(column)) for column in _MEASURES}
        row.n = len(items(result.get("times"))) or None
        bad = [code for code in codes if code != 0]
        row.failure = f"{len(bad)} of {len(codes)} runs failed: {_failure(bad[0])}" if bad else None
        statistics.rows.append(row)
        _add_runs(runs, row, "times", items(result.get("times")), codes)
        _add_runs(memory, row, "memory_usage_byte", items(result.get("memory_usage_byte")), codes)
    tables = (statistics, runs, memory)
    return [rows.table(document.path, "json") for rows in tables if rows.rows]


def _add_runs(rows: Rows, of: Row, key: str, values: list[Json], codes: list[Json]) -> None:
    for index, value in enumerate(values):
        code = codes[index] if index < len(codes) else 0
        row = Row(f"{of.place}/{key}/{index}", of.labels, of.params, {"": text(value)})
        row.failure = None if code == 0 else _failure(code)
        rows.rows.append(row)


def _failure(code: Json) -> str:
    return "ended by a signal" if code is None else f"exit code {text(code)}"


def _csv(document: Document) -> Table:
    header = document.records[0]
    rows = Rows("", _MEASURES)
    for number, record in enumerate(document.records[1:], 2):
        if len(record) != len(header):
            continue
        cells = dict(zip(header, record, strict=True))
        params = {
            name.removeprefix(_PARAMETER): cell
            for name, cell in cells.items()
            if name.startswith(_PARAMETER)
        }
        if not cells["stddev"].strip("0."):
            cells["stddev"] = ""
        rows.rows.append(Row(str(number), {"command": cells["command"]}, params, cells))
    return rows.table(document.path, "csv")
