"""Markdown → grids of its pipe tables, and whether the rest of it is prose."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from chimera.evidence.limits import Limits
from chimera.evidence.numerals import writes_decimal_commas
from chimera.evidence.tables.grid import Grid, columns_of
from chimera.evidence.tables.prose import SHORTEST, Talk, judges

PROSE_WORDS = 120  # more than this in sentences, and a person or a model is talking
_JUDGING_WORDS = 40  # the same in a text with headings such as Recommendations
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CELL_END = re.compile(r"(?<!\\)\|")
_RULE = re.compile(r":?-+:?\Z")
_RULER = re.compile(r":?-{3,}:?\Z")
_MARKS = re.compile(r"\*\*|`")
_EMPHASIS = re.compile(r"\*([^*]+)\*\Z")


@dataclass(slots=True)
class Reading:
    """The tables of a Markdown text, and whether the words around them are prose."""

    grids: list[Grid]
    prose: bool = False  # it is a document, not the output of a tool
    limits: list[str] = field(default_factory=list)
    cells: int = 0

    def hit(self, line: str) -> None:
        """Note a cap once."""
        if line not in self.limits:
            self.limits.append(line)


def read_markdown(
    text: str,
    claimed: AbstractSet[int] = frozenset(),
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Reading:
    """Find the pipe tables outside code fences; their rows are line numbers, the first being 1.

    Lines in `claimed` are output of a tool: they are no talk and start no table.
    """
    lines = text.split("\n")
    reading = Reading([])
    talk, fence, number = Talk(), "", 0
    for index in _telling(lines, fenced="```" in text or "~~~" in text):
        if index < number:  # in a table that is read
            continue
        line = lines[index]
        number = index + 1
        mark = _FENCE.match(line) if "`" in line or "~" in line else None
        if fence or mark:
            fence = _next_fence(fence, mark[1] if mark else "", line)
        elif number in claimed:
            continue
        elif "|" in line and _starts_table(lines, index):
            number = _table(lines, index, reading, limits)
        elif talk.words <= PROSE_WORDS:
            talk.hear(line)
    reading.prose = talk.words > PROSE_WORDS or (talk.words > _JUDGING_WORDS and judges(text))
    for grid in reading.grids:
        grid.evidence = not reading.prose
    return reading


def _telling(lines: list[str], *, fenced: bool) -> list[int]:
    """Return the indices of lines that may be talk, open a table or stand at a fence."""
    if not fenced:
        return [i for i, line in enumerate(lines) if len(line) >= SHORTEST or "|" in line]
    return [
        i
        for i, line in enumerate(lines)
        if len(line) >= SHORTEST or "|" in line or "`" in line or "~" in line
    ]


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


def _table(lines: list[str], start: int, reading: Reading, limits: Limits) -> int:
    """Add the table that starts at a line, within the caps; return the first line behind it."""
    header = [_plain(cell) for cell in _header(lines[start], len(_cells(lines[start + 1])))]
    if len(header) > limits.columns:
        reading.hit(f"more than {limits.columns} columns: the rest was not read")
        header = header[: limits.columns]
    rows: list[str] = []
    cells: list[list[str]] = []
    number = start + 2
    while number < len(lines) and "|" in lines[number]:
        row = _row(lines[number])
        if any(row) and not _is_ruler(row) and _has_room(reading, len(rows), len(header), limits):
            rows.append(str(number + 1))
            cells.append((row + [""] * len(header))[: len(header)])
        number += 1
    if len(reading.grids) >= limits.tables:
        reading.hit(f"more than {limits.tables} tables: the rest was not read")
        return number
    columns = columns_of(_unique(header), cells)
    grid = Grid("markdown", f"table {len(reading.grids) + 1}", rows, columns)
    grid.decimal_comma = writes_decimal_commas(columns.values())
    reading.grids.append(grid)
    return number


def _is_ruler(row: list[str]) -> bool:
    """Tell a line between rows, below the one under the header."""
    return row[0].startswith(("---", ":--")) and all(map(_RULER.match, row))


def _has_room(reading: Reading, rows: int, width: int, limits: Limits) -> bool:
    """Tell whether another row of a table fits into the caps, its empty cells included."""
    reading.cells += width
    if rows >= limits.rows:
        reading.hit(f"more than {limits.rows} rows: the rest was not read")
    elif reading.cells > limits.cells:
        reading.hit(f"more than {limits.cells} cells: the rest was not read")
    else:
        return True
    return False


def _unique(header: list[str]) -> list[str]:
    counts: dict[str, int] = {}
    names = []
    for name in header:
        counts[name] = counts.get(name, 0) + 1
        names.append(name if counts[name] == 1 or not name else f"{name}#{counts[name]}")
    return names


def _cells(line: str) -> list[str]:
    text = line.strip()
    text = text.removeprefix("|")
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    cells = _CELL_END.split(text) if "\\" in text else text.split("|")
    return [cell.strip() for cell in cells]


def _row(line: str) -> list[str]:
    cells = _cells(line)
    marked = "*" in line or "`" in line or "\\" in line
    return [_plain(cell) for cell in cells] if marked else cells


def _plain(cell: str) -> str:
    if "*" not in cell and "`" not in cell and "\\" not in cell:
        return cell
    whole = _EMPHASIS.match(cell)
    return _MARKS.sub("", whole[1] if whole else cell).replace("\\|", "|").strip()
