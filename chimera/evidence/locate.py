"""A locator → the cell it names and the text around it, read anew from the bytes of the artifact.

It shares nothing with what made the locator but the decoding of bytes and the choice of a
delimiter, so that it can be held against it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from chimera.errors import RunError
from chimera.evidence.decode import decode
from chimera.evidence.limits import Limits
from chimera.evidence.sniff import sniff

CELLS = re.compile(
    r"(?:table (?P<table>.+), )?(?P<unit>row|line)s? (?P<numbers>[\d, -]+), column (?P<column>.*)",
    re.DOTALL,
)
CHARACTERS = re.compile(r"line (\d+), characters (\d+)-(\d+)\Z")
NUMBERED = re.compile(r"row (\d+), cell (\d+)(?:, item (\d+))?\Z")
_ITEM = re.compile(r"[^\[\],\s]+")  # of a list in a cell
_SPAN = re.compile(r"\d+ values from (.*) to (.*)", re.DOTALL)
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
_scan_string: Any = getattr(json.decoder, "scanstring")  # noqa: B009 - typeshed leaves it out
_SPACE = re.compile(r"[ \t\r\n]*")
_AGAIN = re.compile(r"(.+)#(\d{1,4})\Z", re.DOTALL)
_BRACES = re.compile(r"\{(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)\}")
_MOST = 12  # cells of a range that are shown


@dataclass(frozen=True, slots=True)
class Place:
    """One cell of an artifact: as it is written, and the line of the file it stands in."""

    locator: str
    text: str
    line: int | None  # None where the file has no lines
    around: str  # the line, or the row of a database


def follow(data: bytes, format_: str, locator: str) -> list[Place]:
    """Return the cells a locator names; of a long range the first and the last ones.

    Args:
        data: The bytes of the artifact, unpacked.
        format_: Its format, as the inventory has it.
        locator: As a measurement or the source of a fact has it.

    Raises:
        RunError: The locator leads nowhere in these bytes.

    """
    try:
        return [_one(data, format_, single) for single in singles(locator)]
    except (KeyError, IndexError, ValueError, TypeError, StopIteration, sqlite3.Error) as error:
        raise RunError(f"{locator!r} leads nowhere in the file: {error}") from error


def singles(locator: str) -> list[str]:
    """Return the locators of single cells that a range stands for, the ends of a long one."""
    span = _SPAN.fullmatch(locator)
    if span:
        return [span[1], span[2]]
    found = list(cells_of(locator))
    return found if len(found) <= _MOST else [*found[: _MOST // 2], *found[-_MOST // 2 :]]


def cells_of(locator: str) -> Iterator[str]:
    """Yield the locators of all single cells that a locator stands for, in its order.

    Rows and lines (`rows 2-4, 6, column x`) and numbers in braces, which may stand anywhere
    (`/runs/{0-4,6}/x`), are told one by one.

    Raises:
        ValueError: It names the first and the last of many cells only.

    """
    if _SPAN.fullmatch(locator):
        raise ValueError("names only the first and the last of its cells")
    braces = _BRACES.search(locator)
    if braces:
        head, tail = locator[: braces.start()], locator[braces.end() :]
        for number in _numbers(braces[1]):
            yield from cells_of(f"{head}{number}{tail}")
        return
    match = CELLS.fullmatch(locator)
    if match is None or match["numbers"].isdigit():
        yield locator
        return
    table = f"table {match['table']}, " if match["table"] else ""
    for number in _numbers(match["numbers"]):
        yield f"{table}{match['unit']} {number}, column {match['column']}"


def _numbers(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        yield from range(int(first), int(last or first) + 1)


def _one(data: bytes, format_: str, locator: str) -> Place:
    if format_ == "sqlite":
        return _in_database(data, locator)
    if format_ == "parquet":
        return _in_columns(data, locator)
    text = decode(data).text
    if text is None:
        raise ValueError("the file holds no text")
    found = CHARACTERS.match(locator)
    if found:
        number, start, end = map(int, found.groups())
        line = text.split("\n")[number - 1]
        return Place(locator, line[start - 1 : end], number, line)
    counted = NUMBERED.match(locator)
    if counted:
        place = _in_records(text, int(counted[1]), int(counted[2]), locator)
        return replace(place, text=item_of(place.text, counted[3]))
    cells = CELLS.fullmatch(locator)
    if cells is None:
        return _in_json(text, locator, format_)
    return _READERS[format_](text, int(cells["numbers"]), cells["column"], locator)


def _in_json(text: str, locator: str, format_: str) -> Place:
    if format_ == "yaml":
        return _in_yaml(text, locator)
    return _place_at(text, _offset(text, json_start(text), locator), locator)


def json_start(text: str) -> int:
    """Return where the JSON of a text begins, which may stand below a banner.

    Raises:
        ValueError: There is a banner, and no line below it begins with JSON.

    """
    start = text.find("{") if not text.lstrip().startswith(("{", "[")) else 0
    if start > 0:
        start = min(i for i in (text.find("\n{"), text.find("\n[")) if i >= 0) + 1
    return max(start, 0)


def _in_lines(text: str, number: int, column: str, locator: str) -> Place:
    line = text.split("\n")[number - 1]
    at = _offset(line, 0, f"/{column}" if column else "")
    return Place(locator, _scalar(line, at), number, line)


def _place_at(text: str, at: int, locator: str) -> Place:
    number = text.count("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else len(text)]
    return Place(locator, _scalar(text, at), number, line)


def _offset(text: str, at: int, pointer: str) -> int:
    """Return where the value stands that a JSON pointer (RFC 6901) names."""
    at = _skip(text, at)
    for segment in pointer.split("/")[1:]:
        key = segment.replace("~1", "/").replace("~0", "~")
        at = _child(text, at, key) if text[at] == "{" else _item(text, at, int(key))
    return at


def _child(text: str, at: int, key: str) -> int:
    """Return where the value of a key stands; of a key that comes twice the last one counts."""
    found = None
    at = _skip(text, at + 1)
    while text[at] == '"':
        name, at = _scan_string(text, at + 1, False)
        at = _skip(text, _skip(text, at) + 1)
        if name == key:
            found = at
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        at = _skip(text, at + 1) if text[at] == "," else at
    if found is None:
        raise KeyError(key)
    return found


def _item(text: str, at: int, index: int) -> int:
    at = _skip(text, at + 1)
    for _ in range(index):
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        if text[at] != ",":
            raise IndexError(f"no item {index}")
        at = _skip(text, at + 1)
    return at


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _scalar(text: str, at: int) -> str:
    return scalar_text(_DECODER.raw_decode(text, at)[0])


def scalar_text(value: object) -> str:
    """Return a JSON value as text, its numbers having been kept as they are written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _in_yaml(text: str, locator: str) -> Place:
    from chimera.evidence.yamltext import load_yaml

    value = below(load_yaml(text), locator)
    return Place(locator, str(value), None, f"{locator.rpartition('/')[2]}: {value}")


