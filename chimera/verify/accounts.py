"""Accounts: the numbers and quotations of `report.json` that tell of the report itself.

Each number has the words that have to stand around it, so that two of them cannot change places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from chimera.verify.again.counts import failing
from chimera.verify.calls import answered, numbers_of
from chimera.verify.names import Json, one_line, squeezed

_CUTS: Final = (100, 300)  # characters after which a report cuts what it quotes
_METRIC_LINES: Final = {
    "Calls": ("calls", None), "Throughput": ("throughput_tok_s", "tok/s"),
    "TTFT": ("ttft_ms", "ms"), "First thought": ("first_thought_ms", "ms"),
    "Total": ("total_ms", "ms"), "Wait": ("wait_ms", "ms"), "Residual": ("residual_ms", "ms"),
    "Tokens generated": ("tokens_generated", None), "Prompt tokens": ("prompt_tokens", None),
    "Prompt tokens cached": ("cached_tokens", None), "Prefill": ("prefill_tok_s", "tok/s"),
    "Prompt evaluation": ("prompt_eval_ms", "ms"), "Evaluation": ("eval_ms", "ms"),
    "Load": ("load_ms", "ms"), "Warm-up": ("warm_up_ms", "ms"),
    "Fallbacks": ("fallbacks", None),
}  # fmt: skip
_RECOMPUTED: Final = {
    "facts": "fact", "confirmed": "confirmed", "differs": "differing", "changed": "changed",
    "unreachable": "unreachable", "not_recomputable": "not", "too_large": "too",
}  # fmt: skip


class Account(NamedTuple):
    """A number that needs no fact, the words that have to stand around it, and its unit."""

    value: float
    around: frozenset[str]
    unit: str | None = None


def accounts(document: Json, section: str) -> list[Account]:
    """Return the numbers of a section that account for the report itself."""
    found = document["inventory"]
    if section == "":
        return [*_run_card(document), *_loosely(found)]
    if section == "What was measured":
        return [*_brief(found), *_kinds(found, "file")]
    if section == "Data inventory":
        return [*_kinds(found, "Files"), *_formats(found)]
    if section == "Evidence":
        return list(_recomputed(document))
    if section == "Workflow summary":
        return list(_workflow(document))
    return list(_model_metrics(document)) if section == "Model metrics" else []


def quotes(document: Json) -> dict[str, list[str]]:
    """Return, per section, what it may quote word for word, the longest first."""
    return {section: _cut(texts) for section, texts in _quotes(document)}


def problems_of(entry: Json) -> list[str]:
    """Return the ways a report quotes what is odd about a file."""
    return _cut(("; ".join(entry["problems"]), *entry["problems"][:1]))


def _quotes(document: Json) -> Iterator[tuple[str, set[str]]]:
    found, run = document["inventory"], document["run"]
    gaps = {text for gap in found["gaps"] for text in (gap["what"], gap["scope"])}
    problems = [entry["problems"] for entry in found["files"] if entry["problems"]]
    people = {name for agent in run["agents"] for name in (agent["persona"], agent["name"])}
    yield "", {*run["gaps"], document["narrative"]["reason"] or "", *people}
    yield "What was measured", {*gaps, *(texts[0] for texts in problems)}
    yield "Data inventory", {*gaps, *found["limits"]}
    yield "Data quality", {*("; ".join(texts) for texts in problems), *found["problems"]}
    yield "Recommendations", people
    yield "Personas", people


def _cut(texts: Iterable[str]) -> list[str]:
    """Return the texts on one line, whole and cut, the longest first."""
    lines = {one_line(text) for text in texts} - {""}
    lines |= {f"{line[: cut - 1]}…" for line in lines for cut in _CUTS if len(line) > cut}
    return sorted(lines, key=len, reverse=True)


def _run_card(document: Json) -> Iterator[Account]:
    yield _account(document["narrative"]["dropped"], "Narrative", "dropped")
    for agent in document["run"]["agents"]:
        for name, value in agent["options"].items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield _account(value, f"Agent {squeezed(agent['name'])}", name)


def _loosely(found: Json) -> Iterator[Account]:
    """Count what a sentence outside of any section may say of the folder."""
    files = found["files"]
    yield _account(found["files_total"], "file")
    yield _account(found["bytes_total"], "byte", unit="B")
    for key in ("table", "measurement"):
        yield _account(sum(entry[f"{key}s"] for entry in files), key)


def _brief(found: Json) -> Iterator[Account]:
    """Count the inventory's files anew, in the ways the brief speaks of them."""
    files = found["files"]
    yield _account(len(files), "Coverage", "file")
    yield _account(sum(entry["bytes"] for entry in files), "Coverage", "byte", unit="B")
    yield _account(len({entry["path"].rpartition("/")[0] for entry in files}), "Coverage", "folder")
    for status in ("read", "duplicate", "skipped", "failed"):
        count = sum(entry["status"] == status for entry in files)
        yield _account(count, "Coverage", status)
    for key in ("table", "measurement"):
        yield _account(sum(entry[f"{key}s"] for entry in files), "Coverage", key)
    failed = [entry["failures"] for entry in failing(files)]
    yield _account(sum(failed), "Failed runs", "row")
    yield _account(len(failed), "Failed runs", "file")


def _kinds(found: Json, word: str) -> Iterator[Account]:
    for kind in found["kinds"]:
        yield _account(sum(entry["kind"] == kind for entry in found["files"]), kind, word)


def _formats(found: Json) -> Iterator[Account]:
    """Count anew in how many files each format of a tool was believed."""
    names = [
        {one["format"] for one in entry["recognised"] if one["believed"]}
        for entry in found["files"]
    ]
    for name in sorted(set().union(*names)):
        yield _account(sum(name in some for some in names), name, "Files")


def _workflow(document: Json) -> Iterator[Account]:
    yield _account(document["inventory"]["files_total"], "Files")
    for name, timing in document["timings"].items():
        own = max(0.0, timing["seconds"] - timing["model_seconds"])
        said = "time" if name == "total" else name
        yield _account(timing["seconds"], "Execution time", said, unit="s")
        yield _account(timing["seconds"], name, "Seconds")
        yield _account(own, name, "Own")
        yield _account(timing["model_seconds"], name, "Model")


def _model_metrics(document: Json) -> Iterator[Account]:
    for label, (key, unit) in _METRIC_LINES.items():
        if document["metrics"].get(key) is not None:
            yield _account(document["metrics"][key], label, unit=unit)
    yield _account(len(answered(document)), "Cut", "answered")
    for call in document["calls"]:
        for label, value in numbers_of(call).items():
            if value is not None:
                yield _account(value, call["id"], label)


def _recomputed(document: Json) -> Iterator[Account]:
    """Say how many cited facts were computed again, by the word behind each number."""
    found = document["verification"].get("recomputed") or {}
    for key, word in _RECOMPUTED.items():
        if key in found:
            yield _account(found[key], "Recomputed", word)


def _account(value: float, *around: str, unit: str | None = None) -> Account:
    return Account(value, frozenset(around), unit)
