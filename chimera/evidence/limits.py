"""Caps that keep one strange file or folder from costing the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from chimera.errors import ConfigError, nearest

_MEGA = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read at most; every cap that is hit is a line in the inventory."""

    files: int = 200_000  # per source, members of archives included
    file_bytes: int = 64 * _MEGA  # per file that is read whole
    table_bytes: int = 16 * 1024 * _MEGA  # per file that an engine reads in columns
    archive_bytes: int = 1024 * _MEGA  # unpacked, per archive
    depth: int = 64  # of folders, and of objects within JSON
    rows: int = 500_000  # per table that is read whole
    columns: int = 2_000  # per table
    cells: int = 10_000_000  # per file that is read whole
    tables: int = 5_000  # per file
    seconds: int = 3_600  # for all files together

    def updated(self, values: Mapping[str, int]) -> Limits:
        """Return these caps with some of another value.

        Raises:
            ConfigError: There is no such cap, or the value is no positive number.

        """
        names = [field.name for field in fields(self)]
        for name, value in values.items():
            if name not in names:
                known = ", ".join(names)
                raise ConfigError(f"no cap {name!r}{nearest(name, names)}; there are {known}")
            if value < 1:
                raise ConfigError(f"cap {name}={value} must be 1 or more")
        return replace(self, **values)
