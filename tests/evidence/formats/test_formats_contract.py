"""What holds for every format: it knows its own files under any name, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera.evidence import FileEntry, collect
from chimera.evidence.formats import formats

DATA = Path(__file__).parents[2] / "data" / "formats"
NEAR = "near"  # folder of files that resemble a format and are none of its
SOURCE = "SOURCE.md"  # where the files of a folder come from


def positives() -> list[Path]:
    """Return every file that a format has to know; the first folder is its name."""
    found = [path for path in sorted(DATA.rglob("*")) if path.is_file() and path.name != SOURCE]
    return [path for path in found if NEAR not in path.relative_to(DATA).parts]


def near_misses() -> list[Path]:
    """Return every file that resembles a format."""
    return sorted(path for path in DATA.glob(f"*/{NEAR}/*") if path.is_file())


def name(path: Path) -> str:
    """Return a path below the data as a test id."""
    return path.relative_to(DATA).as_posix()


def believed(entry: FileEntry) -> set[str]:
    """Return the formats that were believed in a file."""
    return {one.format for one in entry.recognised if one.believed}


@pytest.mark.parametrize("path", positives(), ids=name)
def test_a_format_knows_its_files_by_content(path: Path, tmp_path: Path) -> None:
    """Also without a name that says anything."""
    expected = path.relative_to(DATA).parts[0]
    (tmp_path / "artifact").write_bytes(path.read_bytes())
    entry = collect(tmp_path / "artifact").inventory.files[0]
    assert believed(entry) == {expected}, entry.recognised


@pytest.mark.parametrize("path", near_misses(), ids=name)
def test_a_near_miss_is_not_taken_for_the_format(path: Path) -> None:
    """A file that only resembles a format is not read as one."""
    entry = collect(path).inventory.files[0]
    assert path.relative_to(DATA).parts[0] not in believed(entry)


@pytest.mark.parametrize("format_", sorted(formats()))
def test_every_format_is_held_against_files(format_: str) -> None:
    """At least one positive and three near misses each."""
    mine = [path for path in positives() if path.relative_to(DATA).parts[0] == format_]
    near = [path for path in near_misses() if path.relative_to(DATA).parts[0] == format_]
    assert mine
    assert len(near) >= 3
