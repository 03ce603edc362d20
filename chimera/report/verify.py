"""The verifier: reads a finished report again and finds every number in facts or accounts.

It shares no code with what renders reports. A number is supported if a fact cited on its line has
that value or that n, at the precision and in the unit shown, and fits the words around it: the
column of a table, the group in front of it, `n =`, `p =`, `median`. Or it belongs to an account of
its section (the run card, the inventory, the timings, the calls). Names stand in code spans and
have to occur in `report.json`; dates and quotations have to occur there as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from chimera.report.ground import COUNTED, Ground, Json, Quantity, shown_as, squeezed

_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
_UNITS: Final = frozenset(
    "us min h B kB MB GB TB KiB MiB GiB TiB % W mW kW J mJ Wh kWh °C Hz MHz GHz x tokens".split()
) | set(_SECONDS)

_NUMBER: Final = re.compile(
    r"(?<![\w.])[-+\u2212]?[0-9][0-9,]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?!\w)"
)
_UNIT: Final = re.compile(r" ?([^\s,;|()\d]+?)[.:]?(?=[\s,;|()]|$)")
_RATE: Final = re.compile(r"[A-Za-z]{1,12}/[A-Za-z]{1,12}")
_TABLE_UNIT: Final = re.compile(r"^### [^(]*\(([^\s,()]+)")
_CITATION: Final = re.compile(r"(?<!\\)\[(F\d+(?:-F\d+)?(?:, F\d+(?:-F\d+)?)*)\]")
_SPAN: Final = re.compile(r"(?<!\\)`([^`]*)`")
_CELL: Final = re.compile(r"(?<!\\)\|")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")
_CLAIM: Final = re.compile(r"\b[CRM]\d+\b")
_FOLLOWS: Final = re.compile(r"\(((?:[CR]\d+)(?:, [CR]\d+)*)(?: and others)?(?:, [^()]*)?\)")
_REFUSAL: Final = re.compile(r"^- \*\*(R\d+)\*\*")
_PERCENTILE: Final = re.compile(r"\bp\d+(?:\.\d+)?\b")
_LIST_MARK: Final = re.compile(r"^\s*\d+\. ")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_HEAD: Final = re.compile(r"^(?:- |\| )?([^:|]*?)\s*[:|]")
_MARK: Final = 0xF0000  # private characters stand for code spans; no artifact text holds them
_STATISTICS: Final = frozenset("median mean min max stdev p90 p95 p99 value".split())
_COUNTS: Final = {
    "Failed rows": "failed rows", "Of rows": "rows", "In files": "files with failed rows"
}  # fmt: skip
_LEAST_PRECISE: Final = 0.05  # no number of a fact is further from it than this share
_FINEST: Final = 15  # decimals
_MOST_IDS: Final = 10_000  # a citation of more is none

_WORDS: Final = {
    word: value
    for value, names in {
        0: "zero", 2: "two twice double couple pair both", 3: "three thrice triple", 4: "four",
        5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven",
        12: "twelve dozen", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen",
        17: "seventeen", 18: "eighteen", 19: "nineteen", 0.5: "half", 0.25: "quarter",
        20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty", 70: "seventy",
        80: "eighty", 90: "ninety", 100: "hundred", 1000: "thousand", 1_000_000: "million",
        1_000_000_000: "billion",
    }.items()
    for word in names.split()
}  # fmt: skip
_WORD: Final = re.compile(r"\b(?:" + "|".join(_WORDS) + r")\b", re.IGNORECASE)
# What stands before or behind a number -> the statistics it can be of.
_BEFORE: Final = (
    (re.compile(r"\bgroup has n = $"), {"count"}),
    (re.compile(r"\bn = $"), {COUNTED}),
    (re.compile(r"\bp = $"), {"p_value"}),
    (re.compile(r"\bmedian $"), {"median"}),
    (re.compile(r"\bmaximum $"), {"max"}),
    (re.compile(r"\bfrom $"), {"min"}),
    (re.compile(r"\bto $"), {"max"}),
)
_BEHIND: Final = ((re.compile(r" times\b"), {"ratio", "count"}),)


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A number, name or citation that nothing supports."""

    line: int  # from 1
    token: str
    text: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found in a text."""

    numbers: int
    unsupported: tuple[Unsupported, ...]

    @property
    def supported(self) -> int:
        """Numbers that were found again."""
        return self.numbers - len(self.unsupported)


@dataclass
class _Place:
    """Where a line stands."""

    section: str = ""
    unit: str | None = None  # of the table below a heading
    header: list[str] = field(default_factory=list)  # of the table the line is in
    line: str = ""
    cited: list[str] = field(default_factory=list)


@dataclass
class _Tally:
    """Numbers of a line: how many hold, and which do not."""

    supported: int = 0
    unsupported: list[str] = field(default_factory=list)

    def note(self, token: str, *, holds: bool) -> None:
        if holds:
            self.supported += 1
        else:
            self.unsupported.append(token)


def verify(markdown: str, document: Json) -> Verification:
    """Check every number of a report against its `report.json`, given as plain data."""
    return Verifier(document).check(markdown)


class Verifier:
    """Checks texts against one `report.json`, which may still change in between."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.ground = Ground(document)

    def check(self, markdown: str) -> Verification:
        """Check every number of a report, or of sections of it."""
        count, bad, place = 0, [], _Place()
        for position, line in enumerate(markdown.splitlines(), start=1):
            self._step(place, line)
            tally = self._line(place)
            count += tally.supported + len(tally.unsupported)
            bad += [Unsupported(position, token, line) for token in tally.unsupported]
        return Verification(count, tuple(bad))

    def _step(self, place: _Place, line: str) -> None:
        """Move on to the next line: section, unit and header may change with it."""
        if line.startswith("## "):
            place.section, place.unit = line[3:].strip(), None
        if line.startswith("### "):
            match = _TABLE_UNIT.match(line)
            place.unit = match.group(1) if match and self._is_unit(match.group(1)) else None
        if not line.startswith("|"):
            place.header = []
        elif not place.header:
            place.header = _cells(line)
        place.line = line

    def _line(self, place: _Place) -> _Tally:
        """Check one line."""
        tally = _Tally()
        if place.section == "Personas" and self._is_prompt(place.line):
            tally.supported = len(_NUMBER.findall(place.line))
            return tally
        text, spans = _marked(_LIST_MARK.sub("", place.line))
        place.cited = list(_cited_ids(text))
        for name in place.cited:
            if name not in self.ground.facts:
                tally.note(name, holds=False)
        for token in self._false_citations(text, place):
            tally.note(token, holds=False)
        if place.section == "Evidence" and place.cited and len(_cells(text)) == 4:  # noqa: PLR2004
            holds = self._is_evidence(_cells(text), spans, place.cited)
            tally.note(place.line, holds=holds)
            tally.supported += len(_NUMBER.findall(place.line)) - 1 if holds else 0
            return tally
        for span in spans:
            self._name(span, place, tally)
        self._numbers(self._without_quotes(text, place), spans, place, tally)
        return tally

    def _is_prompt(self, line: str) -> bool:
        return line.removeprefix(">").strip() in self.ground.prompts

    def _name(self, span: str, place: _Place, tally: _Tally) -> None:
        """Check a code span; in a table of statistics it must belong to the facts of its row."""
        known = self.ground.knows(span)
        if known and place.section in {"Performance", "Data quality"} and place.cited:
            known = any(shown_as(span, q.names) for q in self.ground.quantities(place.cited))
        if not known:
            tally.note(span, holds=False)
        else:
            tally.supported += len(_NUMBER.findall(span))

    def _false_citations(self, text: str, place: _Place) -> Iterator[str]:
        """Yield citations that are not those of the sentence they stand behind."""
        cited, known = set(place.cited), self.ground
        refusal = _REFUSAL.match(text)
        if refusal and known.refusals.get(refusal.group(1)) != cited:
            yield refusal.group(1)
        facts = [known.facts[name] for name in cited if name in known.facts]
        if place.section == "Performance" and len({_origin(fact) for fact in facts}) > 1:
            yield f"citation of {', '.join(place.cited)}"
        single = place.section == "Summary" and len(cited) == 1
        sentence = place.section in {"Summary", "Key findings"} and cited
        if sentence and not single and cited not in known.claimed:
            yield f"citation of {', '.join(place.cited)}"
        if place.section == "Recommendations":
            for match in _FOLLOWS.finditer(text):
                ids = match.group(1).split(", ")
                if not any(claims[: len(ids)] == ids for claims in known.followed):
                    yield match.group(1)

    def _is_evidence(self, cells: list[str], spans: list[str], cited: list[str]) -> bool:
        """Return whether a row of the evidence is what its facts say of themselves."""
        _, what, files, places = ([spans[ord(mark) - _MARK] for mark in _marks(c)] for c in cells)
        listed = cells[1].partition(":")[2].replace(" ", "").split(",")
        facts = [self.ground.facts[name] for name in cited if name in self.ground.facts]
        if len(facts) != len(cited) or {fact["statistic"] for fact in facts} != set(listed):
            return False
        return all(_describes(fact, what, files, places) for fact in facts)

    def _without_quotes(self, text: str, place: _Place) -> str:
        """Take citations, quotations, dates and ids out of a line, and undo its escapes."""
        text = _ESCAPE.sub(r"\1", _CITATION.sub(" ", text))
        if place.section == "What was measured" and text.startswith("|"):
            first, *rest = _cells(text)
            text = " | ".join(["", " " if first.lower() in self.ground.metrics else first, *rest])
        for quote in self.ground.quotes.get(place.section, ()):
            text = re.sub(rf"(?<!\w){re.escape(quote)}(?!\w)", " ", text) if quote in text else text
        text = _DATE.sub(lambda m: " " if m.group() in self.ground.dates else m.group(), text)
        text = _CLAIM.sub(lambda m: " " if m.group() in self.ground.ids else m.group(), text)
        facts = (self.ground.facts.get(name) for name in place.cited)
        statistics = {fact["statistic"] for fact in facts if fact} or self.ground.statistics
        return _PERCENTILE.sub(lambda m: " " if m.group() in statistics else m.group(), text)

    def _numbers(self, text: str, spans: list[str], place: _Place, tally: _Tally) -> None:
        """Check every number that is left in a line."""
        for match in _NUMBER.finditer(text):
            tally.note(match.group(), holds=self._holds(match, spans, place))
        for token in re.findall(r"\S+", _NUMBER.sub(" ", text)):
            if any(letter.isnumeric() for letter in token):
                tally.note(token, holds=False)  # digits in a word that is no name, other numerals
        for match in _WORD.finditer(text):
            values = {q.value for q in self.ground.quantities(place.cited)}
            tally.note(match.group(), holds=_WORDS[match.group().lower()] in values)

    def _holds(self, match: re.Match[str], spans: list[str], place: _Place) -> bool:
        """Return whether a number as written is one of a cited fact, or of an account."""
        shown = float(match.group().replace(",", "").replace("\u2212", "-"))
        decimals = len(match.group().partition(".")[2])
        wanted = [q for q in self.ground.quantities(place.cited) if _fits(q, match, spans, place)]
        unit = self._unit_after(match)
        in_table = place.unit if match.string.startswith("|") else None
        values = list(_in_unit(wanted, unit or in_table, stated=unit is not None))
        around = _around(match, spans, place)
        accounts = self.ground.accounts(place.section)
        own = [account.value for account in accounts if account.around <= around]
        precise = (v for v in values if _is_precise(v, shown, decimals))
        return any(_rounds_to(value, shown, decimals) for value in (*precise, *own))

    def _unit_after(self, match: re.Match[str]) -> str | None:
        found = _UNIT.match(match.string, match.end())
        return found.group(1) if found and self._is_unit(found.group(1)) else None

    def _is_unit(self, word: str) -> bool:
        return word in _UNITS or word in self.ground.units or bool(_RATE.fullmatch(word))


