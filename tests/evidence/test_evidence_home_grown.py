"""Files as people write them for themselves, read as their expectations say."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from chimera.evidence import Evidence, Series, Table, collect
from chimera.evidence.locate import follow

FOLDER = Path(__file__).parents[1] / "data" / "home-grown"
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "expected.yaml").read_text("utf-8"))
FIELDS = ("metric", "unit", "direction", "statistic")


@cache
def evidence() -> Evidence:
    return collect(FOLDER)


def tables(path: str) -> list[Table]:
    return [table for table in evidence().tables if table.path == path]


def series(path: str) -> dict[str, tuple[Table, Series]]:
    """Return the series of a file by the name of their table and column."""
    found = {}
    for table in tables(path):
        for one in table.series:
            nested = table.name or table.container in {"json", "jsonl"}
            found[f"{table.name}/{one.column}" if nested else one.column] = (table, one)
    return found


def checks(path: str) -> Iterator[tuple[str, object, object]]:
    """Yield what was asked, what is expected and what was found, for one file."""
    expected, found = EXPECTED[path], series(path)
    stated = expected.get("series", {})
    optional = expected.get("may", {})
    for column, words in {**stated, **optional}.items():
        if column not in found:
            if column in stated:
                yield f"{column}", words, None
            continue
        for field, word in zip(FIELDS, words.split(), strict=True):
            if word != "*":
                have = getattr(found[column][1], field)
                yield f"{field} of {column}", None if word == "-" else word, have
    yield "other columns", [], [c for c in found if c not in stated and c not in optional]
    for role in ("labels", "params", "ids"):
        names = {name for table in tables(path) for name in getattr(table, role)}
        yield role, sorted(expected.get(role, [])), sorted(names)
    yield "failures", expected.get("failures", 0), sum(len(t.failures) for t in tables(path))
    yield from _cells(expected, found)
    if "problem" in expected:
        problems = next(f.problems for f in evidence().inventory.files if f.path == path)
        yield "problem", True, any(expected["problem"] in line for line in problems)


def _cells(
    expected: dict[str, Any], found: dict[str, tuple[Table, Series]]
) -> Iterator[tuple[str, object, object]]:
    for column, value in expected.get("values", {}).items():
        yield f"value of {column}", value, found[column][1].values[0] if column in found else None
    for column, place in expected.get("places", {}).items():
        have = found[column][0].locate(found[column][1], 0) if column in found else None
        yield f"place of {column}", place, have
    for column, rows in expected.get("invalid", {}).items():
        yield f"invalid {column}", rows, sorted(found[column][1].invalid) if column in found else 0
    for column, formula in expected.get("derived", {}).items():
        have = getattr(found[column][1], "derived", None) if column in found else None
        yield f"derived {column}", formula, have


def test_every_file_has_an_expectation() -> None:
    """No file is there for nothing."""
    files = {p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*") if p.is_file()}
    assert files - {"expected.yaml"} == set(EXPECTED)


@pytest.mark.parametrize("path", sorted(EXPECTED))
def test_home_grown_files_are_read_as_expected(path: str) -> None:
    """Roles, units, directions and statistics are those written down beforehand."""
    wrong = {what: (wanted, found) for what, wanted, found in checks(path) if wanted != found}
    assert wrong == {}


@pytest.mark.parametrize("path", sorted(EXPECTED))
def test_locators_of_turned_tables_lead_to_their_cells(path: str) -> None:
    """Also where a column was a row, or a row is spread over lists."""
    entry = next(one for one in evidence().inventory.files if one.path == path)
    data = (FOLDER / path).read_bytes()
    for table in tables(path):
        for measured in table.measurements():
            found = follow(data, entry.format, measured.locator)
            assert found[0].text.strip() == measured.text.strip(), measured.locator
