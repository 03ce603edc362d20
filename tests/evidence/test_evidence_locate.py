"""Every locator leads back to the number it was made for."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from chimera.errors import RunError
from chimera.evidence import collect
from chimera.evidence.locate import follow, singles
from chimera.evidence.sources import read_artifact

SHARED = Path(__file__).parents[2].parent / "shared"
EXAMPLES = Path(__file__).parents[2] / "examples" / "llm-bench"
DATA = Path(__file__).parents[1] / "data"
SEED = 20261124


def check(root: Path, most: int) -> int:
    """Follow up to `most` random locators of a folder back, and return how many there were."""
    evidence = collect(root)
    formats = {entry.path: entry.format for entry in evidence.inventory.files}
    measured = [m for table in evidence.tables for m in table.measurements()]
    random.Random(SEED).shuffle(measured)  # noqa: S311 - a sample, no secret
    contents: dict[str, bytes] = {}
    for one in measured[:most]:
        if one.path not in contents:
            contents[one.path] = read_artifact([str(root)], one.path).data
        (place,) = follow(contents[one.path], formats[one.path], one.locator)
        # A cell may hold more than the number: `1.5 ± 0.1`, `1,234.5 ns`, a list.
        part = rf"(?<![\d.]){re.escape(one.text.strip())}(?![\d.])"
        assert place.text == one.text or re.search(part, place.text), (SEED, one, place)
    return len(measured[:most])


@pytest.mark.parametrize("folder", ["corpora/llm-bench", "fixtures/formats"])
def test_a_thousand_locators_of_real_files_lead_back(folder: str) -> None:
    """The same number stands there, read by other code."""
    root = SHARED / folder
    if not root.exists():
        pytest.skip("no shared corpora here")
    assert check(root, 1000) == 1000


FOLDERS = [EXAMPLES, *sorted(path for path in (DATA / "formats").iterdir() if path.is_dir())]


@pytest.mark.parametrize("root", FOLDERS, ids=lambda path: path.name)
def test_locators_of_our_own_files_lead_back(root: Path) -> None:
    """In every format, and in packed files."""
    assert check(root, 300) > 0


@pytest.mark.parametrize(
    ("locator", "cells"),
    [
        ("/a/0", ["/a/0"]),
        ("rows 2-4, 6, column x, y", [f"row {n}, column x, y" for n in (2, 3, 4, 6)]),
        ("2 values from /a/0/b to /a/1/b", ["/a/0/b", "/a/1/b"]),
        ("table t, rows 1-2, column x", ["table t, row 1, column x", "table t, row 2, column x"]),
    ],
)  # fmt: skip
def test_a_range_stands_for_its_cells(locator: str, cells: list[str]) -> None:
    """Rows, lines and pointers."""
    assert singles(locator) == cells


@pytest.mark.parametrize(
    ("text", "format_", "locator", "written"),
    [
        ('{"a~b": {"c/d": [1, 2.50]}}', "json", "/a~0b/c~1d/1", "2.50"),
        ('{"x": 1}\n{"x": 2, "y": {"z": 3e5}}\n', "jsonl", "row 2, column y/z", "3e5"),
        ('name,x,x\n"a\nb",1,2\nc,3,4\n', "csv", "row 3, column x#2", "4"),
        ("text\n\n| a | b |\n|---|---|\n| 1 | **2** |\n", "markdown", "line 5, column b", "2"),
        ("a,,b\nx,y,z\n1,2,3\n", "csv", "row 3, cell 2", "2"),
        ("Latency: 1.5 ms\n", "text", "line 1, characters 10-12", "1.5"),
        ("a: 1\nb:\n  - c: 2.50\n", "yaml", "/b/0/c", "2.50"),
        ('note: x\n{\n"a": 5}', "json", "/a", "5"),
    ],
)  # fmt: skip
def test_a_locator_is_followed(text: str, format_: str, locator: str, written: str) -> None:
    """In every container."""
    assert follow(text.encode(), format_, locator)[0].text == written


@pytest.mark.parametrize("locator", ["/a/7", "/b", "row 9, column x", "line 99, characters 1-2"])
def test_a_locator_that_leads_nowhere_says_so(locator: str) -> None:
    """The file may have changed since."""
    with pytest.raises(RunError, match="leads nowhere"):
        follow(b'{"a": [1]}', "json" if locator[0] == "/" else "csv", locator)
