"""A real folder of 107 artifacts, where it lies beside the project."""

from functools import lru_cache
from pathlib import Path

import pytest

import chimera
from chimera.report.document import ReportDocument

CORPUS = Path(__file__).parents[2] / "shared" / "corpora" / "llm-bench"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the corpus beside the project")


@lru_cache
def report() -> tuple[str, ReportDocument]:
    """Return the report on the corpus, made once."""
    made = chimera.run("technical-report", CORPUS, model="none").report
    assert made is not None
    return made.markdown, made.data


def test_files_are_counted_by_type() -> None:
    """28 CSV, 44 JSON and 29 Markdown files, and six others."""
    inventory = report()[1].inventory
    counts = {kind: found.count for kind, found in inventory.kinds.items()}
    assert (counts["csv"], counts["json"], counts["markdown"]) == (28, 44, 29)
    assert inventory.files_total == 107


def test_throughput_has_unit_and_n() -> None:
    """The tokens-per-second columns are found, with unit and n."""
    fact = next(
        fact
        for fact in report()[1].facts
        if fact.metric == "throughput"
        and fact.statistic == "median"
        and fact.scope.get("tag") == "q4_0"
    )
    assert (fact.value, fact.unit, fact.n, fact.direction) == (76.88, "tok/s", 5, "higher")


def test_quantisations_are_ranked_by_throughput() -> None:
    """q4_0 before q5_K_M before q8_0 is a supported finding."""
    ranked = [c for c in report()[1].claims if c.metric == "throughput" and c.leader == "q4_0"]
    assert ranked[0].strength == "supported"
    text = ranked[0].text
    assert text.index("`q4_0`") < text.index("`q5_K_M`") < text.index("`q8_0`")


def test_failed_requests_are_failures() -> None:
    """The 75 requests that never reached a server are counted as such."""
    rows = [
        f
        for f in report()[1].facts
        if f.metric == "failed rows" and f.scope.get("folder") == "reports/ollama"
    ]
    assert [fact.value for fact in rows] == [75]


def test_error_message_is_no_table() -> None:
    """A UTF-16 error message named .csv is reported as what it is."""
    files = {entry.path: entry for entry in report()[1].inventory.files}
    odd = files["reports/profiling/ncu_summary.csv"]
    assert (odd.kind, odd.format, odd.tables) == ("csv", "text", 0)
    assert any("UTF-16" in problem for problem in odd.problems)
    assert any("==ERROR==" in problem for problem in odd.problems)


def test_files_that_stand_twice_are_named() -> None:
    """Copies are named in the report, with the path they copy."""
    text = report()[0].partition("### Duplicate files")[2]
    assert "`csv_data/ollama_quant_bench.csv` = `reports/llama3/ollama_quant_bench.csv`" in text
    assert len(report()[1].inventory.duplicates) == 5


def test_no_percentile_beyond_what_n_supports() -> None:
    """No computed p90 below n = 29, no p95 below 59, no p99 below 299."""
    least = {"p90": 29, "p95": 59, "p99": 299}
    computed = [f for f in report()[1].facts if f.statistic in least and "(values)" in f.formula]
    assert all((fact.n or 0) >= least[fact.statistic] for fact in computed)
    assert not any(fact.statistic in {"p95", "p99"} for fact in computed)


def test_cold_starts_explain_the_slow_first_tokens() -> None:
    """Twelve runs of the sweep are cold starts, told instead of a spread; none is ranked."""
    file = "csv_data/ollama_param_tuning.csv"
    claims = {c.type: c.text for c in report()[1].claims if file in c.text and c.metric == "ttft"}
    assert "12 of 36 runs were cold starts" in claims["cold_start"]
    assert "spread" not in claims
    assert any("ollama_param_tuning.csv" in r.reason for r in report()[1].refusals)


def test_nothing_is_unsupported() -> None:
    """Every number of the text is found again."""
    assert report()[1].verification.unsupported == 0


def test_nothing_says_that_throughput_is_absent() -> None:
    """What is there is never called missing."""
    assert not [c for c in report()[1].claims if c.type == "absence" and c.metric == "throughput"]
