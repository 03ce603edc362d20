"""Julia `BenchmarkTools.save`: groups in groups of trials, nanoseconds per evaluation.

The file is `[versions, [[type, fields], …]]`; a type has its module in front in old versions. The
`times` of a `Trial` are its samples. A `TrialEstimate` is a minimum, median or mean of one, and the
file does not say which, so that it is no more than an aggregate. Ratios and judgements of trials
are no measurements (`src/serialization.jl`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, items, mapping, text, texts
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.tables.grid import escape

NAME = "julia-benchmarktools"
READS = frozenset({"node"})
HINTS = frozenset({"BenchmarkTools"})
_ESTIMATE = {
    "time": Measure("duration", "ns", "lower", "aggregate"),
    "gctime": Measure("gc_time", "ns", "lower", "aggregate"),
}
_ALLOCATED = {
    "memory": Measure("memory", "B", "lower", "aggregate"),
    "allocs": Measure("allocations", "count", "lower", "aggregate"),
}
_SAMPLES = {
    "times": Measure("duration", "ns", "lower"),
    "gctimes": Measure("gc_time", "ns", "lower"),
}
_SETTINGS = ("samples", "evals", "seconds")
_PAIR = 2
_DEEPEST = 16


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A trial or an estimate, with the names of the groups around it."""

    place: str
    names: tuple[str, ...]
    fields: dict[str, Json]


def probe(sample: Sample) -> Match | None:
    """Tell it by the versions in front."""
    if not isinstance(sample, Node) or not sample.is_list:
        return None
    return by_names(sample.keys, needs=("Julia", "BenchmarkTools"))


def parse(sample: Sample) -> list[Rows]:
    """Return tables of estimates, of trials and of their samples."""
    value = items(sample.value) if isinstance(sample, Node) else []
    if not isinstance(sample, Node) or len(value) < _PAIR or sample.lines:
        return []
    versions = {"julia": text(mapping(value[0]).get("Julia"))}
    estimates = Rows("/1/**", {**_ESTIMATE, **_ALLOCATED})
    samples = {key: Rows(f"/1/**/{key}", {"": one}) for key, one in _SAMPLES.items()}
    for leaf in _leaves(f"{sample.place}/1", (), value[1], 0):
        labels = {"benchmark": "/".join(leaf.names)} if leaf.names else {}
        own = items(leaf.fields.get("params"))
        params = {**versions, **texts(own[1] if len(own) == _PAIR else None, *_SETTINGS)}
        times = items(leaf.fields.get("times"))
        cells = {key: text(leaf.fields.get(key)) for key in estimates.measures}
        estimates.rows.append(Row(leaf.place, labels, params, cells, len(times) or None))
        for key, rows in samples.items():
            rows.rows += [
                Row(f"{leaf.place}/{key}/{index}", labels, params, {"": text(one)})
                for index, one in enumerate(items(leaf.fields.get(key)))
            ]
    return [estimates, *samples.values()]


def _leaves(place: str, names: tuple[str, ...], value: Json, depth: int) -> Iterator[_Leaf]:
    """Yield the trials and estimates below a pair of type and fields, or a list of such pairs."""
    pair = items(value)
    if depth > _DEEPEST or not pair:
        return
    if not isinstance(pair[0], str):
        for index, one in enumerate(pair):
            yield from _leaves(f"{place}/{index}", names, one, depth + 1)
        return
    kind = pair[0].rpartition(".")[2]
    fields = mapping(pair[1]) if len(pair) == _PAIR else {}
    if kind in {"Trial", "TrialEstimate"}:
        yield _Leaf(f"{place}/1", names, fields)
    elif kind == "BenchmarkGroup":
        for key, one in mapping(fields.get("data")).items():
            at = f"{place}/1/data/{escape(key)}"
            yield from _leaves(at, (*names, key), one, depth + 1)