def _marked(line: str) -> tuple[str, list[str]]:
    """Put one private character in the place of each code span; return the spans."""
    spans: list[str] = []

    def mark(match: re.Match[str]) -> str:
        spans.append(match.group(1))
        return chr(_MARK + len(spans) - 1)

    return _SPAN.sub(mark, line), spans


def _marks(text: str) -> list[str]:
    return [letter for letter in text if ord(letter) >= _MARK and not letter.isprintable()]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELL.split(line)[1:-1]]


def _column(match: re.Match[str], place: _Place) -> str:
    """Return the header of the column a number stands in; empty outside of tables."""
    position = len(_CELL.findall(match.string, 0, match.start())) - 1
    return place.header[position] if 0 <= position < len(place.header) else ""


def _fits(quantity: Quantity, match: re.Match[str], spans: list[str], place: _Place) -> bool:
    """Return whether a quantity is one that the words around a number speak of."""
    before, behind = match.string[: match.start()], match.string[match.end() :]
    column = _column(match, place).replace("SD", "stdev")
    if column == "n":
        return quantity.statistic == COUNTED
    if column in _COUNTS:
        return quantity.metric == _COUNTS[column]
    if column in _STATISTICS:
        return quantity.statistic == column or (quantity.statistic, column) == ("value", "median")
    for pattern, statistics in _BEFORE:
        if pattern.search(before):
            return quantity.statistic in statistics
    for pattern, statistics in _BEHIND:
        if pattern.match(behind):
            return quantity.statistic in statistics
    mark = before.rstrip(" ")[-1:]
    if mark and mark in _marks(before) and not column:
        return shown_as(spans[ord(mark) - _MARK], quantity.names)
    return True


