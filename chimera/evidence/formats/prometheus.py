"""Prometheus text exposition and OpenMetrics: what a server counted since it started.

A counter, the sum and count of a histogram and its buckets only grow: a rate needs two snapshots,
so they are kept as sums without a better side, and no quantile is interpolated from buckets. A
summary's quantiles were computed by the server. Names end in their base unit (`_seconds`,
`_bytes`). What vLLM and others measure inside the server is not what a client of theirs sees, so
it has definitions of its own. Sources: prometheus.io, "Exposition formats" and "Metric and label
naming"; vLLM, "Production Metrics".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell
from chimera.evidence.names import plain
from chimera.evidence.numerals import number
from chimera.evidence.records import Direction

NAME = "prometheus"
READS = frozenset({"console"})
HINTS = frozenset({"# TYPE "})
_TYPES = "counter|gauge|histogram|summary|untyped|unknown|gaugehistogram|info|stateset"
_TYPE = re.compile(rf"^# TYPE ([a-zA-Z_:][\w:]*) ({_TYPES})[ \t\r]*$", re.MULTILINE)
_HELP = re.compile(r"^# (?:HELP|UNIT) [a-zA-Z_:][\w:]* ", re.MULTILINE)
_LABELS = r'\{((?:[^"}\n]|"(?:[^"\\\n]|\\.)*")*)\}'
_SAMPLE = re.compile(
    rf"^([a-zA-Z_:][\w:]*)(?:{_LABELS})?[ \t]+([-+]?(?:\d[\d.eE+-]*|NaN|Inf))"
    r"(?:[ \t]+(-?\d[\d.]*))?[ \t\r]*(?:#.*)?$",
    re.MULTILINE,
)
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
_UNITS = {
    "seconds": "s", "milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns", "bytes": "B",
    "joules": "J", "watts": "W", "celsius": "°C", "percent": "%", "tokens": "tokens",
}  # fmt: skip
_ENDINGS = ("bucket", "sum", "count", "total", "created", "info")
# Points in time and constants; they measure nothing.
_NO_METRIC = re.compile(
    r".*(?:_created|_info|_timestamp(?:_seconds)?|_(?:start|boot)_time_seconds)"
)
_SERVER = {
    "time_to_first_token": "ttft",
    "time_per_output_token": "itl",  # vLLM's histogram of this name holds the gaps between tokens
    "inter_token_latency": "itl",
    "request_time_per_output_token": "tpot",
    "e2e_request_latency": "e2e_latency",
}
# dcgm-exporter names fields of DCGM, whose units `dcgm_fields.h` gives.
_DCGM = {
    "DCGM_FI_DEV_GPU_UTIL": ("gpu_utilization", "%", None),
    "DCGM_FI_DEV_MEM_COPY_UTIL": ("memory_utilization", "%", None),
    "DCGM_FI_DEV_POWER_USAGE": ("power", "W", None),
    "DCGM_FI_DEV_FB_USED": ("memory", "MiB", None),
    "DCGM_FI_DEV_FB_FREE": ("memory_free", "MiB", None),
    "DCGM_FI_DEV_GPU_TEMP": ("temperature", "°C", "dcgm.temperature.gpu"),
    "DCGM_FI_DEV_MEMORY_TEMP": ("temperature", "°C", "dcgm.temperature.memory"),
    "DCGM_FI_DEV_SM_CLOCK": ("clock_sm", "MHz", None),
    "DCGM_FI_DEV_MEM_CLOCK": ("clock_memory", "MHz", None),
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION": ("energy", "mJ", None),
}
_QUANTILES = {"0": "min", "0.0": "min", "0.5": "median", "1": "max", "1.0": "max"}
_TIMELIKE = frozenset({"s", "ms", "us", "ns"})


@dataclass(frozen=True, slots=True)
class _Point:
    index: int  # of the line
    match: re.Match[str]
    family: str
    kind: str
    labels: dict[str, str]
    snapshot: int  # how many times the series came before, plus one

    @property
    def ending(self) -> str:
        """What the name adds to that of its family: such as `_bucket`."""
        return self.match[1].removeprefix(self.family)

    @property
    def series(self) -> tuple[str, ...]:
        """What belongs together: the family with labels but those of a bucket or quantile."""
        rest = [f"{k}={v}" for k, v in sorted(self.labels.items()) if k not in {"le", "quantile"}]
        return (self.family, *rest, str(self.snapshot))


def probe(sample: Sample) -> Match | None:
    """Tell it by a line with a type and one with a value."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=(_TYPE, _SAMPLE), typical=(_HELP,))


