"""Caps that keep one strange file or folder from costing the run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read at most; every cap that is hit is a line in the inventory."""

    files: int = 200_000  # per folder tree
    file_bytes: int = 64 * 1024 * 1024  # per file
    depth: int = 64  # of folders, and of objects within JSON
    rows: int = 500_000  # per table
    columns: int = 2_000  # per table
    cells: int = 10_000_000  # per file
