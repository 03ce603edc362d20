"""vegeta `report -type=json`: latencies in ns over all requests, failed ones included.

`rate` is what was sent, `throughput` what came back successfully per second; a success is a status
from 200 to 399. `buckets` are a histogram and are left out. Source: tsenart/vegeta, README and
`lib/metrics.go`.
"""

from __future__ import annotations

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, count, mapping, numeric, text, texts
from chimera.evidence.formats.samples import Node, Sample

NAME = "vegeta"
READS = frozenset({"node"})
HINTS = frozenset({"latencies"})
_MEASURES = {
    "latencies/mean": Measure("latency", "ns", "lower", "mean"),
    "latencies/min": Measure("latency", "ns", "lower", "min"),
    "latencies/max": Measure("latency", "ns", "lower", "max"),
    "latencies/50th": Measure("latency", "ns", "lower", "median"),
    "latencies/90th": Measure("latency", "ns", "lower", "p90"),
    "latencies/95th": Measure("latency", "ns", "lower", "p95"),
    "latencies/99th": Measure("latency", "ns", "lower", "p99"),
    "bytes_in/total": Measure("received", "B", None, "sum"),
    "bytes_in/mean": Measure("received", "B", None, "mean"),
    "bytes_out/total": Measure("sent", "B", None, "sum"),
    "bytes_out/mean": Measure("sent", "B", None, "mean"),
    "duration": Measure("duration", "ns", None, "raw", "vegeta.attack"),
    "wait": Measure("duration", "ns", None, "raw", "vegeta.wait"),
    "rate": Measure("request_rate", "req/s", None, "aggregate", "vegeta.sent"),
    "throughput": Measure("request_throughput", "req/s", "higher", "aggregate", "vegeta.successes"),
    "success": Measure("success_rate", None, "higher", "aggregate", "vegeta.status"),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by its latencies, sizes and statuses."""
    if not isinstance(sample, Node):
        return None
    found = [*sample.keys, *mapping(sample.first.get("latencies"))]
    needs = ("latencies", "bytes_in", "status_codes", "success", "99th")
    return by_names(found, needs=needs, typical=("requests", "rate", "earliest"))


def parse(sample: Sample) -> list[Rows]:
    """Return a row per report, and the answers by status."""
    rows = Rows("", _MEASURES)
    answers = Rows("/status_codes/*", {"": Measure("answers", "count", None, "sum")})
    for place, value in sample.objects() if isinstance(sample, Node) else ():
        cells = {column: text(_at(value, column)) for column in _MEASURES}
        row = Row(place, {}, {}, cells, count(value.get("requests")))
        row.ids = texts(value, "earliest")
        row.failure = _failure(value)
        rows.rows.append(row)
        for code, number in mapping(value.get("status_codes")).items():
            at = f"{place}/status_codes/{code}"
            answers.rows.append(Row(at, {"status": code}, {}, {"": text(number)}))
    return [rows, answers]


def _at(value: dict[str, Json], column: str) -> Json:
    group, _, key = column.partition("/")
    return mapping(value.get(group)).get(key) if key else value.get(group)


def _failure(value: dict[str, Json]) -> str | None:
    requests = count(value.get("requests"))
    if requests == 0:
        return "no request was made"
    return f"none of {requests} requests succeeded" if numeric(value.get("success")) == 0 else None
