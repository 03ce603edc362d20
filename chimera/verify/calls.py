"""Calls: what a report says of its model calls, held against the calls of `report.json`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from chimera.verify.names import Json, squeezed
from chimera.verify.problems import Kind
from chimera.verify.reading import ID, Line, cells

Cut = set[tuple[str, frozenset[str], frozenset[str]]]  # what, of which calls, which sections

_CUT: Final = "- Cut: "
_LONGEST: Final = 100  # characters of a name
_UNANSWERED: Final = frozenset(
    {
        "empty", "prompt_too_long", "slot_wait_timeout", "first_token_timeout", "stalled",
        "deadline", "dropped_stream", "server_busy", "server_error", "bad_request",
        "model_missing", "unauthorised", "unreachable", "not_ollama",
    }
)  # fmt: skip
_COLUMNS: Final = {
    "Attempts": "attempts", "Wait ms": "wait_ms", "Thought ms": "first_thought_ms",
    "TTFT ms": "ttft_ms", "Residual ms": "residual_ms", "Total ms": "total_ms",
    "Prompt": "prompt_tokens", "Cached": "cached_tokens", "Output": "output_tokens",
}  # fmt: skip
_WHOLE: Final = {True: "yes", False: "no", None: "unknown"}
_WORDS: Final = (
    ("left out", re.compile(r"^\S.* left out of the prompt of (.+)$")),
    ("answer", re.compile(r"^the answer of (.+) cut$")),
    ("prompt", re.compile(r"^the prompt of (.+) cut by the server$")),
    ("unknown", re.compile(r"^nobody can tell whether the prompt of (.+) was whole$")),
)
_NAMED: Final = {
    "Agent": "agent", "Model": "model", "Host": "host", "Instead of": "fallback_for",
}  # fmt: skip
_NOTHING: Final = re.compile(
    r"^nothing(?: known)?$|^in \d+ answered calls? the prompt reached the model whole$"
    r"|^no call was answered$"
)


def answered(document: Json) -> list[Json]:
    """Return the calls that an answer came to, whatever it was worth."""
    return [call for call in document["calls"] if call["outcome"] not in _UNANSWERED]


def numbers_of(call: Json) -> dict[str, float | None]:
    """Return the numbers of a call by the column they stand in."""
    found: dict[str, float | None] = {name: call.get(key) for name, key in _COLUMNS.items()}
    return {**found, "Window": call["receipt"].get("window_tokens")}


def wrong(line: Line, document: Json) -> Iterator[tuple[str, Kind]]:
    """Yield what a line says of calls that `report.json` does not."""
    if line.raw.startswith(_CUT):
        yield from _cut(line, document)
    row = dict(zip(line.header, cells(line.text), strict=False))
    call = next((c for c in document["calls"] if c["id"] == row.get("Call")), None)
    if call is not None:
        yield from _cells(row, call, line)


def _cells(row: dict[str, str], call: Json, line: Line) -> Iterator[tuple[str, Kind]]:
    """Yield the cells of a row that are not what the call has there."""
    told = {"Stage": call["stage"] or "", "Outcome": call["outcome"]}
    told["Prompt whole"] = _WHOLE[call["receipt"].get("whole")]
    for name, value in told.items():
        if row.get(name, value) != value:
            yield row[name], "entity"
    for name, key in _NAMED.items():
        named = [_shown(call[key])] if call.get(key) else []
        if name in row and line.spans_in(row[name]) != named:
            yield row[name], "entity"
    for name, number in numbers_of(call).items():
        if name in row and (row[name] == "unknown") != (number is None):
            yield row[name], "number"


def _cut(line: Line, document: Json) -> Iterator[tuple[str, Kind]]:
    """Yield a sentence on what was cut that names other calls or sections, or is not complete."""
    text = line.text.removeprefix(_CUT).removesuffix(".")
    said, expected = _said(line, text), _expected(document)
    nothing = text.startswith("nothing")
    if said is None or said != expected:
        yield text, "entity"
    if nothing and any(what != "unknown" for what, _, _ in expected):
        yield "nothing", "absence"


def _said(line: Line, text: str) -> Cut | None:
    """Return what the line says was cut; None where it says something else."""
    found: Cut = set()
    for part in text.split("; "):
        if _NOTHING.match(part):
            continue
        what, match = next(
            ((w, m) for w, words in _WORDS if (m := words.match(part))), (None, None)
        )
        if what is None or match is None:
            return None
        names = frozenset(line.spans_in(part))
        found.add((what, frozenset(ID.findall(match.group(1))), names))
    return found


def _expected(document: Json) -> Cut:
    """Return what was cut, by the records of the calls."""
    found: dict[tuple[str, frozenset[str]], set[str]] = defaultdict(set)
    for call in document["calls"]:
        receipt, none = call["receipt"], frozenset[str]()
        if receipt["dropped"]:
            names = frozenset(_shown(name) for name in receipt["dropped"])
            found["left out", names].add(call["id"])
        if call["outcome"] == "cut_answer":
            found["answer", none].add(call["id"])
        if receipt.get("whole") is False:
            found["prompt", none].add(call["id"])
        if receipt.get("whole") is None and call["outcome"] not in _UNANSWERED:
            found["unknown", none].add(call["id"])
    return {(what, frozenset(ids), names) for (what, names), ids in found.items()}


def _shown(name: str) -> str:
    """Return a name as a code span shows it, which may be cut."""
    whole = squeezed(name)
    return whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST - 1]}…"
