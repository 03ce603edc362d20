"""inference-perf `*_lifecycle_metrics.json`: seconds, one object per load stage or summary.

Keys of a distribution are `mean`, `min`, `p0.1` … `max`. ITL are all gaps between chunks, pooled;
a chunk may carry many tokens, and then the median gap is the time between two tokens sent at once:
microseconds beside a p75 of milliseconds. Such a median is no time per token, and marked so.
TPOT leaves the first token out; `normalized_time_per_output_token` is latency / tokens.
Source: files of kubernetes-sigs/inference-perf `demos/kubecon-na-2025`.
"""

from __future__ import annotations

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, at, mapping, numeric, spread, text
from chimera.evidence.formats.samples import Node, Sample

NAME = "inference-perf"
READS = frozenset({"node"})
HINTS = frozenset({"load_summary"})
_STATISTICS = {
    "mean": "mean",
    "median": "median",
    "min": "min",
    "max": "max",
    **{f"p{rank}": f"p{rank}" for rank in ("0.1", 1, 5, 10, 25, 75, 90, 95, 99, "99.9")},
}
_SECONDS = {
    "request_latency": Measure("e2e_latency", "s", "lower"),
    "time_to_first_token": Measure("ttft", "s", "lower"),
    "time_per_output_token": Measure("tpot", "s", "lower", definition="inference-perf.tpot"),
    "normalized_time_per_output_token": Measure(
        "tpot", "s", "lower", definition="inference-perf.ntpot"
    ),
    "inter_token_latency": Measure("itl", "s", "lower", definition="inference-perf.itl"),
}
_TOKENS = {
    "prompt_len": Measure("prompt_tokens", "tokens", None),
    "output_len": Measure("output_tokens", "tokens", None),
}
_RATES = {
    "output_tokens_per_sec": Measure("throughput", "tok/s", "higher", "aggregate"),
    "total_tokens_per_sec": Measure("total_throughput", "tok/s", "higher", "aggregate"),
    "requests_per_sec": Measure("request_throughput", "req/s", "higher", "aggregate"),
    "input_tokens_per_sec": Measure(
        "prompt_throughput",
        "tok/s",
        "higher",
        "aggregate",
        "inference-perf.input_tokens_per_sec",
    ),
}
_PARAMS = {
    "request_rate": "requested_rate",
    "concurrency": "concurrency",
    "duration": "requested_duration",
}
_DISTRIBUTIONS = {
    **{f"latency/{name}": measure for name, measure in _SECONDS.items()},
    **_TOKENS,
}
_MEASURES = {
    **{
        column: measure
        for name, one in _DISTRIBUTIONS.items()
        for column, measure in spread(f"successes/{name}", one, _STATISTICS).items()
    },
    **{f"successes/throughput/{name}": one for name, one in _RATES.items()},
    "load_summary/achieved_rate": Measure(
        "request_rate", "req/s", None, "aggregate", "inference-perf.achieved_rate"
    ),
}
_ITL = "successes/latency/inter_token_latency"
_CHUNKED = 20  # times the median is p75, where most gaps lie within chunks
_WITHIN = {"min", "p0.1", "p1", "p5", "p10", "p25", "median"}


def probe(sample: Sample) -> Match | None:
    """Tell a stage by its three parts, and what the successes hold."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    parts = [f"successes/{name}" for name in mapping(sample.first.get("successes"))]
    return by_names(
        [*sample.keys, *parts],
        needs=("load_summary", "failures", "successes/latency"),
        typical=("successes/throughput", "successes/prompt_len", "successes/output_len"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return one row for a stage."""
    stage = sample.first if isinstance(sample, Node) else {}
    place = sample.place if isinstance(sample, Node) else ""
    cells = {column: text(at(stage, column)) for column in _MEASURES}
    load = mapping(stage.get("load_summary"))
    params = {name: text(load.get(key)) for name, key in _PARAMS.items() if text(load.get(key))}
    labels = {} if "achieved_rate" in load else {"stages": "all"}  # a summary repeats its stages
    row = Row(place, labels, params, cells)
    done, lost = numeric(at(stage, "successes/count")), numeric(at(stage, "failures/count"))
    row.n = None if done is None else int(done)
    if lost:
        row.params["failed_requests"] = text(at(stage, "failures/count"))
    row.failure = "no request was successful" if done == 0 else None
    reason = within_chunks(at(stage, _ITL))
    row.invalid = {f"{_ITL}/{name}": reason for name in _WITHIN} if reason else {}
    return [Rows("", _MEASURES, [row])]


def within_chunks(itl: Json, middle: str = "median") -> str | None:
    """Tell why the lower half of the gaps is no time per token, None where it is.

    `itl` is the distribution of gaps, `middle` the key of its median.
    """
    above = "p75" if at(itl, "p75") is not None else "p90"  # early versions have no p75
    median, high = numeric(at(itl, middle)), numeric(at(itl, above))
    if median is None or high is None or not median < high / _CHUNKED:
        return None
    return f"gap within a chunk of several tokens: {above} is more than 20 times the median"
