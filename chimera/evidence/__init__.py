"""In: a folder or a file. Out: its inventory, and tables of measurements with their places.

`sources` lists (`scan` on this machine, `remote` elsewhere, by `choice`); `spread` lets many files
be taken by many processes; `take` reads one (`content`, `unpack`), makes text of it (`decode`; or
grids: `database`, `columnar`), finds its format by content (`recognise`) and cuts it into tables
(`extract`: `formats/`, then `tables/`);
`large` scans what is too large to hold, `bulk` reads its cells, `agreement` sees to it that they
mean what small files mean. `collect` merges what `compact` keeps, `aggregates` and `gaps` look at
the whole, `locate` leads from a locator back to the bytes, `store` keeps it all.
"""

from __future__ import annotations

from chimera.evidence.choice import Choice
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
    "Choice",
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
