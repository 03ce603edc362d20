"""Prometheus: sums since the start of a server, never rates, never interpolated quantiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats" / "prometheus"


def measurements(name: str, metric: str) -> list[Measurement]:
    """Return the numbers of a metric read from a fixture."""
    tables = collect(DATA / name).tables
    return [one for table in tables for one in table.measurements() if one.metric == metric]


def test_a_counter_is_a_sum_without_a_better_side() -> None:
    """One snapshot holds no rate."""
    [one] = measurements("client_library.txt", "vllm_prompt_tokens")
    assert (one.value, one.unit, one.statistic, one.direction) == (4096, "tokens", "sum", None)


def test_two_snapshots_of_a_counter_stay_two_numbers() -> None:
    """Each says which snapshot it is of; the difference is left to whoever asks."""
    found = measurements("two_snapshots.txt", "vllm_generation_tokens")
    assert [(one.value, one.ids["snapshot"]) for one in found] == [(27453, "1"), (30525, "2")]


def test_a_gauge_is_a_reading() -> None:
    """With its labels as what was measured."""
    [one] = measurements("client_library.txt", "vllm_num_requests_running")
    assert (one.value, one.statistic, one.labels) == (3, "raw", {"model_name": "m/llama-8b"})


def test_a_histogram_gives_sum_count_and_buckets_but_no_quantile() -> None:
    """The sum of vLLM's first tokens is in seconds, over eight requests."""
    [total] = measurements("client_library.txt", "ttft")
    assert (total.unit, total.statistic, total.n) == ("s", "sum", 8)
    buckets = measurements("client_library.txt", "ttft_bucket")
    assert [(one.params["le"], one.value) for one in buckets][:2] == [("0.01", 0), ("0.05", 2)]
    assert {one.statistic for one in buckets} == {"sum"}


def test_times_inside_the_server_are_not_those_of_a_client() -> None:
    """The gaps between tokens have a definition of the server's own."""
    assert {one.definition for one in measurements("two_snapshots.txt", "itl")} == {
        "vllm.server.itl"
    }


def test_quantiles_of_a_summary_are_statistics() -> None:
    """They were computed by the server; NaN is none, and the count is behind them."""
    found = [one for one in measurements("summary_openmetrics.txt", "rpc_duration") if one.value]
    assert {(one.statistic, one.value, one.n) for one in found} == {
        ("median", 0.0473, 269),
        ("p99", 0.0765, 269),
        ("sum", 17.56, 269),
    }


def test_quantiles_of_no_observations_do_not_count() -> None:
    """A summary that saw nothing writes zeros."""
    found = [m for m in measurements("node_exporter.txt", "go_gc_duration") if m.statistic != "sum"]
    assert len(found) == 5
    assert not any(one.valid for one in found)


def test_points_in_time_and_build_facts_are_no_measurements() -> None:
    """`_created`, `_boot_time_seconds` and `_info` measure nothing."""
    names = {table.name for table in collect(DATA / "node_exporter.txt").tables}
    assert names.isdisjoint({"go_info", "node_boot_time_seconds", "process_start_time_seconds"})


def test_labels_may_hold_anything() -> None:
    """Braces, commas, quotes and backslashes within quotes; an exemplar behind the value."""
    [one] = measurements("summary_openmetrics.txt", "http_requests")
    assert one.labels == {"code": "200", "exported_path": "C:\\DIR", "note": 'say "hi"'}


def test_fields_of_dcgm_have_the_names_and_units_of_readings() -> None:
    """The exporter's names say no unit; energy is a counter since boot."""
    [power] = measurements("dcgm_exporter.txt", "power")
    [energy] = measurements("dcgm_exporter.txt", "energy")
    assert (power.value, power.unit, power.statistic) == (312.47, "W", "raw")
    assert (energy.unit, energy.statistic, energy.direction) == ("mJ", "sum", None)


def test_odd_lines_do_not_raise(written: Callable[..., Evidence]) -> None:
    """Broken labels, missing values and series without a type are left out."""
    content = '# TYPE a gauge\na{x="1} 2\na 3\nb 4\na{} Inf\na\n# TYPE\n'
    [table] = written(content).tables
    assert [one.value for one in table.measurements()] == [3]
