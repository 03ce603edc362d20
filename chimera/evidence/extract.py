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
from chimera.evidence.tables.grid import Grid
from chimera.evidence.tables.markdown import read_markdown


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
    if document.format in {"json", "jsonl", "yaml"}:
        reader.tree()
        claimed: AbstractSet[int] = reader.known.claimed
    elif document.grids is not None:
        claimed = frozenset()
    elif document.format == "csv":
        claimed = _read_records(document, reader)
    else:
        claimed = _read_text(document, reader)
    known = reader.finish()
    known.tables += generic_tables(document, limits, claimed)
    document.problems += known.problems
    if is_document(document):
        known.tables = [replace(table, evidence=False) for table in known.tables]
    return known


def is_document(document: Document) -> bool:
    """Tell whether a text is prose by a person or a model, whose numbers carry no finding."""
    return document.reading is not None and document.reading.prose


def _read_records(document: Document, reader: Reader) -> AbstractSet[int]:
    """Read delimited records as a whole, else table by table; return the rows where these start."""
    rows = [str(number) for number in range(1, len(document.records) + 1)]
    parts = sections(document.records)
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


def _read_text(document: Document, reader: Reader) -> AbstractSet[int]:
    if document.format in {"empty", "html", "xml"}:
        return frozenset()
    reader.console(Console(document.text))
    document.reading = read_markdown(document.text, reader.known.lines)
    for grid in document.reading.grids:
        if grid.rows:
            reader.sheet(_sheet(grid), f"/{grid.name}")
    return reader.known.lines


def _sheet(grid: Grid) -> Sheet:
    header = list(grid.columns)
    records = [header, *map(list, zip(*grid.columns.values(), strict=True))]
    return Sheet(records, [str(int(grid.rows[0]) - 2), *grid.rows], "markdown")
