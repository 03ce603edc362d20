"""TensorRT-LLM `trtllm-bench --report_json`: milliseconds and tokens per second.

Percentiles are the values at rank int(n * q), without interpolation. TPOT is (end - first token) /
(tokens - 1) of a request; TTFT is 0 where the engine did not stream, and the tool leaves
`streaming_metrics` out then. Per-user rates are means over requests, `system_*` of the whole run.
Source: `tensorrt_llm/bench/dataclasses/{reporting,statistics}.py`.
"""

from __future__ import annotations

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import (
    Measure,
    Row,
    Rows,
    at,
    mapping,
    numeric,
    spread,
    text,
    texts,
)
from chimera.evidence.formats.samples import Node, Sample

NAME = "trtllm-bench"
READS = frozenset({"node"})
HINTS = frozenset({"world_info"})
_STATISTICS = {
    "average": "mean",
    "minimum": "min",
    "maximum": "max",
    "p50": "median",
    "p90": "p90",
    "p95": "p95",
    "p99": "p99",
}
_LATENCY = Measure("e2e_latency", "ms", "lower")
_TTFT = Measure("ttft", "ms", "lower")
_TPOT = Measure("tpot", "ms", "lower", definition="trtllm.tpot")
_PER_USER = "trtllm.output_throughput_per_user"
_SPEED = "trtllm.token_output_speed"
_MEASURES = {
    "performance/total_latency_ms": Measure("duration", "ms", "lower", "aggregate"),
    "performance/request_throughput_req_s": Measure(
        "request_throughput", "req/s", "higher", "aggregate"
    ),
    "performance/system_output_throughput_tok_s": Measure(
        "throughput", "tok/s", "higher", "aggregate"
    ),
    "performance/system_total_throughput_tok_s": Measure(
        "total_throughput", "tok/s", "higher", "aggregate"
    ),
    "performance/output_throughput_per_user_tok_s": Measure(
        "throughput", "tok/s", "higher", "mean", _PER_USER
    ),
    "performance/output_throughput_per_gpu_tok_s": Measure(
        "throughput", "tok/s", "higher", "aggregate", "trtllm.output_throughput_per_gpu"
    ),
    **spread("performance/request_latency_percentiles_ms", _LATENCY, _STATISTICS),
    "streaming_metrics/token_output_speed_tok_s": Measure(
        "throughput", "tok/s", "higher", "mean", _SPEED
    ),
    **spread("streaming_metrics/ttft_percentiles", _TTFT, _STATISTICS),
    **spread("streaming_metrics/tpot_percentiles", _TPOT, _STATISTICS),
    **spread(
        "streaming_metrics/gen_tps_percentiles",
        Measure("throughput", "tok/s", "higher", definition=_SPEED),
        _STATISTICS,
    ),
}
# Written beside the percentiles, which hold the same mean; taken where those are missing.
_MEANS = {
    "performance/avg_request_latency_ms": Measure("e2e_latency", "ms", "lower", "mean"),
    "streaming_metrics/avg_ttft_ms": Measure("ttft", "ms", "lower", "mean"),
    "streaming_metrics/avg_tpot_ms": Measure("tpot", "ms", "lower", "mean", "trtllm.tpot"),
}
_SAME = {
    "performance/avg_request_latency_ms": "performance/request_latency_percentiles_ms/average",
    "streaming_metrics/avg_ttft_ms": "streaming_metrics/ttft_percentiles/average",
    "streaming_metrics/avg_tpot_ms": "streaming_metrics/tpot_percentiles/average",
}
_WORLD = (
    "tp_size",
    "pp_size",
    "ep_size",
    "world_size",
    "max_batch_size",
    "max_num_tokens",
    "scheduling_policy",
    "kv_cache_percentage",
)
_ENGINE = ("dtype", "kv_cache_dtype", "quantization", "max_input_length", "max_sequence_length")


def probe(sample: Sample) -> Match | None:
    """Tell a report by its world and what was measured in it."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    parts = ("world_info", "performance")
    inner = [f"{part}/{key}" for part in parts for key in mapping(sample.first.get(part))]
    return by_names(
        [*sample.keys, *inner],
        needs=("request_info", "world_info/tp_size", "performance/request_throughput_req_s"),
        typical=("engine", "dataset", "performance/system_output_throughput_tok_s"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return one row for the run."""
    if not isinstance(sample, Node):
        return []
    run = sample.first
    cells = {column: text(at(run, column)) for column in (*_MEASURES, *_MEANS)}
    for column, other in _SAME.items():
        if cells[other]:
            cells[column] = ""
    row = Row(sample.place, _labels(run), _params(run), cells)
    row.ids = texts(run.get("engine"), "version")
    requests = numeric(at(run, "request_info/num_requests"))
    row.n = None if requests is None else int(requests)
    row.failure = "no request was completed" if requests == 0 else None
    return [Rows("", {**_MEASURES, **_MEANS}, [row])]


def _labels(run: dict[str, Json]) -> dict[str, str]:
    gpu = text(at(run, "machine/name"))
    return {**texts(run.get("engine"), "model", "backend"), **({"gpu": gpu} if gpu else {})}


def _params(run: dict[str, Json]) -> dict[str, str]:
    return {
        **texts(run.get("engine"), *_ENGINE),
        **texts(run.get("world_info"), *_WORLD),
        **texts(run.get("request_info"), "avg_input_length", "avg_output_length"),
    }
