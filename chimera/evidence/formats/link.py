"""Tables completed with what files beside them say: Criterion and asv need it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Protocol, TypeAlias, runtime_checkable

from chimera.evidence.compact import compact
from chimera.evidence.document import Json
from chimera.evidence.formats.registry import format_named, hints
from chimera.evidence.formats.samples import Sample
from chimera.evidence.records import Table

Notes: TypeAlias = dict[str, Json]


@runtime_checkable
class Linked(Protocol):
    """What a format offers besides, if one of its files explains others."""

    def notes(self, sample: Sample) -> Notes | None:
        """Return what a file says about the numbers of others; None for a file with numbers."""

    def link(self, table: Table, notes: Notes) -> Table:
        """Return a table completed with the notes that stand nearest to its file.

        `notes` is empty where no file says anything: the path of the table may still tell.
        """


def link(tables: Iterable[Table], notes: Mapping[tuple[str, str], Notes]) -> list[Table]:
    """Complete the tables; `notes` are keyed by name of the format and folder of the file.

    The nearest notes count: those in the folder of the table's file, else in one above it.
    """
    return [_linked(table, notes) for table in tables]


@cache
def linked_format(name: str) -> Linked | None:
    """Return a format that explains files by others, None for any other name."""
    one = format_named(name) if name in hints() else None
    return one if isinstance(one, Linked) else None


def _linked(table: Table, notes: Mapping[tuple[str, str], Notes]) -> Table:
    one = linked_format(table.format) if table.format else None
    if one is None:
        return table
    folder = table.path
    while folder:
        folder = folder.rpartition("/")[0]
        if (table.format, folder) in notes:
            return compact(one.link(table, notes[table.format, folder]))
    return compact(one.link(table, {}))
