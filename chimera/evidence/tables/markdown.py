"""Markdown → grids of its pipe tables, and whether the rest of it is prose."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from chimera.evidence.tables.grid import Grid
from chimera.evidence.tables.prose import Talk, judges

PROSE_WORDS = 120  # more than this in sentences, and a person or a model is talking
_JUDGING_WORDS = 40  # the same in a text with headings such as Recommendations
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CELL_END = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r":?-+:?\Z")
_MARKS = re.compile(r"\*\*|`")


@dataclass(slots=True)
class Reading:
    """The tables of a Markdown text and the words around them, counted until they are prose."""

    grids: list[Grid]
    words: int = 0  # in sentences outside of tables
    judging: bool = False

    @property
    def prose(self) -> bool:
        """Tell whether the file is a document, not the output of a tool."""
        return self.words > self.bar

    @property
    def bar(self) -> int:
        """The words that are no document yet."""
        return _JUDGING_WORDS if self.judging else PROSE_WORDS


def read_markdown(text: str, claimed: AbstractSet[int] = frozenset()) -> Reading:
    """Find the pipe tables outside code fences; their rows are line numbers, the first being 1.

    Lines in `claimed` are output of a tool: they are no talk and start no table.
    """
    lines = text.split("\n")
    reading = Reading([], judging=judges(text))
    talk, fence, number = Talk(), "", 0
    while number < len(lines):
        line = lines[number]
        number += 1
        mark = _FENCE.match(line) if "`" in line or "~" in line else None
        if fence or mark:
            fence = _next_fence(fence, mark[1] if mark else "", line)
        elif number in claimed:
            continue
        elif "|" in line and _starts_table(lines, number - 1):
            grid, number = _table(lines, number - 1, len(reading.grids))
            reading.grids.append(grid)
        elif talk.words <= reading.bar:
            talk.hear(line)
    reading.words = talk.words
    for grid in reading.grids:
        grid.evidence = not reading.prose
    return reading


def _next_fence(fence: str, mark: str, line: str) -> str:
    if not fence:
        return mark
    closes = mark.startswith(fence) and line.strip().strip(mark[0]) == ""
    return "" if closes else fence


def _starts_table(lines: list[str], number: int) -> bool:
    if number + 1 >= len(lines):
        return False
    under = lines[number + 1].strip()
    if under[:1] not in {"|", ":", "-"} or "-" not in under:
        return False
    rule = _cells(under)
    if len(rule) < 2 or not all(map(_RULE.match, rule)):  # noqa: PLR2004 - one column is a heading
        return False
    return len(_header(lines[number], len(rule))) == len(rule)


def _header(line: str, width: int) -> list[str]:
    """Return the cells of a header, text left out that stands before its first bar.

    Tools that forget the line break write `- DType: float32 | Backend | Mean (ms) |`.
    """
    cells = _cells(line)
    glued = (
        len(cells) == width + 1 and not line.lstrip().startswith("|") and line.rstrip()[-1] == "|"
    )
    return cells[1:] if glued else cells


def _table(lines: list[str], start: int, index: int) -> tuple[Grid, int]:
    header = [_plain(cell) for cell in _header(lines[start], len(_cells(lines[start + 1])))]
    rows: list[str] = []
    cells: list[list[str]] = []
    number = start + 2
    while number < len(lines) and "|" in lines[number]:
        row = [_plain(cell) for cell in _cells(lines[number])]
        if any(row):
            rows.append(str(number + 1))
            cells.append((row + [""] * len(header))[: len(header)])
        number += 1
    names = _unique(header)
    columns = {name: [row[i] for row in cells] for i, name in enumerate(names) if name}
    return Grid("markdown", f"table {index + 1}", rows, columns), number


def _unique(header: list[str]) -> list[str]:
    return [
        name
        if name not in header[:index] or not name
        else f"{name}#{header[: index + 1].count(name)}"
        for index, name in enumerate(header)
    ]


def _cells(line: str) -> list[str]:
    text = line.strip()
    text = text.removeprefix("|")
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    cells = _CELL_END.split(text) if "\\" in text else text.split("|")
    return [cell.strip() for cell in cells]


def _plain(cell: str) -> str:
    if "*" not in cell and "`" not in cell and "\\" not in cell:
        return cell
    return _MARKS.sub("", cell).replace("\\|", "|").strip()
