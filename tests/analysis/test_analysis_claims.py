"""What may be ranked, what is refused, what is counted: from small files to claims."""

import json
from typing import Any

import pytest

from chimera.analysis.claims import Claim
from chimera.analysis.result import Analysis

SPEEDS = {"small": 90.0, "medium": 60.0, "large": 30.0}


def runs(speeds: dict[str, float], n: int = 5, column: str = "tokens_s") -> str:
    """Return a CSV with n runs per model, each a little faster than the one before."""
    rows = [f"{name},{speed + i / 10}" for name, speed in speeds.items() for i in range(n)]
    return "\n".join([f"model,{column}", *rows]) + "\n"


def ranks(result: Analysis) -> list[Claim]:
    """Return the rankings."""
    return [claim for claim in result.claims if claim.type == "rank"]


def of(result: Analysis, metric: str) -> list[Any]:
    """Return the values of the rows that have a metric."""
    return [
        result.facts[name].value
        for row in result.rows
        if row.metric == metric
        for name in row.facts.values()
    ]


def test_separated_groups_are_ranked(analysed: Any) -> None:
    """Five runs each without overlap support an order, with the leader named."""
    (claim,) = ranks(analysed({"runs.csv": runs(SPEEDS)}))
    assert (claim.strength, claim.leader) == ("supported", "small")
    assert "`small` > `medium` > `large`" in claim.text
    assert "`small` is highest: 1.498 times `medium` (Hodges-Lehmann, 95 %" in claim.text


def test_lower_is_better_for_times(analysed: Any) -> None:
    """In a time the smallest median leads."""
    (claim,) = ranks(analysed({"runs.csv": runs(SPEEDS, column="ttft_ms")}))
    assert claim.leader == "large"
    assert "`large` is lowest" in claim.text


def test_overlapping_groups_have_no_order(analysed: Any) -> None:
    """Groups that overlap are listed, and nobody leads."""
    rows = [
        f"{name},{v + i}" for name, v in zip("abc", (50, 52, 51), strict=True) for i in range(5)
    ]
    (claim,) = ranks(analysed({"runs.csv": "\n".join(["model,tokens_s", *rows])}))
    assert (claim.strength, claim.leader) == ("weak", None)
    assert "no order is claimed" in claim.text


def test_differences_too_small_to_matter_are_called_that(analysed: Any) -> None:
    """Groups without overlap but within two in a hundred are equal for all that matters."""
    result = analysed({"runs.csv": runs({"a": 1000.0, "b": 1001.0})})
    (claim,) = [claim for claim in result.claims if claim.type == "equivalence"]
    assert (claim.strength, claim.leader, ranks(result)) == ("supported", None, [])
    assert "No difference that matters: `b` is 1.001 times `a` (90 % interval" in claim.text


def test_medians_without_ratio_have_no_order(analysed: Any) -> None:
    """A median of zero has no ratio; that is said, not that the difference is small."""
    rows = [f"a,{v}" for v in (-0.2, -0.1, 0, 0.1, 0.2)] + [f"b,{i + 50}" for i in range(5)]
    (claim,) = ranks(analysed({"runs.csv": "\n".join(["model,loss", *rows])}))
    assert claim.leader is None
    assert "there is no ratio" in claim.text


def test_three_runs_per_group_are_not_ranked(analysed: Any) -> None:
    """Three runs each cannot differ at five per cent; how many it takes is said."""
    (claim,) = ranks(analysed({"runs.csv": runs(SPEEDS, n=3)}))
    assert (claim.strength, claim.leader) == ("not_testable", None)
    assert "at least 5 runs each are needed" in claim.text


def test_one_run_per_combination_is_refused(analysed: Any) -> None:
    """A sweep without repeats is refused, with its settings named, and not ranked."""
    rows = [
        f"{ctx},{layers},{ctx / 100 + layers}" for ctx in (512, 1024, 2048) for layers in (1, 2)
    ]
    result = analysed({"sweep.csv": "\n".join(["num_ctx,num_gpu,tokens_s", *rows])})
    assert ranks(result) == []
    (refusal,) = [refusal for refusal in result.refusals if refusal.topic == "sweep"]
    assert "`num_ctx` and `num_gpu`" in refusal.reason


def test_named_single_rows_stand_side_by_side(analysed: Any) -> None:
    """One row per name is shown as it is, and said to carry no order."""
    result = analysed({"q.csv": "model,accuracy\na,0.5\nb,0.7\nc,0.6\n"})
    (claim,) = [claim for claim in result.claims if claim.metric == "accuracy"]
    assert "`a` 0.5000, `b` 0.7000, `c` 0.6000; single values carry no order" in claim.text
    assert of(result, "accuracy") == [0.5, 0.7, 0.6]


def test_unknown_units_are_not_ranked(analysed: Any) -> None:
    """A latency without a unit is given as written and refused an order."""
    result = analysed({"runs.csv": runs(SPEEDS, column="latency")})
    assert ranks(result) == []
    assert [refusal.topic for refusal in result.refusals if refusal.topic == "units"] == ["units"]


def test_settings_are_not_ranked_as_groups(analysed: Any) -> None:
    """A setting that comes first may have done so by the order of runs: no comparison ranks it."""
    rows = [f"{ctx},{speed + i / 10}" for ctx, speed in ((1, 90), (2, 60)) for i in range(5)]
    assert ranks(analysed({"runs.csv": "\n".join(["num_ctx,tokens_s", *rows])})) == []


