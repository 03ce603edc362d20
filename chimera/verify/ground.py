"""Ground: what a `report.json` allows a report to say, looked up by the verifier.

It shares no code with what renders reports and reads nothing but the plain data of `report.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

Json = Mapping[str, Any]
COUNTED: Final = "n"  # statistic of a quantity that is the n of a fact

_SPAN: Final = re.compile(r"`([^`]*)`")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")
_CUTS: Final = (100, 300)  # characters after which a report cuts what it quotes
_FIXED: Final = {"report.json", "(empty)", "not given", "none"}
_CLAIMED: Final = ("claims", "refusals", "recommendations", "risks")
_METRIC_LINES: Final = {
    "Calls": "calls", "Throughput": "throughput_tok_s", "TTFT": "ttft_ms", "Total": "total_ms",
    "Tokens generated": "tokens_generated", "Prompt evaluation": "prompt_eval_ms",
    "Evaluation": "eval_ms", "Load": "load_ms",
}  # fmt: skip
_CALL_COLUMNS: Final = {
    "Attempts": "attempts", "TTFT ms": "ttft_ms", "Total ms": "total_ms",
    "Prompt": "prompt_tokens", "Output": "output_tokens",
}  # fmt: skip
_RECOMPUTED: Final = {
    "facts": "fact", "confirmed": "confirmed", "differs": "differing", "changed": "changed",
    "unreachable": "unreachable", "not_recomputable": "not", "too_large": "too",
}  # fmt: skip


class Quantity(NamedTuple):
    """A number of a cited fact: its value or its n."""

    value: float
    unit: str | None
    statistic: str
    metric: str
    names: frozenset[str]  # what the fact is about, as code spans show it


class Account(NamedTuple):
    """A number that needs no fact, and the words that have to stand around it."""

    value: float
    around: frozenset[str]


class Ground:
    """Facts, names, dates, quotations and accounts of one `report.json`."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.facts: dict[str, list[Json]] = {}  # by stem
        for fact in document["facts"]:
            self.facts.setdefault(_stem(fact["id"]), []).append(fact)
        self._quantities: dict[str, list[Quantity]] = {}
        self.ids = {item["id"] for key in ("claims", "refusals", "calls") for item in document[key]}
        texts: set[str] = {claim["leader"] for claim in document["claims"] if claim["leader"]}
        _gather([document[key] for key in ("run", "inventory", "facts", "calls")], texts)
        self.names = {squeezed(text) for text in texts}
        self.dates = {text for text in self.names if _DATE.fullmatch(text)}
        self.said = _FIXED | _spans([document[key] for key in (*_CLAIMED, "narrative")])
        self.units = {fact["unit"] for fact in document["facts"] if fact["unit"]}
        self.statistics = {fact["statistic"] for fact in document["facts"]}
        self.metrics = {_title(fact["metric"]) for fact in document["facts"]}
        self.quotes = {section: _cut(texts) for section, texts in _quotes(document)}
        self.prompts = {
            line.strip()
            for agent in document["run"]["agents"]
            for line in agent["prompt"].splitlines()
        }
        self.refusals = {r["id"]: set(map(_stem, r["facts"])) for r in document["refusals"]}
        self.leaders = {
            claim["id"]: squeezed(claim["leader"])
            for claim in document["claims"]
            if claim["leader"]
        }
        self.claimed = [set(map(_stem, claim["facts"])) for claim in document["claims"]]
        self.followed = [
            item["claims"] for key in ("recommendations", "risks") for item in document[key]
        ]

    def cited(self, stems: Iterable[str]) -> list[Json]:
        """Return the facts that stems stand for; an unknown one stands for none."""
        return [fact for name in stems for fact in self.facts.get(name, ())]

    def quantities(self, stems: Iterable[str]) -> Iterator[Quantity]:
        """Yield what the facts say that stems stand for."""
        for name in stems:
            if name in self.facts:
                yield from self._quantities_of(name)

    def _quantities_of(self, name: str) -> list[Quantity]:
        known = self._quantities.get(name)
        if known is None:
            facts = self.facts[name]
            known = self._quantities[name] = [said for fact in facts for said in _said_by(fact)]
        return known

    def accounts(self, section: str) -> list[Account]:
        """Return the numbers of a section that account for the report itself."""
        found = self.document["inventory"]
        if section == "":
            return list(_run_card(self.document))
        if section == "What was measured":
            return [*_brief(found), *_kinds(found, "file")]
        if section == "Data inventory":
            return [*_kinds(found, "Files"), *_formats(found)]
        if section == "Evidence":
            return list(_recomputed(self.document))
        if section == "Workflow summary":
            return list(_workflow(self.document))
        return list(_model_metrics(self.document)) if section == "Model metrics" else []

    def knows(self, span: str) -> bool:
        """Return whether a code span stands in the document, as a whole or cut short."""
        if shown_as(span, self.names) or squeezed(span).lower() in self.metrics:
            return True
        return shown_as(span, self.said) and not any(letter.isdigit() for letter in span)


