"""Failed rows: their numbers are no measurements, their reason is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera.evidence import Table, collect


def table(tmp_path: Path, rows: list[dict[str, Any]]) -> Table:
    (tmp_path / "a.json").write_text(json.dumps(rows), encoding="utf-8")
    return collect(tmp_path).tables[0]


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        ({"error": "connection refused"}, "connection refused"),
        ({"success": False}, "success is false"),
        ({"success": False, "error": "timed out"}, "timed out"),
        ({"exit_code": 137}, "exit code 137"),
        ({"status": "failed"}, "status failed"),
        ({"status_code": 503}, "status_code 503"),
        ({"timed_out": True}, "timed_out is true"),
        ({"metadata": {"error": "no triton"}}, "no triton"),
        ({"banter": "Error generating text: refused"}, "Error generating text: refused"),
        ({"ttft_s": 0.0, "tokens_s": 0}, "every time and rate of the row is 0"),
    ],
)
def test_marks_of_failure_invalidate_the_row(
    tmp_path: Path, mark: dict[str, Any], reason: str
) -> None:
    """Whatever says that a run failed keeps its numbers out."""
    good = {"ttft_s": 0.5, "tokens_s": 70.5}
    found = table(tmp_path, [good, good | mark])
    assert (found.failures, found.series[0].values) == ({1: reason}, (0.5, None))


@pytest.mark.parametrize(
    "mark",
    [
        {"error": ""}, {"error": None}, {"error": "none"}, {"success": True}, {"exit_code": 0},
        {"status": "completed"}, {"status_code": 200}, {"failed": 0}, {"successful": 0},
        {"success": 0.98}, {"tokens_s": 0},
    ],
)  # fmt: skip
def test_marks_of_success_leave_the_row(tmp_path: Path, mark: dict[str, Any]) -> None:
    """An empty error, a true flag or one zero is no failure."""
    good = {"ttft_s": 0.5, "tokens_s": 70.5}
    assert table(tmp_path, [good, good | mark]).failures == {}


def test_a_reason_is_one_short_line(tmp_path: Path) -> None:
    """A stack trace becomes 120 characters of one line."""
    found = table(tmp_path, [{"ttft_s": 0.5, "error": "Traceback:\n  line 1\n" + "x" * 500}])
    assert len(found.failures[0]) == 120
    assert found.failures[0].startswith("Traceback:   line 1 xxx")


def test_failed_rows_are_yielded_as_invalid_measurements(tmp_path: Path) -> None:
    """The cell as written is kept, the value is not."""
    measured = list(table(tmp_path, [{"ttft_s": 0.25, "error": "refused"}]).measurements())
    assert [(m.text, m.value, m.valid, m.reason) for m in measured] == [
        ("0.25", None, False, "refused")
    ]
