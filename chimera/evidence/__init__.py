"""In: a folder or a file. Out: its inventory, and tables of measurements with their places.

`scan` lists and reads, `decode` makes text of bytes, `recognise` finds the format by content,
`formats/` and `tables/` cut it into tables, `gaps` says what is proven missing, `store` keeps it.
"""

from __future__ import annotations

from chimera.evidence.collect import Evidence, collect
from chimera.evidence.limits import Limits
from chimera.evidence.records import (
    FileEntry,
    Gap,
    Inventory,
    KindCount,
    Measurement,
    Series,
    Table,
)

__all__ = [
    "Evidence",
    "FileEntry",
    "Gap",
    "Inventory",
    "KindCount",
    "Limits",
    "Measurement",
    "Series",
    "Table",
    "collect",
]
