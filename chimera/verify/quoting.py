"""Quoting: sentences of `report.json` whose words a report has changed.

A line that bears the id of a claim, or cites its facts, may say something else about it; if it is
the claim's sentence but for a few words, those words were changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from chimera.verify.ground import Ground
from chimera.verify.names import Json, stem
from chimera.verify.problems import Kind
from chimera.verify.reading import CITATION, Line, unescaped

_SPAN: Final = re.compile(r"`[^`]*`")
_TOKEN: Final = re.compile(r"[pP]\d+(?:\.\d+)?|[^\W\d_]+")
_LEAD: Final = re.compile(r"\*[^*]+\*")
_FOLLOWS: Final = re.compile(
    r"\(([CR][0-9a-z]{4}(?:, [CR][0-9a-z]{4})*)(?: and others)?(?:, [^()]*)?\)"
)
_OPENS: Final = re.compile(r"^\s*(?:\d+\. |- )?(?:\*\*)?([CR][0-9a-z]{4})(?:\*\*)?:? ")
_STRENGTH: Final = re.compile(r" \((supported|observed|weak|not_testable)\)(?: \*[^*]+\*)?$")
_MOST: Final = 4  # words that differ
_OPEN: Final = "- Left open by these data: "
_MOST_OPEN: Final = 4  # subjects that a summary lists
_WORDS: Final[dict[Kind, str]] = {
    "superlative": "highest lowest best worst fastest slowest first last all none only every no",
    "direction": "higher lower faster slower more less above below better worse rises falls"
    " uneven even",
    "statistic": "median medians mean means maximum minimum interval p",
    "unit": "ms s tok req times",
}
_KIND_OF: Final = {word: kind for kind, text in _WORDS.items() for word in text.split()}
_UNITS: Final = frozenset("ms s µs us ns tok req B kB MB GB x times min h".split())  # noqa: SIM905


def altered(line: Line, ground: Ground) -> Iterator[tuple[str, Kind]]:
    """Yield the words of a line that its claim, refusal or advice does not have."""
    sources = [text for text in _sources(line, ground) if text]
    if not sources:
        return
    said = _words(line.raw)
    differences = [_difference(said, _words(text)) for text in sources]
    least = min(differences, key=lambda d: sum(d.values()))
    if 0 < sum(least.values()) <= _MOST:
        yield next(iter(least)), _kind(least)
    elif _FOLLOWS.search(line.raw) and not any(_mostly(said, _words(text)) for text in sources):
        yield line.raw.strip()[-40:], "citation"
    opened = _OPENS.match(line.raw)
    strength = _STRENGTH.search(line.raw)
    claim = ground.claims.get(opened.group(1)) if opened else None
    if claim and strength and strength.group(1) != claim["strength"]:
        yield strength.group(1), "citation"


def _sources(line: Line, ground: Ground) -> Iterator[str]:
    """Yield the sentences of `report.json` that a line can be."""
    document = ground.document
    opened = _OPENS.match(line.raw)
    if line.section == "Summary" and line.raw.startswith(_OPEN):
        yield _OPEN + _left_open(document["refusals"])
    elif opened:
        name = opened.group(1)
        yield from (c["text"] for c in document["claims"] if c["id"] == name)
        yield from (
            f"{r['reason']} Needed: {r['needs']}" for r in document["refusals"] if r["id"] == name
        )
    elif line.cited and line.section in {"Summary", "Key findings"}:
        cited = set(line.cited)
        yield from (c["text"] for c in document["claims"] if set(map(stem, c["facts"])) == cited)
    elif (follows := _FOLLOWS.search(line.raw)) is not None:
        ids = follows.group(1).split(", ")
        yield from _advice(ids, ground)


def _left_open(refusals: Iterable[Json]) -> str:
    """Return what the summary may list as open: the first subjects of the refusals."""
    subjects = list(dict.fromkeys(r["subject"] for r in refusals if r["subject"]))
    shown = [*subjects[:_MOST_OPEN], *(["more"] if subjects[_MOST_OPEN:] else [])]
    return "; ".join(shown)


def _advice(ids: list[str], ground: Ground) -> Iterator[str]:
    for item in ground.document["recommendations"]:
        if item["claims"][: len(ids)] == ids:
            yield item["text"]
    for item in ground.document["risks"]:
        if item["claims"][: len(ids)] == ids:
            yield f"{item['risk']} {item['mitigation']}"


def _words(text: str) -> Counter[str]:
    """Return the words and names of a sentence, without ids, citations, leads and units."""
    plain = _FOLLOWS.sub("", _STRENGTH.sub("", CITATION.sub("", text)))
    plain = _LEAD.sub("", _OPENS.sub("", plain).replace("**", ""))
    spans = _SPAN.findall(plain)
    rest = unescaped(_SPAN.sub(" ", plain))
    return Counter([*spans, *(w for w in _TOKEN.findall(rest) if w not in _UNITS)])


def _mostly(said: Counter[str], source: Counter[str]) -> bool:
    """Return whether most words of a source are said."""
    return 4 * sum((source - said).values()) <= sum(source.values())


def _difference(one: Counter[str], other: Counter[str]) -> Counter[str]:
    return (one - other) + (other - one)


def _kind(words: Iterable[str]) -> Kind:
    for word in words:
        if word.startswith("`"):
            return "entity"
        if re.fullmatch(r"[pP]\d+(?:\.\d+)?", word):
            return "statistic"
        if word.lower() in _KIND_OF:
            return _KIND_OF[word.lower()]
    return "quotation"
