"""What a format is shown of a file: a JSON value, a sheet of cells, or the lines of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Literal, NamedTuple, TypeAlias

from chimera.evidence.document import Json, mapping

NodeContainer: TypeAlias = Literal["json", "jsonl", "yaml"]


class Cell(NamedTuple):
    """A number as it is written, and its place in a text."""

    text: str
    place: str  # `line 12, characters 9-15`, counted from 1, the last one included


@dataclass(frozen=True)
class Node:
    """A JSON value: a whole file, a part of one, or the values of JSON Lines as a list."""

    value: Json
    places: tuple[str, ...]  # of the value; of each item where the items are the lines of a file
    container: NodeContainer
    lines: bool = False  # whether the items of the list are the lines of a file

    @property
    def keys(self) -> AbstractSet[str]:
        """The keys of the object, or of the first object of the list."""
        return self.first.keys()

    @cached_property
    def first(self) -> dict[str, Json]:
        """The object, or the first item of the list; empty for anything else."""
        if isinstance(self.value, list):
            return mapping(self.value[0]) if self.value else {}
        return mapping(self.value)

    @property
    def is_list(self) -> bool:
        """Whether the value is a list, of a file or of its lines."""
        return isinstance(self.value, list)

    @property
    def place(self) -> str:
        """The place of the value; of the first line where it is the lines of a file."""
        return self.places[0] if self.places else ""

    def objects(self) -> Iterator[tuple[str, dict[str, Json]]]:
        """Yield the object, or every object of the list, with its place."""
        if not isinstance(self.value, list):
            yield self.place, mapping(self.value)
            return
        for index, item in enumerate(self.value):
            if isinstance(item, dict):
                yield self.places[index] if self.lines else f"{self.place}/{index}", item


@dataclass(frozen=True)
class Sheet:
    """Records of cells: a delimited file, one section of it, or a Markdown table."""

    records: list[list[str]]
    places: list[str]  # of each record: its row in a delimited file, its line in Markdown
    container: Literal["csv", "markdown"]

    @cached_property
    def keys(self) -> frozenset[str]:
        """The cells of the first records, among which the header is."""
        return frozenset(map(str.strip, set(chain.from_iterable(self.records[:_HEAD]))))

    def rows_below(self, *names: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield place and cells by name of every row below a record that holds all the names.

        Where such a record comes again, it is the header from there on; records of another width
        are left out.
        """
        header: list[str] = []
        for place, record in zip(self.places, self.records, strict=True):
            cells = [cell.strip() for cell in record]
            if set(names) <= set(cells):
                header = cells
            elif header and len(cells) == len(header) and any(cells):
                yield place, dict(zip(header, cells, strict=True))

    def cell(self, place: str, column: str, text: str) -> Cell:
        """Return a part of a cell, such as the mean of `1.5 ± 0.1`, with the place of the cell."""
        unit = "line" if self.container == "markdown" else "row"
        return Cell(text, f"{unit} {place}, column {column}")


_HEAD = 24  # records


@dataclass(frozen=True)
class Console:
    """The text of a file, by lines."""

    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The lines; the first is number 1 in places."""
        return self.text.split("\n")

    @cached_property
    def starts(self) -> list[int]:
        """The offset of each line."""
        found, offset = [], 0
        for line in self.lines:
            found.append(offset)
            offset += len(line) + 1
        return found

    def matches(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
        """Yield the index of a line and its match, for every line where `pattern` is found."""
        for index, line in enumerate(self.lines):
            match = pattern.search(line)
            if match:
                yield index, match

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Tell whether `pattern`, in multi-line mode, is found anywhere in the text."""
        return pattern.search(self.text) is not None


def cell(index: int, match: re.Match[str], group: str | int = 1) -> Cell | None:
    """Return a group of a match in the line of that index as a cell, None where it took no part."""
    text = match[group]
    if text is None:
        return None
    start, end = match.span(group)
    return Cell(text, f"line {index + 1}, characters {start + 1}-{end}")


Sample: TypeAlias = Node | Sheet | Console
