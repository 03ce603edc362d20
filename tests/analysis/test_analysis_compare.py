"""Comparisons of groups: orders, ties, equality, and what may not be compared at all."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chimera.analysis.claims import Claim
from chimera.analysis.result import Analysis
from chimera.analysis.stage import analyse
from chimera.evidence import collect

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "llm-bench"
Rows = list[tuple[str, ...]]


def table(header: str, rows: list[Any]) -> str:
    """Return a CSV."""
    lines = [",".join(map(str, row)) if isinstance(row, tuple) else row for row in rows]
    return "\n".join([header, *lines]) + "\n"


def around(rng: random.Random, centre: float, n: int, spread: float = 0.01) -> list[float]:
    """Return n positive values around a centre."""
    return [round(centre * rng.lognormvariate(0, spread), 4) for _ in range(n)]


def compared(result: Analysis, metric: str = "throughput") -> list[Claim]:
    """Return what was said about groups of a metric."""
    return [c for c in result.claims if c.type in {"rank", "equivalence"} and c.metric == metric]


def refused(result: Analysis, topic: str) -> list[str]:
    """Return the reasons of the refusals on a topic."""
    return [refusal.reason for refusal in result.refusals if refusal.topic == topic]


def test_ties_stand_in_one_tier(analysed: Any) -> None:
    """Two groups that overlap share a place, and both stand before the third."""
    rng = random.Random(1)  # noqa: S311  a test draws its data
    rows = [(m, v) for m, c in (("a", 90), ("b", 90.9), ("c", 40)) for v in around(rng, c, 6, 0.03)]
    (claim,) = compared(analysed({"runs.csv": table("model,tokens_s", rows)}))
    first, second, third = claim.groups
    assert (claim.strength, claim.leader, third) == ("supported", None, "c")
    assert f"`{first}`, `{second}` > `c`" in claim.text
    assert f"`{first}` and `{second}` cannot be told apart." in claim.text


def test_the_sentence_holds_ratio_interval_test_and_family(analysed: Any) -> None:
    """The facts of a pair are those of the statistics, with formulas over the groups' stems."""
    rows = [(m, c + i) for m, c in (("a", 90), ("b", 60), ("c", 30)) for i in range(5)]
    result = analysed({"runs.csv": table("model,tokens_s", rows)})
    (claim,) = compared(result)
    stated = {f.statistic: f for f in map(result.facts.__getitem__, claim.facts) if "of the other"}
    assert stated["ratio"].formula.startswith("hodges_lehmann_ratio(F")
    assert stated["ratio_low"].value < stated["ratio"].value < stated["ratio_high"].value
    assert stated["ratio_low"].formula.endswith(", level=0.95)")
    assert stated["p_value"].formula.startswith("holm(1, F")
    assert stated["p_value"].value == pytest.approx(3 * 2 / 252)
    assert stated["delta"].value == 1
    assert "Holm over 3 pairs" in claim.text


def test_every_p_value_that_was_adjusted_for_is_a_fact(analysed: Any) -> None:
    """The arguments of Holm's method are facts of the report."""
    rows = [(m, c + i) for m, c in (("a", 90), ("b", 60), ("c", 30)) for i in range(5)]
    result = analysed({"runs.csv": table("model,tokens_s", rows)})
    (adjusted,) = [fact for fact in result.facts.values() if fact.statistic == "p_value"]
    arguments = adjusted.formula.removeprefix("holm(").removesuffix(")").split(", ")[1:]
    assert len(arguments) == 3
    assert set(arguments) <= set(result.facts)


def test_lower_values_come_first_in_times(analysed: Any) -> None:
    """The order of a time is written by value, the best first."""
    rows = [(m, c + i) for m, c in (("a", 90), ("b", 60)) for i in range(5)]
    (claim,) = compared(analysed({"runs.csv": table("model,ttft_ms", rows)}), "ttft")
    assert "`b` < `a`" in claim.text
    assert "`b` is lowest: " in claim.text


def test_groups_are_compared_under_the_same_settings(analysed: Any) -> None:
    """Each level of a setting is a comparison of its own; levels are not ranked."""
    rows = [
        (m, ctx, c / ctx + i)
        for m, c in (("a", 900), ("b", 400))
        for ctx in (1, 2)
        for i in range(5)
    ]
    claims = compared(analysed({"runs.csv": table("model,num_ctx,tokens_s", rows)}))
    assert [claim.groups for claim in claims] == [["a", "b"], ["a", "b"]]
    assert ["`num_ctx` = `1`" in claim.text for claim in claims] == [True, False]


