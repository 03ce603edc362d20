"""The verifier: reads a finished report again and finds every number in facts or accounts.

It shares no code with what renders reports. A number is supported if a fact cited on its line has
that value or that n at the precision shown, or if it belongs to an account of its section (the
inventory, the timings, the calls, the run card) in `report.json`. Names stand in code spans and
have to occur in `report.json`; dates have to occur there as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Json = Mapping[str, Any]
Quantity = tuple[float, str | None]
_COUNT: Final = "count"
_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}

_NUMBER: Final = re.compile(r"(?<![\w.])[-+\u2212]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w])")
_UNIT: Final = re.compile(r" ?([^\s,;|()\d]+?)[.:]?(?=[\s,;|()]|$)")
_TABLE_UNIT: Final = re.compile(r"^### [^(]*\(([^\s,()]+)")
_DIGITS: Final = re.compile(r"\S*\d\S*")
_CITATION: Final = re.compile(r"\[(F\d+(?:-F\d+)?(?:, F\d+(?:-F\d+)?)*)\]")
_SPAN: Final = re.compile(r"`([^`]*)`")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")
_CLAIM: Final = re.compile(r"\b[CRM]\d+\b")
_PERCENTILE: Final = re.compile(r"\bp\d+(?:\.\d+)?\b")
_LIST_MARK: Final = re.compile(r"^\s*\d+\. ")
_ESCAPE: Final = re.compile(r"\\([\\`*_{}\[\]<>#|~])")
_WORDS: Final = {
    word: value
    for value, names in {
        0: "zero", 2: "two twice double", 3: "three thrice triple", 4: "four", 5: "five", 6: "six",
        7: "seven", 8: "eight", 9: "nine", 10: "ten", 11: "eleven", 12: "twelve dozen", 0.5: "half",
        20: "twenty", 50: "fifty", 100: "hundred", 1000: "thousand", 1_000_000: "million",
    }.items()
    for word in names.split()
}  # fmt: skip
_WORD: Final = re.compile(r"\b(?:" + "|".join(_WORDS) + r")\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A number that nothing supports."""

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


def verify(markdown: str, document: Json) -> Verification:
    """Check every number of a report against its `report.json`, given as plain data."""
    return Verifier(document).check(markdown)


class Verifier:
    """Checks texts against one `report.json`."""

    def __init__(self, document: Json) -> None:
        self.facts = {fact["id"]: fact for fact in document["facts"]}
        self.ids = {item["id"] for key in ("claims", "refusals", "calls") for item in document[key]}
        self.document = document
        self.accounts: dict[str, list[float]] = {}
        texts: set[str] = {claim["leader"] for claim in document["claims"] if claim["leader"]}
        _gather([document[key] for key in ("run", "inventory", "facts", "calls")], texts)
        self.names = {_squeezed(text) for text in texts}
        self.dates = {text for text in self.names if _DATE.fullmatch(text)}
        self.quotes = _quotes(document)
        self.units = {fact["unit"] for fact in document["facts"] if fact["unit"]} | {*_SECONDS}
        self.table_unit: str | None = None
        self.prompts = {
            line.strip()
            for agent in document["run"]["agents"]
            for line in agent["prompt"].splitlines()
        }

    def check(self, markdown: str) -> Verification:
        """Check every number of a report, or of sections of it."""
        self.accounts = _accounts(self.document)
        count, bad, section = 0, [], ""
        for position, line in enumerate(markdown.splitlines(), start=1):
            if line.startswith("## "):
                section, self.table_unit = line[3:].strip(), None
            if line.startswith("### "):
                match = _TABLE_UNIT.match(line)
                self.table_unit = match.group(1) if match and match.group(1) in self.units else None
            supported, unsupported = self.line(line, section)
            count += supported + len(unsupported)
            bad += [Unsupported(position, token, line) for token in unsupported]
        return Verification(count, tuple(bad))

    def line(self, line: str, section: str) -> tuple[int, list[str]]:
        """Return how many numbers of a line are supported, and those that are not."""
        if section == "Personas" and line.lstrip("> ").strip() in self.prompts:
            return len(_NUMBER.findall(line)), []
        cited, unknown = self.cited(line)
        text = _CITATION.sub(" ", _LIST_MARK.sub("", line))
        text, known = self.without_names(text)
        allowed = [*cited, *((value, None) for value in self.accounts.get(section, ()))]
        supported, unsupported = known, unknown
        for match in _NUMBER.finditer(text):
            found = self.holds(match.group(), self.unit_after(text, match.end()), allowed)
            supported, unsupported = supported + found, unsupported + [match.group()] * (not found)
        for token in _DIGITS.findall(_NUMBER.sub(" ", text)):
            unsupported = [*unsupported, token]  # digits inside a word that is no known name
        for match in _WORD.finditer(text):
            found = any(value == _WORDS[match.group().lower()] for value, _ in allowed)
            supported, unsupported = supported + found, unsupported + [match.group()] * (not found)
        return supported, unsupported

    def cited(self, line: str) -> tuple[list[Quantity], list[str]]:
        """Return values with units and counts of the facts cited, and the ids that do not exist."""
        values: list[Quantity] = []
        unknown = []
        for name in _cited_ids(line):
            fact = self.facts.get(name)
            if fact is None:
                unknown.append(name)
                continue
            values.append((fact["value"], fact["unit"]))
            if fact["n"] is not None:
                values.append((fact["n"], _COUNT))
        return values, unknown

    def unit_after(self, text: str, end: int) -> str | None:
        """Return the unit that follows a number, else the unit of the table it stands in."""
        match = _UNIT.match(text, end)
        word = match.group(1) if match else ""
        if word in self.units:
            return word
        return self.table_unit if text.startswith("|") else None

    def holds(self, token: str, unit: str | None, allowed: Iterable[Quantity]) -> bool:
        """Return whether a number as written is one of the quantities, in its unit."""
        plain = token.replace(",", "").replace("\u2212", "-")
        shown = float(plain)
        decimals = len(plain.partition(".")[2])
        return any(_rounds_to(value, shown, decimals) for value in _in_unit(allowed, unit))

    def without_names(self, text: str) -> tuple[str, int]:
        """Take known names, dates, ids and quoted oddities out of a line; count their numbers."""
        before = text
        text = _SPAN.sub(lambda m: " " if self.is_name(m.group(1)) else f" {m.group(1)} ", text)
        text = _ESCAPE.sub(r"\1", text)
        for quote in self.quotes:
            text = text.replace(quote, " ")
        text = _DATE.sub(lambda m: " " if m.group() in self.dates else m.group(), text)
        text = _CLAIM.sub(lambda m: " " if m.group() in self.ids else m.group(), text)
        text = _PERCENTILE.sub(" ", text)
        counted = len(_NUMBER.findall(before)) - len(_NUMBER.findall(text))
        return text, max(0, counted)

    def is_name(self, span: str) -> bool:
        """Return whether a code span names something of the document, as a whole or cut short."""
        if not any(letter.isdigit() for letter in span):
            return True
        shown = _squeezed(span.rstrip("…"))
        if shown in self.names:
            return True
        return span.endswith("…") and any(name.startswith(shown) for name in self.names)


