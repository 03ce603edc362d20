"""Outliers, percentiles, definitions, and the risks and advice that follow from claims."""

import json
from typing import Any

from chimera.analysis.result import Analysis


def times(values: list[float], name: str = "a") -> str:
    """Return a CSV of one model."""
    return "\n".join(["model,latency_ms", *(f"{name},{v}" for v in values)]) + "\n"


def outliers(result: Analysis) -> list[str]:
    """Return what was said of outliers."""
    return [claim.text for claim in result.claims if claim.type == "outliers"]


def tails(result: Analysis) -> list[str]:
    """Return the refusals of percentiles."""
    return [refusal.reason for refusal in result.refusals if refusal.topic == "tails"]


def test_outliers_are_labelled_and_kept(analysed: Any) -> None:
    """A value far from nine others is counted, and the mean given with and without it."""
    values = [10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 10.6, 10.7, 10.8, 100.0]
    result = analysed({"a.csv": times(values)})
    (text,) = outliers(result)
    assert "1 of 10 values lies far from the others" in text
    assert "19.36 ms with" in text
    assert "10.40 ms without" in text
    (row,) = [row for row in result.rows if row.metric == "latency"]
    assert result.facts[row.facts["max"]].value == 100


def test_seven_values_have_no_outliers(analysed: Any) -> None:
    """Quartiles of few values say too little; a wide maximum alone is no risk either."""
    result = analysed({"a.csv": times([10.0, 10.1, 10.2, 10.3, 10.4, 10.5, 13.0])})
    assert outliers(result) == []
    assert [risk.risk for risk in result.risks if "mean" in risk.risk] == []


def test_a_mean_is_a_risk_only_with_outliers(analysed: Any) -> None:
    """The risk names the group and cites the claim."""
    result = analysed({"a.csv": times([10 + i / 10 for i in range(20)] + [500.0])})
    (claim,) = [claim for claim in result.claims if claim.type == "outliers"]
    (risk,) = [risk for risk in result.risks if claim.id in risk.claims]
    assert "A mean of `a`" in risk.risk


def test_the_largest_group_without_percentiles_is_named(analysed: Any) -> None:
    """Where no group carries a percentile, the largest one is named with its n."""
    (reason,) = tails(analysed({"a.csv": times([10 + i / 10 for i in range(36)], "big")}))
    assert reason.startswith("No p95 or p99 is computed: the largest group, `big` in `a.csv`")
    assert reason.endswith("has n = 36.")


def test_groups_that_lack_percentiles_are_counted(analysed: Any) -> None:
    """Where some groups carry all percentiles, it is said of how many the others are missing."""
    files = {
        "a.csv": times([10 + i / 100 for i in range(300)], "many"),
        "b.csv": times([10 + i / 10 for i in range(40)], "few"),
    }
    (reason,) = tails(analysed(files))
    assert reason.startswith("Of 2 groups, p95 of 1 and p99 of 1 are not computed")
    assert "`few` in `b.csv` (n = 40)" in reason


def test_no_percentile_is_refused_where_all_have_them(analysed: Any) -> None:
    """Three hundred values carry every percentile."""
    assert tails(analysed({"a.csv": times([10 + i / 100 for i in range(300)])})) == []


def test_definitions_of_tools_are_not_mixed(analysed: Any) -> None:
    """One model measured by two tools that compute ITL differently is refused a comparison."""
    vllm = {
        "date": "20250101-000000",
        "backend": "vllm",
        "model_id": "m",
        "num_prompts": 4,
        "duration": 1.0,
        "completed": 4,
        "total_input_tokens": 10,
        "total_output_tokens": 10,
        "request_throughput": 4.0,
        "output_throughput": 10.0,
        "total_token_throughput": 20.0,
        "mean_ttft_ms": 20.0,
        "median_ttft_ms": 20.0,
        "p99_ttft_ms": 30.0,
        "mean_tpot_ms": 5.0,
        "median_tpot_ms": 5.0,
        "p99_tpot_ms": 6.0,
        "mean_itl_ms": 5.0,
        "median_itl_ms": 5.0,
        "p99_itl_ms": 6.0,
    }
    llmperf = {
        "version": "2023-08-31",
        "name": "m_550_150_summary",
        "model": "m",
        "mean_input_tokens": 550,
        "stddev_input_tokens": 0,
        "mean_output_tokens": 150,
        "stddev_output_tokens": 10,
        "num_concurrent_requests": 5,
        "results_inter_token_latency_s_mean": 0.0135,
        "results_ttft_s_mean": 0.5,
        "results_number_errors": 0,
        "results_num_requests_started": 9,
        "results_num_completed_requests": 9,
    }
    result = analysed({"v.json": json.dumps(vllm), "l.json": json.dumps(llmperf)})
    reasons = [r.reason for r in result.refusals if r.topic == "definition"]
    assert any("`llmperf.itl` and `vllm.itl`" in reason for reason in reasons)


def test_advice_and_risks_are_few_and_cite_claims(analysed: Any) -> None:
    """At most five pieces of advice and four risks, no text twice, each with a reason."""
    rows = [f"{m},{v + i},{900 - v + i}" for m, v in (("a", 90), ("b", 30)) for i in range(9)]
    result = analysed({"a.csv": "\n".join(["model,tokens_s,latency_ms", *rows])})
    texts = [item.text for item in result.recommendations]
    assert len(texts) == len(set(texts)) <= 5
    assert len(result.risks) <= 4
    assert all(item.claims for item in (*result.recommendations, *result.risks))
    assert "Where latency decides, prefer `a` among the groups compared." in texts
