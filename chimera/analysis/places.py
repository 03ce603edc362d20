"""Places: the locators of many cells as few, so that every cell can be found again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from chimera.evidence.records import Series, Table

_NUMBER: Final = re.compile(r"(?<![\w.-])(\d+)(?![\w.-])")  # a row, a line or an index, no name
_ROWS: Final = re.compile(r"\b(row|line) \{([\d,-]+)\}, column ")
_MOST: Final = 200  # locators after which only the ends are named


def places(table: Table, series: Series, indices: Sequence[int]) -> list[str]:
    """Return where the cells of a series stand.

    Rows of a table are named in one locator: `rows 2-7, 9, column ttft_s`. Of other locators that
    differ in one number, one has that number in braces: `/runs/{0-4,6}/ttft_s`. Where there would
    be hundreds, they are counted, and the first and the last one named.
    """
    if len(indices) == 1:
        return [table.locate(series, indices[0])]
    rows = [table.rows[i] for i in indices]
    if not series.places and all(row.isdecimal() for row in rows):
        unit, pointed = ("line", "row") if table.container == "markdown" else ("row", "line")
        first = table.locate(series, indices[0])
        head, _, tail = first.partition(f"{unit} {rows[0]}, ")
        if tail and pointed not in head:
            return [f"{head}{unit}s {ranges(map(int, rows), ', ')}, {tail}"]
    found = list(_joined([table.locate(series, i) for i in indices]))
    if len(found) > _MOST:
        return [f"{len(indices)} values from {found[0]} to {found[-1]}"]
    return found


def ranges(numbers: Iterable[int], between: str) -> str:
    """Return ascending numbers as ranges: `2-7, 9`."""
    spans: list[list[int]] = []
    for value in numbers:
        if spans and value == spans[-1][1] + 1:
            spans[-1][1] = value
        else:
            spans.append([value, value])
    return between.join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def _joined(locators: list[str]) -> Iterable[str]:
    """Join locators that differ in one number, the one that varies most among all of them."""
    split = [_NUMBER.split(locator) for locator in locators]
    if any("{" in locator for locator in locators) or len({len(parts) for parts in split}) > 1:
        return locators
    varying = {i: len({parts[i] for parts in split}) for i in range(1, len(split[0]), 2)}
    if not varying:
        return locators
    at = max(varying, key=lambda i: varying[i])
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for parts in split:
        alike[*parts[:at], "", *parts[at + 1 :]].append(int(parts[at]))
    return [
        _ROWS.sub(_as_rows, "".join((*k[:at], _braced(found), *k[at + 1 :])))
        for k, found in alike.items()
    ]


def _as_rows(match: re.Match[str]) -> str:
    return f"{match[1]}s {match[2].replace(',', ', ')}, column "


def _braced(numbers: list[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{{{ranges(numbers, ',')}}}"
