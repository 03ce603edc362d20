"""Files of a report, read again: their hashes, and the texts of the cells that locators name."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, Protocol

from chimera.errors import ChimeraError
from chimera.evidence.decode import decode
from chimera.evidence.limits import Limits
from chimera.evidence.locate import (
    CELLS,
    CHARACTERS,
    NUMBERED,
    below,
    cells_of,
    column_name,
    database_cell,
    item_of,
    json_start,
    markdown_cell,
    opened_database,
    scalar_text,
)
from chimera.evidence.sniff import sniff
from chimera.verify.again.written import writes_decimal_commas

_DECODER: Final = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
_NOWHERE: Final = (LookupError, ValueError, TypeError, RecursionError, csv.Error, sqlite3.Error)


class Artifact(Protocol):
    """One file, read again."""

    @property
    def data(self) -> bytes:
        """Its bytes, unpacked."""

    @property
    def sha256(self) -> str:
        """The hash of its bytes as they lie there."""


Read = Callable[[str], Artifact]


class OutOfReachError(Exception):
    """A cell cannot be read: the status of the facts on it, and why."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Files:
    """The files of an inventory, each read once when it is first asked for.

    `read` gives a file by its path; nothing above `most` bytes is read, in one file or in all.
    """

    def __init__(self, files: list[Mapping[str, Any]], read: Read, most: int, total: int) -> None:
        self._entries = {entry["path"]: entry for entry in files}
        self._read, self._most, self._left = read, most, total
        self._opened: dict[str, Opened | OutOfReachError] = {}

    def open(self, path: str) -> Opened:
        """Return a file of the inventory.

        Raises:
            OutOfReachError: It is not there, cannot be read, or is too large.

        """
        if path not in self._opened:
            self._opened[path] = self._reached(path)
        found = self._opened[path]
        if isinstance(found, OutOfReachError):
            raise found
        return found

    def _reached(self, path: str) -> Opened | OutOfReachError:
        entry = self._entries.get(path)
        if entry is None:
            return OutOfReachError("unreachable", f"{path} is not in the inventory")
        if entry["bytes"] > min(self._most, self._left):
            return OutOfReachError("too_large", f"{path} has {entry['bytes']:,} bytes")
        try:
            artifact = self._read(path)
        except (ChimeraError, OSError) as error:
            return OutOfReachError("unreachable", str(error))
        self._left -= len(artifact.data)
        return Opened(path, artifact, entry["format"], entry["sha256"])


class Opened:
    """One file whose cells are looked up by their locators."""

    def __init__(self, path: str, artifact: Artifact, format_: str, sha256: str | None) -> None:
        self.path, self._data, self._format = path, artifact.data, format_
        self.changed = artifact.sha256 != sha256
        self._columns: dict[str, list[str]] = {}
        self._headers: dict[str, list[tuple[int, int]]] = {}
        self._rows: dict[int, Any] = {}  # of JSON Lines

    def cells(self, locator: str) -> Iterator[str]:
        """Yield the texts of all cells that a locator names, in its order.

        Raises:
            OutOfReachError: It leads nowhere in this file, or does not name each of its cells.

        """
        try:
            singles = list(cells_of(locator))
        except ValueError as error:
            raise OutOfReachError("not_recomputable", str(error)) from error
        try:
            yield from [self._cell(single) for single in singles]
        except _NOWHERE:
            try:
                yield self._cell(locator)  # a name with braces of its own
            except _NOWHERE as error:
                raise OutOfReachError(
                    "unreachable", f"{locator} leads nowhere in {self.path}"
                ) from error

    @cached_property
    def decimal_comma(self) -> bool:
        """Whether its cells write 1,234 for 1.234, as others of them show."""
        if self._format == "csv":
            return writes_decimal_commas(cell for record in self._records for cell in record)
        if self._format in {"markdown", "text"}:
            return writes_decimal_commas(re.split(r"[|\s]+", self._text))
        return False

    def _cell(self, locator: str) -> str:
        if found := CHARACTERS.match(locator):
            number, start, end = map(int, found.groups())
            return self._lines[number - 1][start - 1 : end]
        if found := NUMBERED.match(locator):
            return item_of(self._records[int(found[1]) - 1][int(found[2]) - 1], found[3])
        found = CELLS.fullmatch(locator)
        if found is None:
            return scalar_text(_scalar(below(self._tree, locator)))
        return self._in_table(int(found["numbers"]), found["column"], found["table"])

    def _in_table(self, number: int, column: str, table: str | None) -> str:
        if number < 1:
            raise IndexError(number)
        if self._format == "sqlite":
            return database_cell(self._database, table or "", column, number)[0]
        if self._format == "parquet":
            return self._parquet(column)[number - 1]
        if self._format == "jsonl":
            return scalar_text(_scalar(below(self._row(number), f"/{column}" if column else "")))
        if self._format in {"markdown", "text"}:
            return markdown_cell(self._lines, number, column)
        return self._records[number - 1][self._position(number - 1, column)]

    def _position(self, row: int, column: str) -> int:
        """Return where a column stands: as in the nearest record above that holds its name."""
        if column not in self._headers:
            name, again = column_name(column, self._records)
            self._headers[column] = [
                (index, places[again - 1])
                for index, record in enumerate(self._records)
                if name in record and len(places := _places(record, name)) >= again
            ]
        for index, at in reversed(self._headers[column]):
            if index < row:
                return at
        raise KeyError(column)

    def _row(self, number: int) -> Any:  # noqa: ANN401 - any JSON
        if number not in self._rows:
            self._rows[number] = _DECODER.raw_decode(self._lines[number - 1].lstrip())[0]
        return self._rows[number]

    def _parquet(self, column: str) -> list[str]:
        if column not in self._columns:
            from chimera.evidence.columnar import parquet_column

            self._columns[column] = parquet_column(self._data, column)
        return self._columns[column]

    @cached_property
    def _text(self) -> str:
        text = decode(self._data).text
        if text is None:
            raise ValueError("the file holds no text")
        return text

    @cached_property
    def _lines(self) -> list[str]:
        return self._text.split("\n")

    @cached_property
    def _delimiter(self) -> str:
        found = sniff(self._text, Limits(rows=1))
        return found.delimiter if found else ","

    @cached_property
    def _records(self) -> list[list[str]]:
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._delimiter)
        return [[cell.strip() for cell in record] for record in reader]

    @cached_property
    def _tree(self) -> Any:  # noqa: ANN401 - any JSON
        if self._format == "yaml":
            from chimera.evidence.yamltext import load_yaml

            return load_yaml(self._text)
        text = self._text[json_start(self._text) :].lstrip()
        return _DECODER.raw_decode(text)[0]

    @cached_property
    def _database(self) -> sqlite3.Connection:
        return opened_database(self._data)


def _places(record: list[str], name: str) -> list[int]:
    return [index for index, cell in enumerate(record) if cell == name]


def _scalar(value: object) -> object:
    if isinstance(value, dict | list):
        raise TypeError("not one cell")
    return value
