"""vLLM `bench latency` JSON: seconds that one batch takes from prompt to last token.

`latencies` are the iterations after the warm-up, `percentiles` has the percentage as key
(`vllm/benchmarks/latency.py`). It is the time of a whole batch, not of a request.
"""

from __future__ import annotations

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, items, mapping, numeric, text
from chimera.evidence.formats.samples import Node, Sample

NAME = "vllm-latency"
READS = frozenset({"node"})
HINTS = frozenset({"avg_latency"})
_DEFINITION = "vllm.batch_latency"
_RUN = Measure("latency", "s", "lower", "raw", _DEFINITION)
_MEASURES = {
    "avg_latency": Measure("latency", "s", "lower", "mean", _DEFINITION),
    "std_latency": Measure("latency", "s", None, "stdev", _DEFINITION),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by its mean, its list of iterations and percentiles under numbers."""
    if not isinstance(sample, Node) or not _percentiles(sample.first):
        return None
    if not any(numeric(value) is not None for value in items(sample.first.get("latencies"))):
        return None
    return by_names(sample.keys, needs=("avg_latency", "latencies", "percentiles"))


def parse(sample: Sample) -> list[Rows]:
    """Return one table of statistics and one of iterations."""
    if not isinstance(sample, Node):
        return []
    name = "/*" if sample.is_list and not sample.lines else ""
    statistics = Rows(name, dict(_MEASURES))
    runs = Rows(f"{name}/latencies/*", {"": _RUN})
    for place, value in sample.objects():
        latencies = items(value.get("latencies"))
        cells = {column: text(value.get(column)) for column in _MEASURES}
        percentiles = _percentiles(value)
        found = {column: measure for column, (measure, _) in percentiles.items()}
        statistics.measures = {**statistics.measures, **found}
        cells.update({column: cell for column, (_, cell) in percentiles.items()})
        statistics.rows.append(Row(place, {}, {}, cells, len(latencies) or None))
        runs.rows += [
            Row(f"{place}/latencies/{index}", {}, {}, {"": text(one)})
            for index, one in enumerate(latencies)
        ]
    return [statistics, runs]


def _percentiles(value: dict[str, Json]) -> dict[str, tuple[Measure, str]]:
    """Return measure and cell of each percentile by column."""
    return {
        f"percentiles/{key}": (Measure("latency", "s", "lower", f"p{key}", _DEFINITION), text(one))
        for key, one in mapping(value.get("percentiles")).items()
        if numeric(key) is not None
    }
