"""In: a document. Out: the tables of tools whose format we know, and what is left of it.

One module per tool with `NAME`, `HINTS`, `probe(sample)` and `parse(sample)`; a module laid here,
or named by an entry point of the group `chimera.formats`, is found by itself. `samples` is what a
format is shown, `match` scores it, `rows` makes tables; `registry` and `known` bring them together,
`link` completes tables with what files beside them say.
"""

from __future__ import annotations

from chimera.evidence.formats.known import Known, Reader
from chimera.evidence.formats.match import Match, by_lines, by_names
from chimera.evidence.formats.registry import Format, formats
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Node, Sample, Sheet, cell

__all__ = [
    "Cell",
    "Console",
    "Format",
    "Known",
    "Match",
    "Measure",
    "Node",
    "Reader",
    "Row",
    "Rows",
    "Sample",
    "Sheet",
    "by_lines",
    "by_names",
    "cell",
    "formats",
]
