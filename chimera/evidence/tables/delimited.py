"""Records of a delimited file → its grids: header, units row, rows of equal width."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set as AbstractSet
from itertools import takewhile

from chimera.evidence.document import Document
from chimera.evidence.limits import Limits
from chimera.evidence.numerals import number, writes_decimal_commas
from chimera.evidence.sniff import sections
from chimera.evidence.tables.grid import Grid, columns_of
from chimera.evidence.units import unit_of

BLANKS = " \t"
_UNIT_LENGTH = 20
_PREAMBLE = 12  # lines before the header at most
_SHOWN = 5
_STARTS = frozenset("0123456789+-. \t")  # of a number


def delimited_grids(
    document: Document, limits: Limits, claimed: AbstractSet[int] = frozenset()
) -> list[Grid]:
    """Return the grids of a delimited file, one for each table stacked in it.

    Rows are numbered as records, the first being 1; tables that start at a row of `claimed` are
    read already.
    """
    parts = sections(document.records)
    grids = []
    for index, (start, records) in enumerate(parts, 1):
        if start + 1 not in claimed:
            name = f"table {index}" if len(parts) > 1 else ""
            grid = _grid(document, (start, records), name, limits)
            grids += [grid] if grid and not (name and _is_preamble(grid)) else []
    if len(grids) == 1 and not claimed:
        grids[0].name = ""  # what stands above it was a preamble
    return grids


def is_spaced(header: list[str]) -> bool:
    """Tell a file with blanks around its delimiters, which are no part of its cells."""
    return any(name != name.strip(BLANKS) for name in header)


def _is_preamble(grid: Grid) -> bool:
    """Tell lines of text above a table."""
    cells = next(iter(grid.columns.values()), [])
    return len(grid.columns) < 2 and not any(map(_is_number, cells))  # noqa: PLR2004 - one column


def _grid(
    document: Document, part: tuple[int, list[list[str]]], name: str, limits: Limits
) -> Grid | None:
    offset, records = part
    start = _header_at(records)
    if start is None:
        document.problems.append("no header row: its columns have no names")
        return None
    levels = _levels(records, start)
    top = [" ".join(filter(None, level)) for level in levels] or records[start]
    header = _unique(top[: limits.columns], document)
    if len(records[start]) > limits.columns:
        document.limits.append(f"more than {limits.columns} columns: the rest was not read")
    units = {} if levels else _units(records, start, header)
    first = start + (len(levels[0]) if levels else 2 if units else 1)
    rows = _rows(document, part, first, len(records[start]))
    most = max(1, limits.cells // max(1, len(header)))
    if len(rows) > most:
        document.limits.append(f"more than {limits.cells} cells: the rest was not read")
        rows = rows[:most]
    kept = [records[index] for index in rows]
    if is_spaced(records[start]):
        kept = [[cell.strip(BLANKS) for cell in record] for record in kept]
    columns = columns_of(header, kept)
    grid = Grid("csv", name, [str(offset + index + 1) for index in rows], columns)
    grid.units = units
    if levels:
        _stack(grid, header, levels)
    grid.decimal_comma = document.delimiter == ";" or writes_decimal_commas(columns.values(), 3)
    return grid if rows else None


def _levels(records: list[list[str]], start: int) -> list[tuple[str, ...]]:
    """Return what stands above each column where a header has several rows; empty where it has one.

    So pandas writes the statistics of groups: `,latency,latency`, below it `,mean,std`, and with
    the names of its index a third row that is otherwise empty.
    """
    width = len(records[start])
    rows = takewhile(lambda record: len(record) == width, records[start : start + 4])
    header, *below = [[cell.strip() for cell in row] for row in rows]
    twice = {name for name, count in Counter(header).items() if count > 1 and name}
    stacked = [index for index, name in enumerate(header) if name in twice]
    numbers = [any(map(_is_number, row)) for row in below]
    if not stacked or True not in numbers[1:] or numbers[0]:
        return []
    levels = list(zip(header, *below[: numbers.index(True)], strict=True))
    pairs = {levels[index][:2] for index in stacked}
    return levels if len(pairs) == len(stacked) and all(below for _, below in pairs) else []


def _stack(grid: Grid, header: list[str], levels: list[tuple[str, ...]]) -> None:
    """Note the path and the places of columns whose header has several rows."""
    for index, (name, level) in enumerate(zip(header, levels, strict=False)):
        if name in grid.columns:
            grid.paths[name] = tuple(filter(None, level))
            grid.places[name] = [f"row {row}, cell {index + 1}" for row in grid.rows]


def _header_at(records: list[list[str]]) -> int | None:
    """Return the index of the header: the first record of the commonest width, without numbers."""
    wide = [len(record) for record in records[:200] if len(record) > 1]
    widths = Counter(wide or map(len, filter(None, records[:200])))  # one column has width one
    if not widths:
        return None
    width = widths.most_common(1)[0][0]
    for index, record in enumerate(records[:_PREAMBLE]):
        if len(record) >= min(width, 2) and not record[0].startswith("#") and len(record) >= width:
            named = any(record) and not any(
                cell[:1] in _STARTS and _is_number(cell) for cell in record
            )
            return index if named else None
    return None


def _is_number(cell: str) -> bool:
    return number(cell) is not None


def _unique(header: list[str], document: Document) -> list[str]:
    names: dict[str, int] = {}
    unique = []
    for name in (cell.strip() for cell in header):
        names[name] = names.get(name, 0) + 1
        unique.append(name if names[name] == 1 or not name else f"{name}#{names[name]}")
    twice = [name for name, count in names.items() if count > 1 and name]
    if twice:
        document.problems.append("columns of the same name: " + ", ".join(twice[:_SHOWN]))
    return unique


def _units(records: list[list[str]], start: int, header: list[str]) -> dict[str, str]:
    """Return the units of a second header row, as ncu writes one; empty where there is none."""
    if len(records) < start + 3:
        return {}
    row, following = records[start + 1], records[start + 2]
    if len(row) != len(records[start]) or len(following) != len(row):
        return {}
    filled = [index for index, cell in enumerate(row) if cell.strip()]
    known = {index: unit for index in filled if (unit := unit_of(row[index]))}
    if not known or any(len(row[i]) > _UNIT_LENGTH or number(row[i]) is not None for i in filled):
        return {}
    if not all(number(following[index]) is not None for index in known):
        return {}
    return {header[index]: unit for index, unit in known.items() if index < len(header)}


def _rows(
    document: Document, part: tuple[int, list[list[str]]], first: int, width: int
) -> list[int]:
    """Return the indices of the records that have the header's width; name the others."""
    offset, records = part
    rows, ragged = [], []
    for index in range(first, len(records)):
        record = records[index]
        if len(record) == width:
            rows.append(index)
        elif record and not record[0].startswith("#"):
            ragged.append(offset + index + 1)
    if ragged:
        shown = ", ".join(map(str, ragged[:_SHOWN])) + ("…" if len(ragged) > _SHOWN else "")
        what = "row" if len(ragged) == 1 else f"{len(ragged)} rows"
        document.problems.append(f"{what} of another width than the header, left out: {shown}")
    return rows
