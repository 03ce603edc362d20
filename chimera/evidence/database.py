"""The bytes of an SQLite file → a document of its tables, opened in memory and read only."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from chimera.evidence.document import Document
from chimera.evidence.limits import Limits
from chimera.evidence.recognise import kind_of
from chimera.evidence.tables.grid import Grid

_STEPS = 1_000_000  # of the virtual machine between two looks at the budget
_MOST_STEPS = 2_000  # looks after which a query is ended


def sqlite_document(path: str, data: bytes, limits: Limits) -> Document:
    """Return the tables of a database as grids; views and triggers are never run."""
    document = Document(path, kind_of(path) or "sqlite", "sqlite", "")
    document.grids = []
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(data)
            _guard(connection)
            names = _tables(connection)
            if len(names) > limits.tables:
                document.limits.append(f"more than {limits.tables} tables: the rest was not read")
            for name in names[: limits.tables]:
                _read(connection, name, document, limits)
    except (sqlite3.Error, sqlite3.Warning, MemoryError, OverflowError) as error:
        document.failed = True
        document.problems.append(f"not a readable SQLite database: {error}")
    return document


def _guard(connection: sqlite3.Connection) -> None:
    """End queries that take too long, and keep a hostile schema from calling functions."""
    looks = 0

    def look() -> int:
        nonlocal looks
        looks += 1
        return int(looks > _MOST_STEPS)

    connection.set_progress_handler(look, _STEPS)
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA query_only=ON")
    connection.text_factory = lambda text: text.decode("utf-8", "replace")


def _tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
        " AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    )
    return [str(name) for (name,) in rows]


def _read(connection: sqlite3.Connection, name: str, document: Document, limits: Limits) -> None:
    quoted = _quoted(name)
    columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({quoted})")]
    columns = columns[: limits.columns]
    most = max(1, min(limits.rows, limits.cells // max(1, len(columns))))
    selected = ", ".join(map(_quoted, columns))
    try:
        cursor = connection.execute(
            f"SELECT rowid, {selected} FROM {quoted} ORDER BY rowid LIMIT ?",  # noqa: S608 - quoted names of the file's own schema
            (most + 1,),
        )
    except sqlite3.OperationalError:  # a table without row numbers
        document.problems.append(f"table {name} has no row numbers: not read")
        return
    rows = cursor.fetchall()
    if len(rows) > most:
        document.limits.append(f"table {name}: more than {most} rows: the rest was not read")
        rows = rows[:most]
    if rows and document.grids is not None:
        cells = zip(*rows, strict=True)
        numbers = [str(number) for number in next(cells)]
        named = {
            column: [_text(v) for v in values]
            for column, values in zip(columns, cells, strict=True)
        }
        document.grids.append(Grid("sqlite", name, numbers, named))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: object) -> str:
    if value is None or isinstance(value, bytes):
        return ""
    return repr(value) if isinstance(value, float) else str(value)
