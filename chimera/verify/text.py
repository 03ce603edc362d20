"""The verifier: reads a text again and holds what it says against a `report.json`.

It shares no code with what renders reports. A number is supported if a fact cited on its line, or
one of the group the sentence names, has that value or that n at the precision and in the unit
shown, and is of the statistic, group and file that the words around it name; or if it belongs to an
account of its section. Words of comparison and superlatives are evaluated anew over the facts'
values; names, dates and quotations have to occur in `report.json`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from chimera.verify import absence, comparisons, lint, quoting, rows, superlatives
from chimera.verify.accounts import Account
from chimera.verify.citations import false_citations, is_evidence
from chimera.verify.ground import Ground
from chimera.verify.names import Json, shown_as
from chimera.verify.numbers import fault
from chimera.verify.problems import Kind, Unsupported, Verification
from chimera.verify.reading import CITATION, ID, Line, cells, unescaped
from chimera.verify.subjects import Sentence, sentences
from chimera.verify.tokens import Token, read
from chimera.verify.units import measure

__all__ = ["Unsupported", "Verification", "Verifier", "verify"]

_TABLE_UNIT: Final = re.compile(r"^### [^(]*\(([^\s,()]+)")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")
_DIGIT: Final = re.compile(r"[0-9]")
_EVIDENCE_COLUMNS: Final = 4
_FREE: Final = frozenset(
    {"Data inventory", "Data quality", "Workflow summary", "Model metrics", "Personas", "Evidence"}
)  # sections whose sentences compare nothing
_COUNTED_KINDS: Final = frozenset({"number", "ordinal", "percentile", "malformed"})


@dataclass
class _Tally:
    """What was found on a line."""

    numbers: int = 0
    found: list[tuple[str, Kind, bool]] = field(default_factory=list)

    def note(self, token: str, kind: Kind | None, *, number: bool = False) -> None:
        self.numbers += number
        if kind is not None:
            self.found.append((token, kind, number))


def verify(markdown: str, document: Json) -> Verification:
    """Check a text against its `report.json`, given as plain data."""
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
        self._lint = lint.Lint(self.ground)

    def check(self, markdown: str) -> Verification:
        """Check a report, or sections of it."""
        count: int = 0
        bad: list[Unsupported] = []
        self._accounts = _Accounts(self.ground)
        self._lint = lint.Lint(self.ground)
        for position, line in enumerate(self._lines(markdown), start=1):
            tally = self._tally(line)
            count += tally.numbers
            bad += [
                Unsupported(position, token, line.raw, kind, number)
                for token, kind, number in tally.found
            ]
        return Verification(count, tuple(bad))

    def _lines(self, markdown: str) -> Iterator[Line]:
        """Yield the lines, each with its section, and the unit and header of its table."""
        section, unit, heading = "", None, ""
        header: list[str] = []
        for raw in markdown.splitlines():
            if raw.startswith("## "):
                section, unit, heading = raw[3:].strip(), None, ""
            if raw.startswith("### "):
                match, heading = _TABLE_UNIT.match(raw), raw
                unit = match.group(1) if match and self._is_unit(match.group(1)) else None
            header = (header or cells(raw)) if raw.startswith("|") else []
            yield Line(raw, section, unit, header, heading)

    def _is_unit(self, word: str) -> bool:
        return measure(word) is not None or word in self.ground.units

    def _tally(self, line: Line) -> _Tally:
        """Check one line."""
        tally = _Tally()
        if not line.raw.strip():
            return tally
        if line.section == "Personas" and line.raw.removeprefix(">").strip() in self.ground.prompts:
            tally.numbers = sum(token.kind in _COUNTED_KINDS for token in read(line.raw))
            return tally
        for word, kind in false_citations(line, self.ground):
            tally.note(word, kind)
        row = cells(line.text)
        if line.section == "Evidence" and line.cited and len(row) == _EVIDENCE_COLUMNS:
            tally.numbers = _numbers_in(line)
            if not is_evidence(line, row, self.ground):
                tally.note(line.raw, "citation")
            return tally
        text = self._without_quotes(line)
        for word, kind in self._words(line, text):
            tally.note(word, kind)
        self._sentences(line, text, tally)
        return tally

    def _words(self, line: Line, text: str) -> Iterator[tuple[str, Kind]]:
        """Yield what is wrong with a line but its sentences."""
        for span in line.spans:
            if not self._is_name(span, line):
                yield span, "entity"
        yield from rows.wrong(line, self.ground)
        yield from quoting.altered(line, self.ground)
        yield from self._lint.wrong(line, text)

    def _is_name(self, span: str, line: Line) -> bool:
        """Return whether a code span is a name; on a line with facts, one of theirs."""
        ground = self.ground
        if line.section in {"Performance", "Data quality"} and line.cited:
            return any(shown_as(span, q.names) for q in ground.quantities(line.cited))
        if not ground.knows(span):
            return False
        if not line.cited or line.section in _FREE:
            return True
        return not ground.is_subject(span) or ground.speaks_of(line.cited, span)

    def _without_quotes(self, line: Line) -> str:
        """Take citations, quotations, dates and ids out of a line, and undo its escapes."""
        text, ground = unescaped(CITATION.sub(" ", line.text)), self.ground
        if line.section == "What was measured" and line.in_table:
            first, *rest = cells(text)
            text = " | ".join(["", " " if first.lower() in ground.metrics else first, *rest])
        for quote in ground.quotes.get(line.section, ()):
            if quote in text:
                text = re.sub(rf"(?<!\w){re.escape(quote)}(?!\w)", " ", text)
        if not _DIGIT.search(text):
            return text
        text = _DATE.sub(lambda m: " " if m[0] in ground.dates else m[0], text)
        return ID.sub(lambda m: " " if m[0] in ground.ids else m[0], text)

    def _sentences(self, line: Line, text: str, tally: _Tally) -> None:
        """Check what the sentences of a line say."""
        for sentence in sentences(text, line, self.ground):
            borne_out: set[int] = set()
            if line.section not in _FREE and not line.in_table:
                verdict = comparisons.judge(sentence)
                borne_out = verdict.borne_out
                for word, kind in (
                    *verdict.wrong,
                    *superlatives.judge(sentence),
                    *absence.judge(sentence),
                    *((name, "entity") for name in sentence.unknown_files),
                ):
                    tally.note(word, kind)
            for token in sentence.tokens:
                fault_ = None if token.start in borne_out else self._fault(token, sentence)
                tally.note(token.text, fault_, number=token.kind in _COUNTED_KINDS)

    def _fault(self, token: Token, sentence: Sentence) -> Kind | None:
        """Return what is wrong with a token."""
        ground = self.ground
        if token.kind == "percentile":
            statistics = {q.statistic for q in sentence.pool} or ground.statistics
            return None if token.text in statistics else "statistic"
        if token.kind == "name":
            word = token.text.lower()
            return None if word in ground.pieces or token.text in ground.labels else "entity"
        if token.kind == "ordinal":
            return None if self._is_rank(token, sentence) else "number"
        if token.kind in {"date", "malformed"}:
            return "number"
        return fault(token, sentence, self._accounts[sentence.line.section])

    def _is_rank(self, token: Token, sentence: Sentence) -> bool:
        """Return whether a claim puts the group named before an ordinal in that place."""
        group = sentence.before(token.start)
        place = int(token.value)
        ranked: list[Any] = [claim["groups"] for claim in self.ground.claims.values()]
        return group is not None and any(
            0 < place <= len(groups) and groups[place - 1] in group.names for groups in ranked
        )


def _numbers_in(line: Line) -> int:
    return sum(token.kind in _COUNTED_KINDS for token in read(line.raw))
