"""In: a document whose format is known. Out: its tables, each column sorted into what it is.

`delimited`, `tree` (with `columnar`) and `markdown` cut a document into grids of text, `pivot`
turns around those that name their metrics in cells. `profile` makes a table of a grid: `columns`
files each column by what its name (`roles`), its cells and the file (`stated`) say; `failures` and
`validity` mark what does not count, `derived` what follows from other columns, `merge` cleans up.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from chimera.evidence.document import Document
from chimera.evidence.limits import Limits
from chimera.evidence.records import Table
from chimera.evidence.tables.delimited import delimited_grids
from chimera.evidence.tables.grid import Grid
from chimera.evidence.tables.pivot import reshaped
from chimera.evidence.tables.profile import profile, sibling_units
from chimera.evidence.tables.tree import TreeReader


def generic_tables(
    document: Document, limits: Limits, claimed: AbstractSet[int] = frozenset()
) -> list[Table]:
    """Return the tables of a document that no format of a tool has claimed.

    `claimed` holds the identities of JSON values, or the numbers of Markdown lines, already read.
    """
    grids = reshaped(_grids(document, limits, claimed))
    siblings = sibling_units(grids)
    found = (profile(grid, document.path, siblings, document.problems) for grid in grids)
    return [table for table in found if table is not None]


def _grids(document: Document, limits: Limits, claimed: AbstractSet[int]) -> list[Grid]:
    if document.grids is not None:
        return document.grids
    if document.format == "csv":
        return delimited_grids(document, limits, claimed)
    if document.reading is not None:
        return [g for g in document.reading.grids if g.rows and int(g.rows[0]) not in claimed]
    if document.format not in {"json", "jsonl", "yaml"}:
        return []
    reader = TreeReader("jsonl" if document.format == "jsonl" else "json", limits, claimed)
    if document.format == "jsonl":
        for number, value in document.lines:
            reader.read(value, str(number))
    else:
        reader.read(document.value)
    grids = reader.grids()
    document.limits += reader.limits_hit
    return grids
