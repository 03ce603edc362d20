"""LLMPerf `token_benchmark_ray.py`: `*_summary.json` and `*_individual_responses.json`.

Units stand in the names: `results_ttft_s_quantiles_p99`. ITL is the sum of the gaps *with* TTFT
over the output tokens, so about latency / tokens: no ITL of other tools. Requests with an error
code are failures; the summary is of those without. A 0 (or -1) is written for a time that was not
taken. The summary tells of the requests of the file beside it: its statistics are never raw, so
that no request is counted twice. Shapes as in ray-project/llmperf-leaderboard `raw_data/`.
"""

from __future__ import annotations

from dataclasses import replace

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, numeric, text, texts
from chimera.evidence.formats.samples import Node, Sample

NAME = "llmperf"
READS = frozenset({"node"})
HINTS = frozenset({"num_concurrent_requests", "results_num_completed_requests", "ttft_s"})
_METRICS = {
    "ttft_s": Measure("ttft", "s", "lower"),
    "inter_token_latency_s": Measure("itl", "s", "lower", definition="llmperf.itl"),
    "end_to_end_latency_s": Measure("e2e_latency", "s", "lower"),
    "request_output_throughput_token_per_s": Measure(
        "throughput", "tok/s", "higher", definition="llmperf.request_output_throughput"
    ),
    "number_input_tokens": Measure("prompt_tokens", "tokens", None),
    "number_output_tokens": Measure("output_tokens", "tokens", None),
}
_STATISTICS = {
    **{f"quantiles_p{rank}": f"p{rank}" for rank in (25, 75, 90, 95, 99)},
    "quantiles_p50": "median",
    "mean": "mean",
    "min": "min",
    "max": "max",
    "stddev": "stdev",
}
_SUMMARY = {
    **{
        f"results_{name}_{key}": replace(
            measure,
            statistic=statistic,
            direction=None if statistic == "stdev" else measure.direction,
        )
        for name, measure in _METRICS.items()
        for key, statistic in _STATISTICS.items()
    },
    "results_mean_output_throughput_token_per_s": Measure(
        "throughput", "tok/s", "higher", "aggregate"
    ),
    "results_num_completed_requests_per_min": Measure(
        "request_throughput", "req/min", "higher", "aggregate"
    ),
    "results_error_rate": Measure("error_rate", None, "lower", "aggregate"),
}
_PARAMS = (
    "mean_input_tokens",
    "stddev_input_tokens",
    "mean_output_tokens",
    "stddev_output_tokens",
    "num_concurrent_requests",
)
_TAKEN = ("ttft_s", "inter_token_latency_s", "request_output_throughput_token_per_s")
_NO_ERROR = frozenset({"", "0", "null", "None"})


def probe(sample: Sample) -> Match | None:
    """Tell a summary by the names of its results, a request by its error code and times."""
    if not isinstance(sample, Node):
        return None
    if sample.is_list:
        return by_names(
            sample.keys,
            needs=("error_code", "ttft_s", "inter_token_latency_s"),
            typical=("error_msg", "number_total_tokens", "request_output_throughput_token_per_s"),
        )
    return by_names(
        sample.keys,
        needs=("num_concurrent_requests", "results_ttft_s_mean", "results_num_completed_requests"),
        typical=("results_error_rate", "results_inter_token_latency_s_mean"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return one row for a summary, or one for each request."""
    if not isinstance(sample, Node):
        return []
    if sample.is_list:
        return [Rows("/*", _METRICS, [_request(*one) for one in sample.objects()])]
    return [Rows("", _SUMMARY, [_summary(sample.place, sample.first)])]


def _summary(place: str, run: dict[str, Json]) -> Row:
    cells = {column: text(run.get(column)) for column in _SUMMARY}
    labels = texts(run, "model", "framework", "model_size")
    row = Row(place, labels, texts(run, *_PARAMS), cells, ids=texts(run, "timestamp"))
    done = numeric(run.get("results_num_completed_requests"))
    errors = numeric(run.get("results_number_errors"))
    if errors:
        row.params["failed_requests"] = text(run.get("results_number_errors"))
    row.n = None if done is None else int(done)
    row.failure = "no request was completed" if done == 0 else None
    return row


def _request(place: str, request: dict[str, Json]) -> Row:
    row = Row(place, {}, {}, {column: text(request.get(column)) for column in _METRICS})
    code = text(request.get("error_code"))
    row.invalid = {
        column: "written for a value that was not taken"
        for column in _TAKEN
        if (value := numeric(request.get(column))) is not None and value <= 0
    }
    if code not in _NO_ERROR:
        row.failure = f"error {code}: {text(request.get('error_msg'))}".rstrip(": ")
    return row
