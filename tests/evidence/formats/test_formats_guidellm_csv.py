"""GuideLLM's CSV: three rows of header, percentiles within one cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, Table

FILE = Path(__file__).parents[2] / "data" / "formats" / "guidellm-csv" / "benchmarks.csv"


def numbers(tables: list[Table], metric: str) -> dict[tuple[str, str], Measurement]:
    """Return the numbers of a metric by row and statistic."""
    every = [one for table in tables for one in table.measurements() if one.metric == metric]
    return {(one.locator.split(",")[0], one.statistic): one for one in every}


def test_the_three_rows_of_the_header_name_metric_unit_and_statistic(
    fixture: Callable[[str], list[Table]],
) -> None:
    """The values are those of the JSON of the same run."""
    itl = numbers(fixture("guidellm-csv/benchmarks.csv"), "itl")
    first = itl["row 4", "mean"]
    assert (first.value, first.unit, first.definition) == (1.1508464813232422, "ms", "guidellm.itl")
    assert itl["row 5", "stdev"].value == 0.18373557499476845
    assert itl["row 5", "stdev"].direction is None


def test_percentiles_are_parts_of_a_cell(fixture: Callable[[str], list[Table]]) -> None:
    """The list holds min, eight percentiles and max around no median."""
    latency = numbers(fixture("guidellm-csv/benchmarks.csv"), "e2e_latency")
    assert latency["row 4", "p99"].value == 0.020308971405029297
    assert latency["row 4", "min"].text == "0.019269227981567383"
    assert {statistic for _, statistic in latency} >= {"p0.1", "p1", "p25", "p75", "max"}


def test_labels_params_and_counts(fixture: Callable[[str], list[Table]]) -> None:
    """The model stands in a cell of JSON; n are the successful requests."""
    first = numbers(fixture("guidellm-csv/benchmarks.csv"), "ttft")["row 4", "mean"]
    assert (first.labels, first.n) == ({"model": "e2e-mock-model"}, 2)
    assert first.params["profile"] == "constant"


def test_a_run_without_success_is_a_failure(written: Callable[..., Evidence]) -> None:
    """Nothing of it counts."""
    lines = FILE.read_text().split("\n")
    lines[4] = lines[4].replace(",2,0,0,2,", ",0,0,2,2,")
    (table,) = written("\n".join(lines)).tables
    assert table.failures == {1: "no request was successful"}
    assert table.params["errored_requests"] == ("", "2")


def test_short_rows_and_broken_cells_do_not_raise(written: Callable[..., Evidence]) -> None:
    """A torn file is read as far as it goes."""
    text = FILE.read_text().replace("{", "[").replace("[0.0", "[x")
    assert written(text[:-300]).inventory.files[0].status == "read"
