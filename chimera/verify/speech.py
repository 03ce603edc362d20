"""Speech: which statistic the words around a number say it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from chimera.evidence.words import words
from chimera.verify.ground import COUNTED, Quantity
from chimera.verify.subjects import Sentence
from chimera.verify.tokens import Token

Says = Callable[[Quantity], bool]

CENTRES: Final = ("median", "value", "mean", "average", "aggregate")
TIMES: Final = words("x times \u00d7 fold")
_STATISTICS: Final = words("median mean min max stdev p90 p95 p99 value")
_COUNT_COLUMNS: Final = {
    "Failed rows": "failed rows", "Rows there": "rows", "In files": "files with failed rows"
}  # fmt: skip
_WORDS: Final = {
    "median": ("median", "value"), "medians": ("median", "value"), "mean": ("mean", "average"),
    "means": ("mean", "average"), "average": ("mean", "average"), "averages": ("mean", "average"),
    "averaged": ("mean", "average"), "averaging": ("mean", "average"), "maximum": ("max",),
    "max": ("max",), "peak": ("max",), "peaks": ("max",), "peaked": ("max",), "minimum": ("min",),
    "min": ("min",), "sd": ("stdev",), "stdev": ("stdev",), "standard deviation": ("stdev",),
    "share": ("share",), "efficiency": ("efficiency",),
}  # fmt: skip
_WORD: Final = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))}"
    r"|[pP]\d+(?:\.\d+)?|\d+(?:\.\d+)?th(?:-| )percentile)(?![\w])",
    re.IGNORECASE,
)
_CLAUSE: Final = re.compile(r"; | while | whereas |, and ")
_N: Final = re.compile(r"\bn (?:=|of|is) $")
_LARGEST: Final = re.compile(r"\bgroup has n = $")
_P: Final = re.compile(r"\bp(?:-value)? ?(?:=|<|≤|of) ?$")
_DIRECT: Final = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
    r"(?: of| is| was| at| =|:)? $",
    re.IGNORECASE,
)
_RUNS: Final = re.compile(
    r" (?:runs?|requests?|times(?! the\b| that\b| as\b)|repeats|repetitions|measurements?"
    r"|samples?|trials|iterations"
    r"|observations|calls|pairs)\b"
)
_OF: Final = re.compile(r"[0-9] of (?:the |all )?$")
_NOUN: Final = re.compile(r" [A-Za-z]")
_NEEDED: Final = re.compile(r" \w+ for (p\d+)")
_FROM: Final = re.compile(r"\b(?:from|between|ranges?|ranging) (?:from |between )?$")
_CHANGE: Final = re.compile(
    r"\b(?:ris|rose|f[ae]ll|drop|gr[eo]w|climb|increas|decreas|shr|improv|regress|went|goes|mov)",
    re.IGNORECASE,
)
_INTERVAL: Final = re.compile(r"interval|confidence|\bCI\b", re.IGNORECASE)
LEVEL: Final = re.compile(
    r" ?%[ -](?:\w+ )?(?:interval|confidence|CI|upper|lower|limit|prediction)"
)


def column_says(column: str, token: Token) -> Says | None:
    """Return which quantities the column of a table speaks of; None for one of no statistic."""
    column = column.replace("SD", "stdev")
    if column in _COUNT_COLUMNS:
        return lambda q: q.metric == _COUNT_COLUMNS[column]
    if "interval" in column:
        end = "_high" if token.place == "high" else "_low"
        return lambda q: q.statistic.endswith(end)
    if column in {"n", *_STATISTICS}:
        return lambda q: column in {q.statistic, "median" if q.statistic == "value" else ""}
    return None


def says(token: Token, sentence: Sentence) -> Says:
    """Return which quantities the words around a number of a sentence speak of."""
    text, before = sentence.text, sentence.text[: token.start]
    if _LARGEST.search(before):
        return lambda q: q.statistic == "count"
    if _N.search(before):
        return lambda q: q.statistic == COUNTED
    if _P.search(before):
        return lambda q: q.statistic.startswith("p_") or "_p" in q.statistic
    if needed := _NEEDED.match(text, token.end):
        return lambda q: q.statistic == needed.group(1)
    if token.place in {"low", "high"}:
        return _end_of_range(token, sentence)
    return _of_words(token, sentence)


def _of_words(token: Token, sentence: Sentence) -> Says:
    text, before = sentence.text, sentence.text[: token.start]
    runs = _RUNS.match(text, token.end) or (_OF.search(before) and _NOUN.match(text, token.end))
    direct = _DIRECT.search(before)
    if direct and not runs:
        named = _named(direct.group())
        return lambda q: q.statistic in named
    if token.unit in TIMES:
        return lambda q: q.derived or (bool(runs) and q.statistic == COUNTED)
    if runs:
        return lambda q: q.statistic in {COUNTED, "count"} or q.metric == "values needed"
    return _of_clause(token, sentence)


def _of_clause(token: Token, sentence: Sentence) -> Says:
    """Return what the nearest name of a statistic in the clause says; without one, a centre."""
    named = nearest(sentence.text, token)
    if named:
        return lambda q: q.statistic in named or (q.derived and q.statistic != COUNTED)
    if sentence.cited:
        return lambda q: q.statistic != COUNTED
    return lambda q: q.statistic in CENTRES or q.derived


def _end_of_range(token: Token, sentence: Sentence) -> Says:
    """Return what the ends of a range are: of an interval, of all values, or of a change."""
    low = token.place == "low"
    start = sentence.text[: token.start]
    if _INTERVAL.search(start[-60:]):
        end = "_low" if low else "_high"
        return lambda q: q.statistic.endswith(end)
    if _CHANGE.search(start):
        return lambda q: q.statistic in CENTRES
    ends = {"min", "_low"} if low else {"max", "_high"}
    return lambda q: q.statistic in ends or q.statistic.endswith(tuple(ends))


def nearest(text: str, token: Token) -> tuple[str, ...]:
    """Return the statistics that the nearest word before a number, or right behind it, names."""
    start = max((m.end() for m in _CLAUSE.finditer(text, 0, token.start)), default=0)
    found = [m for m in _WORD.finditer(text, start, token.start) if m.end() <= token.start]
    behind = _WORD.search(text, token.behind, token.behind + 24)
    if (
        not found
        and behind
        and re.fullmatch(r"[ (]+(?:on |the |at )?", text[token.behind : behind.start()])
    ):
        found = [behind]
    return _named(found[-1].group()) if found else ()


def nearest_words(text: str) -> tuple[str, ...]:
    """Return the statistics that the first word for one in a text names."""
    match = _WORD.search(text)
    return _named(match.group()) if match else ()


def _named(word: str) -> tuple[str, ...]:
    """Return the statistics that a word names."""
    plain = re.sub(r"(?: of| is| was| at| =|:)? ?$", "", word).lower()
    if plain in _WORDS:
        return _WORDS[plain]
    if plain in {"p50", "50th percentile"}:
        return ("median", "p50")
    return (plain if plain.startswith("p") else f"p{plain.partition('th')[0]}",)


def is_level(token: Token, sentence: Sentence) -> bool:
    """Return whether a number is the level of an interval, as the formulas of the facts have it."""
    if token.unit not in {"%", "percent"} or not LEVEL.match(sentence.text, token.end):
        return False
    stated = {
        match.group(1)
        for q in sentence.pool
        for match in re.finditer(r"level=([0-9.]+)", q.fact["formula"])
    }
    levels = {round(float(level) * 100, 6) for level in stated} or {95.0}
    return token.value in levels