def _accounts(document: Json) -> dict[str, list[float]]:
    """Return, per section, the numbers that need no fact: they account for the report itself."""
    found = document["inventory"]
    counts = [*_inventory_counts(found)]
    seconds = [
        value
        for timing in document["timings"].values()
        for value in (*timing.values(), timing["seconds"] - timing["model_seconds"])
    ]
    options = [agent["options"] for agent in document["run"]["agents"]]
    return {
        "": [*_numbers(options), document["narrative"]["dropped"]],
        "What was measured": counts,
        "Data inventory": counts,
        "Workflow summary": [*seconds, found["files_total"]],
        "Model metrics": [*_numbers(document["metrics"]), *_numbers(document["calls"])],
    }


def _inventory_counts(found: Json) -> Iterator[float]:
    """Count the inventory's files anew, in every way the report speaks of them."""
    files = found["files"]
    yield from (len(files), sum(entry["bytes"] for entry in files))
    for key in ("kind", "format", "status"):
        for value in {entry[key] for entry in files}:
            same = [entry for entry in files if entry[key] == value]
            yield from (len(same), sum(entry["status"] == "read" for entry in same))
    yield len({entry["path"].rpartition("/")[0] for entry in files})
    for key in ("tables", "measurements", "failures"):
        yield from (sum(entry[key] for entry in files), sum(entry[key] > 0 for entry in files))


def _quotes(document: Json) -> list[str]:
    """Return what the report may quote word for word, the longest first."""
    found = document["inventory"]
    texts = {text for gap in found["gaps"] for text in (gap["what"], gap["scope"])}
    texts |= {text for entry in found["files"] for text in _both(entry["problems"])}
    texts |= {*found["limits"], *document["run"]["gaps"], document["narrative"]["reason"] or ""}
    names = {agent["persona"] for agent in document["run"]["agents"]} | set(found["kinds"])
    for fact in document["facts"]:
        words = fact["metric"].replace("_", " ")
        names |= {words, words[:1].upper() + words[1:], fact["unit"] or ""}
    texts |= {name for name in names if any(letter.isdigit() for letter in name)}
    shown = {cut for text in texts for cut in (_squeezed(text), _squeezed(text)[:99] + "…")}
    return sorted((text for text in shown if text != "…" and text), key=len, reverse=True)


def _both(problems: list[str]) -> list[str]:
    return [*problems, "; ".join(problems)]


def _cited_ids(line: str) -> Iterator[str]:
    for match in _CITATION.finditer(line):
        for part in match.group(1).split(", "):
            first, _, last = part.partition("-")
            for number in range(int(first[1:]), int((last or first)[1:]) + 1):
                yield f"F{number}"


def _in_unit(quantities: Iterable[Quantity], unit: str | None) -> Iterator[float]:
    """Yield the quantities as they read in a unit; those in another kind of unit do not.

    Counts and accounts have no unit. A bare number in a table with a unit may be a count.
    """
    for value, own in quantities:
        if own in (unit, None, _COUNT) or unit is None:
            yield value
        elif own in _SECONDS and unit in _SECONDS:
            yield value * _SECONDS[own] / _SECONDS[unit]


def _rounds_to(value: float, shown: float, decimals: int) -> bool:
    """Return whether a value, rounded to so many decimals, is the number shown."""
    if decimals == 0 and value == int(value):
        return shown == value
    return abs(shown - value) <= 0.5 * 10.0**-decimals * 1.000001 + 1e-12 * abs(value)


def _numbers(data: object) -> Iterator[float]:
    if isinstance(data, bool) or data is None:
        return
    if isinstance(data, int | float):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _numbers(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _numbers(value)


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


def _squeezed(text: str) -> str:
    """Return text as code spans show it: printable, one line, look-alikes for pipe, backtick."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split()).replace("|", "¦").replace("`", "'")