def test_a_sweep_without_repeats_is_paired_by_its_settings(analysed: Any) -> None:
    """Models that ran the same settings once each are compared setting by setting."""
    rows = [(m, ctx, f * ctx) for ctx in range(1, 10) for m, f in (("a", 1.3), ("b", 1.0))]
    random.Random(3).shuffle(rows)  # noqa: S311  a test draws its data
    result = analysed({"runs.csv": table("model,num_ctx,tokens_s", rows)})
    (claim,) = compared(result)
    assert (claim.strength, claim.leader) == ("supported", "a")
    assert "paired by `num_ctx`" in claim.text
    (ratio,) = [f for f in result.facts.values() if f.formula.startswith("paired_ratio")]
    assert ratio.value == pytest.approx(1.3)


def test_tasks_that_all_did_once_pair_the_models(analysed: Any) -> None:
    """One row per model and task: models are compared task by task, tasks not with each other."""
    rows = [(m, f"t{t}", f * t) for t in range(1, 10) for m, f in (("a", 1.3), ("b", 1.0))]
    (claim,) = compared(analysed({"runs.csv": table("model,task,latency_ms", rows)}), "latency")
    assert (claim.leader, claim.groups) == ("b", ["b", "a"])
    assert "paired by `task`" in claim.text


def test_different_settings_are_not_compared(analysed: Any) -> None:
    """Models that never ran under one setting are refused an order."""
    rows = [(m, ctx, v + i) for m, ctx, v in (("a", 1, 90), ("b", 2, 40)) for i in range(5)]
    result = analysed({"runs.csv": table("model,num_ctx,tokens_s", rows)})
    assert compared(result) == []
    reasons = refused(result, "confounded")
    assert any("did not run under the same `num_ctx`" in reason for reason in reasons)


def test_different_hosts_are_not_compared(analysed: Any) -> None:
    """A model that ran on another machine is not compared."""
    rows = [(m, f"host-{m}", v + i) for m, v in (("a", 90), ("b", 40)) for i in range(5)]
    result = analysed({"runs.csv": table("model,hostname,tokens_s", rows)})
    assert compared(result) == []
    assert "ran on different hosts" in refused(result, "confounded")[0]


def test_different_tests_are_not_ranked(analysed: Any) -> None:
    """Names of tests say what was done: which of them is faster says nothing."""
    rows = [(t, v + i) for t, v in (("sort", 90), ("hash", 40)) for i in range(5)]
    result = analysed({"runs.csv": table("benchmark,latency_ms", rows)})
    assert compared(result, "latency") == []
    assert "No order is claimed across `benchmark`" in refused(result, "workload")[0]


def test_totals_of_unequal_work_are_not_compared(analysed: Any) -> None:
    """A latency with three times the tokens is refused; the rate is compared with a caveat."""
    rows = [
        (m, t, t * 10 + i, 90 + f - i)
        for m, t, f in (("a", 100, 40), ("b", 300, 1))
        for i in range(5)
    ]
    text = table("model,output_tokens,latency_ms,tokens_s", rows)
    result = analysed({"runs.csv": text})
    assert compared(result, "latency") == []
    (reason,) = refused(result, "workload")
    assert "median `output_tokens` of 100 for `a` and of 300 for `b`" in reason
    (claim,) = compared(result)
    assert "Mind that the work was unequal" in claim.text


def test_cold_starts_are_left_out_of_times(analysed: Any) -> None:
    """A group whose first runs had to load is compared by its warm ones, which is said."""
    rows = [("a", 5100, 5000), *(("a", 100 + i, 10 + i) for i in range(6))]
    rows += [("b", 70 + i, 10 + i) for i in range(7)]
    (claim,) = compared(analysed({"r.csv": table("model,ttft_ms,load_ms", rows)}), "ttft")
    assert claim.leader == "b"
    assert "warm runs (1 of 14 were cold starts)" in claim.text
    assert "`a` 102.5 ms (n = 6)" in claim.text