def test_duplicate_files_count_once(analysed: Any) -> None:
    """The same bytes twice give each value once, and say so."""
    once = analysed({"a.csv": runs(SPEEDS)})
    twice = analysed({"a.csv": runs(SPEEDS), "b.csv": runs(SPEEDS)})
    assert len(twice.rows) == len(once.rows)
    assert any("1 file held the same bytes" in claim.text for claim in twice.claims)


def test_csv_and_json_twins_count_once(analysed: Any) -> None:
    """A JSON file with the values of a CSV gives no second ranking and no second set of values."""
    lines = runs(SPEEDS).splitlines()[1:]
    rows = [{"model": line.split(",")[0], "tokens_s": float(line.split(",")[1])} for line in lines]
    result = analysed({"a.csv": runs(SPEEDS), "a.json": json.dumps(rows)})
    assert len(ranks(result)) == 1
    (covered,) = [c for c in result.claims if c.metric == "throughput" and c.type == "coverage"]
    assert covered.text == "Throughput in tok/s was read from 2 files: 15 values."


def test_equal_values_of_other_groups_are_no_copies(analysed: Any) -> None:
    """Two tables with the same values but other names are both shown."""
    result = analysed(
        {
            "a.csv": "model,accuracy\na,0.5\nb,0.7\nc,0.6\n",
            "b.csv": "model,accuracy\nx,0.5\ny,0.7\nz,0.6\n",
        }
    )
    assert len([row for row in result.rows if row.metric == "accuracy"]) == 6


def test_failed_rows_enter_no_statistic(analysed: Any) -> None:
    """A failed row is counted, and its zeros are in no mean."""
    text = "model,tokens_s,error\n" + "".join(f"a,{50 + i},\n" for i in range(5))
    result = analysed({"x/runs.csv": text + "a,0,connection refused\n"})
    (row,) = [row for row in result.rows if row.metric == "throughput"]
    assert (row.n, result.facts[row.facts["min"]].value) == (5, 50)
    counts = [result.facts[name].value for name in result.failed_rows["x"]]
    assert counts == [1, 6, 1]


def test_absence_is_claimed_only_where_nothing_is(analysed: Any) -> None:
    """Throughput is absent if no file has it, and never if one has."""
    without = analysed({"a.csv": "model,accuracy\na,0.5\nb,0.7\n"})
    having = analysed({"a.csv": runs(SPEEDS), "b.csv": "model,accuracy\na,0.5\nb,0.7\n"})
    absent = {c.metric for c in without.claims if c.type == "absence"}
    assert absent == {"throughput", "ttft"}
    assert {c.metric for c in having.claims if c.type == "absence"} == {"ttft"}


def test_aggregates_are_never_pooled(analysed: Any) -> None:
    """Means that a tool computed stay single figures: no median and no ranking of them."""
    rows = [f"{name},{v + i},5" for name, v in (("a", 10.0), ("b", 50.0)) for i in range(5)]
    result = analysed({"s.csv": "\n".join(["model,mean_latency_ms,runs", *rows])})
    found = [row for row in result.rows if row.metric == "latency"]
    assert [list(row.facts) for row in found] == [["mean"]] * 10
    assert {row.n for row in found} == {5}
    assert ranks(result) == []


def test_prose_carries_no_finding(analysed: Any) -> None:
    """Figures in a document are named as such and used by no claim."""
    prose = "We measured the model on the machine and think that it is fast enough for us. " * 20
    text = f"# Report\n\n{prose}\n\n| model | tokens_s |\n|---|---|\n| a | 999 |\n\n{prose}\n"
    result = analysed({"README.md": text, "a.csv": runs(SPEEDS)})
    assert 999 not in {fact.value for fact in result.facts.values()}


@pytest.mark.parametrize("value", ["1e308", "-1e308", "5e-324", "1e-300", "0"])
def test_extreme_values_end_in_an_analysis(analysed: Any, value: str) -> None:
    """No number that a file can hold breaks the analysis, and every fact is finite."""
    rows = [f"{name},{value},{i + 1}" for name in "ab" for i in range(6)]
    result = analysed({"a.csv": "\n".join(["model,tokens_s,ttft_s", *rows])})
    assert Analysis.model_validate_json(result.model_dump_json()) == result


def test_every_fact_of_a_claim_exists(analysed: Any) -> None:
    """Claims, refusals and advice refer to facts and claims that are there."""
    result = analysed({"a.csv": runs(SPEEDS), "b.csv": runs(SPEEDS, n=1), "c.json": "{}"})
    ids = {item.id for item in (*result.claims, *result.refusals)}
    cited = {name for item in (*result.claims, *result.refusals) for name in item.facts}
    assert cited <= set(result.facts)
    assert {
        name for item in (*result.recommendations, *result.risks) for name in item.claims
    } <= ids


def test_percentile_tables_are_no_samples(analysed: Any) -> None:
    """Rows of a percentile table are quantiles of one run: no median of them, no n."""
    rows = [f"{percent},{1 + percent / 100}" for percent in range(101)]
    result = analysed({"ab.csv": "\n".join(["Percentage served,Time in ms", *rows])})
    assert {fact.statistic for fact in result.facts.values() if fact.sources[0].path != "."} == {
        "quantile"
    }
