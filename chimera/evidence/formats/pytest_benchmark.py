"""pytest-benchmark `--benchmark-json` and `.benchmarks/`: statistics in seconds per round.

Its `ops` is 1 / mean and so is left out; `data`, where it was saved, are the rounds themselves.
"""

from __future__ import annotations

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import (
    Measure,
    Row,
    Rows,
    count,
    items,
    mapping,
    text,
    texts,
)
from chimera.evidence.formats.samples import Node, Sample

NAME = "pytest-benchmark"
READS = frozenset({"node"})
HINTS = frozenset({"machine_info", "commit_info"})
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


def probe(sample: Sample) -> Match | None:
    """Tell a pytest-benchmark file by its three top keys and a benchmark's statistics."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    first = mapping(next(iter(items(sample.first.get("benchmarks"))), None))
    return by_names([*sample.keys, *first], needs=("machine_info", "commit_info", "stats"))


def parse(sample: Sample) -> list[Rows]:
    """Return one table of statistics, and one of rounds where the file holds them."""
    value = sample.first if isinstance(sample, Node) else {}
    place = sample.place if isinstance(sample, Node) else ""
    machine = texts(value.get("machine_info"), "python_version", "system", "machine", "processor")
    statistics = Rows("/benchmarks/*", _MEASURES)
    rounds = Rows("/benchmarks/*/stats/data", {"": Measure("duration", "s", "lower")})
    for index, benchmark in enumerate(map(mapping, items(value.get("benchmarks")))):
        stats = mapping(benchmark.get("stats"))
        at = f"{place}/benchmarks/{index}"
        labels = _labels(benchmark)
        params = {**machine, **texts(benchmark.get("params"))}
        cells = {f"stats/{key}": text(stats.get(key)) for key in _STATISTICS}
        statistics.rows.append(Row(at, labels, params, cells, count(stats.get("rounds"))))
        rounds.rows += [
            Row(f"{at}/stats/data/{number}", labels, params, {"": text(one)})
            for number, one in enumerate(items(stats.get("data")))
        ]
    return [statistics, rounds]


def _labels(benchmark: dict[str, Json]) -> dict[str, str]:
    labels = {"benchmark": text(benchmark.get("fullname")) or text(benchmark.get("name"))}
    return {**labels, **texts(benchmark, "group")}
