"""lm-evaluation-harness `results_*.json`: one row per task, one column per metric and filter.

Old files write `acc` and `acc_stderr`, new ones `acc,none` and `acc_stderr,none`, where the filter
that cut the answer out stands behind the comma; another filter is another definition. Which way is
better stands in `higher_is_better`, where it exists. A group is an aggregate of its tasks, stands
in `groups`, in some versions also among the results, and is labelled, so that it is not counted
with them. Source: `lm_eval/result_schema.py`, files of EleutherAI/pythia `evals/`.
"""

from __future__ import annotations

from collections.abc import Iterator

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, at, mapping, numeric, text, texts
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.records import Direction
from chimera.evidence.tables.grid import escape

NAME = "lm-eval"
READS = frozenset({"node"})
HINTS = frozenset({"versions"})
_KNOWN: dict[str, tuple[str, Direction]] = {
    "acc": ("accuracy", "higher"),
    "acc_norm": ("accuracy", "higher"),
    "em": ("exact_match", "higher"),
    "exact_match": ("exact_match", "higher"),
    "f1": ("f1", "higher"),
    "bleu": ("bleu", "higher"),
    "mcc": ("mcc", "higher"),
    "ppl": ("perplexity", "lower"),
    "perplexity": ("perplexity", "lower"),
    "word_perplexity": ("perplexity", "lower"),
    "byte_perplexity": ("perplexity", "lower"),
    "bits_per_byte": ("bits_per_byte", "lower"),
}
_OWN = frozenset({"acc_norm", "word_perplexity", "byte_perplexity"})  # not what the name alone says
_STDERR = "_stderr"
_NO_METRIC = frozenset({"name", "alias", "sample_len", "sample_count"})
_LABEL_ARGS = ("revision", "peft", "delta", "tokenizer")
_PARAM_ARGS = ("dtype", "parallelize", "tensor_parallel_size", "max_length", "load_in_4bit")
_PARAMS = ("num_fewshot", "batch_size", "limit", "device", "gen_kwargs")


def probe(sample: Sample) -> Match | None:
    """Tell results by tasks that have metrics as well as a version."""
    if not isinstance(sample, Node) or sample.is_list:
        return None
    results, versions = mapping(sample.first.get("results")), mapping(sample.first.get("versions"))
    scored = [name for name in results if mapping(results[name]) and name in versions]
    return by_names(
        [*sample.keys, *(["results of a task with a version"] if scored else [])],
        needs=("results", "versions", "results of a task with a version"),
        typical=("config", "configs", "n-shot", "higher_is_better"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return one table of tasks, one of the groups that are not among them, and the time taken."""
    run = sample.first if isinstance(sample, Node) else {}
    place = sample.place if isinstance(sample, Node) else ""
    results, groups = mapping(run.get("results")), mapping(run.get("groups"))
    others = {name: group for name, group in groups.items() if name not in results}
    taken = Row(place, _model(run), {}, texts(run, "total_evaluation_time_seconds"), ids=_ids(run))
    duration = Measure("duration", "s", "lower", "aggregate")
    return [
        _table(place, "results", results, run),
        _table(place, "groups", others, run),
        Rows("", {"total_evaluation_time_seconds": duration}, [taken]),
    ]


def _table(place: str, part: str, results: dict[str, Json], run: dict[str, Json]) -> Rows:
    rows = Rows(f"/{part}/*", {})
    measures: dict[str, Measure] = {}
    for task, result in results.items():
        cells = {}
        for key, name, filter_ in _metrics(mapping(result)):
            cells[escape(key)] = text(mapping(result)[key])
            measures[escape(key)] = _measure(name, filter_, run)
        row = Row(f"{place}/{part}/{escape(task)}", _labels(task, run), _params(task, run), cells)
        row.n, row.ids = _n(task, mapping(result), run), _ids(run)
        rows.rows.append(row)
    rows.measures = measures
    return rows


def _metrics(result: dict[str, Json]) -> Iterator[tuple[str, str, str]]:
    """Yield the key, name and filter of each metric with a number."""
    for key, value in result.items():
        name, _, filter_ = key.partition(",")
        if name not in _NO_METRIC and numeric(value) is not None:
            yield key, name, "" if filter_ == "none" else filter_


def _measure(name: str, filter_: str, run: dict[str, Json]) -> Measure:
    base = name.removesuffix(_STDERR)
    metric, direction = _KNOWN.get(base, (base, None))
    own = base in _OWN or filter_
    definition = ".".join(filter(None, ("lm-eval", base, filter_))) if own else None
    if name.endswith(_STDERR):
        return Measure(metric, None, None, "stderr", definition)
    return Measure(metric, None, _direction(base, run, direction), "aggregate", definition)


def _direction(name: str, run: dict[str, Json], usual: Direction | None) -> Direction | None:
    """Return which way the file says is better; the usual one where it says nothing.

    None where its tasks disagree.
    """
    tasks = mapping(run.get("higher_is_better")).values()
    told = {better for one in tasks if isinstance(better := mapping(one).get(name), bool)}
    if not told:
        return usual
    return "higher" if told == {True} else "lower" if told == {False} else None


def _labels(task: str, run: dict[str, Json]) -> dict[str, str]:
    subtasks = mapping(run.get("group_subtasks")).get(task)
    group = bool(subtasks) or task in mapping(run.get("groups"))
    return {"task": task, **({"level": "group"} if group else {}), **_model(run)}


def _model(run: dict[str, Json]) -> dict[str, str]:
    arguments = _arguments(run)
    model = arguments.get("pretrained") or arguments.get("model") or text(run.get("model_name"))
    backend = text(at(run, "config/model"))
    labels = {"model": model or backend, "backend": backend}
    labels |= {key: arguments[key] for key in _LABEL_ARGS if key in arguments}
    return {name: value for name, value in labels.items() if value}


def _arguments(run: dict[str, Json]) -> dict[str, str]:
    """Return the arguments of the model, an object or `pretrained=…,dtype=…`."""
    written = at(run, "config/model_args")
    if isinstance(written, str):
        pairs = (part.partition("=") for part in written.split(","))
        return {key.strip(): value for key, found, value in pairs if found}
    return texts(written)


def _params(task: str, run: dict[str, Json]) -> dict[str, str]:
    arguments = _arguments(run)
    params = texts(run.get("config"), *_PARAMS)
    params |= {key: arguments[key] for key in _PARAM_ARGS if key in arguments}
    shots = text(mapping(run.get("n-shot")).get(task))
    version = text(mapping(run.get("versions")).get(task))
    return {
        **params,
        **({"num_fewshot": shots} if shots else {}),
        **({"task_version": version} if version else {}),
    }


def _n(task: str, result: dict[str, Json], run: dict[str, Json]) -> int | None:
    counted = mapping(mapping(run.get("n-samples")).get(task)).get("effective")
    value = numeric(counted) or numeric(result.get("sample_len"))
    return int(value) if value else None


def _ids(run: dict[str, Json]) -> dict[str, str]:
    return texts(run, "git_hash", "date", "lm_eval_version")
