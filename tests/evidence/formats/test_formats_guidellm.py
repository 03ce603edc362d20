"""GuideLLM: successful requests only, units by name, definitions of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import Evidence, Measurement, Table

FILE = Path(__file__).parents[2] / "data" / "formats" / "guidellm" / "report.json"


def every(tables: list[Table]) -> list[Measurement]:
    """Return all numbers of the tables."""
    return [one for table in tables for one in table.measurements()]


def test_statistics_are_those_of_successful_requests(
    fixture: Callable[[str], list[Table]],
) -> None:
    """Neither the total nor the failed requests are read."""
    numbers = every(fixture("guidellm/report.json"))
    assert all("/successful/" in one.locator for one in numbers)
    first = numbers[0]
    assert (first.metric, first.statistic, first.value) == (
        "e2e_latency",
        "mean",
        0.01978909969329834,
    )


def test_seconds_and_milliseconds_are_told_apart(fixture: Callable[[str], list[Table]]) -> None:
    """The latency of a request is in s, that of its tokens in ms."""
    numbers = every(fixture("guidellm/report.json"))
    units = {one.metric: one.unit for one in numbers}
    assert units["e2e_latency"] == "s"
    assert (units["ttft"], units["itl"], units["tpot"]) == ("ms", "ms", "ms")


def test_itl_and_tpot_have_definitions_of_their_own(
    fixture: Callable[[str], list[Table]],
) -> None:
    """They are never compared with those of vLLM."""
    numbers = every(fixture("guidellm/report.json"))
    definitions = {one.metric: one.definition for one in numbers}
    assert (definitions["itl"], definitions["tpot"]) == ("guidellm.itl", "guidellm.tpot")


def test_percentiles_are_named_by_what_they_are(fixture: Callable[[str], list[Table]]) -> None:
    """`p001` is the 0.1st, `p01` the first, `p999` the 99.9th."""
    table = fixture("guidellm/report.json")[0]
    names = {s.column.rpartition("/")[2]: s.statistic for s in table.series if s.metric == "ttft"}
    assert (names["p001"], names["p01"], names["p999"]) == ("p0.1", "p1", "p99.9")
    assert names["std_dev"] == "stdev"


def test_of_rates_only_the_mean_is_read(fixture: Callable[[str], list[Table]]) -> None:
    """The largest rate between two events, 1912 tok/s here, is no throughput of the run."""
    table = fixture("guidellm/report.json")[0]
    rates = [s for s in table.series if s.metric in {"throughput", "request_throughput"}]
    assert [s.statistic for s in rates] == ["mean", "mean"]
    assert rates[1].values == (3.1950675815128577, 6.377131566888984)


def test_settings_and_counts(fixture: Callable[[str], list[Table]]) -> None:
    """Strategy, rate and token counts are settings; n is the number of successful requests."""
    first = every(fixture("guidellm/report.json"))[0]
    assert first.params["strategy"] == "constant"
    assert (first.params["rate"], first.params["output_tokens"]) == ("2.0", "8")
    assert (first.labels, first.n) == ({"model": "e2e-mock-model"}, 2)
    assert first.ids["guidellm_version"] == "0.8.0.dev18"


def test_single_requests_are_raw_and_failed_ones_failures(
    fixture: Callable[[str], list[Table]],
) -> None:
    """Requests that ended otherwise keep their reason and lose their numbers."""
    requests = fixture("guidellm/requests.json")[1]
    ttft = next(s for s in requests.series if s.metric == "ttft")
    assert (ttft.statistic, ttft.values[:3]) == (
        "raw",
        (11.686325073242188, 11.276006698608398, None),
    )
    assert requests.failures == {2: "errored: connection refused", 3: "incomplete request"}


def test_a_run_without_success_is_a_failure(fixture: Callable[[str], list[Table]]) -> None:
    """Its zeros are the mean of nothing."""
    statistics = fixture("guidellm/requests.json")[0]
    assert statistics.failures == {1: "no request was successful"}
    assert statistics.params["errored_requests"] == ("1", "4")


def test_a_statistic_of_nothing_does_not_count(written: Callable[..., Evidence]) -> None:
    """A metric with a count of 0 holds zeros that are no measurement."""
    report = json.loads(FILE.read_text())
    itl = report["benchmarks"][0]["metrics"]["inter_token_latency_ms"]["successful"]
    itl |= {"count": 0, "mean": 0.0}
    numbers = every(list(written(json.dumps(report)).tables))
    reasons = {one.reason for one in numbers if not one.valid}
    assert reasons == {"statistic of no successful request"}


@pytest.mark.parametrize("odd", [None, 3, "x", [], [None], {"a": 1}])
def test_odd_types_do_not_raise(written: Callable[..., Evidence], odd: object) -> None:
    """Wrong types below the known keys are left out."""
    report = json.loads(FILE.read_text())
    report["benchmarks"][0] |= {"config": odd, "requests": {"successful": odd, "errored": odd}}
    report["benchmarks"][1] = odd
    assert written(json.dumps(report)).inventory.files[0].status == "read"
