"""k6 `--out json`: a line per metric that is declared and per point that was measured.

Points of trends (times in ms) and rates (0 or 1) are single observations, those of gauges are
readings; the steps of a counter measure nothing on their own and are left out. A point whose
request was not answered as expected (`expected_response` false, an `error` or `error_code`) is a
failure. Source: Grafana k6 documentation, "JSON".
"""

from __future__ import annotations

from chimera.evidence.document import Json
from chimera.evidence.formats.k6 import metric_name, unit_of_metric
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, mapping, text, texts
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.records import Direction

NAME = "k6-points"
READS = frozenset({"node"})
HINTS = frozenset({"metric"})
_COLUMN = "data/value"
_COUNTERS = frozenset({"http_reqs", "iterations", "data_sent", "data_received"})
_LABELS = ("name", "method", "group", "scenario", "check", "status")
_BETTER: dict[str, Direction] = {"error_rate": "lower", "success_rate": "higher"}


def probe(sample: Sample) -> Match | None:
    """Tell it by a first line that declares a metric or holds a point of one."""
    if not isinstance(sample, Node) or not sample.lines:
        return None
    first = sample.first
    found = {*first, f"type {text(first.get('type'))}", *mapping(first.get("data"))}
    point = by_names(found, needs=("metric", "data", "type Point", "time", "value"))
    return point or by_names(found, needs=("metric", "data", "type Metric", "contains"))


def parse(sample: Sample) -> list[Rows]:
    """Return one table per metric, a row per point."""
    tables: dict[str, Rows] = {}
    declared: dict[str, dict[str, Json]] = {}
    for place, item in sample.objects() if isinstance(sample, Node) else ():
        name, data = text(item.get("metric")), mapping(item.get("data"))
        if item.get("type") == "Metric":
            declared[name] = data
        elif item.get("type") == "Point" and not _is_counter(name, declared):
            measures = {_COLUMN: _measure(name, declared.get(name, {}))}
            table = tables.setdefault(name, Rows(f"/{name}", measures))
            table.rows.append(_row(place, name, data))
    return list(tables.values())


def _is_counter(name: str, declared: dict[str, dict[str, Json]]) -> bool:
    return name in _COUNTERS or text(declared.get(name, {}).get("type")) == "counter"


def _measure(name: str, declared: dict[str, Json]) -> Measure:
    metric, definition = metric_name(name)
    unit = unit_of_metric(name, text(declared.get("contains")))
    direction = "lower" if unit == "ms" else _BETTER.get(metric)
    return Measure(metric, unit, direction, "raw", definition)


def _row(place: str, name: str, data: dict[str, Json]) -> Row:
    tags = texts(data.get("tags"))
    labels = {"metric": name, **{key: tags[key] for key in _LABELS if key in tags}}
    row = Row(place, labels, {}, {_COLUMN: text(data.get("value"))}, ids=texts(data, "time"))
    if name.startswith("http_req_") and name != "http_req_failed":
        row.failure = _failure(tags)
    return row


def _failure(tags: dict[str, str]) -> str | None:
    error = tags.get("error") or tags.get("error_code")
    if error:
        return f"request failed: {error}"
    unexpected = tags.get("expected_response") == "false"
    return f"unexpected response, status {tags.get('status', 'unknown')}" if unexpected else None
