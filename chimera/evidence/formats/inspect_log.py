"""Inspect AI logs: the JSON format, and `header.json` of a `.eval` archive.

One row per score: its metrics, such as accuracy with its standard error, over the samples that were
scored. A log whose status is not success is a failure. Single samples give their times, numbers
as scores (letters such as C and I are marks, no numbers), and failures where they ended in an
error. Which way a score is better is known of accuracy alone. Source: `inspect_ai/log/_log.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    text,
    texts,
)
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.tables.grid import escape

NAME = "inspect"
READS = frozenset({"node"})
HINTS = frozenset({"eval"})
_KNOWN = {
    "accuracy": Measure("accuracy", None, "higher", "aggregate"),
    "mean": Measure("score", None, None, "mean"),
    "std": Measure("score", None, None, "stdev"),
    "var": Measure("score", None, None, "variance"),
}
_STDERR = ("stderr", "bootstrap_stderr", "bootstrap_std")
_TIMES = {
    "total_time": Measure("duration", "s", "lower"),
    "working_time": Measure("duration", "s", "lower", definition="inspect.working_time"),
}
_USAGE = {
    name: Measure(name, "tokens", None, "sum")
    for name in ("input_tokens", "output_tokens", "total_tokens", "reasoning_tokens")
}


def probe(sample: Sample) -> Match | None:
    """Tell a log by its status, its plan and the task that it evaluates."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    inner = [f"eval/{name}" for name in mapping(sample.first.get("eval"))]
    return by_names(
        [*sample.keys, *inner],
        needs=("eval", "plan", "status", "eval/task", "eval/model"),
        typical=("results", "stats", "version"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return scores, single samples and the tokens used."""
    if not isinstance(sample, Node):
        return []
    log = _Log(sample.place, sample.first)
    scores = [log.score(index, one) for index, one in enumerate(log.items("results/scores"))]
    if not scores and log.failure:
        scores = [Rows("", {}, [log.row(log.place, {})])]
    return [*scores, *map(log.sample, range(len(log.items("samples")))), log.usage()]


@dataclass(frozen=True, slots=True)
class _Log:
    """A log: where it stands, and its value."""

    place: str
    value: dict[str, Json]

    def items(self, pointer: str) -> list[Json]:
        return items(at(self.value, pointer))

    @property
    def failure(self) -> str | None:
        status = text(self.value.get("status"))
        if status == "success":
            return None
        message = text(at(self.value, "error/message"))
        return f"status {status}: {message}" if message else f"status {status}"

    def row(self, place: str, cells: dict[str, str]) -> Row:
        """Return a row with what the log says of every number in it."""
        of = self.value.get("eval")
        dataset = texts(at(of, "dataset"), "name")
        labels = {**texts(of, "task", "model"), **{f"dataset_{k}": v for k, v in dataset.items()}}
        params = {
            **texts(at(of, "model_generate_config")),
            **texts(at(of, "config"), "epochs", "limit"),
            **texts(self.value.get("results"), "total_samples", "completed_samples"),
        }
        row = Row(place, labels, params, cells, failure=self.failure)
        row.ids = {
            **texts(of, "eval_id", "run_id", "created"),
            **texts(at(of, "revision"), "commit"),
        }
        return row

    def score(self, index: int, score: Json) -> Rows:
        metrics = mapping(at(score, "metrics"))
        columns = {f"metrics/{escape(name)}/value": name for name in metrics}
        cells = {column: text(at(score, column)) for column in columns}
        row = self.row(f"{self.place}/results/scores/{index}", cells)
        row.labels |= texts(score, "name", "scorer", "reducer")
        counted = at(score, "scored_samples") or at(self.value, "results/completed_samples")
        row.n = int(numeric(counted) or 0) or None
        measures = {column: _measure(name, metrics) for column, name in columns.items()}
        return Rows("/results/scores/*", measures, [row])

    def sample(self, index: int) -> Rows:
        value = mapping(self.items("samples")[index])
        cells = {name: text(value.get(name)) for name in _TIMES}
        measures = dict(_TIMES)
        for scorer, score in mapping(value.get("scores")).items():
            column = f"scores/{escape(scorer)}/value"
            if numeric(at(score, "value")) is not None:
                cells[column] = text(at(score, "value"))
            measures[column] = Measure("score", None, None, definition=f"inspect.{scorer}")
        row = self.row(f"{self.place}/samples/{index}", cells)
        row.ids |= {"sample": text(value.get("id")), "epoch": text(value.get("epoch"))}
        error = text(at(value, "error/message"))
        row.failure = f"error: {error}" if value.get("error") else None
        return Rows("/samples/*", measures, [row])

    def usage(self) -> Rows:
        rows = Rows("/stats/model_usage/*", _USAGE)
        for model, used in mapping(at(self.value, "stats/model_usage")).items():
            place = f"{self.place}/stats/model_usage/{escape(model)}"
            row = self.row(place, {name: text(at(used, name)) for name in _USAGE})
            row.labels["model"] = model
            rows.rows.append(row)
        return rows


def _measure(name: str, beside: dict[str, Json]) -> Measure:
    """Return what a metric measures; a standard error is that of the metric beside it."""
    if name in _STDERR:
        of = "accuracy" if "accuracy" in beside else "score"
        return Measure(of, None, None, "stderr")
    return _KNOWN.get(name, Measure(name, None, None, "aggregate"))
