"""The verifier: reads a finished report again and finds every number in facts or accounts.

It shares no code with what renders reports. A number is supported if a fact cited on its line has
that value or that n, at the precision and in the unit shown, and fits the words around it: the
column of a table, the group in front of it, `n =`, `p =`, `median`. Or it belongs to an account of
its section (the run card, the inventory, the timings, the calls). Names stand in code spans and
have to occur in `report.json`; dates and quotations have to occur there as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from chimera.evidence.words import words
from chimera.verify.ground import COUNTED, Account, Ground, Json, Quantity, shown_as, squeezed
from chimera.verify.reading import CITATION, NUMBER, Line, cells, unescaped, unit_after

_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "us": 1e-6, "ns": 1e-9}
_UNITS: Final = words(
    "s ms µs ns us min h B kB MB GB TB KiB MiB GiB TiB % W mW kW J mJ Wh kWh °C Hz MHz GHz x tokens"
)
_RATE: Final = re.compile(r"[A-Za-z]{1,12}/[A-Za-z]{1,12}")
_TABLE_UNIT: Final = re.compile(r"^### [^(]*\(([^\s,()]+)")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")
_ID: Final = re.compile(r"\b(?:[CR][0-9a-z]{4,}|M\d+)\b")
_PERCENTILE: Final = re.compile(r"\bp\d+(?:\.\d+)?\b")
_FOLLOWS: Final = re.compile(
    r"\(([CR][0-9a-z]+(?:, [CR][0-9a-z]+)*)(?: and others)?(?:, [^()]*)?\)"
)
_REFUSAL: Final = re.compile(r"^- \*\*(R[0-9a-z]+)\*\*")
_IS_BEST: Final = re.compile(r"(\S) is (highest|lowest)\b")
_BEST: Final[dict[str, Any]] = {"highest": max, "lowest": min}
_EVIDENCE_COLUMNS: Final = 4

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
_STATISTICS: Final = words("median mean min max stdev p90 p95 p99 value")
_COUNTS: Final = {
    "Failed rows": "failed rows", "Rows there": "rows", "In files": "files with failed rows"
}  # fmt: skip
_LOWS: Final = words("ratio_low difference_low share_low slope_low change_low prediction_low")
_HIGHS: Final = words(
    "ratio_high difference_high share_high slope_high change_high prediction_high"
)
# What stands before or behind a number -> the statistics it can be of.
_BEFORE: Final = (
    (re.compile(r"\bgroup has n = $"), {"count"}),
    (re.compile(r"\bn = $"), {COUNTED}),
    (re.compile(r"\bp [=<] $"), {"p_value"}),
    (re.compile(r"\binterval $"), _LOWS),
    (re.compile(r"\binterval \S+(?: \S+)? to $"), _HIGHS),
    (re.compile(r"\bmedian $"), {"median"}),
    (re.compile(r"\bmaximum $"), {"max"}),
    (re.compile(r"\bfrom $"), {"min"}),
    (re.compile(r"\bto $"), {"max"}),
)
_INTERVAL: Final = re.compile(r"\b9[05] % interval\b")  # a name, whose ends are numbers
_BEHIND: Final = re.compile(r" times\b")
_LEAST_PRECISE: Final = 0.05  # no number of a fact is further from it than this share
_FINEST: Final = 15  # decimals


_NUMERIC: Final = re.compile(rf"[0-9]|{_WORD.pattern}", re.IGNORECASE)


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
class _Tally:
    """Numbers of a line: how many hold, and which do not."""

    supported: int = 0
    unsupported: list[str] = field(default_factory=list)

    def note(self, token: str, *, holds: bool, numbers: int = 1) -> None:
        if holds:
            self.supported += numbers
        else:
            self.unsupported.append(token)


def verify(markdown: str, document: Json) -> Verification:
    """Check every number of a report against its `report.json`, given as plain data."""
    return Verifier(document).check(markdown)


class _Accounts(dict[str, list[Account]]):
    """The accounts by section, looked up once for each text."""

    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self._ground = ground

    def __missing__(self, section: str) -> list[Account]:
        self[section] = self._ground.accounts(section)
        return self[section]


class Verifier:
    """Checks texts against one `report.json`, whose timings may still change in between."""

    def __init__(self, document: Json) -> None:
        self.ground = Ground(document)
        self._accounts = _Accounts(self.ground)

    def check(self, markdown: str) -> Verification:
        """Check every number of a report, or of sections of it."""
        count, bad = 0, []
        self._accounts = _Accounts(self.ground)
        for position, line in enumerate(self._lines(markdown), start=1):
            tally = self._tally(line)
            count += tally.supported + len(tally.unsupported)
            bad += [Unsupported(position, token, line.raw) for token in tally.unsupported]
        return Verification(count, tuple(bad))

    def _lines(self, markdown: str) -> Iterator[Line]:
        """Yield the lines, each with its section, and the unit and header of its table."""
        section, unit = "", None
        header: list[str] = []
        for raw in markdown.splitlines():
            if raw.startswith("## "):
                section, unit = raw[3:].strip(), None
            if raw.startswith("### "):
                match = _TABLE_UNIT.match(raw)
                unit = match.group(1) if match and self._is_unit(match.group(1)) else None
            header = (header or cells(raw)) if raw.startswith("|") else []
            yield Line(raw, section, unit, header)

    def _tally(self, line: Line) -> _Tally:
        """Check one line."""
        tally = _Tally()
        if line.section == "Personas" and line.raw.removeprefix(">").strip() in self.ground.prompts:
            tally.supported = _numbers_in(line.raw)
            return tally
        for token in self._false_citations(line):
            tally.note(token, holds=False)
        row = cells(line.text)
        if line.section == "Evidence" and line.cited and len(row) == _EVIDENCE_COLUMNS:
            numbers = _numbers_in(line.raw)
            tally.note(line.raw, holds=self._is_evidence(line, row), numbers=numbers)
            return tally
        for span in line.spans:
            tally.note(span, holds=self._is_name(span, line), numbers=_numbers_in(span))
        self._numbers(line, tally)
        return tally

    def _is_name(self, span: str, line: Line) -> bool:
        """Return whether a code span is a name; in a row of figures, one of the facts it cites."""
        if line.section in {"Performance", "Data quality"} and line.cited:
            return any(shown_as(span, q.names) for q in self.ground.quantities(line.cited))
        return self.ground.knows(span)

    def _false_citations(self, line: Line) -> Iterator[str]:
        """Yield ids that do not exist, or do not belong to the sentence or row they stand in."""
        yield from (name for name in line.cited if name not in self.ground.facts)
        refusal = _REFUSAL.match(line.text)
        if refusal and self.ground.refusals.get(refusal.group(1)) != set(line.cited):
            yield refusal.group(1)
        if line.section == "Recommendations":
            yield from self._false_reasons(line)
        if line.cited and not self._is_citation(line):
            yield f"citation of {', '.join(line.cited)}"

    def _false_reasons(self, line: Line) -> Iterator[str]:
        """Yield claims that no advice follows from as listed, and groups they do not put first."""
        for match in _FOLLOWS.finditer(line.text):
            ids = match.group(1).split(", ")
            if not any(claims[: len(ids)] == ids for claims in self.ground.followed):
                yield match.group(1)
            first = {self.ground.leaders.get(name, "") for name in ids} - {""}
            yield from (span for span in line.spans if first and not shown_as(span, first))

    def _is_citation(self, line: Line) -> bool:
        """Return whether the facts cited belong together, and put first what is said to be."""
        cited = set(line.cited)
        facts = self.ground.cited(cited)
        if line.section == "Performance":
            return len({_origin(fact) for fact in facts}) == 1
        if line.section == "Data quality":
            return len(facts) == len(_COUNTS)
        if line.section not in {"Summary", "Key findings"}:
            return True
        if cited not in self.ground.claimed and (line.section, len(cited)) != ("Summary", 1):
            return False
        medians = [q for q in self.ground.quantities(cited) if q.statistic == "median"]
        return all(
            shown_as(span, _BEST[best](medians, key=lambda q: q.value).names)
            for mark, best in _IS_BEST.findall(line.text)
            for span in line.spans_in(mark)
            if medians
        )

    def _is_evidence(self, line: Line, row: list[str]) -> bool:
        """Return whether a row of the evidence is what its facts say of themselves."""
        what, files, places = (line.spans_in(cell) for cell in row[1:])
        listed = row[1].partition(":")[2].replace(" ", "").split(",")
        facts = self.ground.cited(line.cited)
        if not facts or {fact["statistic"] for fact in facts} != set(listed):
            return False
        return _describes(facts, what, files, places)

    def _without_quotes(self, line: Line) -> str:
        """Take citations, quotations, dates and ids out of a line, and undo its escapes."""
        text, ground = unescaped(CITATION.sub(" ", line.text)), self.ground
        text = _INTERVAL.sub("interval", text)
        if line.section == "What was measured" and line.in_table:
            first, *rest = cells(text)
            text = " | ".join(["", " " if first.lower() in ground.metrics else first, *rest])
        for quote in ground.quotes.get(line.section, ()):
            if quote in text:
                text = re.sub(rf"(?<!\w){re.escape(quote)}(?!\w)", " ", text)
        cited = ground.cited(line.cited)
        statistics = {fact["statistic"] for fact in cited} or ground.statistics
        for pattern, known in (
            (_DATE, ground.dates),
            (_ID, ground.ids),
            (_PERCENTILE, statistics),
        ):
            if not pattern.search(text):
                continue
            text = pattern.sub(lambda m, known=known: " " if m[0] in known else m[0], text)  # type: ignore[misc]
        return text

    def _numbers(self, line: Line, tally: _Tally) -> None:
        """Check every number that is left in a line."""
        if line.text.isascii() and not _NUMERIC.search(line.text):
            return  # nothing in it to check, which the rest would find out at greater cost
        text = self._without_quotes(line)
        for match in NUMBER.finditer(text):
            tally.note(match.group(), holds=self._holds(match, line))
        left = NUMBER.sub(" ", text)
        for token in left.split() if any(map(str.isnumeric, left)) else ():
            if any(map(str.isnumeric, token)):
                tally.note(token, holds=False)  # digits in a word that is no name, other numerals
        for match in _WORD.finditer(text):
            values = {q.value for q in self.ground.quantities(line.cited)}
            tally.note(match.group(), holds=_WORDS[match.group().lower()] in values)

    def _holds(self, match: re.Match[str], line: Line) -> bool:
        """Return whether a number as written is one of a cited fact, or of an account."""
        shown = float(match.group().replace(",", "").replace("\u2212", "-"))
        decimals = len(match.group().partition(".")[2])
        stated = unit_after(match) if self._is_unit(unit_after(match)) else None
        unit = stated or (line.unit if line.in_table else None)
        fitting = filter(_spoken_of(match, line), self.ground.quantities(line.cited))
        values = [
            value
            for value in _in_unit(fitting, unit, stated=stated is not None)
            if decimals >= _FINEST or abs(shown - value) <= _LEAST_PRECISE * abs(value)
        ]
        if any(_rounds_to(value, shown, decimals) for value in values):
            return True
        accounts = self._accounts[line.section]
        same = [account for account in accounts if _rounds_to(account.value, shown, decimals)]
        around = line.around(match) if same else set()
        return any(account.around <= around for account in same)

    def _is_unit(self, word: str) -> bool:
        return word in _UNITS or word in self.ground.units or bool(_RATE.fullmatch(word))


@lru_cache(maxsize=4096)
def _numbers_in(span: str) -> int:
    return len(NUMBER.findall(span))


def _spoken_of(match: re.Match[str], line: Line) -> Callable[[Quantity], bool]:
    """Return which quantities the column or the words around a number speak of."""
    column = line.column(match).replace("SD", "stdev")
    if column in _COUNTS:
        return lambda q: q.metric == _COUNTS[column]
    if _INTERVAL.fullmatch(column):
        return lambda q: q.statistic in {"median_low", "median_high"}
    if column in {"n", *_STATISTICS}:
        return lambda q: column in {q.statistic, "median" if q.statistic == "value" else ""}
    before = match.string[: match.start()]
    for pattern, statistics in _BEFORE:
        if pattern.search(before):
            return lambda q: q.statistic in statistics
    if _BEHIND.match(match.string, match.end()):
        return lambda q: q.statistic in {"ratio", "count"}
    span = None if column else line.span_before(match)
    return lambda q: q.statistic != COUNTED and (span is None or shown_as(span, q.names))


def _describes(facts: list[Json], what: list[str], files: list[str], places: list[str]) -> bool:
    """Return whether code spans name the facts' metric, files, and places or formulas."""
    sources = [source for fact in facts for source in fact["sources"]]
    where = {fact["formula"] for fact in facts} | {source["locator"] for source in sources}
    named = (
        (what, {fact["metric"] for fact in facts}),
        (files, {source["path"] for source in sources}),
        (places, where),
    )
    return bool(what and places) and all(
        shown_as(span, {squeezed(name) for name in names})
        for spans, names in named
        for span in spans
    )


def _origin(fact: Json) -> tuple[object, ...]:
    return fact["metric"], *((source["path"], source["locator"]) for source in fact["sources"])


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


def _rounds_to(value: float, shown: float, decimals: int) -> bool:
    """Return whether a value, rounded to so many decimals, is the number shown."""
    if decimals == 0 and value == int(value):
        return shown == value
    return abs(shown - value) <= 0.5 * 10.0**-decimals * 1.000001 + 1e-12 * abs(value)