def parse(sample: Sample) -> list[Rows]:
    """Return one table per family of metrics, a row per series."""
    if not isinstance(sample, Console):
        return []
    points = list(_points(sample))
    again = any(point.snapshot > 1 for point in points)
    counts = {p.series: _whole(p.match[3]) for p in points if p.ending == "_count"}
    tables: dict[str, Rows] = {}
    for point in points:
        row = _row(point, counts, again=again)
        if row is None:
            continue
        column, measure = _measure(point)
        name = f"{point.family}_bucket" if row.params else point.family
        table = tables.setdefault(name, Rows(name, {}))
        table.measures = {**table.measures, column: table.measures.get(column, measure)}
        row.cells = {column: cell(point.index, point.match, 3)}
        if point.kind in {"summary", "histogram"} and row.n == 0:
            row.invalid = {column: "of no observations"} if point.ending == "" else {}
        table.rows.append(row)
    return list(tables.values())


def _points(sample: Console) -> Iterator[_Point]:
    kinds: dict[str, str] = {match[1]: match[2] for match in _TYPE.finditer(sample.text)}
    seen: dict[tuple[str, str], int] = {}
    for index, match in sample.matches(_SAMPLE):
        family = _family(match[1], kinds)
        if family is None or _NO_METRIC.fullmatch(match[1]):
            continue
        key = (match[1], match[2] or "")
        seen[key] = seen.get(key, 0) + 1
        labels = {_free(name): _unescaped(text) for name, text in _LABEL.findall(match[2] or "")}
        yield _Point(index, match, family, kinds[family], labels, seen[key])


def _family(name: str, kinds: Mapping[str, str]) -> str | None:
    """Return the family a sample belongs to, None for one without a type."""
    if name in kinds:
        return name
    family, _, ending = name.rpartition("_")
    return family if ending in _ENDINGS and family in kinds else None


def _row(point: _Point, counts: Mapping[tuple[str, ...], int | None], *, again: bool) -> Row | None:
    if number(point.match[3]) is None or point.kind in {"info", "stateset"}:
        return None
    labels = {name: text for name, text in point.labels.items() if name != "quantile"}
    params = {"le": labels.pop("le")} if "le" in labels else {}
    row = Row(str(point.index + 1), labels, params, {})
    if point.ending in {"", "_sum"} and point.kind in {"summary", "histogram"}:
        row.n = counts.get(point.series)
    if point.match[4]:
        row.ids["timestamp"] = point.match[4]
    if again:
        row.ids["snapshot"] = str(point.snapshot)
    return row


def _measure(point: _Point) -> tuple[str, Measure]:
    metric, unit, definition = _named(point.family)
    quantile = point.labels.get("quantile")
    if quantile is not None:
        statistic = _QUANTILES.get(quantile) or _percentile(quantile)
        direction: Direction | None = "lower" if unit in _TIMELIKE else None
        return quantile, Measure(metric, unit, direction, statistic, definition)
    if point.ending in {"_bucket", "_count"}:
        return point.ending, Measure(f"{metric}{point.ending}", "count", None, "sum", definition)
    statistic = "sum" if point.ending in {"_sum", "_total"} or point.kind == "counter" else "raw"
    return point.ending or "value", Measure(metric, unit, None, statistic, definition)


def _named(family: str) -> tuple[str, str | None, str | None]:
    if family in _DCGM:
        return _DCGM[family]
    prefix, _, name = family.rpartition(":")
    words = plain(name).removesuffix("_total").split("_")
    unit = _UNITS.get(words[-1])
    stem = "_".join(words[:-1] if unit and unit != "tokens" and len(words) > 1 else words)
    if prefix and stem in _SERVER:
        return _SERVER[stem], unit, f"{plain(prefix)}.server.{_SERVER[stem]}"
    return "_".join(filter(None, [plain(prefix), stem])), unit, None


def _percentile(quantile: str) -> str:
    share = number(quantile)
    return f"p{100 * share:.6g}" if share is not None else "raw"


def _whole(text: str) -> int | None:
    value = number(text)
    return int(value) if value is not None else None


def _free(name: str) -> str:
    """Return a label's name; one that means a place in our own records as Prometheus moves such."""
    return f"exported_{name}" if name in {"path", "column"} else name


def _unescaped(text: str) -> str:
    return text.replace("\\n", " ").replace('\\"', '"').replace("\\\\", "\\")
