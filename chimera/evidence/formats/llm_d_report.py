"""llm-d benchmark reports 0.1 and 0.2, JSON and YAML: results of several tools in one shape.

0.1 has `metrics/{latency,requests,throughput}`, 0.2 `results/request_performance/aggregate/…`.
Units stand beside each distribution; `s/token` is the second of a time per token. What ITL and
TPOT mean is up to the tool that measured, so their definitions are that tool's.
Source: `llmdbenchmark/analysis/benchmark_report/` of llm-d/llm-d-benchmark.
"""

from __future__ import annotations

from dataclasses import replace

from chimera.evidence.document import Json
from chimera.evidence.formats.inference_perf import within_chunks
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
from chimera.evidence.units import unit_of

NAME = "llm-d-report"
READS = frozenset({"node"})
HINTS = frozenset({"scenario"})
_STATISTICS = {
    "mean": "mean",
    "stddev": "stdev",
    "min": "min",
    "max": "max",
    "p0p1": "p0.1",
    "p50": "median",
    "p99p9": "p99.9",
    **{f"p{rank}": f"p{rank}" for rank in (1, 5, 10, 25, 75, 90, 95, 99)},
}
_LOWER_HALF = ("min", "p0p1", "p1", "p5", "p10", "p25", "p50")
_ITL = "latency/inter_token_latency"
_DISTRIBUTIONS = {
    "latency/time_to_first_token": Measure("ttft", None, "lower"),
    "latency/request_latency": Measure("e2e_latency", None, "lower"),
    _ITL: Measure("itl", None, "lower", definition="itl"),
    "latency/time_per_output_token": Measure("tpot", None, "lower", definition="tpot"),
    "latency/normalized_time_per_output_token": Measure("tpot", None, "lower", definition="ntpot"),
    "requests/input_length": Measure("prompt_tokens", None, None),
    "requests/output_length": Measure("output_tokens", None, None),
    "throughput/output_token_rate": Measure("throughput", None, "higher"),
    "throughput/total_token_rate": Measure("total_throughput", None, "higher"),
    "throughput/request_rate": Measure("request_throughput", None, "higher"),
    "throughput/input_token_rate": Measure(
        "prompt_throughput", None, "higher", definition="input_token_rate"
    ),
}
_SINGLE = {  # 0.1
    "throughput/output_tokens_per_sec": Measure("throughput", "tok/s", "higher", "aggregate"),
    "throughput/total_tokens_per_sec": Measure("total_throughput", "tok/s", "higher", "aggregate"),
    "throughput/requests_per_sec": Measure("request_throughput", "req/s", "higher", "aggregate"),
}
_UNITS = {"s/token": "s", "ms/token": "ms", "queries/s": "req/s", "count": "tokens"}
_PARTS = ("results/request_performance/aggregate", "metrics")
_PREFIX = {"vllm-benchmark": "vllm"}  # of definitions; others are named as the tool
_PARAMS = {
    "tool": ("load/standardized/tool", "load/name"),
    "request_rate": ("load/standardized/rate_qps", "load/args/request_rate"),
    "concurrency": ("load/standardized/concurrency", "load/args/max_concurrency"),
    "input_tokens": ("load/standardized/input_seq_len/value",),
    "output_tokens": ("load/standardized/output_seq_len/value",),
    "stage": ("load/standardized/stage", "load/metadata/stage"),
}
_ENGINE = {
    "tp": "accelerator/parallelism/tp",
    "dp": "accelerator/parallelism/dp",
    "replicas": "replicas",
}


def probe(sample: Sample) -> Match | None:
    """Tell a report by its version, its scenario, and the three parts of its results."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    return by_names(
        [*sample.keys, *(f"results: {name}" for name in mapping(at(sample.first, _part(sample))))],
        needs=("version", "scenario", "results: latency", "results: requests"),
        typical=("results: throughput", "run"),
    )


def _part(sample: Node) -> str:
    return next((part for part in _PARTS if at(sample.first, part)), "metrics")


def parse(sample: Sample) -> list[Rows]:
    """Return one row for a report."""
    if not isinstance(sample, Node):
        return []
    report, part = sample.first, _part(sample)
    results, scenario = at(report, part), report.get("scenario")
    params = _params(scenario)
    measures = _measures(results, params.get("tool", ""))
    cells = {column: text(at(results, column)) for column in measures}
    row = Row(f"{sample.place}/{part}", _labels(scenario), params, cells)
    row.ids = {**texts(report.get("run"), "uid", "eid"), **texts(report, "version")}
    _count(row, results)
    if reason := within_chunks(at(results, _ITL), "p50"):
        row.invalid = {f"{_ITL}/{key}": reason for key in _LOWER_HALF}
    return [Rows(f"/{part}", measures, [row])]


def _measures(results: Json, tool: str) -> dict[str, Measure]:
    found = {column: one for column, one in _SINGLE.items() if text(at(results, column))}
    for pointer, one in _DISTRIBUTIONS.items():
        unit = text(at(results, f"{pointer}/units"))
        prefix = _PREFIX.get(tool, tool) or NAME
        definition = f"{prefix}.{one.definition}" if one.definition else None
        measure = replace(one, unit=_UNITS.get(unit) or unit_of(unit), definition=definition)
        columns = spread(pointer, measure, _STATISTICS)
        found |= {column: m for column, m in columns.items() if text(at(results, column))}
    return found


def _count(row: Row, results: Json) -> None:
    """Set the requests behind the row: all of them if none failed, else the file does not say."""
    total, failed = (
        numeric(at(results, "requests/total")),
        numeric(at(results, "requests/failures")),
    )
    row.n = int(total) if total and not failed else None
    if failed:
        row.params["failed_requests"] = text(at(results, "requests/failures"))
    row.failure = "no request was successful" if total is not None and total == failed else None


def _params(scenario: Json) -> dict[str, str]:
    params = {
        name: next((value for pointer in some if (value := text(at(scenario, pointer)))), "")
        for name, some in _PARAMS.items()
    }
    engine = _engine(scenario)
    params |= {name: text(at(engine, pointer)) for name, pointer in _ENGINE.items()}
    return {name: value for name, value in params.items() if value}


def _engine(scenario: Json) -> dict[str, Json]:
    """Return the first part of the stack that serves a model."""
    stack = (mapping(at(part, "standardized")) for part in items(at(scenario, "stack")))
    return next((part for part in stack if part.get("model")), {})


def _labels(scenario: Json) -> dict[str, str]:
    engine = _engine(scenario)
    model = text(at(engine, "model/name")) or text(at(scenario, "model/name"))
    gpu = text(at(engine, "accelerator/model")) or text(at(scenario, "host/accelerator/0/model"))
    return {name: value for name, value in (("model", model), ("gpu", gpu)) if value}
