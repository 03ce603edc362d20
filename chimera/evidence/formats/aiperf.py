"""AIPerf and GenAI-Perf: `profile_export_*.json`, and AIPerf's JSON Lines of requests.

The summary has one object per metric: `unit`, `avg`, percentiles, `std`, `count`; a metric of the
whole run has `avg` alone. The unit is stated beside each and taken as it is. `input_config` is the
setting. Sources: `aiperf/common/models/{export,record}_models.py`, GenAI-Perf `docs/files.md`.

ITL is (latency - TTFT) / (output tokens - 1) of each request, what vLLM calls TPOT. Warm-up metrics
and requests are left out; cancelled and failed requests are failures.
"""

from __future__ import annotations

from dataclasses import replace

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import (
    Measure,
    Row,
    Rows,
    at,
    items,
    mapping,
    numeric,
    spread,
    text,
    texts,
)
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.tables.grid import escape
from chimera.evidence.units import unit_of

NAME = "aiperf"
READS = frozenset({"node"})
HINTS = frozenset({"input_config", "aiperf_version", "metrics"})
STATISTICS = {
    "avg": "mean",
    "min": "min",
    "max": "max",
    "std": "stdev",
    "p1": "p1",
    "p5": "p5",
    "p10": "p10",
    "p25": "p25",
    "p50": "median",
    "p75": "p75",
    "p90": "p90",
    "p95": "p95",
    "p99": "p99",
}
_KNOWN = {
    "time_to_first_token": Measure("ttft", None, "lower"),
    "inter_token_latency": Measure("itl", None, "lower", definition="aiperf.itl"),
    "request_latency": Measure("e2e_latency", None, "lower"),
    "output_token_throughput": Measure("throughput", None, "higher"),
    "total_token_throughput": Measure("total_throughput", None, "higher"),
    "request_throughput": Measure("request_throughput", None, "higher"),
    "output_sequence_length": Measure("output_tokens", None, None),
    "input_sequence_length": Measure("prompt_tokens", None, None),
    "benchmark_duration": Measure("duration", None, None),
    "error_request_count": Measure("failed_requests", None, "lower"),
    "goodput": Measure("request_goodput", None, "higher"),
    "gpu_power_usage": Measure("power", None, "lower"),
    "gpu_memory_used": Measure("memory", None, "lower"),
}
_HIGHER = ("_throughput", "_throughput_per_user", "_goodput")
_LOWER = ("_latency", "_token", "_tokens_latency")  # `time_to_second_token`
_UNITS = {"MJ": "MJ", "per sec": "req/s"}  # mega, not milli; GenAI-Perf writes it of requests
_ORIGINS = frozenset({"input_config", "aiperf_version"})  # one of them is always written
_ORIGIN = "input_config or aiperf_version"
_MODELS = ("model_names/0", "endpoint/model_names/0", "models/items/0/name", "models/0")
_PARAMS = {
    "concurrency": (
        "loadgen/concurrency",
        "perf_analyzer/stimulus/concurrency",
        "concurrency",
        "phases/0/concurrency",
    ),
    "request_rate": (
        "loadgen/request_rate",
        "perf_analyzer/stimulus/request_rate",
        "request_rate",
        "phases/0/rate",
    ),
    "request_count": ("loadgen/request_count", "request_count", "phases/0/requests"),
    "streaming": ("endpoint/streaming", "streaming"),
    "endpoint_type": ("endpoint/type", "endpoint_type"),
    "input_tokens_mean": ("input/prompt/input_tokens/mean", "input/synthetic_tokens/mean"),
    "output_tokens_mean": ("input/prompt/output_tokens/mean", "input/output_tokens/mean"),
}


def measure_of(tag: str, unit: str) -> Measure:
    """Return what a metric of that tag measures, in the unit that stands beside it."""
    known = _KNOWN.get(tag)
    if known is None:
        higher, lower = tag.endswith(_HIGHER), tag.endswith(_LOWER)
        known = Measure(tag, None, "higher" if higher else "lower" if lower else None)
    return replace(known, unit=_UNITS.get(unit) or unit_of(unit) or unit or None)


