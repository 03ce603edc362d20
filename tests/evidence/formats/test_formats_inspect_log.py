"""Inspect: scores with their errors, logs and samples that failed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import Evidence, Measurement, Table

SUCCESS = "inspect/success.json"
FILE = Path(__file__).parents[2] / "data" / "formats" / SUCCESS


def numbers(tables: list[Table]) -> dict[str, Measurement]:
    """Return the numbers by their place."""
    return {one.locator: one for table in tables for one in table.measurements()}


def test_a_score_has_its_metric_and_error(fixture: Callable[[str], list[Table]]) -> None:
    """The standard error belongs to the accuracy."""
    found = numbers(fixture(SUCCESS))
    accuracy = found["/results/scores/0/metrics/accuracy/value"]
    assert (accuracy.metric, accuracy.value) == ("accuracy", 0.6666666666666666)
    assert (accuracy.direction, accuracy.n) == ("higher", 3)
    error = found["/results/scores/0/metrics/stderr/value"]
    assert (error.metric, error.statistic, error.direction) == ("accuracy", "stderr", None)


def test_task_model_and_scorer_are_labels(fixture: Callable[[str], list[Table]]) -> None:
    """Two scorers of one run are told apart."""
    found = numbers(fixture(SUCCESS))
    one = found["/results/scores/1/metrics/accuracy/value"]
    assert (one.labels["task"], one.labels["model"]) == ("capitals", "mockllm/model")
    assert (one.labels["scorer"], one.params["epochs"]) == ("includes", "1")


def test_samples_are_raw(fixture: Callable[[str], list[Table]]) -> None:
    """Their marks C and I are no numbers, their times are."""
    found = numbers(fixture(SUCCESS))
    one = found["/samples/0/total_time"]
    assert (one.metric, one.unit, one.statistic) == ("duration", "s", "raw")
    assert not any(locator.endswith("scores/match/value") for locator in found)


def test_a_failed_log_is_a_failure(fixture: Callable[[str], list[Table]]) -> None:
    """It has no results, and says why."""
    failures = [
        reason for table in fixture("inspect/error.json") for reason in table.failures.values()
    ]
    assert "status error: ValueError('no answer')" in failures


def test_a_failed_sample_is_a_failure(fixture: Callable[[str], list[Table]]) -> None:
    """The score is of the two others."""
    tables = fixture("inspect/one-failed-sample.json")
    accuracy = numbers(tables)["/results/scores/0/metrics/accuracy/value"]
    assert (accuracy.n, accuracy.params["total_samples"]) == (2, "3")
    samples = [table for table in tables if table.name == "/samples/*"]
    assert "error: ValueError('no answer')" in [r for t in samples for r in t.failures.values()]


def test_the_header_of_an_archive_holds_the_scores(fixture: Callable[[str], list[Table]]) -> None:
    """Its samples lie in other members."""
    found = numbers(fixture("inspect/header.json"))
    assert found["/results/scores/0/metrics/accuracy/value"].value == 0.6666666666666666
    assert found["/stats/model_usage/mockllm~1model/output_tokens"].value == 16


def test_numeric_scores_of_samples_are_read(written: Callable[..., Evidence]) -> None:
    """With the scorer as their definition."""
    log = json.loads(FILE.read_text())
    log["samples"][0]["scores"] = {"grade": {"value": 0.75}}
    one = numbers(list(written(json.dumps(log)).tables))["/samples/0/scores/grade/value"]
    assert (one.value, one.definition, one.direction) == (0.75, "inspect.grade", None)


@pytest.mark.parametrize("odd", [None, 3, "x", [], [None], {"a": 1}])
def test_odd_types_do_not_raise(written: Callable[..., Evidence], odd: object) -> None:
    """Wrong types below the known keys are left out."""
    log = json.loads(FILE.read_text())
    log["samples"] = [odd, {"scores": odd, "error": odd, "id": odd}]
    log["results"] = {"scores": [odd, {"metrics": odd}]}
    log |= {"stats": odd, "status": odd, "error": odd}
    log["eval"] |= {"dataset": odd, "config": odd, "model_generate_config": odd}
    assert written(json.dumps(log)).inventory.files[0].status == "read"
