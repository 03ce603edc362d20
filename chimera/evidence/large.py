"""A large CSV or JSON Lines file → its table, scanned once by an engine while it is hashed.

The head of the file decides what its columns are, by the rules for every other file. Rows are
numbered by their lines, so a file in which lines and rows differ (quoted line breaks, blank lines,
rows of another width) is left to the reader for small files, as is one that a format of a tool
takes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from math import isfinite

from chimera.errors import RunError
from chimera.evidence.agreement import Signs, counted, disagreement
from chimera.evidence.bulk import COUNTED, Bulk, Counted, Numbers, Texts, named, quoted, state_of
from chimera.evidence.content import open_file
from chimera.evidence.document import Document
from chimera.evidence.gaps import has_repeats
from chimera.evidence.names import plain
from chimera.evidence.numerals import is_blank, why_none
from chimera.evidence.records import Series, Table
from chimera.evidence.tables.delimited import is_spaced
from chimera.evidence.tables.failures import ERROR_TEXT, error_outputs, failed_rows, is_timed
from chimera.evidence.tables.grid import is_unnamed, name_of_rows
from chimera.evidence.tables.roles import role_of
from chimera.evidence.tables.validity import why_impossible

LARGE = 8 * 1024 * 1024  # bytes from which an engine pays for its start
HEAD = 1 << 20  # bytes that decide what the columns are
_CHUNK = 1 << 20
_MOST_REASONS = 1_000  # distinct texts of a column that marks failures
_MOST_FAILURES = 10_000  # failed rows that are listed one by one


@dataclass(frozen=True, slots=True)
class Scanned:
    """A large file as a table, with its hash, the numbers it holds and what is odd about it."""

    table: Table
    sha256: str
    measurements: int
    problems: tuple[str, ...]


class NotColumns(Exception):  # noqa: N818 - no error: the file is read in another way
    """The file cannot be read in columns; the text says why."""


def scan_large(place: str, head: Document, tables: list[Table]) -> Scanned:
    """Scan a file whose head is known.

    Args:
        place: The file, on this machine.
        head: Its first lines, recognised.
        tables: What was made of them.

    Raises:
        NotColumns: Lines and rows of the file differ, or the engine refuses it.

    """
    import duckdb

    try:
        return _scan(place, head, tables)
    except (duckdb.Error, RunError) as error:
        raise NotColumns(str(error).splitlines()[0]) from error


def _scan(place: str, head: Document, tables: list[Table]) -> Scanned:
    bulk, table = _plan(place, head, tables)
    with ThreadPoolExecutor(1) as beside:
        hashing = beside.submit(_hash, place, bulk.first - 1)
        bulk, counts = _counted(bulk, table)
        digest = hashing.result()
    if digest.lines - (bulk.first - 1) != counts["rows"]:
        raise NotColumns("its rows are not its lines")
    if state_of(place) != (bulk.size, bulk.modified_ns):
        raise NotColumns("changed while reading")
    bulk = replace(bulk, count=counts["rows"], kept=_kept(table, counts))
    if (reason := disagreement(bulk, _signs(bulk, digest, counts))) is not None:
        raise NotColumns(reason)
    bulk = _with_failures(bulk, table, counts)
    return _scanned(bulk, table, digest.sha256, counts)


def _plan(place: str, head: Document, tables: list[Table]) -> tuple[Bulk, Table]:
    """Return how to read the whole file, and the table of its head."""
    if len(tables) != 1 or tables[0].container not in {"csv", "jsonl"} or tables[0].format:
        raise NotColumns("it is not one table")
    table = tables[0]
    numbers = [int(row) if row.isdecimal() else 0 for row in table.rows]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))) or not numbers[0]:
        raise NotColumns("its rows are not its lines")
    keys, spaced = _names(head, table, numbers[0])
    names = _filed(keys, table)
    size, modified = state_of(place)
    return Bulk(
        place=place,
        container=table.container,
        names=names,
        numeric=frozenset(one.column for one in table.series),
        first=numbers[0],
        delimiter=head.delimiter,
        size=size,
        modified_ns=modified,
        repeats=has_repeats(table),
        spaced=spaced,
        keys=keys if table.container == "jsonl" and keys != names else (),
    ), table


def _names(head: Document, table: Table, first: int) -> tuple[tuple[str, ...], bool]:
    """Return the names of the columns, and whether blanks stand around the delimiters."""
    spaced = False
    if table.container == "jsonl":
        values = [value for _, value in head.lines if isinstance(value, dict)]
        if any(isinstance(cell, dict | list) for value in values for cell in value.values()):
            raise NotColumns("its lines hold nested values")
        names = tuple(dict.fromkeys(key for value in values for key in value))
    else:
        known = {one.column for one in table.series}
        above = [
            record for record in head.records[: first - 1] if known <= set(map(str.strip, record))
        ]
        header = [name.strip() for name in above[-1]] if above else []
        spaced = bool(above) and is_spaced(above[-1])
        if header and is_unnamed(header[0]):
            header[0] = name_of_rows(header)
        names = tuple(header)
    if not names or len(set(map(str.lower, names))) != len(names) or not all(names):
        raise NotColumns("two of its columns have the same name, or one has none")
    return names, spaced


def _filed(keys: tuple[str, ...], table: Table) -> tuple[str, ...]:
    """Return the names of columns as the table has them: its labels, settings and ids are plain."""
    left = {*table.labels, *table.params, *table.ids} - set(keys)
    known = {one.column for one in table.series}
    found = []
    for key in keys:
        name = plain(key)
        filed = key not in known and name in left
        left.discard(name)
        found.append(name if filed else key)
    return tuple(found)


def _counted(bulk: Bulk, table: Table) -> tuple[Bulk, dict[str, int]]:
    """Count rows, numbers and cells that mark failures; leniently where a cell is no number."""
    import duckdb

    try:
        return bulk, _counts(bulk, table)
    except duckdb.Error:
        bulk = replace(bulk, lenient=True)
        return bulk, _counts(bulk, table)


def _counts(bulk: Bulk, table: Table) -> dict[str, int]:
    marks = _marks(bulk, table)
    timed = _timed(table)
    zero = " AND ".join(f"{named(column)} = 0" for column in timed) if len(timed) > 1 else "false"
    bits = " OR ".join(f"{named(c)} IN (0, 1)" for c in sorted(bulk.numeric))
    asked = {
        "rows": "count(*)",
        "last": f"count({named(bulk.names[-1])})",
        "bits": f"count(*) FILTER ({bits})" if bulk.container == "jsonl" and bits else "0",
        "zeros": f"count(*) FILTER ({zero})",
        **{f"number {c}": f"count({named(c)})" for c in sorted(bulk.numeric)},
        **{f"odd {one.column}": _odd(one) for one in table.series},
        **{f"mark {c}": f"count(*) FILTER ({test})" for c, test in marks.items()},
    }
    (row,) = bulk.query(", ".join(asked.values()))
    return dict(zip(asked, map(int, row), strict=True))


def _marks(bulk: Bulk, table: Table) -> dict[str, str]:
    """Return the columns that may mark a failed row, and which of their cells may, as SQL has it.

    Those that are called so come first; in any text, an error message may stand for an answer.
    """
    filed = {*table.labels, *table.params, *table.ids}
    known = {one.column for one in table.series} | filed
    failing = [name for name in bulk.names if role_of((name,)) == "failure"]
    texts = [name for name in bulk.names if name not in {*known, *failing}]
    told = quoted(f"(?i)^(?:{ERROR_TEXT.pattern})")
    return {
        **{name: f"{named(name)} IS NOT NULL" for name in failing},
        **{name: f"regexp_matches({named(name)}, {told})" for name in texts},
    }


def _odd(one: Series) -> str:
    """Return how many numbers of a column do not count, as SQL asks for it."""
    return f"count(*) FILTER (NOT ({COUNTED[counted(one)].format(named(one.column))}))"


def _timed(table: Table) -> list[str]:
    return [one.column for one in table.series if is_timed(one.metric, one.unit)]


def _with_failures(bulk: Bulk, table: Table, counts: dict[str, int]) -> Bulk:
    """Find out which cells mark failed rows, by the rules for every other file."""
    bad = []
    for name, test in _marks(bulk, table).items():
        if counts[f"mark {name}"]:
            rest = f"WHERE {test} ORDER BY 1 LIMIT {_MOST_REASONS + 1}"
            rows = bulk.query(f"DISTINCT {named(name)}", rest)
            if len(rows) > _MOST_REASONS:
                raise NotColumns(f"column {name} marks failures with too many different texts")
            cells = [str(cell or "") for (cell,) in rows]
            failed = _failed(name, cells)
            if failed:
                bad.append((name, tuple(cells[index] for index in failed)))
    return replace(bulk, bad=tuple(bad), zeros=tuple(_timed(table)) if counts["zeros"] else ())


def _failed(column: str, cells: list[str]) -> dict[int, str]:
    """Return which cells of a column mark a failed row, and why."""
    if role_of((column,)) == "failure":
        return failed_rows([(column, cells)])
    return error_outputs(cells)


def _signs(bulk: Bulk, digest: _Digest, counts: dict[str, int]) -> Signs:
    csv = bulk.container == "csv"
    return Signs(digest.underscored, bool(counts["bits"]), csv and counts["last"] < counts["rows"])


def _kept(table: Table, counts: dict[str, int]) -> tuple[tuple[str, str], ...]:
    """Return the columns that hold numbers which do not count, and which of them do."""
    some = (one for one in table.series if counts[f"odd {one.column}"])
    return tuple((one.column, counted(one)) for one in some)


def _scanned(bulk: Bulk, table: Table, sha256: str, counts: dict[str, int]) -> Scanned:
    failures = dict(_failures(bulk))
    problems = [f"read in columns, which are those of its first {HEAD} bytes"]
    if bulk.lenient:
        problems.append("some cells in columns of numbers hold none")
    held = {c: counts[f"number {c}"] - counts[f"odd {c}"] for c in bulk.numeric}
    if failures:
        valid = bulk.query(", ".join(f"count({named(c)})" for c in held), valid=True)[0]
        held = dict(zip(held, map(int, valid), strict=True))
        if len(failures) >= _MOST_FAILURES:
            problems.append(f"more than {_MOST_FAILURES} failed rows: only these are listed")
    whole = replace(
        table,
        rows=Counted(bulk.first, bulk.count),
        labels={name: Texts(bulk, name) for name in table.labels if name in bulk.names},
        params={name: Texts(bulk, name) for name in table.params if name in bulk.names},
        ids={name: Texts(bulk, name) for name in table.ids if name in bulk.names},
        series=tuple(_series(bulk, one, failures) for one in table.series),
        failures=failures,
        declared_n=(),
        bulk=bulk,
    )
    return Scanned(whole, sha256, sum(held.values()), tuple(problems))


def _series(bulk: Bulk, head: Series, failures: dict[int, str]) -> Series:
    return replace(
        head,
        values=Numbers(bulk, head.column, failures),
        texts=Texts(bulk, head.column),
        invalid={i: why for i, why in _invalid(bulk, head).items() if i not in failures},
    )


def _invalid(bulk: Bulk, one: Series) -> dict[int, str]:
    """Return index and reason of the filled cells of a column that do not count, up to the cap."""
    if not bulk.lenient and one.column not in dict(bulk.kept):
        return {}
    cell, number = named(one.column), f"TRY_CAST({named(one.column)} AS DOUBLE)"
    plain = replace(bulk, numeric=frozenset(), lenient=False)
    counts = f"coalesce({COUNTED[counted(one)].format(number)}, false)"
    inner = f"SELECT row_number() OVER () - 1 AS i, * FROM {plain.source}"  # noqa: S608 - quoted
    found = bulk.run(
        f"SELECT i, {cell}, {number} FROM ({inner}) WHERE {cell} <> '' AND NOT {counts}"  # noqa: S608 - quoted
        f" ORDER BY i LIMIT {_MOST_FAILURES}"
    )
    rows = ((i, text.strip(), value) for i, text, value in found.fetchall())
    filled = (row for row in rows if not is_blank(row[1]))
    return {i: _why(one, text, value) for i, text, value in filled}


def _why(one: Series, cell: str, value: float | None) -> str:
    if value is None or not isfinite(value):
        return why_none(cell)
    return why_impossible(one.metric, value)


def _failures(bulk: Bulk) -> Iterator[tuple[int, str]]:
    """Yield index and reason of the failed rows, up to the cap."""
    if not (bulk.bad or bulk.zeros):
        return
    cells = ", ".join(named(column) for column, _ in bulk.bad)
    listed = f", {cells}" if cells else ""
    inner = f"row_number() OVER () - 1 AS i, * FROM {bulk.source}"
    found = bulk.run(
        f"SELECT i{listed} FROM (SELECT {inner}) WHERE NOT ({bulk.valid}) ORDER BY i"  # noqa: S608 - quoted
        f" LIMIT {_MOST_FAILURES}"
    )
    for index, *row in found.fetchall():
        pairs = zip(bulk.bad, row, strict=True)
        yield (
            index,
            next(
                (_reason(column, str(cell or "")) for (column, bad), cell in pairs if cell in bad),
                "every time and rate of the row is 0",
            ),
        )


def _reason(column: str, cell: str) -> str:
    return next(iter(_failed(column, [cell]).values()), column)


@dataclass(slots=True)
class _Digest:
    sha256: str = ""
    lines: int = 0
    underscored: bool = False


def _hash(place: str, above: int) -> _Digest:
    """Hash a file and count its lines, the last of which may lack its end.

    Underscores are looked for below the lines `above`, which hold the names of the columns.
    """
    found, digest, last = _Digest(), hashlib.sha256(), b"\n"
    descriptor = open_file(place)
    try:
        while chunk := os.read(descriptor, _CHUNK):
            digest.update(chunk)
            if not found.underscored:
                below = chunk if found.lines else chunk.split(b"\n", above)[-1]
                found.underscored = b"_" in below
            found.lines += chunk.count(b"\n")
            last = chunk[-1:]
    finally:
        os.close(descriptor)
    found.lines += last != b"\n"
    found.sha256 = digest.hexdigest()
    return found
