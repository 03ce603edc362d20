"""The bytes of a Parquet file → a document of its columns, read by DuckDB where it is installed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chimera.evidence.bulk import named, quoted
from chimera.evidence.document import Document
from chimera.evidence.limits import Limits
from chimera.evidence.recognise import kind_of
from chimera.evidence.tables.grid import Grid

_NESTED = ("[", "STRUCT", "MAP", "UNION", "BLOB")  # in the type of a column that holds no scalars


def parquet_document(path: str, data: bytes, limits: Limits) -> Document:
    """Return the scalar columns of a Parquet file as a grid, numbers in their shortest spelling."""
    import duckdb

    document = Document(path, kind_of(path) or "parquet", "parquet", "")
    document.grids = []
    try:
        with _opened(data) as (run, source):
            document.grids = list(_grids(run, source, document, limits))
    except duckdb.Error:  # its message names the temporary file
        document.failed = True
        document.problems.append("not a readable Parquet file")
    return document


def parquet_cell(data: bytes, row: int, column: str) -> str:
    """Return one cell by the number of its row, the first being 1.

    Raises:
        KeyError: There is no such row.

    """
    with _opened(data) as (run, source):
        cell = f"CAST({named(column)} AS VARCHAR)"
        found = run(f"SELECT {cell} FROM {source} LIMIT 1 OFFSET {row - 1}")  # noqa: S608 - quoted
    if not found:
        raise KeyError(f"row {row}")
    return str(found[0][0] or "")


def parquet_column(data: bytes, column: str) -> list[str]:
    """Return all cells of a column as text, in the order of the rows.

    Raises:
        KeyError: There is no such column.

    """
    import duckdb

    with _opened(data) as (run, source):
        try:
            found = run(f"SELECT CAST({named(column)} AS VARCHAR) FROM {source}")  # noqa: S608 - quoted
        except duckdb.Error as error:  # its message names the temporary file
            raise KeyError(column) from error
    return [cell or "" for (cell,) in found]


@contextmanager
def _opened(data: bytes) -> Iterator[tuple[Any, str]]:
    """Give a function that runs a statement, and the file as a table of SQL."""
    import duckdb

    # The engine opens files by name; the bytes may come from an archive or another machine.
    with tempfile.TemporaryDirectory(prefix="chimera-") as folder:
        place = Path(folder, "file.parquet")
        place.write_bytes(data)
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as engine:
            yield (
                lambda text: engine.execute(text).fetchall(),
                f"read_parquet({quoted(str(place))})",
            )


def _grids(run: Any, source: str, document: Document, limits: Limits) -> Iterator[Grid]:  # noqa: ANN401
    described = run(f"DESCRIBE SELECT * FROM {source}")  # noqa: S608 - quoted
    names = [n for n, kind, *_ in described if not any(mark in kind for mark in _NESTED)]
    if len(names) > limits.columns:
        document.limits.append(f"more than {limits.columns} columns: the rest was not read")
        names = names[: limits.columns]
    most = max(1, min(limits.rows, limits.cells // max(1, len(names))))
    cells = ", ".join(f"coalesce(CAST({named(name)} AS VARCHAR), '')" for name in names)
    rows = run(f"SELECT {cells} FROM {source} LIMIT {most + 1}") if names else []  # noqa: S608 - quoted
    if len(rows) > most:
        document.limits.append(f"more than {most} rows: the rest was not read")
        rows = rows[:most]
    if rows:
        columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
        yield Grid("parquet", "", [str(n + 1) for n in range(len(rows))], columns)
