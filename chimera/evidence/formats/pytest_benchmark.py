"""pytest-benchmark `--benchmark-json` and `.benchmarks/`: statistics in seconds per round.

Its `ops` is 1 / mean and so is left out; `data`, where it was saved, are the rounds themselves.
"""

from __future__ import annotations

from chimera.evidence.document import Document, Json
from chimera.evidence.formats.rows import Measure, Row, Rows, items, mapping, text, texts
from chimera.evidence.records import Table

_STATISTICS = {
    "mean": "mean",
    "median": "median",
    "min": "min",
    "max": "max",
    "q1": "p25",
    "q3": "p75",
    "stddev": "stdev",
    "iqr": "iqr",
}
_MEASURES = {
    f"stats/{key}": Measure("duration", "s", None if key in {"stddev", "iqr"} else "lower", name)
    for key, name in _STATISTICS.items()
}


def probe(document: Document) -> bool:
    """Tell a pytest-benchmark file by its three top keys and a benchmark's statistics."""
    value = mapping(document.value)
    first = mapping(next(iter(items(value.get("benchmarks"))), None))
    return {"machine_info", "commit_info"} <= value.keys() and "stats" in first


def parse(document: Document) -> list[Table]:
    """Return one table of statistics, and one of rounds where the file holds them."""
    value = mapping(document.value)
    machine = texts(value.get("machine_info"), "python_version", "system", "machine", "processor")
    statistics = Rows("/benchmarks/*", _MEASURES)
    rounds = Rows("/benchmarks/*/stats/data", {"": Measure("duration", "s", "lower")})
    for index, benchmark in enumerate(map(mapping, items(value.get("benchmarks")))):
        stats = mapping(benchmark.get("stats"))
        place = f"/benchmarks/{index}"
        labels = _labels(benchmark)
        params = {**machine, **texts(benchmark.get("params"))}
        cells = {f"stats/{key}": text(stats.get(key)) for key in _STATISTICS}
        statistics.rows.append(Row(place, labels, params, cells, _count(stats.get("rounds"))))
        for number, one in enumerate(items(stats.get("data"))):
            at = f"{place}/stats/data/{number}"
            rounds.rows.append(Row(at, labels, params, {"": text(one)}))
    return [rows.table(document.path, "json") for rows in (statistics, rounds) if rows.rows]


def _labels(benchmark: dict[str, Json]) -> dict[str, str]:
    labels = {"benchmark": text(benchmark.get("fullname")) or text(benchmark.get("name"))}
    return {**labels, **texts(benchmark, "group")}


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) else None
