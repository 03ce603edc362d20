"""Ollama: the last object of an answer of `/api/generate` and `/api/chat`, durations in ns.

Only the object with `done: true` holds counters, also at the end of a stream; counters that are 0
are left out (`api/types.go`). `load_duration` tells a cold start from a warm one and holds the wait
for a model; `total_duration` also the wait in the queue. Where the prompt was in the cache,
`prompt_eval_count` may be missing and `prompt_eval_duration` covers only what was not. Speeds are
not written, so there are none here.
"""

from __future__ import annotations

from collections.abc import Iterator

from chimera.evidence.document import Json, NumberText
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, count, numeric, text, texts
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.names import resolve
from chimera.evidence.tables.grid import escape, unescape
from chimera.evidence.tables.roles import is_context, role_of

NAME = "ollama-api"
READS = frozenset({"node"})
HINTS = frozenset({"done", "eval_duration"})
_MEASURES = {
    "total_duration": Measure("duration", "ns", "lower", definition="ollama.total"),
    "load_duration": Measure("load", "ns", "lower", definition="ollama.load"),
    "prompt_eval_count": Measure("prompt_eval_count", "tokens", None),
    "prompt_eval_duration": Measure("prompt_eval", "ns", "lower", definition="ollama.prompt_eval"),
    "eval_count": Measure("eval_count", "tokens", None),
    "eval_duration": Measure("eval", "ns", "lower", definition="ollama.eval"),
}
_DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")
_NOTHING = "its total duration is 0: nothing was measured"
_LONGEST = 120  # characters of an error


def probe(sample: Sample) -> Match | None:
    """Tell an answer by `done: true` beside durations in whole numbers."""
    if not isinstance(sample, Node):
        return None
    last = next((value for _, value in _finals(sample)), None)
    if last is None:
        return None
    typical = ("model", "created_at", "load_duration", "eval_count", "eval_duration")
    return by_names(last, needs=("done", "total_duration"), typical=typical)


def parse(sample: Sample) -> list[Rows]:
    """Return one row per finished answer; an error in its place is a failed one."""
    if not isinstance(sample, Node):
        return []
    added = {key: one for _, value in _finals(sample) for key, one in _added(value).items()}
    measures = {**_MEASURES, **added}
    rows = Rows("/*" if sample.is_list and not sample.lines else "", measures)
    for place, value in sample.objects():
        if _is_final(value):
            cells = {column: text(value.get(unescape(column))) for column in measures}
            labels = texts(value, "model", "done_reason")
            settings = {key: text(one) for key, one in value.items() if is_context(key)}
            settings = {key: one for key, one in settings.items() if one and key not in labels}
            row = Row(place, labels, settings, cells, ids=texts(value, "created_at"))
            row.failure = _NOTHING if count(value.get("total_duration")) == 0 else None
            rows.rows.append(row)
        elif text(value.get("error")) and not value.get("done"):
            row = Row(place, texts(value, "model"), {}, {})
            row.failure = " ".join(text(value.get("error")).split())[:_LONGEST]
            rows.rows.append(row)
    return [rows]


def _finals(sample: Node) -> Iterator[tuple[str, dict[str, Json]]]:
    return ((place, value) for place, value in sample.objects() if _is_final(value))


def _added(value: dict[str, Json]) -> dict[str, Measure]:
    """Return what the numbers measure that are none of Ollama's own."""
    found = {}
    for key in value.keys() - _MEASURES.keys():
        number = isinstance(value[key], int | NumberText) and numeric(value[key]) is not None
        if number and role_of((key,)) is None and not is_context(key):
            name = resolve((key,))
            measure = Measure(name.metric, name.unit, name.direction, name.statistic)
            found[escape(key)] = measure
    return dict(sorted(found.items()))


def _is_final(value: dict[str, Json]) -> bool:
    """Tell an object with counters; one that only loaded or unloaded a model has none.

    A duration with a fraction was written by somebody else, in another unit.
    """
    written = [value[key] for key in _DURATIONS if key in value]
    return (
        value.get("done") is True and bool(written) and all(count(v) is not None for v in written)
    )
