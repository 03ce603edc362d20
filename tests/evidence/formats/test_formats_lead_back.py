"""Every number that a format reads stands, as written, at the place it names."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from chimera.evidence import Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats"
FORMATS = (
    "aiperf",
    "aiperf-csv",
    "guidellm",
    "guidellm-csv",
    "helm",
    "inference-perf",
    "inspect",
    "llm-d-report",
    "llmperf",
    "lm-eval",
    "mlperf",
    "mlperf-detail",
    "trtllm-bench",
)
_ROW = re.compile(r"row (\d+), column (.*)")
_LINE = re.compile(r"line (\d+), characters (\d+)-(\d+)")


class _Written(str):
    __slots__ = ()


def files() -> list[Path]:
    """Return the positives of the formats above."""
    found = [path for name in FORMATS for path in sorted((DATA / name).rglob("*"))]
    return [p for p in found if p.is_file() and p.name != "SOURCE.md" and p.parent.name != "near"]


def load(text: str) -> Any:
    """Return a JSON value with its numbers as written."""
    return json.loads(text, parse_float=_Written, parse_constant=_Written)


def resolve(value: Any, pointer: str) -> str:
    """Return the scalar at a JSON pointer."""
    for part in pointer.split("/") if pointer else ():
        key = part.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return str(value)


def found(path: Path, locator: str) -> str:
    """Return what stands at a locator of a file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yaml":
        import yaml

        return resolve(yaml.load(text, Loader=yaml.BaseLoader), locator[1:])  # noqa: S506
    if match := _LINE.fullmatch(locator):
        line, start, end = map(int, match.groups())
        return text.split("\n")[line - 1][start - 1 : end]
    if (match := _ROW.fullmatch(locator)) is None:
        return resolve(load(text), locator[1:])
    number, column = int(match[1]), match[2]
    if path.suffix == ".jsonl":
        return resolve(load(text.split("\n")[number - 1]), column)
    return cell(list(csv.reader(text.split("\n"))), number, column)


def cell(records: list[list[str]], number: int, column: str) -> str:
    """Return a cell of a row by the name of its column in the nearest header above.

    A name of parts stands in as many rows of header.
    """
    parts = column.split(" / ")
    if len(parts) > 1:
        headers = list(zip(*records[: len(parts)], strict=True))
        return records[number - 1][headers.index(tuple(parts))]
    for header in reversed(records[: number - 1]):
        if column in header and len(header) == len(records[number - 1]):
            return records[number - 1][header.index(column)]
    raise AssertionError(column)


def measurements(path: Path) -> list[Measurement]:
    """Return every number of a file, also those that do not count."""
    return [one for table in collect(path).tables for one in table.measurements()]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(DATA).as_posix())
def test_every_number_leads_back(path: Path) -> None:
    """The text of each measurement is what its locator finds."""
    numbers = measurements(path)
    assert numbers
    for one in numbers:
        written = found(path, one.locator)
        within = one.locator.startswith("row") and path.suffix != ".jsonl"
        assert one.text in written if within else one.text == written, one.locator
