"""A document → its tables: the formats of tools first, the profiler for what they left."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from chimera.evidence.decode import one_line
from chimera.evidence.document import Document
from chimera.evidence.formats import Console, Known, Reader, Sheet
from chimera.evidence.limits import Limits
from chimera.evidence.sniff import sections
from chimera.evidence.tables import generic_tables
from chimera.evidence.tables.drawn import drawn_grids
from chimera.evidence.tables.grid import Grid
from chimera.evidence.tables.markdown import read_markdown

_LONGEST_CONSOLE = 1024 * 1024  # characters of one that looks like something else


def extract(document: Document, limits: Limits) -> Known:
    """Return the tables of a document and the formats found in it; problems go to the document."""
    try:
        return _extract(document, limits)
    except Exception as error:  # noqa: BLE001 - one odd file must not cost the others; recorded
        document.failed = True
        what = f"{type(error).__name__}: {one_line(str(error))}"
        document.problems.append(f"could not be sorted into tables ({what})")
        return Known()


def _extract(document: Document, limits: Limits) -> Known:
    reader = Reader(document, limits)
    claimed: AbstractSet[int] = frozenset()
    if document.format in {"json", "jsonl", "yaml"}:
        reader.tree()
        claimed = reader.known.claimed
    elif document.format == "csv":
        claimed = _read_records(document, reader, limits)
    printed = document.format in {"csv", "yaml"} and _is_printed(document, limits, reader)
    if printed or document.format not in {"json", "jsonl", "yaml", "csv", "sqlite"}:
        claimed = _read_text(document, reader, limits)
    known = reader.finish()
    known.tables += generic_tables(document, limits, claimed)
    document.problems += known.problems
    if is_document(document):
        known.tables = [
            replace(table, evidence=False) if table.evidence else table for table in known.tables
        ]
    return known


def _is_printed(document: Document, limits: Limits, reader: Reader) -> bool:
    """Tell whether what looks like a table or YAML is what a tool printed on a console.

    `test x ... bench: 120 ns/iter` makes a key of YAML, a table drawn with bars a delimited one.
    """
    if len(document.text) > _LONGEST_CONSOLE or reader.known.recognised:
        return False
    trial = Reader(document, limits)
    trial.console(Console(document.text))
    if trial.known.lines:
        document.format, document.value = "text", None
    return bool(trial.known.lines)


def is_document(document: Document) -> bool:
    """Tell whether a text is prose by a person or a model, whose numbers carry no finding."""
    return document.reading is not None and document.reading.prose


def _read_records(document: Document, reader: Reader, limits: Limits) -> AbstractSet[int]:
    """Read delimited records as a whole, else table by table; return the rows where these start."""
    parts = sections(document.records)
    if len(parts) > limits.tables:
        document.limits.append(f"more than {limits.tables} tables: the rest was not read")
        del document.records[parts[limits.tables][0] :]
        parts = parts[: limits.tables]
    rows = [str(number) for number in range(1, len(document.records) + 1)]
    starts = {start + 1 for start, _ in parts}
    if reader.sheet(Sheet(document.records, rows, "csv")):
        return starts
    if len(parts) == 1:
        return frozenset()
    return {
        start + 1
        for start, records in parts
        if reader.sheet(Sheet(records, rows[start : start + len(records)], "csv"))
    }


def _read_text(document: Document, reader: Reader, limits: Limits) -> AbstractSet[int]:
    if document.format in {"empty", "html", "xml"}:
        return frozenset()
    reader.console(Console(document.text))
    document.reading = reading = read_markdown(document.text, reader.known.lines, limits)
    for grid in reading.grids:
        if grid.rows:
            reader.sheet(_sheet(grid), f"/{grid.name}")
    if document.format == "text":
        for grid in drawn_grids(document.text, reader.known.lines, limits, reading.hit):
            grid.evidence = not reading.prose
            reading.grids.append(grid)
    document.limits += reading.limits
    return reader.known.lines


def _sheet(grid: Grid) -> Sheet:
    header = list(grid.columns)
    records = [header, *map(list, zip(*grid.columns.values(), strict=True))]
    return Sheet(records, [str(int(grid.rows[0]) - 2), *grid.rows], "markdown")
