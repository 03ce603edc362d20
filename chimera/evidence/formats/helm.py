"""HELM `stats.json`: a list of statistics, each with a name of parts.

`count` is what was averaged, mostly the trials of a run, not the instances: of a single one the
deviation is 0 and says nothing. Variance and deviation are those of a population. The same metric
comes once per split and perturbation, so these are labels. Times are seconds.
Source: `helm/benchmark/metrics/statistic.py`.
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
    mapping,
    numeric,
    spread,
    text,
    texts,
)
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.tables.grid import escape

NAME = "helm"
READS = frozenset({"node"})
HINTS = frozenset({"sum_squared"})
_STATISTICS = {"mean": "mean", "min": "min", "max": "max", "stddev": "stdev"}
_KNOWN = {
    "exact_match": Measure("exact_match", None, "higher"),
    "quasi_exact_match": Measure("exact_match", None, "higher", definition="helm.quasi"),
    "prefix_exact_match": Measure("exact_match", None, "higher", definition="helm.prefix"),
    "f1_score": Measure("f1", None, "higher"),
    "inference_runtime": Measure("e2e_latency", "s", "lower"),
    "inference_denoised_runtime": Measure(
        "e2e_latency", "s", "lower", definition="helm.denoised_runtime"
    ),
    "inference_idealized_runtime": Measure(
        "e2e_latency", "s", "lower", definition="helm.idealized_runtime"
    ),
    "num_prompt_tokens": Measure("prompt_tokens", "tokens", None),
    "num_output_tokens": Measure("output_tokens", "tokens", None),
    "training_energy_cost": Measure("energy", "kWh", "lower", definition="helm.training"),
}


def probe(sample: Sample) -> Match | None:
    """Tell the list by the name of its first statistic, an object with a name of its own."""
    if not isinstance(sample, Node) or not sample.is_list:
        return None
    inner = [f"name/{part}" for part in mapping(sample.first.get("name"))]
    return by_names(
        [*sample.keys, *inner],
        needs=("name/name", "count", "sum", "sum_squared"),
        typical=("name/split", "mean", "stddev"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return one table per metric: of its splits and perturbations."""
    if not isinstance(sample, Node):
        return []
    tables: dict[str, Rows] = {}
    for place, stat in sample.objects():
        metric = text(at(stat, "name/name"))
        if metric:
            rows = tables.setdefault(metric, Rows(f"/*/{escape(metric)}", _measures(metric)))
            rows.rows.append(_row(place, stat))
    return list(tables.values())


def _measures(metric: str) -> dict[str, Measure]:
    measure = _KNOWN.get(metric, Measure(metric, None, None))
    columns = spread("", measure, _STATISTICS)
    found = {column.removeprefix("/"): one for column, one in columns.items()}
    found["stddev"] = replace(found["stddev"], definition="helm.population_stddev")
    return found


def _row(place: str, stat: dict[str, Json]) -> Row:
    name = mapping(stat.get("name"))
    labels = texts(name, "split", "sub_split")
    perturbation = text(at(name, "perturbation/name"))
    if perturbation:
        labels |= {"perturbation": perturbation}
        labels |= {"computed_on": text(at(name, "perturbation/computed_on"))}
    row = Row(place, labels, {}, {key: text(stat.get(key)) for key in _STATISTICS})
    count = numeric(stat.get("count"))
    row.n = int(count) if count else None
    row.failure = "statistic of nothing" if count == 0 else None
    row.invalid = {"stddev": "deviation of a single value"} if count == 1 else {}
    return row
