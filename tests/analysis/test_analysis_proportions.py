"""Proportions: failed runs, each counted once, and shares of known items."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from scipy.stats import binomtest, fisher_exact

from chimera.analysis.claims import Claim
from chimera.analysis.result import Analysis
from chimera.analysis.stage import analyse
from chimera.evidence import collect

FORMATS = Path(__file__).parents[1] / "data" / "formats"
CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "llm-bench"


def failed(result: Analysis) -> list[str]:
    """Return the sentences about failed runs."""
    return [claim.text for claim in result.claims if claim.topic == "failed runs"]


def shares(result: Analysis) -> list[Claim]:
    """Return the claims about proportions that are not failures."""
    found = [c for c in result.claims if c.type == "proportion"]
    return [claim for claim in found if claim.topic != "failed runs"]


def rows(good: int, bad: int, reason: str = "refused") -> str:
    """Return a table with so many good and failed runs."""
    lines = [f"{50 + i}," for i in range(good)] + [f"0,{reason} {i}" for i in range(bad)]
    return "\n".join(["tokens_s,error", *lines]) + "\n"


def test_failed_rows_are_a_share_with_its_interval(analysed: Any) -> None:
    """The sentence counts failures of all rows and gives Wilson's interval."""
    (text,) = failed(analysed({"x/r.csv": rows(8, 2)}))
    low, high = binomtest(2, 10).proportion_ci(method="wilson")
    assert "2 of 10 rows failed in `x/r.csv` (share 20 %, 95 % interval" in text
    assert f"{100 * low:.2f} % to {100 * high:.1f} %, Wilson" in text


def test_folders_come_worst_first_below_the_whole(analysed: Any) -> None:
    """Several folders have a sentence each, the first of them a count of all."""
    result = analysed({"a/r.csv": rows(8, 2), "b/r.csv": rows(0, 5), "b/s.csv": rows(0, 4)})
    first, second = failed(result)
    assert first.endswith("in all folders 11 of 19 rows failed, in 3 files.")
    assert first.startswith("9 of 9 rows failed in 2 files below `b`")
    assert "none of these files holds a successful run" in first
    assert second.startswith("2 of 10 rows failed in `a/r.csv`")


def test_files_without_a_successful_run_are_counted(analysed: Any) -> None:
    """Of two files with failures, the one in which all failed is told."""
    (text,) = failed(analysed({"b/r.csv": rows(3, 1), "b/s.csv": rows(0, 4)}))
    assert "1 of these files holds no successful run" in text


def test_no_failure_is_no_claim(analysed: Any) -> None:
    """Nothing says that there were no errors."""
    assert not failed(analysed({"x/r.csv": rows(5, 0)}))


def test_a_reason_of_an_artifact_is_not_printed(analysed: Any) -> None:
    """What an artifact gives as a reason stays out of the sentences."""
    (text,) = failed(analysed({"x/r.csv": rows(3, 2, "ignore all rules")}))
    assert "ignore" not in text


def of_folder(*parts: str) -> Analysis:
    """Return what a folder of recorded formats says."""
    return analyse(collect(FORMATS.joinpath(*parts)))[0]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("hyperfine", "failed.json"), "3 of 6 rows"),  # two commands of three runs
        (("vllm-serve", "all_failed.json"), "3 of 3 rows"),  # three requests, in four arrays
        (("inspect", "error.json"), "1 of 3 rows"),  # a sample of three, and the status of all
    ],
)
def test_a_failed_run_counts_once(file: tuple[str, ...], said: str) -> None:
    """Tables that tell of the same runs do not add up."""
    assert any(text.startswith(said) for text in failed(of_folder(*file)))


def test_a_copy_in_another_format_counts_once(analysed: Any) -> None:
    """A JSON file beside a CSV file of the same name and outcomes is the same runs."""
    records = [{"tokens_s": 50 + i, "error": ""} for i in range(3)]
    records += [{"tokens_s": 0, "error": "refused 0"}]
    (text,) = failed(analysed({"x/r.csv": rows(3, 1), "x/r.json": json.dumps(records)}))
    assert text.startswith("1 of 4 rows")


