"""lm-evaluation-harness: old and new names, directions of the file, groups told apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import Evidence, Measurement, Table

OLD = "lm-eval/160m-5shot_step103000.json"
NEW = "lm-eval/results_new.json"
FILE = Path(__file__).parents[2] / "data" / "formats" / NEW


def numbers(tables: list[Table]) -> dict[str, Measurement]:
    """Return the numbers by their place behind the task."""
    every = [one for table in tables for one in table.measurements()]
    return {one.locator: one for one in every}


def test_old_names_have_no_filter(fixture: Callable[[str], list[Table]]) -> None:
    """Model and revision are labels, shots and the version of the task settings."""
    one = numbers(fixture(OLD))["/results/lambada_openai/acc"]
    assert (one.metric, one.value, one.direction) == ("accuracy", 0.2718804579856394, "higher")
    assert one.labels["model"] == "EleutherAI/pythia-v1.1-160m"
    assert (one.labels["revision"], one.labels["task"]) == ("step103000", "lambada_openai")
    assert (one.params["num_fewshot"], one.params["task_version"]) == ("5", "0")


def test_the_usual_direction_counts_where_the_file_has_none(
    fixture: Callable[[str], list[Table]],
) -> None:
    """Perplexity is better low."""
    one = numbers(fixture(OLD))["/results/lambada_openai/ppl"]
    assert (one.metric, one.direction) == ("perplexity", "lower")


def test_the_file_says_which_way_is_better(fixture: Callable[[str], list[Table]]) -> None:
    """Also of a metric nobody else knows."""
    found = numbers(fixture(NEW))
    assert found["/results/toxigen~1own/toxicity,none"].direction == "lower"
    assert found["/results/gsm8k/exact_match,strict-match"].direction == "higher"


def test_a_direction_on_which_tasks_disagree_is_unknown(written: Callable[..., Evidence]) -> None:
    """Neither side is taken."""
    run = json.loads(FILE.read_text())
    run["higher_is_better"]["mmlu_virology"]["acc"] = False
    found = numbers(list(written(json.dumps(run)).tables))
    assert found["/results/mmlu_anatomy/acc,none"].direction is None


def test_another_filter_is_another_definition(fixture: Callable[[str], list[Table]]) -> None:
    """A strict match is not compared with a flexible one, nor acc with acc_norm."""
    found = numbers(fixture(NEW))
    definitions = {
        found[f"/results/gsm8k/exact_match,{name}"].definition
        for name in ("strict-match", "flexible-extract")
    }
    assert definitions == {
        "lm-eval.exact_match.strict-match",
        "lm-eval.exact_match.flexible-extract",
    }
    old = numbers(fixture(OLD))
    assert old["/results/logiqa/acc"].definition is None
    assert old["/results/logiqa/acc_norm"].definition == "lm-eval.acc_norm"


def test_standard_errors_belong_to_their_metric(fixture: Callable[[str], list[Table]]) -> None:
    """`N/A` is no number."""
    found = numbers(fixture(NEW))
    error = found["/results/mmlu_anatomy/acc_stderr,none"]
    assert (error.metric, error.statistic, error.direction) == ("accuracy", "stderr", None)
    assert "/results/wikitext/word_perplexity_stderr,none" not in found


def test_n_are_the_samples_that_were_asked(fixture: Callable[[str], list[Table]]) -> None:
    """A limit leaves 100 of 1319; old files do not say."""
    assert numbers(fixture(NEW))["/results/gsm8k/exact_match,strict-match"].n == 100
    assert numbers(fixture(OLD))["/results/wsc/acc"].n is None


def test_groups_are_labelled_and_read_once(fixture: Callable[[str], list[Table]]) -> None:
    """One stands among the results too, the other does not."""
    found = numbers(fixture(NEW))
    assert found["/results/mmlu/acc,none"].labels["level"] == "group"
    assert found["/groups/mmlu_stem/acc,none"].labels["level"] == "group"
    assert "/groups/mmlu/acc,none" not in found
    assert not found["/results/mmlu_anatomy/acc,none"].labels["level"]


def test_the_time_taken_is_a_duration(fixture: Callable[[str], list[Table]]) -> None:
    """It is written as text."""
    one = numbers(fixture(NEW))["/total_evaluation_time_seconds"]
    assert (one.metric, one.value, one.unit) == ("duration", 312.4375, "s")


@pytest.mark.parametrize("odd", [None, 3, "x,=", [], [None], {"a": 1}])
def test_odd_types_do_not_raise(written: Callable[..., Evidence], odd: object) -> None:
    """Wrong types below the known keys are left out."""
    run = json.loads(FILE.read_text())
    run |= dict.fromkeys(("config", "n-shot", "n-samples", "groups", "group_subtasks"), odd)
    run["higher_is_better"] = {"gsm8k": odd, "mmlu": {"acc": odd}}
    run["results"]["gsm8k"] = odd
    assert written(json.dumps(run)).inventory.files[0].status == "read"
