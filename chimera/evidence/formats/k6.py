"""k6 end-of-test summary: `--summary-export` and the `data` that `handleSummary` writes as JSON.

Times are ms, sizes bytes. In the export a threshold is `true` when it was crossed; in
`handleSummary` its `ok` is `true` when it held (grafana/k6 issue 1498), so both are told in words
as ids. `passes` of `http_req_failed` are the requests that failed. A submetric carries its tags in
braces. Only `contains: time` says that a metric of the script's own is in ms: without it the unit
stays open. Source: Grafana k6 documentation, "End of test", "Custom summary".
"""

from __future__ import annotations

import re

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, count, mapping, numeric, text
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.names import plain
from chimera.evidence.records import Direction
from chimera.evidence.tables.grid import escape

NAME = "k6"
READS = frozenset({"node"})
HINTS = frozenset({"metrics"})
_TRENDS = ("http_req_duration", "iteration_duration", "grpc_req_duration", "ws_session_duration")
_TIMES = re.compile(
    r"http_req_(?!failed)\w+|(?:iteration|group|grpc_req|ws_\w+)_duration|ws_\w+ing"
)
_BYTES = frozenset({"data_sent", "data_received"})
_STATISTICS = {"avg": "mean", "med": "median", "min": "min", "max": "max"}
_RANK = re.compile(r"p\((\d{1,2}(?:\.\d+)?)\)\Z")
_METRICS = {
    "http_req_duration": "latency",
    "http_req_waiting": "time_to_first_byte",
    "http_req_failed": "error_rate",
    "http_reqs": "request",
    "checks": "success_rate",
}
_RATE_UNITS = {"http_reqs": "req/s", "iterations": "it/s", **dict.fromkeys(_BYTES, "B/s")}
_TAGS = re.compile(r"([^{]+)\{(.*)\}\Z", re.DOTALL)


def probe(sample: Sample) -> Match | None:
    """Tell it by k6's own metrics and how a trend is summed up."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    metrics = mapping(sample.first.get("metrics"))
    trend = mapping(next((metrics[name] for name in _TRENDS if name in metrics), None))
    found = [*mapping(trend.get("values", trend)), *metrics] if trend else []
    return by_names(found, needs=("avg", "med", "max"), typical=("iterations", "data_received"))


def parse(sample: Sample) -> list[Rows]:
    """Return one table per metric; its submetrics are rows of it."""
    if not isinstance(sample, Node):
        return []
    metrics = mapping(sample.first.get("metrics"))
    tables: dict[str, Rows] = {}
    failed = _all_failed(mapping(metrics.get("http_req_failed")))
    for name, value in metrics.items():
        base, tags = _split(name)
        metric = mapping(value)
        measures = _measures(base, metric)
        row = Row(f"{sample.place}/metrics/{escape(name)}", {"metric": base, **tags}, {}, {})
        row.cells = {column: text(_at(metric, column)) for column in measures}
        row.n = _n(metric)
        row.ids = _thresholds(mapping(metric.get("thresholds")))
        row.failure = failed if base.startswith("http_req_") and base != "http_req_failed" else None
        table = tables.setdefault(base, Rows(f"/metrics/{escape(base)}", {}))
        table.measures = {**table.measures, **measures}
        table.rows.append(row)
    return list(tables.values())


def unit_of_metric(name: str, contains: str) -> str | None:
    """Return ms for times, B for sizes, None where the file does not say."""
    if contains == "time" or (not contains and _TIMES.fullmatch(name)):
        return "ms"
    return "B" if contains == "data" or (not contains and name in _BYTES) else None


def metric_name(name: str) -> tuple[str, str | None]:
    """Return the name of a metric and the definition behind it."""
    known = _METRICS.get(name)
    return (known, f"k6.{name}") if known else (plain(name), None)


def _measures(base: str, metric: dict[str, Json]) -> dict[str, Measure]:
    values = mapping(metric.get("values", metric))
    prefix = "values/" if "values" in metric else ""
    unit = unit_of_metric(base, text(metric.get("contains")))
    found = {prefix + escape(key): _measure(base, key, unit, values) for key in values}
    return {column: measure for column, measure in found.items() if measure}


def _measure(base: str, key: str, unit: str | None, values: dict[str, Json]) -> Measure | None:
    metric, definition = metric_name(base)
    rank = _RANK.match(key)
    if rank or (key in _STATISTICS and ("avg" in values or "med" in values)):
        statistic = f"p{rank[1]}" if rank else _STATISTICS[key]
        return Measure(metric, unit, "lower" if unit == "ms" else None, statistic, definition)
    if key == "rate" and "count" in values:
        better: Direction | None = "higher" if base in {"http_reqs", "iterations"} else None
        return Measure(f"{metric}_throughput", _RATE_UNITS.get(base), better, "aggregate")
    if key == "rate" or (key == "value" and "passes" in values):
        direction: Direction | None = "lower" if metric == "error_rate" else None
        direction = "higher" if metric == "success_rate" else direction
        return Measure(metric, None, direction, "aggregate", definition)
    if key == "count" and "avg" not in values:
        return Measure(f"{metric}_count", unit or "count", None, "sum")
    return Measure(metric, unit, None, "raw") if key == "value" else None


def _split(name: str) -> tuple[str, dict[str, str]]:
    match = _TAGS.match(name)
    if match is None:
        return name, {}
    tags = (tag.partition(":") for tag in match[2].split(","))
    return match[1], {key.strip(): value.strip() for key, _, value in tags}


def _at(metric: dict[str, Json], column: str) -> Json:
    key = column.removeprefix("values/").replace("~1", "/").replace("~0", "~")
    return mapping(metric.get("values", metric)).get(key)


def _n(metric: dict[str, Json]) -> int | None:
    values = mapping(metric.get("values", metric))
    passes, fails = count(values.get("passes")), count(values.get("fails"))
    if passes is not None and fails is not None:
        return passes + fails
    return count(values.get("count")) if "avg" in values else None


def _thresholds(thresholds: dict[str, Json]) -> dict[str, str]:
    told = {}
    for expression, value in thresholds.items():
        held = value.get("ok") if isinstance(value, dict) else not value
        if isinstance(value, bool) or isinstance(held, bool):
            told[f"threshold {expression}"] = "held" if held else "crossed"
    return told


def _all_failed(failed: dict[str, Json]) -> str | None:
    values = mapping(failed.get("values", failed))
    share = numeric(values.get("rate", values.get("value")))
    return "every request failed" if share == 1 else None
