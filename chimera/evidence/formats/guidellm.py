"""GuideLLM `benchmarks.json` and `.yaml`: one row per benchmark, and one per request if kept.

Every metric is given for `successful`, `errored`, `incomplete` and `total` requests; only the
first is read, since a request that failed early looks fast. Seconds and milliseconds stand side
by side, the name says which (`guidellm/schemas/base/request_stats.py`):

- ITL: (last token - first token) / (tokens - 1) of a request, weighted by tokens.
- TPOT: (last token - start) / tokens of a request, so it includes the first token; up to 0.3, in
  whose files a benchmark names its `worker`, (last token - first token) / tokens.
- Rates over time are counted between events; only their mean is a rate of the run.
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

NAME = "guidellm"
READS = frozenset({"node"})
HINTS = frozenset({"benchmarks"})
_STATISTICS = {
    "mean": "mean",
    "median": "median",
    "std_dev": "stdev",
    "min": "min",
    "max": "max",
    "percentiles/p001": "p0.1",
    "percentiles/p01": "p1",
    "percentiles/p05": "p5",
    "percentiles/p10": "p10",
    "percentiles/p25": "p25",
    "percentiles/p75": "p75",
    "percentiles/p90": "p90",
    "percentiles/p95": "p95",
    "percentiles/p99": "p99",
    "percentiles/p999": "p99.9",
}
_PER_REQUEST = {
    "request_latency": Measure("e2e_latency", "s", "lower"),
    "time_to_first_token_ms": Measure("ttft", "ms", "lower"),
    "time_to_first_output_token_ms": Measure("time_to_first_output_token", "ms", "lower"),
    "time_per_output_token_ms": Measure("tpot", "ms", "lower", definition="guidellm.tpot"),
    "inter_token_latency_ms": Measure("itl", "ms", "lower", definition="guidellm.itl"),
}
_TOKENS = {
    "prompt_token_count": Measure("prompt_tokens", "tokens", None),
    "output_token_count": Measure("output_tokens", "tokens", None),
}
_RATES = {
    "requests_per_second": Measure("request_throughput", "req/s", "higher"),
    "output_tokens_per_second": Measure("throughput", "tok/s", "higher"),
    "tokens_per_second": Measure("total_throughput", "tok/s", "higher"),
    "prompt_tokens_per_second": Measure(
        "prompt_throughput", "tok/s", "higher", definition="guidellm.prompt_tokens_per_second"
    ),
    "request_concurrency": Measure("concurrency", None, None),
}
_PERCENTILES = {
    column: measure
    for name, one in {**_PER_REQUEST, **_TOKENS}.items()
    for column, measure in spread(f"metrics/{name}/successful", one, _STATISTICS).items()
}
_MEANS = {
    column: measure
    for name, one in _RATES.items()
    for column, measure in spread(f"metrics/{name}/successful", one, {"mean": "mean"}).items()
}
_MEASURES = {**_PERCENTILES, **_MEANS}
_REQUEST = {
    **_PER_REQUEST,
    "output_tokens_per_second": Measure(
        "throughput", "tok/s", "higher", definition="guidellm.request_output_throughput"
    ),
    "prompt_tokens": _TOKENS["prompt_token_count"],
    "output_tokens": _TOKENS["output_token_count"],
}
_OLD_TPOT = "guidellm.tpot_after_first"
_OF_TOKENS = ("time_per_output_token_ms", "inter_token_latency_ms")
_DATA = ("prompt_tokens", "prompt_tokens_stdev", "output_tokens", "output_tokens_stdev")


def probe(sample: Sample) -> Match | None:
    """Tell a report by the metrics of its first benchmark, kept by outcome of the requests."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    metrics = mapping(at(sample.first, "benchmarks/0/metrics"))
    outcomes = mapping(metrics.get("requests_per_second"))
    return by_names(
        [*sample.keys, *metrics, *outcomes],
        needs=("benchmarks", "requests_per_second", "request_latency", "successful"),
        typical=("inter_token_latency_ms", "request_concurrency"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return statistics per benchmark, then single requests by how they ended."""
    value = sample.first if isinstance(sample, Node) else {}
    place = sample.place if isinstance(sample, Node) else ""
    old = bool(at(value.get("benchmarks"), "0/worker"))
    statistics = Rows("/benchmarks/*", _defined(_MEASURES, old=old))
    requests = Rows("/benchmarks/*/requests/*/*", _defined(_REQUEST, old=old))
    for index, benchmark in enumerate(items(value.get("benchmarks"))):
        row = _row(f"{place}/benchmarks/{index}", mapping(benchmark), value)
        statistics.rows.append(row)
        kept = mapping(at(benchmark, "requests"))
        for outcome in ("successful", "errored", "incomplete"):
            requests.rows += _requests(row, outcome, items(kept.get(outcome)))
    return [statistics, requests]


def _defined(measures: dict[str, Measure], *, old: bool) -> dict[str, Measure]:
    """Return the measures with the definitions of the version that wrote the file."""
    return {
        column: replace(one, definition=_OLD_TPOT) if old and one.metric == "tpot" else one
        for column, one in measures.items()
    }


def _row(place: str, benchmark: dict[str, Json], report: dict[str, Json]) -> Row:
    cells = {column: text(at(benchmark, column)) for column in _MEASURES}
    backend = at(benchmark, "config/backend") or benchmark.get("worker")
    model = text(at(backend, "model")) or text(at(backend, "backend_model"))
    labels = {"model": model} if model else {}
    row = Row(place, labels, _params(benchmark, report), cells)
    row.ids = {
        **texts(at(benchmark, "config") or benchmark, "id_", "run_id"),
        **texts(report.get("metadata"), "guidellm_version"),
        **texts(benchmark, "start_time"),
    }
    totals = at(benchmark, "metrics/request_totals") or benchmark.get("request_totals")
    done = numeric(at(totals, "successful"))
    row.n = None if done is None else int(done)
    row.failure = "no request was successful" if done == 0 else None
    lost = texts(totals, "errored", "incomplete")
    row.params |= {f"{name}_requests": text_ for name, text_ in lost.items() if text_ != "0"}
    empty = [c for c in cells if numeric(at(benchmark, _count(c))) == 0]
    row.invalid = dict.fromkeys(empty, "statistic of no successful request")
    return row


def _count(column: str) -> str:
    """Return where the count behind a statistic stands."""
    return "/".join([*column.split("/")[:3], "count"])


def _params(benchmark: dict[str, Json], report: dict[str, Json]) -> dict[str, str]:
    strategy = at(benchmark, "config/strategy") or at(benchmark, "args/strategy")
    profile = at(benchmark, "config/profile") or at(benchmark, "args/profile")
    data = at(report, "config/spec/data/0") or at(report, "args/data/0")
    named = {"strategy": "type_", "rate": "rate", "streams": "streams"}
    params = {name: text(at(strategy, key)) for name, key in named.items()}
    params["profile"] = text(at(profile, "kind")) or text(at(profile, "type_"))
    params["max_concurrency"] = text(at(strategy, "max_concurrency"))
    return {**{name: value for name, value in params.items() if value}, **texts(data, *_DATA)}


def _requests(of: Row, outcome: str, requests: list[Json]) -> list[Row]:
    rows = []
    for index, request in enumerate(requests):
        place = f"{of.place}/requests/{outcome}/{index}"
        cells = {column: text(at(request, column)) for column in _REQUEST}
        row = Row(place, of.labels, of.params, cells, ids=texts(request, "request_id"))
        row.invalid = {
            column: "0 is written for a request of too few tokens"
            for column in _OF_TOKENS
            if numeric(at(request, column)) == 0
        }
        if outcome != "successful":
            error = text(at(request, "info/error")) or text(at(request, "error"))
            row.failure = f"{outcome}: {error}" if error else f"{outcome} request"
        rows.append(row)
    return rows