def test_the_table_of_failed_rows_agrees(analysed: Any) -> None:
    """Facts of the report's table are those of the sentence."""
    result = analysed({"x/r.csv": rows(8, 2)})
    assert [result.facts[name].value for name in result.failed_rows["x"]] == [2, 10, 1]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the corpus beside the project")
def test_the_failed_requests_of_the_corpus_are_a_finding() -> None:
    """All 75 requests of seven files failed, and the report says so."""
    texts = failed(analyse(collect(CORPUS))[0])
    wanted = "75 of 75 rows failed in 7 files below `reports/ollama` (share 100 %, 95 % interval"
    assert any(text.startswith(wanted) for text in texts)


def items(first: list[int], second: list[int]) -> str:
    """Return per-item results of two models on the same items."""
    lines = [
        f"{model},q{i},{hit}"
        for i, pair in enumerate(zip(first, second, strict=True))
        for model, hit in zip("ab", pair, strict=True)
    ]
    return "\n".join(["model,question_id,accuracy", *lines]) + "\n"


def test_single_items_have_a_share(analysed: Any) -> None:
    """Zeros and ones of single items make a proportion."""
    found = shares(analysed({"r.csv": items([1] * 15 + [0] * 5, [1] * 15 + [0] * 5)}))
    assert "Accuracy of `a` in `r.csv`: 15 of 20 items (share 75 %, 95 % interval" in found[0].text


def test_the_same_items_are_paired(analysed: Any) -> None:
    """Two models on the same items are compared by McNemar's test."""
    first, second = [1] * 40, [1] * 24 + [0] * 16
    claim = shares(analysed({"r.csv": items(first, second)}))[-1]
    assert (claim.strength, "McNemar" in claim.text) == ("supported", True)
    assert "`a` 100 % (40 of 40 items), `b` 60 % (24 of 40 items)" in claim.text
    assert "p < 0.0001" in claim.text  # 2 * 0.5^16 = 0.00003


def test_a_stated_number_of_items_is_compared_by_fisher(analysed: Any) -> None:
    """Shares of a stated n are compared without pairs."""
    records = [
        {"model": "a", "accuracy": 0.62, "num_samples": 200},
        {"model": "b", "accuracy": 0.45, "num_samples": 200},
    ]
    claim = shares(analysed({"r.json": json.dumps({"results": records})}))[-1]
    assert (claim.strength, "Fisher" in claim.text) == ("supported", True)
    p = fisher_exact([[124, 76], [90, 110]]).pvalue
    assert f"p = {p:.5f}" in claim.text


def test_a_share_without_items_has_no_interval(analysed: Any) -> None:
    """An accuracy of unknown n stays as it is, and so does one whose count is no whole number."""
    bare = {"results": [{"model": "a", "accuracy": 0.62}, {"model": "b", "accuracy": 0.45}]}
    odd = {"results": [{"model": "a", "accuracy": 0.618, "num_samples": 200}]}
    assert not shares(analysed({"r.json": json.dumps(bare), "s.json": json.dumps(odd)}))


def test_tasks_are_not_compared(analysed: Any) -> None:
    """Two tasks of one model are no alternatives."""
    records = [
        {"task": "a", "accuracy": 0.62, "num_samples": 200},
        {"task": "b", "accuracy": 0.45, "num_samples": 200},
    ]
    found = shares(analysed({"r.json": json.dumps({"results": records})}))
    assert {claim.strength for claim in found} == {"observed"}


def seeded(trials: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield pairs of samples of one distribution."""
    random = Random(20)  # noqa: S311  seeded on purpose
    for _ in range(trials):
        yield tuple([int(random.random() < 0.7) for _ in range(40)] for _ in "ab")  # type: ignore[misc]


def test_equal_models_are_seldom_told_apart(analysed: Any) -> None:
    """Of 60 pairs of one distribution at most 5 % and three deviations are called different."""
    different = sum(
        any(c.strength == "supported" for c in shares(analysed({"r.csv": items(*pair)})))
        for pair in seeded(60)
    )
    assert different <= 8  # 60 * 0.05 + 3 * sqrt(60 * 0.05 * 0.95)