def below(value: Any, pointer: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what a JSON pointer (RFC 6901) names below a value.

    Raises:
        LookupError, TypeError, ValueError: It leads nowhere.

    """
    for segment in pointer.split("/")[1:]:
        key = segment.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def _in_records(text: str, number: int, column: str | int, locator: str) -> Place:
    found = sniff(text, Limits(rows=number))
    delimiter = found.delimiter if found else ","
    records: list[list[str]] = []
    ends: list[int] = []  # lines read after each record
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for record in reader:
        records.append(record)
        ends.append(reader.line_num)
        if len(records) == number:
            break
    position = column - 1 if isinstance(column, int) else _above(column, records)
    text_there = records[-1][position].strip()
    line = ends[-2] + 1 if len(ends) > 1 else 1
    return Place(locator, text_there, line, delimiter.join(records[-1]))


def item_of(cell: str, number: str | None) -> str:
    """Return an item of the list in a cell by its number, from 1; the cell where none is given."""
    return _ITEM.findall(cell)[int(number) - 1] if number else cell


def _above(column: str, records: list[list[str]]) -> int:
    """Return where a column stands: as in the nearest record above that holds its name."""
    name, again = column_name(column, records)
    return next(
        place
        for record in reversed(records[:-1])
        if (place := _position(record, name, again)) is not None
    )


def column_name(column: str, records: Iterable[list[str]]) -> tuple[str, int]:
    """Return the name of a column, and which of those of that name it is."""
    match = _AGAIN.fullmatch(column)
    if match is None or any(column in map(str.strip, record) for record in records):
        return column, 1
    return match[1], int(match[2])


def _position(record: list[str], name: str, again: int) -> int | None:
    places = [index for index, cell in enumerate(record) if cell.strip() == name]
    return places[again - 1] if len(places) >= again else None


def _in_markdown(text: str, number: int, column: str, locator: str) -> Place:
    lines = text.split("\n")
    return Place(locator, markdown_cell(lines, number, column), number, lines[number - 1])


def markdown_cell(lines: Sequence[str], number: int, column: str) -> str:
    """Return a cell of a Markdown table by its line, from 1, and the name over it.

    Raises:
        LookupError: There is no table with such a column, or no such line.

    """
    for above in range(number - 2, -1, -1):
        ruled = set(lines[above + 1].strip()) <= set("|:- ")
        if not ruled:
            continue
        header = _cells(lines[above])
        name, again = column_name(column, [header])
        position = _position(header, name, again)
        if position is None:
            break
        # A header may have lost the line break before it: then it starts with other text.
        glued = len(header) - len(_cells(lines[above + 1]))
        return _cells(lines[number - 1])[position - glued]
    raise KeyError(column)


def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
    return [re.sub(r"\*\*|`", "", part).replace("\\|", "|").strip() for part in parts]


def _in_database(data: bytes, locator: str) -> Place:
    cells = CELLS.fullmatch(locator)
    if cells is None:
        raise ValueError("no place in a database")
    with closing(opened_database(data)) as connection:
        text, row = database_cell(
            connection, cells["table"], cells["column"], int(cells["numbers"])
        )
    return Place(locator, text, None, " | ".join("" if cell is None else str(cell) for cell in row))


def opened_database(data: bytes) -> sqlite3.Connection:
    """Return a connection to a copy of an SQLite database in memory."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(data)
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def database_cell(
    connection: sqlite3.Connection, table: str, column: str, number: int
) -> tuple[str, list[object]]:
    """Return a cell as text, and its whole row, by the number the database gives the row.

    Raises:
        TypeError: There is no such row.
        sqlite3.Error: There is no such table or column.

    """
    table, column = (part.replace('"', '""') for part in (table, column))
    value, *row = connection.execute(
        f'SELECT "{column}", * FROM "{table}" WHERE rowid = ?',  # noqa: S608 - quoted names
        (number,),
    ).fetchone()
    return repr(value) if isinstance(value, float) else str(value), row


def _in_columns(data: bytes, locator: str) -> Place:
    from chimera.evidence.columnar import parquet_cell

    cells = CELLS.fullmatch(locator)
    if cells is None:
        raise ValueError("no place in a Parquet file")
    text = parquet_cell(data, int(cells["numbers"]), cells["column"])
    return Place(locator, text, None, f"{cells['column']}: {text}")


_READERS: dict[str, Callable[[str, int, str, str], Place]] = {
    "csv": _in_records,
    "jsonl": _in_lines,
    "markdown": _in_markdown,
    "text": _in_markdown,
}
