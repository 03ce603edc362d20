"""vLLM `bench serve` JSON: one flat object per run, latencies in ms, or in s per request.

Definitions (`vllm/benchmarks/serve.py`): TTFT is the time to the first chunk; TPOT is
(E2E - TTFT) / (output tokens - 1) of a request with more than one; ITL are all gaps between chunks
of all requests, so that a chunk of several tokens counts as one gap (where a file holds very many,
they are left to its statistics); output throughput is the tokens of all completed requests by the
duration. A statistic over nothing is written as 0: if no
request completed, no number of the run counts, and a latency of 0 never does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from chimera.evidence.document import Json, NumberText
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import (
    Measure,
    Row,
    Rows,
    count,
    items,
    numeric,
    text,
    texts,
)
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.tables.roles import is_setting

NAME = "vllm-serve"
READS = frozenset({"node"})
HINTS = frozenset({"request_throughput"})
_NEEDS = ("completed", "request_throughput", "duration", "total_input_tokens")
_TYPICAL = ("num_prompts", "total_token_throughput", "output_throughput", "request_rate")
_SIBLINGS = ("total_output_tokens_retokenized", "mean_e2e_latency_ms")
_SHARED = "input_throughput"  # written by SGLang, and by vLLM 0.5, which names its tokenizer
_TOTALS = {
    "duration": Measure("duration", "s", None),
    "completed": Measure("completed", "count", None, "sum"),
    "failed": Measure("failed", "count", "lower", "sum"),
    "total_input_tokens": Measure("input_tokens", "tokens", None, "sum"),
    "total_output_tokens": Measure("output_tokens", "tokens", None, "sum"),
    "request_throughput": Measure("request_throughput", "req/s", "higher", "aggregate"),
    "request_goodput": Measure("request_goodput", "req/s", "higher", "aggregate", "goodput"),
    "request_goodput:": Measure("request_goodput", "req/s", "higher", "aggregate", "goodput"),
    "input_throughput": Measure("prompt_throughput", "tok/s", "higher", "aggregate", "input"),
    "output_throughput": Measure("throughput", "tok/s", "higher", "aggregate", "output"),
    "total_token_throughput": Measure("total_throughput", "tok/s", "higher", "aggregate", "total"),
    "total_throughput": Measure("total_throughput", "tok/s", "higher", "aggregate", "total"),
    "max_output_tokens_per_s": Measure("peak_throughput", "tok/s", "higher", "max", "peak"),
    "max_concurrent_requests": Measure("concurrency", "count", None, "max"),
    "concurrency": Measure("concurrency", "count", None, "mean"),
    "rtfx": Measure("rtfx", "x", "higher", "aggregate"),
    "accept_length": Measure("acceptance_length", "tokens", "higher", "mean"),
    "spec_decode_acceptance_length": Measure("acceptance_length", "tokens", "higher", "mean"),
    "spec_decode_acceptance_rate": Measure("acceptance_rate", "%", "higher", "aggregate"),
}
_LATENCY = re.compile(
    r"(mean|median|std|max|p\d{1,2}(?:\.\d{1,3})?)_"
    r"(ttft|tpot|itl|e2el|e2e_latency|client_queue_time|e2el_including_client_queue)_ms"
)
_METRICS = {"e2el": "e2e_latency", "e2el_including_client_queue": "e2e_latency_with_queue"}
_PER_REQUEST = {
    "ttfts": "ttft", "latencies": "e2e_latency", "queue_times": "client_queue_time", "itls": "itl",
}  # fmt: skip
_LABELS = {"model_id": "model", "backend": "backend", "endpoint_type": "endpoint_type"}
_NUMBERS = (
    "num_prompts", "request_rate", "burstiness", "max_concurrency", "best_of", "random_input_len",
    "random_output_len", "random_range_ratio", "sharegpt_output_len", "ramp_up_start_rps",
    "ramp_up_end_rps", "tensor_parallel_size",
)  # fmt: skip
_MAY_BE_ZERO = frozenset({"client_queue_time"})
_MOST_GAPS = 50_000  # of a run: more are left to the statistics, which the file holds as well
_LONGEST = 120  # characters of an error


def probe(sample: Sample) -> Match | None:
    """Tell a run by its throughputs and a latency with its unit in the key."""
    if not isinstance(sample, Node) or not any(map(_LATENCY.fullmatch, sample.keys)):
        return None
    without = _SIBLINGS if "tokenizer_id" in sample.keys else (*_SIBLINGS, _SHARED)
    return by_names(sample.keys, needs=_NEEDS, typical=_TYPICAL, without=without)


def parse(sample: Sample) -> list[Rows]:
    """Return one row of statistics per run, and the requests where the file holds them."""
    return read(sample, "vllm")


def read(sample: Sample, tool: str) -> list[Rows]:
    """Read runs in this shape, which SGLang shares, with the definitions of a tool."""
    if not isinstance(sample, Node):
        return []
    name = "/*" if sample.is_list and not sample.lines else ""
    runs = [(place, run) for place, run in sample.objects() if "completed" in run]
    measures = measures_of((key for _, run in runs for key in run), tool)
    statistics = Rows(name, measures, [_run(place, run, measures) for place, run in runs])
    requests = [
        Rows(f"{name}/{key}/*", {"": _defined(Measure(metric, "s", "lower"), tool)})
        for key, metric in _PER_REQUEST.items()
    ]
    for row, (_, run) in zip(statistics.rows, runs, strict=True):
        for rows, key in zip(requests, _PER_REQUEST, strict=True):
            rows.rows += _requests(row, key, run)
    return [statistics, *(rows for rows in requests if rows.rows)]


def measures_of(keys: Iterable[str], tool: str) -> dict[str, Measure]:
    """Return what keys such as `p99_ttft_ms` and `output_throughput` measure."""
    found = {}
    for key in dict.fromkeys(keys):
        if key in _TOTALS:
            found[key] = _defined(_TOTALS[key], tool)
        elif match := _LATENCY.fullmatch(key):
            found[key] = latency(match[1], match[2], tool)
    return found


def latency(statistic: str, of: str, tool: str) -> Measure:
    """Return a latency in ms: `mean` or `p99` of `ttft` or `e2el`."""
    metric = _METRICS.get(of, of)
    if statistic == "std":
        return _defined(Measure(metric, "ms", None, "stdev"), tool)
    return _defined(Measure(metric, "ms", "lower", statistic), tool)


def impossible(cells: dict[str, str], measures: dict[str, Measure]) -> dict[str, str]:
    """Return why cells are no measurements: latencies of 0 and below, deviations beside them."""
    reasons: dict[str, str] = {}
    for column, measure in measures.items():
        value = numeric(cells.get(column, ""))
        if measure.unit != "ms" or not measure.direction or value is None or value > 0:
            continue
        if value < 0 or measure.metric not in _MAY_BE_ZERO:
            reasons[column] = f"a latency of {cells[column]} ms was not measured"
    means = [measures[column] for column in reasons if measures[column].statistic == "mean"]
    nothing = {measure.metric for measure in means}
    for column, measure in measures.items():
        if measure.statistic == "stdev" and measure.metric in nothing and cells.get(column):
            reasons[column] = "the deviation of latencies that were not measured"
    if numeric(cells.get("rtfx", "")) == 0:
        reasons["rtfx"] = "0 is written where no request held audio"
    return reasons


def _defined(measure: Measure, tool: str) -> Measure:
    """Return a measure with its definition, where its tool has one of its own."""
    if measure.unit in {"ms", "s"} and measure.metric != "duration":
        return replace(measure, definition=f"{tool}.{measure.metric}")
    own = measure.definition
    return replace(measure, definition=f"{tool}.{own}") if own else measure


def _run(place: str, run: dict[str, Json], measures: dict[str, Measure]) -> Row:
    cells = {column: text(run.get(column)) for column in measures}
    labels = {name: text(run[key]) for key, name in _LABELS.items() if text(run.get(key))}
    row = Row(place, labels, _params(run), cells, count(run.get("completed")))
    row.ids = texts(run, "date", "label", "tag", "run_number")
    row.invalid = impossible(cells, measures)
    if row.n == 0:
        asked = text(run.get("num_prompts")) or str(len(items(run.get("errors"))) or "")
        row.failure = f"no request{f' of {asked}' if asked else ''} completed"
    return row


def _params(run: dict[str, Json]) -> dict[str, str]:
    """Return the settings: known numbers, and every text and flag, such as `--metadata` adds."""
    known = {*_LABELS, *_TOTALS, "date", "label", "tag"}
    return {
        key: text(value)
        for key, value in run.items()
        if text(value)
        and key not in known
        and (key in _NUMBERS or isinstance(value, bool) or _is_text(value) or is_setting(key))
    }


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and not isinstance(value, NumberText)


def _requests(of: Row, key: str, run: dict[str, Json]) -> Iterator[Row]:
    """Yield one row per request, for `itls` one per gap; a request with an error has failed."""
    errors = [text(error) for error in items(run.get("errors"))]
    values = items(run.get(key))
    if sum(len(items(value)) for value in values) > _MOST_GAPS:
        return
    for index, value in enumerate(values):
        failure = _message(errors[index]) if index < len(errors) else None
        params = {**of.params, **_lengths(run, index)}
        for place, cell in _cells(f"{of.place}/{key}/{index}", value):
            row = Row(place, of.labels, params, {"": cell}, failure=failure, ids=of.ids)
            if numeric(cell) == 0 and key in {"ttfts", "latencies"}:
                row.invalid = {"": "0 is written where nothing was measured"}
            yield row


def _message(error: str) -> str | None:
    """Return the line of an error that says what happened, None without an error."""
    lines = error.strip().splitlines()
    if not lines:
        return None
    return lines[-1 if lines[0].startswith("Traceback") else 0][:_LONGEST]


def _cells(place: str, value: Json) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list):
        yield place, text(value)
        return
    for index, one in enumerate(value):
        yield f"{place}/{index}", text(one)


def _lengths(run: dict[str, Json], index: int) -> dict[str, str]:
    found = {}
    for key, name in (("input_lens", "input_len"), ("output_lens", "output_len")):
        lengths = items(run.get(key))
        if index < len(lengths):
            found[name] = text(lengths[index])
    return found
