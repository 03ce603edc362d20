"""Every number of a micro-benchmark's file can be found again at its place."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from chimera.evidence import Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats"
NAMES = (
    "benchmark-js", "benchmarkdotnet", "benchmarkdotnet-table", "benchmarkluau", "catch2",
    "criterion", "criterion-console", "go-bench", "google-benchmark", "google-benchmark-console",
    "hyperfine", "jmh", "jmh-console", "julia-benchmarktools", "libtest-bench", "pyperf",
    "pytest-benchmark",
)  # fmt: skip
FILES = [
    path
    for name in NAMES
    for path in sorted((DATA / name).rglob("*"))
    if path.is_file() and path.name != "SOURCE.md" and "near" not in path.parts
]
SPAN = re.compile(r"line (\d+), characters (\d+)-(\d+)")
CELL = re.compile(r"(?:row|line) (\d+), column (.*)")


def at_pointer(value: Any, pointer: str) -> str:
    """Return the scalar that a JSON pointer leads to."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return str(value)


def at_cell(text: str, row: int, column: str) -> str:
    """Return the cell of a CSV file."""
    records = list(csv.reader(text.splitlines()))
    return dict(zip(records[0], records[row - 1], strict=False))[column]


def written_at(text: str, one: Measurement) -> str:
    """Return what stands at the place of a measurement, or the line around it."""
    if span := SPAN.fullmatch(one.locator):
        line, start, end = map(int, span.groups())
        return text.split("\n")[line - 1][start - 1 : end]
    if cell := CELL.fullmatch(one.locator):
        if one.locator.startswith("line"):
            return text.split("\n")[int(cell[1]) - 1]
        return at_cell(text, int(cell[1]), cell[2])
    return at_pointer(json.loads(text, parse_float=str, parse_int=str), one.locator)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DATA).as_posix())
def test_every_place_leads_back_to_the_text(path: Path) -> None:
    """Pointers, characters of a line and cells of a sheet; part of a cell stands within it."""
    text = path.read_bytes().decode()
    for table in collect(path).tables:
        for one in table.measurements():
            found = written_at(text, one)
            part = "column" in one.locator and one.text in found
            assert part or found == one.text, one.locator
