"""The same folder gives the same bytes, wherever it lies and wherever it is read."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKE = """
import sys
from datetime import UTC, datetime
import chimera
from chimera.testing import FakeClock
clock = FakeClock(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), step=0.01)
settings = {"model": "none", "clock": clock, "run_id": "same"}
chimera.run("technical-report", sys.argv[1], out=sys.argv[2], **settings)
"""
PLACES = {
    "far east": {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    "half an hour": {"TZ": "Asia/Kolkata", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
    "west": {"TZ": "America/Los_Angeles", "LANG": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8"},
}


def written(folder: Path, out: Path, env: dict[str, str]) -> dict[str, bytes]:
    """Return the files of a report made by another process, in another working folder."""
    out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-c", MAKE, str(folder), str(out)],
        check=True,
        cwd=out.parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **env},
        timeout=120,
    )
    return {name: (out / name).read_bytes() for name in ("report.md", "report.json")}


def copied_backwards(folder: Path, target: Path) -> Path:
    """Copy a folder's files in the reverse order of their names; times of change stay."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file():
            to = target / path.relative_to(folder)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, to)
    return target


@pytest.mark.parametrize("place", PLACES)
def test_same_bytes_elsewhere(examples: Path, tmp_path: Path, place: str) -> None:
    """Path, locale, time zone, hash seed and the order of the files leave no trace."""
    other = copied_backwards(examples, tmp_path / "some where" / "else ü" / examples.name)
    here = written(examples, tmp_path / "a" / "out", {"TZ": "UTC", "PYTHONHASHSEED": "0"})
    assert written(other, tmp_path / "b" / "out", PLACES[place]) == here
