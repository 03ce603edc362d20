"""Formats of LLM tools: the place of every number leads back to it."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from chimera.evidence import Measurement, collect
from chimera.evidence.document import Json, NumberText, items, mapping
from chimera.evidence.formats.rows import text

DATA = Path(__file__).parents[2] / "data" / "formats"
NAMES = (
    "llama-bench",
    "vllm-serve",
    "vllm-latency",
    "vllm-throughput",
    "sglang-serving",
    "sglang-one-batch",
    "serving-console",
    "ollama-api",
    "ollama-verbose",
    "ollama-bench",
)
FILES = [
    path
    for name in NAMES
    for path in sorted((DATA / name).iterdir())
    if path.is_file() and path.name != "SOURCE.md"
]
CHARACTERS = re.compile(r"line (\d+), characters (\d+)-(\d+)")
COLUMN = re.compile(r"(?:row|line) (\d+), column (.*)")


def point(value: Json, pointer: str) -> str:
    """Return what a JSON pointer leads to, as text."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        value = items(value)[int(key)] if isinstance(value, list) else mapping(value)[key]
    return text(value)


def written(content: str, one: Measurement) -> str:
    """Return what stands at the place of a measurement; for a part of a cell, all of the cell."""
    lines = content.split("\n")
    if match := CHARACTERS.fullmatch(one.locator):
        return lines[int(match[1]) - 1][int(match[2]) - 1 : int(match[3])]
    match = COLUMN.fullmatch(one.locator)
    if match is None:
        return point(json.loads(content, parse_float=NumberText), one.locator)
    line = lines[int(match[1]) - 1]
    if line.startswith("{"):
        return point(json.loads(line, parse_float=NumberText), f"/{match[2]}")
    if line.startswith("|"):
        return line
    records = list(csv.reader(lines))
    return records[int(match[1]) - 1][records[0].index(match[2])]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_place_leads_to_its_number(path: Path) -> None:
    """Literally, but for parts of a Markdown cell."""
    content = path.read_text(encoding="utf-8")
    found = [one for table in collect(path).tables for one in table.measurements()]
    assert found
    for one in found:
        at = written(content, one)
        assert one.text in at if at.startswith("|") else one.text == at, one.locator
