"""fio `--output-format=json`: per job and direction, bandwidth, operations per second, latencies.

Version 2 writes latencies in us as `clat`, version 3 in ns as `clat_ns`; `bw` is in KiB/s beside
`bw_bytes` where that exists. A direction that a job does not use is written as zeros, and so is
the submission latency of a synchronous engine: neither is a measurement. Submission (slat),
completion (clat) and total latency (lat) are different metrics (https://fio.readthedocs.io,
"Interpreting the output"). Percentiles are those of clat unless asked for others.
"""

from __future__ import annotations

from collections.abc import Iterator

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import (
    Measure,
    Row,
    Rows,
    count,
    items,
    mapping,
    numeric,
    percentile,
    text,
    texts,
)
from chimera.evidence.formats.samples import Node, Sample

NAME = "fio"
READS = frozenset({"node"})
HINTS = frozenset({"fio version"})
_DIRECTIONS = ("read", "write", "trim", "mixed")
_RATES = {
    "bw_bytes": Measure("bandwidth", "B/s", "higher"),
    "bw": Measure("bandwidth", "KiB/s", "higher"),
    "iops": Measure("iops", "op/s", "higher"),
}
_LATENCIES = {f"{kind}{suffix}": (kind, unit) for kind in ("slat", "clat", "lat")
              for suffix, unit in (("_ns", "ns"), ("", "us"))}  # fmt: skip
_STATISTICS = {"mean": "mean", "min": "min", "max": "max", "stddev": "stdev"}
_NOT_SETTINGS = frozenset({"name", "description", "filename", "directory"})


def probe(sample: Sample) -> Match | None:
    """Tell fio by its version beside jobs, or beside those of its clients."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    jobs = "client_stats" if "client_stats" in sample.first else "jobs"
    return by_names(sample.keys, needs=("fio version", jobs))


def parse(sample: Sample) -> list[Rows]:
    """Return one row per job and direction in use."""
    if not isinstance(sample, Node):
        return []
    value = sample.first
    shared = texts(value.get("global options"))
    ids = texts(value, "fio version", "timestamp")
    found = []
    for key in ("jobs", "client_stats"):
        rows: list[Row] = []
        for index, job in enumerate(map(mapping, items(value.get(key)))):
            if text(job.get("jobname")) != "All clients":
                rows += _rows(job, f"{sample.place}/{key}/{index}", shared, ids)
        columns = dict.fromkeys(column for row in rows for column in row.cells)
        measures = {column: _measure(column) for column in columns}
        found.append(Rows(f"/{key}/*", measures, rows))
    return found


def _rows(
    job: dict[str, Json], place: str, shared: dict[str, str], ids: dict[str, str]
) -> Iterator[Row]:
    options = shared | texts(job.get("job options"))
    params = {key: one for key, one in options.items() if key not in _NOT_SETTINGS}
    error = count(job.get("error"))
    used = [one for one in _DIRECTIONS if _used(mapping(job.get(one)))]
    for direction in used or ["read"]:
        found = mapping(job.get(direction))
        labels = {**texts(job, "jobname", "hostname"), "direction": direction}
        row = Row(f"{place}/{direction}", labels, params, dict(_cells(found)), ids=ids)
        row.n = count(found.get("total_ios"))
        row.failure = None if used else "no input or output was completed"
        row.failure = f"error {error}" if error else row.failure
        yield row


def _used(found: dict[str, Json]) -> bool:
    return any(numeric(found.get(key)) for key in ("io_bytes", "total_ios", "iops", "bw"))


def _cells(found: dict[str, Json]) -> Iterator[tuple[str, str]]:
    for key in _RATES:
        if key != "bw" or "bw_bytes" not in found:  # the same again, rounded
            yield key, text(found.get(key))
    for key in _LATENCIES:
        latency = mapping(found.get(key))
        if numeric(latency.get("max")):
            yield from ((f"{key}/{name}", text(latency.get(name))) for name in _STATISTICS)
            percentiles = mapping(latency.get("percentile")).items()
            yield from ((f"{key}/percentile/{p}", text(v)) for p, v in percentiles if numeric(p))


def _measure(column: str) -> Measure:
    if column in _RATES:
        return _RATES[column]
    key, _, name = column.partition("/")
    kind, unit = _LATENCIES[key]
    statistic = _STATISTICS.get(name) or percentile(name.removeprefix("percentile/"))
    return Measure(
        "latency", unit, None if statistic == "stdev" else "lower", statistic, f"fio.{kind}"
    )
