"""oha `--output-format json`: latencies in seconds, and in newer versions once more in ms.

`successRate` counts every answer, whatever its status: only transport errors lower it, so a run of
nothing but 5xx has a rate of 1 and is a failure here all the same. Requests that were cut off at
the deadline are no errors. Percentiles of successful and other requests
(`--stats-success-breakdown`) have definitions of their own; `rps` describes the rate over time.
Histograms are left out. Source: hatoo/oha, `schema.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, count, mapping, text
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.records import Direction
from chimera.evidence.tables.grid import escape

NAME = "oha"
READS = frozenset({"node"})
HINTS = frozenset({"latencyPercentiles", "statusCodeDistribution"})
_SUMMARY = {
    "summary/successRate": Measure("success_rate", None, "higher", "aggregate", "oha.answered"),
    "summary/total": Measure("duration", "s", "lower", "raw", "oha.run"),
    "summary/slowest": Measure("latency", "s", "lower", "max"),
    "summary/fastest": Measure("latency", "s", "lower", "min"),
    "summary/average": Measure("latency", "s", "lower", "mean"),
    "summary/requestsPerSec": Measure("request_throughput", "req/s", "higher", "aggregate"),
    "summary/totalData": Measure("received", "B", None, "sum"),
    "summary/sizePerRequest": Measure("response_size", "B", None, "mean"),
    "summary/sizePerSec": Measure("transfer_rate", "B/s", "higher", "aggregate"),
    "metrics/requests_per_sec": Measure("request_throughput", "req/s", "higher", "aggregate"),
    "metrics/success_rate": Measure("success_rate", None, "higher", "aggregate", "oha.answered"),
}
_DETAILS = {"average": "mean", "fastest": "min", "slowest": "max"}
_PHASES = {"DNSDialup": "connect_time", "DNSLookup": "dns_lookup_time"}
# Metric, unit and definition of the objects that hold statistics by name.
_GROUPS: dict[str, tuple[str, str, Direction, str | None]] = {
    "latencyPercentiles": ("latency", "s", "lower", None),
    "latencyPercentilesSuccessful": ("latency", "s", "lower", "oha.successful"),
    "latencyPercentileSuccessful": ("latency", "s", "lower", "oha.successful"),
    "latencyPercentilesNotSuccessful": ("latency", "s", "lower", "oha.not_successful"),
    "latencyPercentileNotSuccessful": ("latency", "s", "lower", "oha.not_successful"),
    "rps": ("request_throughput", "req/s", "higher", "oha.over_time"),
    "rps/percentiles": ("request_throughput", "req/s", "higher", "oha.over_time"),
    "metrics/latency_ms": ("latency", "ms", "lower", None),
}
_STATISTICS = {"mean": "mean", "stddev": "stdev", "max": "max", "min": "min", "p50": "median"}
_RANK = re.compile(r"p\d{1,2}(?:\.\d+)?\Z")
_ERROR = 400  # HTTP status from which on an answer is none


def probe(sample: Sample) -> Match | None:
    """Tell it by the percentiles, the statuses and the names of its summary."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    found = [*sample.keys, *mapping(sample.first.get("summary"))]
    needs = ("summary", "latencyPercentiles", "requestsPerSec", "successRate")
    return by_names(found, needs=needs, typical=("statusCodeDistribution", "rps"))


def parse(sample: Sample) -> list[Rows]:
    """Return the statistics of the run, and the answers by status and error."""
    if not isinstance(sample, Node):
        return []
    value = sample.first
    statuses = mapping(value.get("statusCodeDistribution"))
    errors = mapping(value.get("errorDistribution"))
    measures = {**_SUMMARY, **dict(_measures(value))}
    cells = {column: text(_at(value, column)) for column in measures}
    run = Row(sample.place, {}, {}, cells, _sum(statuses) or None, _failure(statuses))
    tables = [Rows("", measures, [run])]
    for key, label, counted in (
        ("statusCodeDistribution", "status", statuses),
        ("errorDistribution", "error", errors),
    ):
        answers = Rows(f"/{key}/*", {"": Measure("answers", "count", None, "sum")})
        for name, number in counted.items():
            place = f"{sample.place}/{key}/{escape(name)}"
            answers.rows.append(Row(place, {label: name}, {}, {"": text(number)}))
        tables.append(answers)
    return tables


def _measures(value: dict[str, Json]) -> Iterator[tuple[str, Measure]]:
    for group, (metric, unit, better, definition) in _GROUPS.items():
        for key in mapping(_at(value, group)):
            statistic = _STATISTICS.get(key) or (key if _RANK.match(key) else "")
            direction = None if statistic == "stdev" else better
            if statistic:
                measure = Measure(metric, unit, direction, statistic, definition)
                yield f"{group}/{escape(key)}", measure
    for phase, metric in _PHASES.items():
        for key, statistic in _DETAILS.items():
            yield f"details/{phase}/{key}", Measure(metric, "s", "lower", statistic)


def _at(value: Json, column: str) -> Json:
    for part in column.split("/"):
        value = mapping(value).get(part)
    return value


def _sum(counted: dict[str, Json]) -> int:
    return sum(count(value) or 0 for value in counted.values())


def _failure(statuses: dict[str, Json]) -> str | None:
    answers = _sum(statuses)
    if not answers:
        return "no request was answered"
    good = sum(count(n) or 0 for code, n in statuses.items() if _is_good(code))
    return None if good else f"all {answers} answers had a status of {_ERROR} or above"


def _is_good(code: str) -> bool:
    return not code.isdecimal() or int(code) < _ERROR
