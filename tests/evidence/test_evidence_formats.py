"""Recognisers of tools whose units are implied by their format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera.evidence import Table, collect

SHARED = Path(__file__).parents[2].parent / "shared"
HYPERFINE = {
    "results": [
        {
            "command": "sleep 0.1", "mean": 0.1, "stddev": None, "median": 0.1, "user": 0.001,
            "system": 0.002, "min": 0.09, "max": 0.11, "times": [0.09, 0.11],
            "memory_usage_byte": [1024, 2048], "exit_codes": [0, 0], "parameters": {"size": "4"},
        },
        {
            "command": "false", "mean": 0.1, "stddev": 0.0, "median": 0.1, "user": 0.001,
            "system": 0.002, "min": 0.09, "max": 0.11, "times": [0.09, 0.11],
            "exit_codes": [0, 1],
        },
    ]
}  # fmt: skip


def tables(tmp_path: Path, value: Any) -> list[Table]:
    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    return list(collect(tmp_path).tables)


def fixture(name: str) -> list[Table]:
    path = SHARED / "fixtures" / "formats" / name
    if not path.exists():
        pytest.skip("no shared fixtures here")
    return list(collect(path).tables)


def test_hyperfine_summaries_declare_their_runs(tmp_path: Path) -> None:
    """Seconds, with the number of times as n."""
    summary = tables(tmp_path, HYPERFINE)[0]
    first = summary.series[0]
    assert (first.metric, first.unit, first.statistic) == ("duration", "s", "mean")
    assert (summary.declared_n, summary.params) == ((2, 2), {"size": ("4", "")})


def test_hyperfine_runs_with_an_exit_code_have_failed(tmp_path: Path) -> None:
    """The summary over a failed run is no measurement either."""
    summary, runs, memory = tables(tmp_path, HYPERFINE)
    assert summary.failures == {1: "1 of 2 runs failed: exit code 1"}
    assert (runs.failures, runs.rows[3]) == ({3: "exit code 1"}, "/results/1/times/1")
    assert memory.series[0].unit == "B"


def test_hyperfine_csv_writes_zero_for_a_missing_deviation(tmp_path: Path) -> None:
    """A 0 in `stddev` is no number there."""
    text = (
        "command,mean,stddev,median,user,system,min,max,parameter_n\nls,0.1,0.0,0.1,0,0,0.1,0.2,3\n"
    )
    (tmp_path / "a.csv").write_text(text)
    found = collect(tmp_path).tables[0]
    assert "stdev" not in [one.statistic for one in found.series]
    assert found.params == {"n": ("3",)}


def test_pytest_benchmark_gives_statistics_over_rounds() -> None:
    """`ops` is derived and left out; n is the number of rounds."""
    found = fixture("pytest-benchmark")[0]
    assert [one.column for one in found.series][:2] == ["stats/mean", "stats/median"]
    assert (found.declared_n, found.series[0].unit) == ((9987,), "s")
    assert found.labels["benchmark"] == ("tests/test_normal.py::test_xfast_parametrized[0]",)


def test_pyperf_values_leave_warm_ups_and_calibration_out() -> None:
    """Run 0 calibrates and has no values."""
    found = fixture("pyperf/telco.json")[0]
    assert found.rows[0] == "/benchmarks/0/runs/1/values/0"
    assert (len(found.rows), found.series[0].unit) == (120, "s")


def test_pyperf_units_come_from_the_metadata() -> None:
    """A benchmark that tracks memory is in bytes."""
    series = fixture("pyperf/track_memory.json")[0].series[0]
    assert (series.metric, series.unit) == ("memory", "B")


@pytest.mark.parametrize(
    "value",
    [
        {"benchmarks": []}, {"benchmarks": None, "version": 1}, {"results": [1]}, {"results": {}},
        {"benchmarks": [{"stats": 3}], "machine_info": 1, "commit_info": 2},
        {"benchmarks": [{"runs": [1, {"values": 3}]}], "version": "1.0"},
        {"results": [{"command": 1, "mean": "x", "user": [], "system": {}, "times": "x"}]},
    ],
)  # fmt: skip
def test_files_that_only_resemble_a_format_do_not_break_it(tmp_path: Path, value: Any) -> None:
    """A recogniser survives other people's keys."""
    (tmp_path / "a.json").write_text(json.dumps(value))
    assert collect(tmp_path).inventory.files[0].status == "read"
