"""BenchmarkDotNet JSON report: statistics in nanoseconds per operation.

`OriginalValues` are the times per operation of the `Workload`, `Result` stage: the samples.
`Measurements` list every stage, overhead, jitting, pilot and warm-up included, as totals over many
operations, and so are left out. `Parameters` is one string, `N=10&Kind=Fast`. The interval is of
99.9 % (`Level` 12). A benchmark that failed has no statistics.
"""

from __future__ import annotations

import re

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

NAME = "benchmarkdotnet"
READS = frozenset({"node"})
HINTS = frozenset({"HostEnvironmentInfo"})
_STATISTICS = {
    "Mean": "mean", "Median": "median", "Min": "min", "Max": "max", "Q1": "p25", "Q3": "p75",
    "StandardDeviation": "stdev", "StandardError": "stderr",
    "Percentiles/P80": "p80", "Percentiles/P90": "p90", "Percentiles/P95": "p95",
}  # fmt: skip
_SPREAD = frozenset({"stdev", "stderr"})
_INTERVAL = "benchmarkdotnet.interval_99.9"
_MEASURES = {
    f"Statistics/{key}": Measure("duration", "ns", None if name in _SPREAD else "lower", name)
    for key, name in _STATISTICS.items()
} | {
    "Statistics/ConfidenceInterval/Lower": Measure("duration", "ns", None, "ci_low", _INTERVAL),
    "Statistics/ConfidenceInterval/Upper": Measure("duration", "ns", None, "ci_high", _INTERVAL),
    "Memory/BytesAllocatedPerOperation": Measure("memory", "B/op", "lower", "mean"),
}
_HOST = ("OsVersion", "ProcessorName", "RuntimeVersion", "Architecture", "Configuration")
_SETTING = re.compile(r"\s*([^=&,]+)=([^&,]*)(?:[&,]|\Z)")
_JOB = re.compile(r": ([^\[(]+)")


def probe(sample: Sample) -> Match | None:
    """Tell a report by its host and the statistics of its benchmarks."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    first = mapping(next(iter(items(sample.first.get("Benchmarks"))), None))
    needs = ("HostEnvironmentInfo", "Benchmarks", "Method", "Statistics")
    return by_names([*sample.keys, *first], needs=needs, typical=("Title", "FullName"))


def parse(sample: Sample) -> list[Rows]:
    """Return one table of statistics and one of samples."""
    value = sample.first if isinstance(sample, Node) else {}
    place = sample.place if isinstance(sample, Node) else ""
    host = texts(value.get("HostEnvironmentInfo"), *_HOST)
    statistics = Rows("/Benchmarks/*", _MEASURES)
    one = Measure("duration", "ns", "lower")
    runs = Rows("/Benchmarks/*/Statistics/OriginalValues", {"": one})
    for index, benchmark in enumerate(map(mapping, items(value.get("Benchmarks")))):
        at = f"{place}/Benchmarks/{index}"
        found = mapping(benchmark.get("Statistics"))
        cells = {column: _at(benchmark, column) for column in _MEASURES}
        labels, params = _labels(benchmark), {**host, **_settings(benchmark)}
        row = Row(at, labels, params, cells, count(found.get("N")))
        row.failure = None if found else "no statistics: the benchmark failed"
        statistics.rows.append(row)
        runs.rows += [
            Row(f"{at}/Statistics/OriginalValues/{number}", labels, params, {"": text(one)})
            for number, one in enumerate(items(found.get("OriginalValues")))
        ]
    return [statistics, runs]


def _labels(benchmark: dict[str, Json]) -> dict[str, str]:
    parts = texts(benchmark, "Namespace", "Type", "Method")
    return {"benchmark": ".".join(parts.values()) or text(benchmark.get("FullName"))}


def _settings(benchmark: dict[str, Json]) -> dict[str, str]:
    """Return the parameters that one string holds, and the job."""
    written = text(benchmark.get("Parameters"))
    found = {m[1].strip(): m[2].strip() for m in _SETTING.finditer(written)}
    if written and not found:
        found = {"Parameters": written}
    job = _JOB.search(text(benchmark.get("DisplayInfo")))
    return {**found, **({"job": job[1].strip()} if job else {})}


def _at(benchmark: dict[str, Json], column: str) -> str:
    *outer, last = column.split("/")
    value = benchmark
    for key in outer:
        value = mapping(value.get(key))
    return text(value.get(last))