def _around(match: re.Match[str], spans: list[str], place: _Place) -> set[str]:
    """Return the words around a number: what its line opens with, its neighbours, its column."""
    text = match.string
    head = _HEAD.match(text)
    words = [head.group(1) if head else "", _column(match, place)]
    words += re.findall(r"([\w.]+):? $", text[: match.start()])
    after = re.match(r" ([A-Za-z]+)", text[match.end() :])
    words.append(after.group(1) if after else "")
    if after:
        words.append(after.group(1).removesuffix("s"))
    return {"".join(spans[ord(c) - _MARK] if c in _marks(c) else c for c in word) for word in words}


def _describes(fact: Json, what: list[str], files: list[str], places: list[str]) -> bool:
    """Return whether code spans name a fact's metric, its files, its places or its formula."""
    metrics = {fact["metric"]}
    paths = {source["path"] for source in fact["sources"]}
    where = {fact["formula"], *(source["locator"] for source in fact["sources"])}
    named = ((what, metrics), (files, paths), (places, where))
    return bool(what and places) and all(
        shown_as(span, {squeezed(name) for name in names})
        for spans, names in named
        for span in spans
    )


def _cited_ids(text: str) -> Iterator[str]:
    for match in _CITATION.finditer(text):
        for part in match.group(1).split(", "):
            first, _, last = part.partition("-")
            low, high = int(first[1:]), int((last or first)[1:])
            if not low <= high <= low + _MOST_IDS:
                yield part
                continue
            yield from (f"F{number}" for number in range(low, high + 1))


def _in_unit(quantities: Iterable[Quantity], unit: str | None, *, stated: bool) -> Iterator[float]:
    """Yield the quantities as they read in a unit; those of another kind of unit do not.

    A quantity without a unit cannot stand before a stated one; in a table it can be a count.
    """
    for quantity in quantities:
        own = quantity.unit
        if own == unit or (own is None and not stated):
            yield quantity.value
        elif own in _SECONDS and unit in _SECONDS:
            yield quantity.value * _SECONDS[own] / _SECONDS[unit]


def _is_precise(value: float, shown: float, decimals: int) -> bool:
    """Return whether what is shown of a fact tells more than its order of magnitude."""
    return decimals >= _FINEST or abs(shown - value) <= _LEAST_PRECISE * abs(value)


def _origin(fact: Json) -> tuple[object, ...]:
    return fact["metric"], *((source["path"], source["locator"]) for source in fact["sources"])


def _rounds_to(value: float, shown: float, decimals: int) -> bool:
    """Return whether a value, rounded to so many decimals, is the number shown."""
    if decimals == 0 and value == int(value):
        return shown == value
    return abs(shown - value) <= 0.5 * 10.0**-decimals * 1.000001 + 1e-12 * abs(value)
