"""HELM: statistics over trials, by split and perturbation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import Evidence, Measurement, Table

STATS = "helm/stats.json"
FILE = Path(__file__).parents[2] / "data" / "formats" / STATS


def numbers(tables: list[Table]) -> dict[str, Measurement]:
    """Return the numbers by their place."""
    return {one.locator: one for table in tables for one in table.measurements()}


def test_the_name_gives_metric_and_labels(fixture: Callable[[str], list[Table]]) -> None:
    """A perturbed metric is told from the plain one of its split."""
    found = numbers(fixture(STATS))
    mean = found["/1/mean"]
    assert (mean.metric, mean.value, mean.n) == ("exact_match", 0.5625, 3)
    assert mean.labels["split"] == "valid"
    assert found["/3/mean"].labels["perturbation"] == "dialect"
    assert not found["/2/mean"].labels["perturbation"]


def test_times_are_seconds(fixture: Callable[[str], list[Table]]) -> None:
    """And better low."""
    one = numbers(fixture(STATS))["/4/mean"]
    assert (one.metric, one.unit, one.direction) == ("e2e_latency", "s", "lower")


def test_a_deviation_is_that_of_a_population(fixture: Callable[[str], list[Table]]) -> None:
    """Of a single trial it says nothing."""
    found = numbers(fixture(STATS))
    assert found["/1/stddev"].definition == "helm.population_stddev"
    assert found["/1/stddev"].valid
    assert found["/2/stddev"].reason == "deviation of a single value"


def test_a_statistic_of_nothing_is_a_failure(fixture: Callable[[str], list[Table]]) -> None:
    """A count of 0 has no mean."""
    failures = [reason for table in fixture(STATS) for reason in table.failures.values()]
    assert failures == ["statistic of nothing"]


@pytest.mark.parametrize("odd", [None, 3, "x", [], [None], {"name": []}])
def test_odd_types_do_not_raise(written: Callable[..., Evidence], odd: object) -> None:
    """Wrong types below the known keys are left out."""
    stats = [*json.loads(FILE.read_text()), odd, {"name": odd, "count": odd, "mean": odd}]
    stats[1]["name"]["perturbation"] = odd
    assert written(json.dumps(stats)).inventory.files[0].status == "read"
