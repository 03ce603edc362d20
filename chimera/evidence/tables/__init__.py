"""In: a document whose format is known. Out: its tables, each column sorted into what it is.

`delimited`, `tree` and `markdown` cut a document into grids of text; `profile` turns a grid into
a table with the help of `roles` (what a column is for), `failures`, `options` and `merge`.
"""

from __future__ import annotations

from chimera.evidence.document import Document
from chimera.evidence.limits import Limits
from chimera.evidence.records import Table
from chimera.evidence.tables.delimited import delimited_grids
from chimera.evidence.tables.grid import Grid
from chimera.evidence.tables.markdown import read_markdown
from chimera.evidence.tables.profile import profile, sibling_units
from chimera.evidence.tables.tree import TreeReader


def generic_tables(document: Document, limits: Limits) -> list[Table]:
    """Return the tables of a document that no recogniser of a tool's format knows."""
    grids = _grids(document, limits)
    siblings = sibling_units(grids)
    found = (profile(grid, document.path, siblings, document.problems) for grid in grids)
    return [table for table in found if table is not None]


def is_document(document: Document) -> bool:
    """Tell whether a text is prose by a person or a model, whose numbers carry no finding."""
    if document.prose is None and document.format in {"markdown", "text"}:
        document.prose = read_markdown(document.text).prose
    return bool(document.prose)


def _grids(document: Document, limits: Limits) -> list[Grid]:
    if document.format == "csv":
        return delimited_grids(document, limits)
    if document.format == "markdown":
        reading = read_markdown(document.text)
        document.prose = reading.prose
        return reading.grids
    if document.format not in {"json", "jsonl"}:
        return []
    reader = TreeReader("json" if document.format == "json" else "jsonl", limits)
    if document.format == "json":
        reader.read(document.value)
    for number, value in document.lines:
        reader.read(value, str(number))
    document.limits += reader.limits_hit
    return reader.grids()
