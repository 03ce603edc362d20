"""In: a parsed document. Out: the tables of a tool whose format we know, or None.

One module per tool with `probe(document) -> bool` and `parse(document) -> list[Table]`; to add
a tool, write such a module and name it in `_RECOGNISERS`.
"""

from __future__ import annotations

from typing import Protocol

from chimera.evidence.document import Document
from chimera.evidence.formats import hyperfine, pyperf, pytest_benchmark
from chimera.evidence.records import Table


class Recogniser(Protocol):
    """What a module of this folder offers."""

    def probe(self, document: Document) -> bool:
        """Tell whether the document was written by the tool."""

    def parse(self, document: Document) -> list[Table]:
        """Return its tables; called only where `probe` said yes."""


_RECOGNISERS: tuple[Recogniser, ...] = (pytest_benchmark, hyperfine, pyperf)


def known_tables(document: Document) -> list[Table] | None:
    """Return the tables of the first recogniser that knows the document, None where none does."""
    for recogniser in _RECOGNISERS:
        if recogniser.probe(document):
            return recogniser.parse(document)
    return None
