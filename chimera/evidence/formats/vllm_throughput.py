"""vLLM `bench throughput` JSON: an offline run over a set of requests.

`tokens_per_second` counts prompts and answers (`vllm/benchmarks/throughput.py`), so it is a total
and no speed of generation, which this file does not tell.
"""

from __future__ import annotations

from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, count, text
from chimera.evidence.formats.samples import Node, Sample

NAME = "vllm-throughput"
READS = frozenset({"node"})
HINTS = frozenset({"requests_per_second"})
_MEASURES = {
    "elapsed_time": Measure("duration", "s", "lower"),
    "total_num_tokens": Measure("total_tokens", "tokens", None, "sum"),
    "requests_per_second": Measure("request_throughput", "req/s", "higher", "aggregate"),
    "tokens_per_second": Measure(
        "total_throughput", "tok/s", "higher", "aggregate", "vllm.offline_total"
    ),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by all its keys."""
    if not isinstance(sample, Node):
        return None
    return by_names(sample.keys, needs=(*_MEASURES, "num_requests"))


def parse(sample: Sample) -> list[Rows]:
    """Return one row per run; a run of no requests or no time has failed."""
    if not isinstance(sample, Node):
        return []
    rows = Rows("/*" if sample.is_list and not sample.lines else "", _MEASURES)
    for place, value in sample.objects():
        cells = {column: text(value.get(column)) for column in _MEASURES}
        requests = count(value.get("num_requests"))
        params = {"num_requests": text(value.get("num_requests"))}
        row = Row(place, {}, params, cells, requests)
        row.failure = "no requests" if requests == 0 else None
        rows.rows.append(row)
    return [rows]
