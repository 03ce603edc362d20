"""Reading: one line of a finished report taken apart for the verifier.

It shares no code with what renders reports. Code spans are taken out first, since they hold names
from artifacts: what looks like a citation or a number in there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from chimera.verify.tokens import Token

CITATION: Final = re.compile(r"(?<!\\)\[(F[0-9a-z]+(?:, F[0-9a-z]+)*)\]")
ID: Final = re.compile(r"\b(?:[CR][0-9a-z]{4,}|M\d+)\b")
MARK: Final = "[\U000f0000-\U000ffffd]"  # private characters stand for code spans
_SPAN: Final = re.compile(r"(?<!\\)`([^`]*)`")
_CELL: Final = re.compile(r"(?<!\\)\|")
_LIST_MARK: Final = re.compile(r"^\s*\d+\. ")
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_PART: Final = re.compile(r"(?:^- |: )?([^:]+)(?=:)")  # what stands before a colon
_BEFORE: Final = re.compile(r"([\w.]+):? $")
_AFTER: Final = re.compile(r" ([A-Za-z]+)")
_FIRST: Final = 0xF0000


@dataclass
class Line:
    """A line of a report: its text with a mark for each code span, the spans, the ids it cites."""

    raw: str
    section: str = ""
    unit: str | None = None  # of the table it stands in
    header: list[str] = field(default_factory=list)  # of the table it stands in
    heading: str = ""  # of the table it stands in
    text: str = ""
    spans: list[str] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.text = _SPAN.sub(self._mark, _LIST_MARK.sub("", self.raw))
        self.cited = list(cited_ids(self.text))

    def _mark(self, match: re.Match[str]) -> str:
        self.spans.append(match.group(1))
        return chr(_FIRST + len(self.spans) - 1)

    @property
    def in_table(self) -> bool:
        """Whether the line is a row of a table."""
        return self.raw.startswith("|")

    @property
    def ids(self) -> list[str]:
        """Ids of claims and refusals that the line names."""
        return ID.findall(self.text)

    def spans_in(self, text: str) -> list[str]:
        """Return the code spans whose marks stand in a piece of the line."""
        return [self.spans[ord(mark) - _FIRST] for mark in text if ord(mark) >= _FIRST]

    def column(self, text: str, position: int) -> str:
        """Return the header of the column a place lies in; empty outside of tables."""
        if not self.header:
            return ""
        index = len(_CELL.findall(text, 0, position)) - 1
        return self.header[index] if 0 <= index < len(self.header) else ""

    def around(self, text: str, token: Token) -> set[str]:
        """Return the words around a number: what opens the line, neighbours, column."""
        head = cells(self.text)[:1] if self.in_table else _PART.findall(self.text)
        after = _AFTER.match(text, token.end)
        words = [*head, self.column(text, token.start), *_BEFORE.findall(text[: token.start])]
        words += [after.group(1), after.group(1).removesuffix("s")] if after else []
        return {"".join((self.spans_in(letter) or letter)[0] for letter in w) for w in words}


def cells(line: str) -> list[str]:
    """Return the cells of a row of a table."""
    return [cell.strip() for cell in _CELL.split(line)[1:-1]]


def unescaped(text: str) -> str:
    """Return Markdown text without its backslashes."""
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


def cited_ids(text: str) -> Iterator[str]:
    """Yield the stems of the facts a text cites."""
    for match in CITATION.finditer(text):
        yield from match.group(1).split(", ")
