"""Tables drawn on a console → grids: boxes, columns under dashes, data frames of pandas.

Boxes are those of `tabulate`, `rich` and `psql`. Every cell keeps its line and its characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from itertools import pairwise

from chimera.evidence.limits import Limits
from chimera.evidence.tables.grid import Grid, columns_of

_BARS = "|\u2502\u2503\u2551"
_CUT = re.compile(f"[{_BARS}]")
_DRAWN = "\u2500-\u257f"  # the characters that boxes are drawn with
_RULE = re.compile(rf"\s*+(?=.*[-=\u2500\u2501\u2550]{{2}})[-=+|{_DRAWN}]+\s*\Z")
_CROSSING = re.compile(f"[+{_DRAWN}]")
_DASHES = re.compile(r"\s*+(?:-{2,}|={2,})(?:[ ]+(?:-{2,}|={2,}))+\s*\Z")
_WORDS = re.compile(r"\S+(?: \S+)*")  # cells that two spaces or more set apart
Cell = tuple[str, int]  # its text, and where it starts in its line
Row = tuple[int, list[Cell]]  # number of its line, the first being 1
Cutter = Callable[[str], "list[Cell] | None"]


def drawn_grids(
    text: str, claimed: AbstractSet[int], limits: Limits, hit: Callable[[str], None]
) -> Iterator[Grid]:
    """Yield the tables drawn in a text.

    Lines in `claimed` are read already; `hit` hears of the caps that cut something off.
    """
    lines = text.split("\n")
    found, end = 0, 0
    for index, (line, under) in enumerate(pairwise(lines)):
        if index < end or index + 1 in claimed:
            continue
        table = _table(lines, index, line, under)
        if table is None or not table[1]:
            continue
        header, rows, end = table
        if not claimed.isdisjoint(number for number, _ in rows):
            continue
        if found >= limits.tables:
            hit(f"more than {limits.tables} tables: the rest was not read")
            return
        most = min(limits.rows, max(1, limits.cells // len(header)))
        if len(rows) > most:
            hit(f"more than {most} rows of a table: the rest was not read")
        if len(header) > limits.columns:
            hit(f"more than {limits.columns} columns: the rest was not read")
        found += 1
        yield _grid(f"drawn table {found}", header[: limits.columns], rows[:most])


def _table(
    lines: list[str], index: int, line: str, under: str
) -> tuple[list[str], list[Row], int] | None:
    """Return header, rows and end of the table whose header a line is; None where it is none."""
    if _DASHES.match(under) and line.strip():
        cut = _under(under)
        header, first = [cell for cell, _ in cut(line) or []], index + 2
    elif line[:1] == " " and "  " in under:
        cut = _right_of_index(line)
        header, first = ["", *(cell for cell, _ in _words(line))], index + 1
    elif _CUT.search(line) and _RULE.match(under) and _CROSSING.search(under):
        cut = _between_bars(line)
        header, first = [cell for cell, _ in cut(line) or []], index + 2
    else:
        return None
    if len(header) < 2 or not any(header) or len(set(header)) < len(header):  # noqa: PLR2004 - one column is text
        return None
    return header, *_rows(lines, first, len(header), cut)


def _rows(lines: list[str], first: int, width: int, cut: Cutter) -> tuple[list[Row], int]:
    rows: list[Row] = []
    for index in range(first, len(lines)):
        cells = cut(lines[index])
        if cells is None or len(cells) not in {0, width}:
            return rows, index
        if cells:  # no rule between rows
            rows.append((index + 1, cells))
    return rows, len(lines)


def _between_bars(header: str) -> Cutter:
    """Return what cuts lines at their bars, the first of which may be the frame."""
    framed = header.lstrip()[:1] in _BARS

    def cut(line: str) -> list[Cell] | None:
        if _RULE.match(line):
            return []
        bars = [match.start() for match in _CUT.finditer(line)]
        edges = bars if framed else [-1, *bars, len(line)]
        return [_cell(line, a + 1, b) for a, b in pairwise(edges)] if bars else None

    return cut


def _under(rule: str) -> Cutter:
    """Return what cuts lines where the dashes below the header start."""
    starts = [match.start() for match in re.finditer(r"\S+", rule)]

    def cut(line: str) -> list[Cell] | None:
        if not line.strip() or _DASHES.match(line):
            return None
        if any(len(line) > start and line[start - 1] != " " for start in starts[1:]):
            return None  # a text that runs across
        return [_cell(line, a, b) for a, b in pairwise([*starts, max(len(line), starts[-1])])]

    return cut


def _right_of_index(header: str) -> Cutter:
    """Return what cuts lines of a data frame: an index, and cells that end below their names."""
    ends = [start + len(text) for text, start in _words(header)]

    def cut(line: str) -> list[Cell] | None:
        cells = _words(line)
        fits = cells and not cells[0][1] and [at + len(text) for text, at in cells[1:]] == ends
        return cells if fits else None

    return cut


def _words(line: str) -> list[Cell]:
    return [(match[0], match.start()) for match in _WORDS.finditer(line)]


def _cell(line: str, start: int, end: int) -> Cell:
    part = line[start:end]
    return part.strip(), start + len(part) - len(part.lstrip())


def _grid(name: str, header: list[str], rows: list[Row]) -> Grid:
    texts = [[text for text, _ in cells] for _, cells in rows]
    grid = Grid("text", name, [str(number) for number, _ in rows], columns_of(header, texts))
    grid.places = {
        column: [_place(number, cells[position]) for number, cells in rows]
        for position, column in enumerate(header)
        if column
    }
    return grid


def _place(number: int, cell: Cell) -> str:
    text, start = cell
    return f"line {number}, characters {start + 1}-{start + len(text)}" if text else ""
