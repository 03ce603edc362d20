"""Tables of statistics are held against the rows they were computed from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera.evidence import Evidence, Series, collect

RUNS = "ctx,ttft_s,error\n1024,0.50,\n1024,0.70,\n1024,0,refused\n4096,0.90,\n4096,1.10,\n"


def read(tmp_path: Path, summary: str, runs: str = RUNS) -> Evidence:
    (tmp_path / "runs.csv").write_text(runs)
    (tmp_path / "runs_summary.csv").write_text(summary)
    return collect(tmp_path)


def summed(evidence: Evidence) -> Series:
    return next(t.series[0] for t in evidence.tables if t.path == "runs_summary.csv")


def problems(evidence: Evidence) -> list[str]:
    return next(f.problems for f in evidence.inventory.files if f.path == "runs_summary.csv")


@pytest.mark.parametrize(
    ("statistic", "low", "high"),
    [
        ("mean", "0.60", "1.00"), ("median", "0.60", "1.00"), ("min", "0.5", "0.9"),
        ("max", "0.7", "1.1"), ("total", "1.2", "2.0"), ("p95", "0.69", "1.09"),
        ("std", "0.141", "0.1"),
    ],
)  # fmt: skip
def test_statistics_that_agree_name_their_rows(
    tmp_path: Path, statistic: str, low: str, high: str
) -> None:
    """Within the digits written; failed rows are left out."""
    evidence = read(tmp_path, f"ctx,{statistic}_ttft_s\n1024,{low}\n4096,{high}\n")
    assert summed(evidence).derived.endswith("of ttft_s in runs.csv")
    assert problems(evidence) == []


def test_a_statistic_that_disagrees_is_a_problem_of_its_file(tmp_path: Path) -> None:
    """The mean of a failed run's zero shows."""
    evidence = read(tmp_path, "ctx,mean_ttft_s\n1024,0.40\n4096,1.00\n")
    assert problems(evidence) == [
        "row 2, column mean_ttft_s says 0.40, but the mean of the 2 valid rows in runs.csv is 0.6"
    ]
    assert summed(evidence).derived == ""


def test_tables_that_do_not_belong_together_are_left_alone(tmp_path: Path) -> None:
    """Other settings, another unit, or no row in common: nothing is compared."""
    for summary in (
        "ctx,mean_ttft_s\n8,0.40\n16,1.00\n",
        "ctx,mean_ttft_ms\n1024,600\n4096,1000\n",
        "ctx,mean_load_s\n1024,0.40\n4096,1.00\n",
    ):
        assert problems(read(tmp_path, summary)) == []


def test_a_summary_within_a_file_is_held_against_its_rows(tmp_path: Path) -> None:
    """The object of averages beside the list of results."""
    rows = [{"ttft_s": 0.51}, {"ttft_s": 0.69}]
    value = {"summary": {"avg_ttft_s": 0.51, "max_ttft_s": 0.69}, "runs_of_it": rows}
    (tmp_path / "a.json").write_text(json.dumps(value))
    assert collect(tmp_path).inventory.files[0].problems == [
        "/summary/avg_ttft_s says 0.51, but the mean of the 2 valid rows in /runs_of_it/* is 0.6"
    ]


def test_a_deviation_computed_from_squares_of_large_numbers_agrees(tmp_path: Path) -> None:
    """llama-bench subtracts the square of a mean cut to whole ns: 9057787 for 9057719.6."""
    samples = [790935511, 777895938, 765367819, 777861281, 776769749]
    runs = "ctx,duration_ns\n" + "".join(f"1024,{sample}\n" for sample in samples)
    evidence = read(tmp_path, "ctx,std_duration_ns\n1024,9057787\n", runs)
    assert problems(evidence) == []
    assert summed(evidence).derived == "stdev of duration_ns in runs.csv"


def test_a_disagreement_shows_the_digits_it_is_about(tmp_path: Path) -> None:
    """Not `says 777766060, but the mean is 7.77766e+08`."""
    runs = "ctx,duration_ns\n1024,777766000\n1024,777766100\n2048,5\n2048,7\n"
    summary = "ctx,mean_duration_ns\n1024,777766060\n2048,6\n"
    assert problems(read(tmp_path, summary, runs))[0].endswith("in runs.csv is 777766050")


def test_a_deviation_stated_of_one_run_ends_nothing(tmp_path: Path) -> None:
    """Found by fuzzing: whole numbers of a million and more, one of them alone in its group."""
    runs = "ctx,latency_ns\n1024,2000000\n1024,2000004\n4096,3000000\n"
    evidence = read(tmp_path, "ctx,std_latency_ns\n1024,2.83\n4096,1.00\n", runs)
    assert [file.status for file in evidence.inventory.files] == ["read", "read"]