def probe(sample: Sample) -> Match | None:
    """Tell a summary by metrics with a unit, a line by its phase and metrics with a unit."""
    if not isinstance(sample, Node):
        return None
    line = _with_unit(sample.first.get("metrics"), "value")
    if line:
        phase = mapping(sample.first.get("metadata"))
        return by_names([*sample.keys, *phase], needs=("metadata", "benchmark_phase", "error"))
    if sample.is_list:
        return None
    origin = [_ORIGIN] if _ORIGINS & set(sample.keys) else []
    return by_names(
        [*origin, *_with_unit(sample.first, "avg")],
        needs=(_ORIGIN, "request_latency", "request_throughput"),
        typical=("time_to_first_token", "inter_token_latency", "output_token_throughput"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return one row for a run, or one for each request."""
    if not isinstance(sample, Node):
        return []
    if _ORIGINS & set(sample.keys) and not sample.is_list:
        return [_summary(sample.place, sample.first)]
    return [_requests(sample)]


def _with_unit(value: Json, key: str) -> dict[str, dict[str, Json]]:
    objects = {name: mapping(one) for name, one in mapping(value).items()}
    return {name: one for name, one in objects.items() if "unit" in one and key in one}


def _summary(place: str, run: dict[str, Json]) -> Rows:
    measures: dict[str, Measure] = {}
    for tag, metric in _with_unit(run, "avg").items():
        one = measure_of(tag, text(metric["unit"]))
        whole = not any(key in metric for key in ("p50", "p99", "max"))
        measures |= spread(escape(tag), one, {"avg": "aggregate"} if whole else STATISTICS)
    cells = {column: text(at(run, column)) for column in measures}
    config = run.get("input_config")
    row = Row(place, _first(config, {"model": _MODELS}), _first(config, _PARAMS), cells)
    done = numeric(at(run, "request_count/avg")) or numeric(at(run, "request_latency/count"))
    row.n = int(done) if done else None
    row.ids = texts(run, "aiperf_version", "benchmark_id", "start_time")
    if run.get("was_cancelled") is True:
        row.failure = "the run was cancelled"
    elif run.get("is_complete") is False:
        row.failure = f"incomplete run: {text(run.get('incomplete_reason')) or 'no reason given'}"
    return Rows("", measures, [row])


def _first(config: Json, pointers: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Return each name with the first of its pointers that leads to a scalar."""
    found = {}
    for name, some in pointers.items():
        values = (text(at(config, pointer)) for pointer in some)
        found[name] = next((value for value in values if value), "")
    return {name: value for name, value in found.items() if value}


def _requests(sample: Node) -> Rows:
    measures: dict[str, Measure] = {}
    rows = []
    for place, record in sample.objects():
        metadata, error = mapping(record.get("metadata")), record.get("error")
        if metadata.get("benchmark_phase") != "profiling":
            continue
        row = Row(place, {}, {}, {}, ids=texts(metadata, "x_request_id", "request_start_ns"))
        row.cells = _cells(record, measures, row)
        if error or metadata.get("was_cancelled") is True:
            kind = text(at(error, "type")) or text(at(error, "message"))
            row.failure = kind or ("failed request" if error else "request was cancelled")
        rows.append(row)
    return Rows("", measures, rows)


def _cells(record: dict[str, Json], measures: dict[str, Measure], row: Row) -> dict[str, str]:
    """Return the single values of a request; lists, such as the gaps between chunks, are not."""
    cells = {}
    for tag, metric in _with_unit(record.get("metrics"), "value").items():
        column, measure = f"metrics/{escape(tag)}/value", measure_of(tag, text(metric["unit"]))
        if items(metric["value"]) or not text(metric["value"]):
            continue
        cells[column] = text(metric["value"])
        if measures.setdefault(column, measure).unit != measure.unit:
            row.invalid[column] = f"in {measure.unit}, unlike the requests before"
    return cells