def _stem(fact_id: str) -> str:
    return fact_id.partition(".")[0]


def _said_by(fact: Json) -> Iterator[Quantity]:
    about = frozenset(squeezed(text) for text in (*fact["scope"], *fact["scope"].values()))
    metric = fact["metric"]
    yield Quantity(fact["value"], fact["unit"], fact["statistic"], metric, about)
    if fact["n"] is not None and fact["statistic"] != "count":
        yield Quantity(fact["n"], None, COUNTED, metric, about)


def shown_as(span: str, names: Iterable[str]) -> bool:
    """Return whether a code span shows one of the names, as a whole or cut short."""
    shown = squeezed(span)
    if shown in names or (shown == "(empty)" and "" in names):
        return True
    return span.endswith("…") and any(name.startswith(shown[:-1]) for name in names)


@lru_cache(maxsize=8192)
def squeezed(text: str) -> str:
    """Return text as code spans show it: printable, one line, look-alikes for pipe, backtick."""
    return _line(text).replace("|", "¦").replace("`", "'")


def _line(text: str) -> str:
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())


def _quotes(document: Json) -> Iterator[tuple[str, set[str]]]:
    """Yield, per section, what it may quote word for word."""
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
    yield (
        "Model metrics",
        {name for call in document["calls"] for name in call["receipt"]["dropped"]},
    )


def _cut(texts: Iterable[str]) -> list[str]:
    """Return the texts on one line, whole and cut, the longest first."""
    lines = {_line(text) for text in texts} - {""}
    lines |= {f"{line[: cut - 1]}…" for line in lines for cut in _CUTS if len(line) > cut}
    return sorted(lines, key=len, reverse=True)


def _run_card(document: Json) -> Iterator[Account]:
    yield _account(document["narrative"]["dropped"], "Narrative", "dropped")
    for agent in document["run"]["agents"]:
        for name, value in agent["options"].items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                yield _account(value, f"Agent {squeezed(agent['name'])}", name)


def _brief(found: Json) -> Iterator[Account]:
    """Count the inventory's files anew, in the ways the brief speaks of them."""
    files = found["files"]
    yield _account(len(files), "Coverage", "file")
    yield _account(sum(entry["bytes"] for entry in files), "Coverage", "byte")
    yield _account(len({entry["path"].rpartition("/")[0] for entry in files}), "Coverage", "folder")
    for status in ("read", "duplicate", "skipped", "failed"):
        count = sum(entry["status"] == status for entry in files)
        yield _account(count, "Coverage", status)
    for key in ("table", "measurement"):
        yield _account(sum(entry[f"{key}s"] for entry in files), "Coverage", key)
    failed = [e["failures"] for e in files if e["failures"] and not e["document"]]
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
        own = timing["seconds"] - timing["model_seconds"]
        yield _account(timing["seconds"], "Execution time", "time" if name == "total" else name)
        yield _account(timing["seconds"], name, "Seconds")
        yield _account(own, name, "Own")
        yield _account(timing["model_seconds"], name, "Model")


def _model_metrics(document: Json) -> Iterator[Account]:
    for label, key in _METRIC_LINES.items():
        if document["metrics"][key] is not None:
            yield _account(document["metrics"][key], label)
    for call in document["calls"]:
        for label, key in _CALL_COLUMNS.items():
            if call[key] is not None:
                yield _account(call[key], call["id"], label)


def _recomputed(document: Json) -> Iterator[Account]:
    """Say how many cited facts were computed again, by the word behind each number."""
    found = document["verification"].get("recomputed") or {}
    for key, word in _RECOMPUTED.items():
        if key in found:
            yield _account(found[key], "Recomputed", word)


def _account(value: float, *around: str) -> Account:
    return Account(value, frozenset(around))


def _title(metric: str) -> str:
    return _line(metric.replace("_", " ")).lower()


def _spans(data: object) -> set[str]:
    texts: set[str] = set()
    _gather(data, texts)
    return {span for text in texts for span in _SPAN.findall(text)}


def _gather(data: object, into: set[str]) -> None:
    """Add every string of plain data, keys included."""
    if isinstance(data, str):
        into.add(data)
    elif isinstance(data, Mapping):
        into.update(data)
        for value in data.values():
            _gather(value, into)
    elif isinstance(data, list | tuple):
        for value in data:
            _gather(value, into)
