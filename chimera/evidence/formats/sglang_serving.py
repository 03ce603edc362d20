"""SGLang `bench_serving` JSON Lines: one object per run, appended run after run.

The shape is that of vLLM with other names (`*_e2e_latency_ms`, `total_throughput`) and tokens
counted a second time by the tokenizer (`*_retokenized`); latencies are ms, per request s
(`python/sglang/bench_serving.py`). `concurrency` is the sum of all latencies by the duration.
Published logs hold a median TPOT of -0.00 and an ITL of 0.00: no latency is 0 or below.
"""

from __future__ import annotations

from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Rows
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.formats.vllm_serve import read

NAME = "sglang-serving"
READS = frozenset({"node"})
HINTS = frozenset({"total_output_tokens_retokenized"})
_NEEDS = ("total_output_tokens_retokenized", "total_output_tokens", "duration", "completed")
_TYPICAL = ("mean_e2e_latency_ms", "median_ttft_ms", "output_throughput", "backend")


def probe(sample: Sample) -> Match | None:
    """Tell a run by the tokens it counted twice."""
    if not isinstance(sample, Node):
        return None
    return by_names(sample.keys, needs=_NEEDS, typical=_TYPICAL, without=("total_turns",))


def parse(sample: Sample) -> list[Rows]:
    """Return one row of statistics per run, and the requests where the file holds them."""
    return read(sample, "sglang")
