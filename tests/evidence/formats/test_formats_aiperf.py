"""AIPerf and GenAI-Perf: units as stated, requests of the warm-up left out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chimera.evidence import Evidence, Measurement, Table

AIPERF = "aiperf/profile_export_aiperf.json"
GENAI = "aiperf/profile_export_genai_perf.json"
LINES = "aiperf/profile_export.jsonl"


def numbers(tables: list[Table]) -> dict[tuple[str, str], Measurement]:
    """Return the numbers by metric and statistic."""
    every = [one for table in tables for one in table.measurements()]
    return {(one.metric, one.statistic): one for one in every}


def test_units_are_those_stated_beside_each_metric(fixture: Callable[[str], list[Table]]) -> None:
    """A megajoule is no millijoule."""
    found = numbers(fixture(AIPERF))
    ttft = found["ttft", "p99"]
    assert (ttft.value, ttft.unit, ttft.direction) == (188.25, "ms", "lower")
    assert found["request_throughput", "aggregate"].unit == "req/s"
    assert found["total_gpu_energy", "aggregate"].unit == "MJ"


def test_statistics_have_their_names(fixture: Callable[[str], list[Table]]) -> None:
    """`avg` is a mean where there are percentiles, `p50` the median, `std` without direction."""
    found = numbers(fixture(AIPERF))
    assert found["e2e_latency", "mean"].value == 1843.204
    assert found["e2e_latency", "median"].value == 1790.125
    assert found["e2e_latency", "stdev"].direction is None


def test_itl_is_per_request(fixture: Callable[[str], list[Table]]) -> None:
    """So it has a definition of its own, the same for both tools."""
    for name in (AIPERF, GENAI):
        assert numbers(fixture(name))["itl", "mean"].definition == "aiperf.itl"


def test_the_input_config_gives_labels_and_settings(fixture: Callable[[str], list[Table]]) -> None:
    """Model, concurrency and token counts are found in the shapes of both tools."""
    ours = numbers(fixture(AIPERF))["ttft", "mean"]
    assert (ours.labels["model"], ours.params["concurrency"], ours.n) == ("llama-3.1-8b", "10", 100)
    theirs = numbers(fixture(GENAI))["ttft", "mean"]
    assert (theirs.labels["model"], theirs.params["concurrency"]) == ("gpt2", "1")


def test_warm_up_metrics_are_left_out(fixture: Callable[[str], list[Table]]) -> None:
    """Neither from the summary nor from the lines."""
    for name in (AIPERF, LINES):
        values = {one.value for table in fixture(name) for one in table.measurements()}
        assert not values & {9999.5, 900.5, 999.5}


def test_requests_are_raw_and_failed_ones_failures(fixture: Callable[[str], list[Table]]) -> None:
    """Lists of gaps between chunks are no single value."""
    (table,) = fixture(LINES)
    ttft = next(s for s in table.series if s.metric == "ttft")
    assert (ttft.values[:2], ttft.statistic, ttft.unit) == ((255.886, 240.125), "raw", "ms")
    assert table.failures == {2: "RequestCancellationError", 3: "HTTPError"}
    assert "inter_chunk_latency" not in {s.metric for s in table.series}


def test_a_cancelled_run_does_not_count(written: Callable[..., Evidence]) -> None:
    """Its numbers are those of a part."""
    text = """{"input_config": {}, "request_latency": {"unit": "ms", "avg": 1.5},
      "request_throughput": {"unit": "requests/sec", "avg": 2.5}, "was_cancelled": true}"""
    (table,) = written(text).tables
    assert table.failures == {0: "the run was cancelled"}


def test_a_unit_that_changes_between_lines_is_not_mixed_in(
    written: Callable[..., Evidence],
) -> None:
    """The odd one out is marked, not converted."""
    line = '{{"metadata": {{"benchmark_phase": "profiling"}}, "error": null, "metrics": {}}}\n'
    text = "".join(
        line.format(f'{{"request_latency": {{"value": {value}, "unit": "{unit}"}}}}')
        for value, unit in ((1.5, "ms"), (0.0015, "sec"), (1.6, "ms"))
    )
    (table,) = written(text).tables
    assert table.series[0].values == (1.5, None, 1.6)
    assert table.series[0].invalid == {1: "in s, unlike the requests before"}


@pytest.mark.parametrize("odd", ["null", "3", '"x"', "[]", "[null]", '{"unit": 3, "avg": []}'])
def test_odd_types_do_not_raise(written: Callable[..., Evidence], odd: str) -> None:
    """Wrong types below the known keys are left out."""
    text = f"""{{"input_config": {odd}, "request_latency": {{"unit": "ms", "avg": 1.5}},
      "request_throughput": {{"unit": {odd}, "avg": {odd}}}, "time_to_first_token": {odd},
      "request_count": {odd}}}"""
    assert written(text).inventory.files[0].status == "read"
