"""Delimited rows that stand among other lines: behind a preamble, or several reports in one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from chimera.evidence.formats.samples import Cell, Console, Sheet

IsHeader: TypeAlias = Callable[[frozenset[str]], bool]
_FIELD = re.compile(r'"((?:[^"]|"")*)"|([^,"]*)')

_LONGEST = 65_536  # characters of a line


def rows_below(
    sample: Sheet | Console, is_header: IsHeader
) -> Iterator[tuple[str, dict[str, Cell]]]:
    """Yield place and cells by name of every row below a record that `is_header` takes.

    A cell of a text has its characters as place. Where another header comes, it holds from there
    on; records of another width are left out, and so is everything above the first header.
    """
    header: list[str] = []
    for place, cells in _records(sample):
        texts = [cell.text.strip() for cell in cells]
        if is_header(frozenset(texts)):
            header = texts
        elif header and len(cells) == len(header) and any(texts):
            yield place, _named(sample, place, header, cells)


def _named(
    sample: Sheet | Console, place: str, header: list[str], cells: list[Cell]
) -> dict[str, Cell]:
    if isinstance(sample, Console):
        return dict(zip(header, cells, strict=True))
    pairs = zip(header, cells, strict=True)
    return {name: sample.cell(place, name, cell.text.strip()) for name, cell in pairs}


def _records(sample: Sheet | Console) -> Iterator[tuple[str, list[Cell]]]:
    if isinstance(sample, Sheet):
        for place, record in zip(sample.places, sample.records, strict=True):
            yield place, [Cell(text, "") for text in record]
        return
    for index, line in enumerate(sample.lines):
        if "," in line and len(line) <= _LONGEST:
            yield str(index + 1), list(_fields(line.rstrip("\r"), index))


def _fields(line: str, index: int) -> Iterator[Cell]:
    at = 0
    while at <= len(line):
        match = _FIELD.match(line, at)
        if match is None:
            return
        quoted = match[1] is not None
        start, end = match.span(1 if quoted else 2)
        text = line[start:end]
        if not quoted:
            start += len(text) - len(text.lstrip())
            text = text.strip()
        place = f"line {index + 1}, characters {start + 1}-{start + len(text)}"
        yield Cell(text.replace('""', '"'), place)
        at = match.end() + 1
