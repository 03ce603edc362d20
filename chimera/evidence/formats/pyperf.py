"""pyperf JSON: the values of every run, in seconds unless the metadata names another unit.

Calibration runs carry no `values`, warm-ups stand apart: neither is a measurement.
"""

from __future__ import annotations

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, items, mapping, text, texts
from chimera.evidence.formats.samples import Node, Sample

NAME = "pyperf"
READS = frozenset({"node"})
HINTS = frozenset({"benchmarks"})
_UNITS = {
    "second": Measure("duration", "s", "lower"),
    "byte": Measure("memory", "B", "lower"),
    "integer": Measure("value", None, None),
}
_ENVIRONMENT = ("python_version", "python_implementation", "platform", "cpu_model_name")


def probe(sample: Sample) -> Match | None:
    """Tell a pyperf file by its version and a benchmark's runs with values or warm-ups."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    first = mapping(next(iter(items(sample.first.get("benchmarks"))), None))
    runs = [key for run in items(first.get("runs")) for key in mapping(run)]
    return by_names([*sample.keys, *runs], needs=("version", "benchmarks", "values"))


def parse(sample: Sample) -> list[Rows]:
    """Return one table of values per unit."""
    value = sample.first if isinstance(sample, Node) else {}
    place = sample.place if isinstance(sample, Node) else ""
    shared = mapping(value.get("metadata"))
    tables: dict[str, Rows] = {}
    for index, benchmark in enumerate(map(mapping, items(value.get("benchmarks")))):
        own = mapping(benchmark.get("metadata"))
        metadata = {key: own.get(key, shared.get(key)) for key in ("unit", "name", *_ENVIRONMENT)}
        unit = text(metadata.get("unit")) or "second"
        measure = _UNITS.get(unit, Measure("value", None, None))
        rows = tables.setdefault(unit, Rows("/benchmarks/*/runs/*/values", {"": measure}))
        _add(rows, f"{place}/benchmarks/{index}/runs", metadata, items(benchmark.get("runs")))
    return list(tables.values())


def _add(rows: Rows, place: str, metadata: dict[str, Json], runs: list[Json]) -> None:
    labels = {"benchmark": text(metadata.get("name"))}
    shared = texts(metadata, *_ENVIRONMENT)
    for index, run in enumerate(map(mapping, runs)):
        params = {**shared, **texts(run.get("metadata"), *_ENVIRONMENT)}
        for number, value in enumerate(items(run.get("values"))):
            at = f"{place}/{index}/values/{number}"
            rows.rows.append(Row(at, labels, params, {"": text(value)}))
