"""Places lead back: what a locator names holds the very text of the measurement."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chimera.evidence import Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats"
_SPAN = re.compile(r"line (\d+), characters (\d+)-(\d+)\Z")
_FORMATS = (
    "asv", "bencher-metric-format", "console-time", "coremark", "dart-benchmark-harness", "fio",
    "github-action-benchmark", "gungraun", "hammerdb", "iperf3", "iperf3-text", "nccl-tests",
    "memtier-benchmark", "osu-micro-benchmarks", "pgbench", "redis-benchmark", "ruby-benchmark",
    "sysbench", "vitest-bench", "ycsb",
)  # fmt: skip


def files() -> list[Path]:
    """Return the files of the formats, without those that only resemble one."""
    found = [path for one in _FORMATS for path in sorted((DATA / one).rglob("*"))]
    return [p for p in found if _is_held(p)]


def _is_held(path: Path) -> bool:
    """Tell whether a file is no near miss; the rows of CSV are held against it elsewhere."""
    return path.is_file() and path.suffix not in {".md", ".csv"} and "near" not in path.parts


def pointed(value: Any, pointer: str) -> str:
    """Return the scalar at a JSON pointer."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return "" if value is None else str(value)


def at(text: str, one: Measurement) -> str:
    """Return what stands at the place of a measurement."""
    if span := _SPAN.match(one.locator):
        line, start, end = map(int, span.groups())
        return text.split("\n")[line - 1][start - 1 : end]
    opening = re.search(r"^[\[{]", text, re.MULTILINE)
    assert opening, one.locator
    decoder = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)
    return pointed(decoder.raw_decode(text[opening.start() :])[0], one.locator)


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(DATA).as_posix())
def test_every_place_leads_back(path: Path) -> None:
    """In JSON by pointer, in a text by line and characters."""
    text = path.read_bytes().decode()
    found = [m for t in collect(path).tables for m in t.measurements()]
    assert [(m.locator, at(text, m)) for m in found] == [(m.locator, m.text) for m in found]
