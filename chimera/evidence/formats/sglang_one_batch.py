"""SGLang `bench_one_batch` and `bench_one_batch_server` JSON Lines: one batch per line, in s.

The first times the model alone: the prefill of the batch and the median step of decoding. The
second times a server, whose `last_ttft` is the time until every request of the batch had its first
token; it writes -1 where the server told nothing (`python/sglang/bench_one_batch.py`,
`python/sglang/bench_one_batch_server.py`). `overall_throughput` counts prompts and answers.
"""

from __future__ import annotations

from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, numeric, text, texts
from chimera.evidence.formats.samples import Node, Sample

NAME = "sglang-one-batch"
READS = frozenset({"node"})
HINTS = frozenset({"overall_throughput"})
_ANY = ("batch_size", "input_len", "output_len", "overall_throughput")
_MODEL = ("prefill_latency", "prefill_throughput", "total_latency")
_SERVER = ("latency", "input_throughput", "output_throughput", "last_ttft")
_PARAMS = ("run_name", "batch_size", "input_len", "output_len", "device", "dtype", "cuda_graph")


def _rate(metric: str, of: str, statistic: str = "aggregate") -> Measure:
    return Measure(metric, "tok/s", "higher", statistic, f"{NAME}.{of}")


def _time(metric: str, of: str, statistic: str = "raw") -> Measure:
    return Measure(metric, "s", "lower", statistic, f"{NAME}.{of}")


_MEASURES = {
    "prefill_latency": _time("prompt_eval", "prefill"),
    "prefill_throughput": _rate("prompt_throughput", "prefill"),
    "median_decode_latency": _time("decode_latency", "decode_step", "median"),
    "median_decode_throughput": _rate("throughput", "decode_step", "median"),
    "total_latency": _time("e2e_latency", "batch"),
    "latency": _time("e2e_latency", "batch"),
    "input_throughput": _rate("prompt_throughput", "server_input"),
    "output_throughput": _rate("throughput", "server_output"),
    "overall_throughput": _rate("total_throughput", "overall"),
    "last_ttft": _time("ttft", "last_ttft", "max"),
    "last_gen_throughput": _rate("throughput", "last_gen", "raw"),
    "acc_length": Measure("acceptance_length", "tokens", "higher", "mean"),
    "cache_hit_rate": Measure("cache_hit_rate", None, "higher", "aggregate"),
}


def probe(sample: Sample) -> Match | None:
    """Tell a batch by its settings and what either tool times."""
    if not isinstance(sample, Node):
        return None
    by_model = by_names(
        sample.keys, needs=(*_ANY, *_MODEL), typical=("run_name", "median_decode_latency")
    )
    by_server = by_names(sample.keys, needs=(*_ANY, *_SERVER), typical=("run_name", "acc_length"))
    return by_model or by_server


def parse(sample: Sample) -> list[Rows]:
    """Return one row per batch."""
    if not isinstance(sample, Node):
        return []
    rows = Rows("/*" if sample.is_list and not sample.lines else "", _MEASURES)
    for place, value in sample.objects():
        cells = {column: text(value.get(column)) for column in _MEASURES}
        row = Row(place, {}, texts(value, *_PARAMS), cells)
        row.invalid = {
            column: f"{cell} stands for a number that is missing"
            for column, cell in cells.items()
            if _missing(column, numeric(cell))
        }
        rows.rows.append(row)
    return [rows]


def _missing(column: str, value: float | None) -> bool:
    """Tell -1 anywhere, and 0 where only a rate of hits can be 0."""
    return value is not None and (value < 0 or (value == 0 and column != "cache_hit_rate"))
