"""Formats of profilers and load tests: every locator leads back to what was read."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import collect

_TEXT = re.compile(r"line (\d+), characters (\d+)-(\d+)")
_ROW = re.compile(r"row (\d+), column (.*)", re.DOTALL)


DATA = Path(__file__).parents[2] / "data" / "formats"
FORMATS = (
    "apache-bench",
    "dcgmi-dmon",
    "k6",
    "k6-points",
    "locust",
    "ncu",
    "nsys-stats",
    "nvidia-smi",
    "nvidia-smi-dmon",
    "oha",
    "prometheus",
    "vegeta",
    "vegeta-text",
    "wrk",
)
FILES = [
    path for name in FORMATS for path in sorted((DATA / name).glob("*")) if path.suffix != ".md"
]


@pytest.mark.parametrize("path", [path for path in FILES if path.is_file()], ids=lambda p: p.name)
def test_every_number_stands_where_it_is_said_to(path: Path) -> None:
    """The text of a measurement is what stands at its locator."""
    find = _finder(path.read_text())
    found = [one for table in collect(path).tables for one in table.measurements()]
    assert found
    assert [one.locator for one in found if one.text not in find(one.locator)] == []


def _finder(content: str) -> Callable[[str], str]:
    lines = content.split("\n")

    def find(locator: str) -> str:
        if match := _TEXT.fullmatch(locator):
            return lines[int(match[1]) - 1][int(match[2]) - 1 : int(match[3])]
        if match := _ROW.fullmatch(locator):
            row, column = int(match[1]), match[2]
            if lines[row - 1].startswith("{"):
                return _pointed(lines[row - 1], "/" + column)
            return _cell(content, row, column)
        return _pointed(content, locator)

    return find


def _pointed(content: str, pointer: str) -> str:
    value = json.loads(content, parse_float=str)
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return str(value)


def _cell(content: str, row: int, column: str) -> str:
    for delimiter in ",\t":
        records = list(csv.reader(io.StringIO(content), delimiter=delimiter))
        for record in records[: row - 1][::-1]:
            names = [name.strip() for name in record]
            if column in names:
                return records[row - 1][names.index(column)]
    return ""
