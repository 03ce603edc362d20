"""Locators do not lie: every place leads back to the cell it names."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from pathlib import Path

import pytest

from chimera.evidence import Measurement, collect
from chimera.evidence.decode import decode

SHARED = Path(__file__).parents[2].parent / "shared"
FOLDERS = ("corpora/llm-bench", "fixtures/formats")


def follow(root: Path, measurement: Measurement) -> str:
    """Read the cell a measurement names, by other means than the collector's."""
    text = decode((root / measurement.path).read_bytes()).text or ""
    place = measurement.locator
    if place.startswith("/"):
        return pointed(json.loads(text, parse_float=str, parse_int=str), place)
    unit, number, column = re.match(r"(row|line) (\d+), column (.*)", place, re.DOTALL).groups()  # type: ignore[union-attr]
    if unit == "line":
        return text.split("\n")[int(number) - 1]
    if measurement.path.endswith(("jsonl", "json")):
        line = json.loads(text.split("\n")[int(number) - 1], parse_float=str, parse_int=str)
        return pointed(line, "/" + column)
    delimiter = "\t" if measurement.path.endswith("tsv") else ","
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return records[int(number) - 1][records[0].index(column)]


def pointed(value: object, pointer: str) -> str:
    for segment in pointer.split("/")[1:]:
        key = segment.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]  # type: ignore[index]
    return "" if value is None else str(value)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_locator_leads_to_its_text(folder: str) -> None:
    """A few hundred measurements are followed back into their files."""
    root = SHARED / folder
    if not root.exists():
        pytest.skip("no shared corpora here")
    measured = [m for table in collect(root).tables for m in table.measurements()]
    seed = 20261123
    sample = random.Random(seed).sample(measured, 600)  # noqa: S311 - a sample, no secret
    for measurement in sample:
        found = follow(root, measurement)
        if measurement.locator.startswith("line"):
            assert measurement.text in re.sub(r"\*\*|`", "", found), (seed, measurement)
        else:
            assert found == measurement.text, (seed, measurement)
