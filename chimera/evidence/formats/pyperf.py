"""pyperf JSON: the values of every run, in seconds unless the metadata names another unit.

Calibration runs carry no `values`, warm-ups stand apart: neither is a measurement.
"""

from __future__ import annotations

from chimera.evidence.document import Document, Json
from chimera.evidence.formats.rows import Measure, Row, Rows, items, mapping, text, texts
from chimera.evidence.records import Table

_UNITS = {
    "second": Measure("duration", "s", "lower"),
    "byte": Measure("memory", "B", "lower"),
    "integer": Measure("value", None, None),
}
_ENVIRONMENT = ("python_version", "python_implementation", "platform", "cpu_model_name")


def probe(document: Document) -> bool:
    """Tell a pyperf file by its version and a benchmark's runs."""
    value = mapping(document.value)
    first = mapping(next(iter(items(value.get("benchmarks"))), None))
    return "version" in value and isinstance(first.get("runs"), list)


def parse(document: Document) -> list[Table]:
    """Return one table of values per unit."""
    value = mapping(document.value)
    shared = mapping(value.get("metadata"))
    tables: dict[str, Rows] = {}
    for index, benchmark in enumerate(map(mapping, items(value.get("benchmarks")))):
        metadata = {**shared, **mapping(benchmark.get("metadata"))}
        unit = text(metadata.get("unit")) or "second"
        measure = _UNITS.get(unit, Measure("value", None, None))
        rows = tables.setdefault(unit, Rows("/benchmarks/*/runs/*/values", {"": measure}))
        _add(rows, f"/benchmarks/{index}/runs", metadata, items(benchmark.get("runs")))
    return [rows.table(document.path, "json") for rows in tables.values() if rows.rows]


def _add(rows: Rows, place: str, metadata: dict[str, Json], runs: list[Json]) -> None:
    labels = {"benchmark": text(metadata.get("name"))}
    for index, run in enumerate(map(mapping, runs)):
        params = texts({**metadata, **mapping(run.get("metadata"))}, *_ENVIRONMENT)
        for number, value in enumerate(items(run.get("values"))):
            at = f"{place}/{index}/values/{number}"
            rows.rows.append(Row(at, labels, params, {"": text(value)}))
