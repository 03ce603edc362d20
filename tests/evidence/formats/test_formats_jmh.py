"""JMH: parameters in the row, direction from the mode, 99.9 % errors, decimal commas."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chimera.evidence import Evidence, Measurement, Table
from chimera.evidence.formats.jmh import measure_of

Fixture = Callable[[str], list[Table]]


def measured(tables: list[Table], **wanted: str) -> list[Measurement]:
    """Return the measurements whose fields have these values."""
    found = [one for table in tables for one in table.measurements()]
    return [one for one in found if all(getattr(one, k) == v for k, v in wanted.items())]


def test_parameters_keep_rows_apart(fixture: Fixture) -> None:
    """Bencher ignores them, so that `size=10` and `size=1000` are one benchmark there."""
    scores = measured(fixture("jmh/modes.json"), statistic="mean", metric="throughput")
    assert [(one.params["size"], one.text) for one in scores] == [("10", "265.1"), ("1000", "4.71")]


def test_the_mode_decides_metric_and_direction(fixture: Fixture) -> None:
    """Operations per time are better high, time per operation low."""
    scores = measured(fixture("jmh/modes.json"), statistic="mean")
    found = {(m.params["mode"], m.metric, m.unit, m.direction) for m in scores if m.unit != "B/op"}
    assert found == {
        ("thrpt", "throughput", "op/us", "higher"),
        ("avgt", "duration", "us/op", "lower"),
        ("sample", "duration", "us/op", "lower"),
        ("ss", "duration", "us/op", "lower"),
    }


def test_iterations_of_every_fork_are_samples(fixture: Fixture) -> None:
    """Both incumbents ignore `rawData`."""
    tables = fixture("jmh/parameters.json")
    runs = measured(tables, statistic="raw")
    assert [one.text for one in runs] == [
        "3.376842765688582E9", "3.37651988895058E9", "3.375353964729294E9"
    ]  # fmt: skip
    assert runs[0].locator == "/0/primaryMetric/rawData/0/0"
    assert measured(tables, statistic="mean")[0].n == 3


def test_percentiles_of_samples_are_read(fixture: Fixture) -> None:
    """`0.0` and `100.0` are minimum and maximum."""
    found = measured(fixture("jmh/modes.json"), metric="duration")
    sample = {m.statistic: m.text for m in found if m.params["mode"] == "sample"}
    assert (sample["min"], sample["median"], sample["p99"]) == ("0.21", "0.24", "0.451")
    assert (sample["p99.9"], sample["max"]) == ("1.9", "30.1")


def test_the_error_is_half_of_an_interval(fixture: Fixture) -> None:
    """Of 99.9 %, and no deviation; `NaN` is none."""
    tables = fixture("jmh/modes.json")
    half = measured(tables, statistic="ci_half_width", metric="throughput")[0]
    assert (half.definition, half.direction, half.text) == ("jmh.interval_99.9", None, "2.9")
    assert not [m for m in measured(tables, statistic="ci_half_width") if m.params["mode"] == "ss"]
    assert measured(tables, statistic="ci_low")[0].text == "262.20000000000005"


def test_secondary_results_keep_their_names(fixture: Fixture) -> None:
    """Allocation per operation is no time."""
    (one,) = measured(fixture("jmh/modes.json"), metric="gc.alloc.rate.norm", statistic="mean")
    assert (one.unit, one.direction, one.value) == ("B/op", "lower", 0.001)


def test_csv_puts_percentiles_and_secondary_results_into_rows(fixture: Fixture) -> None:
    """`:sum·p0.99` is a percentile of the benchmark before it."""
    tables = fixture("jmh/modes.csv")
    (percentile,) = measured(tables, statistic="p99")
    assert (percentile.labels["benchmark"], percentile.params["size"]) == ("x.Sum.sum", "1000")
    (norm,) = measured(tables, metric="gc.alloc.rate.norm", statistic="mean")
    assert norm.labels["benchmark"] == "x.Sum.sum"
    assert [one.n for one in measured(tables, metric="throughput", statistic="mean")] == [6, 6]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("jmh/decimal_comma.csv", [2163.8189, 413854.127159, 2157.86937]),
        ("jmh-console/decimal_comma.txt", [163.916, 226.486, 57.643]),
    ],
)
def test_a_decimal_comma_groups_no_thousands(
    fixture: Fixture, name: str, values: list[float]
) -> None:
    """`163,916` is not 163916."""
    scores = measured(fixture(name), statistic="mean")
    assert [one.value for one in scores] == values


def test_the_table_says_the_same(fixture: Fixture) -> None:
    """Parameters from the header, percentiles by name, `≈ 10⁻⁵` no number."""
    tables = fixture("jmh-console/modes.txt")
    scores = measured(tables, metric="throughput", statistic="mean")
    assert [(m.text, m.params["size"], m.n) for m in scores] == [
        ("265.104", "10", 6), ("4.712", "1000", 6)
    ]  # fmt: skip
    assert len(measured(tables, metric="gc.alloc.rate.norm", statistic="mean")) == 1
    assert [m.text for m in measured(tables, statistic="p99.99")] == ["12.304"]
    assert "264.021" not in [one.text for one in measured(tables)]


@pytest.mark.parametrize(
    "more",
    [
        {"primaryMetric": {"score": "NaN", "rawData": [1, [None, "x"]], "scorePercentiles": []}},
        {"params": [], "primaryMetric": {"score": {}, "scoreConfidence": 3}, "secondaryMetrics": 1},
    ],
)
def test_odd_types_do_not_raise(written: Callable[..., Evidence], more: dict[str, object]) -> None:
    """Whatever stands in a result, the others are read."""
    good = {"benchmark": "a", "mode": "avgt", "primaryMetric": {"score": 1.5, "scoreUnit": "us/op"}}
    tables = list(written(json.dumps([good, {**good, **more}])).tables)
    assert [one.value for one in measured(tables, statistic="mean")] == [1.5]


def test_a_mode_and_a_unit_that_contradict_each_other_have_no_better_side() -> None:
    """`thrpt` in `s/op` is neither a rate nor a time: nobody says which way is better."""
    assert measure_of("thrpt", "s/op", "mean").direction is None
    assert measure_of("avgt", "ops/s", "mean").direction is None
    assert measure_of("thrpt", "ops/us", "mean").direction == "higher"
    assert measure_of("avgt", "us/op", "mean").direction == "lower"
    assert measure_of("ss", "ms/op", "mean").direction == "lower"
