"""Read fixtures of `tests/data/formats/` through the collector."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import Evidence, FileEntry, Table, collect

DATA = Path(__file__).parents[2] / "data" / "formats"


@pytest.fixture
def fixture() -> Callable[[str], list[Table]]:
    """Return the tables of a file or folder below `tests/data/formats/`."""

    def read(name: str) -> list[Table]:
        return list(collect(DATA / name).tables)

    return read


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Evidence]:
    """Return what the collector makes of a file with this content."""

    def read(content: str | bytes, name: str = "artifact") -> Evidence:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(data)
        return collect(tmp_path / name)

    return read


def believed(entry: FileEntry) -> set[str]:
    """Return the names of the formats that were believed in a file."""
    return {one.format for one in entry.recognised if one.believed}