def test_values_without_direction_are_not_compared(analysed: Any) -> None:
    """Counts have no better side, so nothing is said of their order."""
    rows = [(m, v + i) for m, v in (("a", 900), ("b", 100)) for i in range(5)]
    result = analysed({"runs.csv": table("model,output_tokens", rows)})
    assert [c for c in result.claims if c.type in {"rank", "equivalence"}] == []


def test_too_many_groups_are_refused_by_name(analysed: Any) -> None:
    """Thirty models are more than a family of pairs carries."""
    rows = [(f"m{k}", 10 * k + i + 1) for k in range(30) for i in range(5)]
    result = analysed({"runs.csv": table("model,tokens_s", rows)})
    assert compared(result) == []
    assert "too many pairs" in refused(result, "untested")[0]


def test_of_many_groups_the_first_are_named(analysed: Any) -> None:
    """Ten models are all tested, and four of them listed."""
    rows = [(f"m{k}", 100 * (k + 1) + i) for k in range(10) for i in range(8)]
    (claim,) = compared(analysed({"runs.csv": table("model,tokens_s", rows)}))
    assert len(claim.groups) == 10
    assert "`m9` > `m8` > `m7` > `m6` > …" in claim.text
    assert "and 6 more" in claim.text


def test_readings_of_a_monitor_are_not_compared(analysed: Any) -> None:
    """Readings in time of one process are no runs."""
    rows = [
        (f"2025-01-01T00:00:{i:02}", p, v + i) for i in range(9) for p, v in (("x", 90), ("y", 5))
    ]
    result = analysed({"mon.csv": table("timestamp,name,memory_mb", rows)})
    assert compared(result, "memory") == []


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000))
def test_the_order_of_rows_and_names_of_groups_do_not_matter(
    tmp_path_factory: Any, seed: int
) -> None:
    """Shuffled rows give the same sentences; other names give the same ones with those names."""
    rng = random.Random(seed)  # noqa: S311  a test draws its data
    rows = [
        (m, v) for m, c in (("ax", 50), ("bx", 51), ("cx", 70)) for v in around(rng, c, 6, 0.02)
    ]
    shuffled = rng.sample(rows, len(rows))
    other = {"ax": "zz", "bx": "yy", "cx": "xx"}
    texts = []
    for found in (rows, shuffled, [(other[m], v) for m, v in rows]):
        root = tmp_path_factory.mktemp("bench")
        (root / "runs.csv").write_text(table("model,tokens_s", found))
        (claim,) = compared(analyse(collect(root))[0])
        texts.append(claim.text)
    for old, new in other.items():
        texts[2] = texts[2].replace(f"`{new}`", f"`{old}`")
    assert texts[0] == texts[1] == texts[2]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.sampled_from([0.001, 0.5, 64.0, 1000.0]))
def test_the_verdict_does_not_depend_on_the_scale(
    tmp_path_factory: Any, seed: int, scale: float
) -> None:
    """All values times a constant: the same strength, leader and order."""
    rng = random.Random(seed)  # noqa: S311  a test draws its data
    rows = [(m, v) for m, c in (("a", 50), ("b", 51), ("c", 60)) for v in around(rng, c, 6, 0.02)]
    found = []
    for factor in (1.0, scale):
        root = tmp_path_factory.mktemp("bench")
        scaled = [(m, repr(v * factor)) for m, v in rows]
        (root / "runs.csv").write_text(table("model,tokens_s", scaled))
        (claim,) = compared(analyse(collect(root))[0])
        found.append((claim.type, claim.strength, claim.leader, claim.groups))
    assert found[0] == found[1]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_quantisations_of_the_corpus_are_ordered() -> None:
    """Five runs each support q4_0 > q5_K_M > q8_0 in throughput; nothing is crowned by one run."""
    result, _ = analyse(collect(CORPUS))
    (claim,) = [c for c in compared(result) if "`csv_data/ollama_quant_bench.csv`" in c.text]
    assert (claim.strength, claim.groups) == ("supported", ["q4_0", "q5_K_M", "q8_0"])
    assert "`q4_0` > `q5_K_M` > `q8_0`" in claim.text
    assert claim.text.count("(n = 5)") == 3
    for other in result.claims:
        if other.leader and other.strength == "supported":
            assert all(result.facts[name].n != 1 for name in other.facts)
