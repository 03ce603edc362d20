"""ApacheBench: printed tables, percentiles and single requests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats" / "apache-bench"


def measurements(name: str, metric: str) -> list[Measurement]:
    """Return the numbers of a metric read from a fixture."""
    found = [one for table in collect(DATA / name).tables for one in table.measurements()]
    return [one for one in found if one.metric == metric]


def test_a_run_has_its_settings_and_requests() -> None:
    """The endpoint was measured, the concurrency was set."""
    [one] = measurements("output.txt", "request_throughput")
    assert (one.value, one.unit, one.direction, one.n) == (1256.46, "req/s", "higher", 200)
    assert one.labels == {"endpoint": "/ok"}
    assert one.params["concurrency"] == "4"


def test_the_mean_latency_is_not_the_inverse_of_the_throughput() -> None:
    """The two lines `Time per request` are different metrics."""
    means = [one for one in measurements("output.txt", "latency") if one.statistic == "mean"]
    assert [(one.value, one.definition) for one in means] == [
        (3.184, "ab.time_per_request"),
        (3, "ab.total_time"),
    ]
    assert [one.value for one in measurements("output.txt", "time_between_requests")] == [0.796]


def test_the_columns_of_connection_times_are_statistics() -> None:
    """`min mean[+/-sd] median max` of each phase, in ms."""
    found = measurements("perfkit_output.txt", "connect_time")
    assert {one.statistic: one.value for one in found} == {
        "min": 39, "mean": 46, "stdev": 30.9, "median": 41, "max": 263,
    }  # fmt: skip
    assert {one.unit for one in found} == {"ms"}


def test_the_table_of_percentages_holds_percentiles() -> None:
    """Up to the longest request."""
    found = {one.statistic: one.value for one in measurements("perfkit_output.txt", "latency")}
    assert (found["median"], found["p95"], found["max"]) == (79, 84, 301)


def test_responses_that_are_not_2xx_are_no_measurement() -> None:
    """The second run holds nothing else, though none of it `failed`."""
    found = measurements("two_runs.txt", "request_throughput")
    assert [one.reason for one in found] == [None, "all 60 responses were not 2xx"]


def test_kbytes_are_counted_in_1024s() -> None:
    """`[Kbytes/sec]` are KiB/s."""
    [one] = measurements("output.txt", "transfer_rate")
    assert (one.value, one.unit) == (285.89, "KiB/s")


def test_the_percentiles_of_a_file_are_quantiles_of_one_run() -> None:
    """A row `61,6.0` says that 61 % of the requests took at most 6.0 ms."""
    found = measurements("percentiles.csv", "latency")
    one = found[61]
    assert (one.value, one.unit, one.params) == (6, "ms", {"percentage_served": "61"})
    assert one.locator == "row 63, column Time in ms"
    assert {one.statistic for one in found} == {"quantile"}


def test_the_requests_of_a_file_are_single_measurements() -> None:
    """`ttime` is the whole, `wait` the time to the first byte."""
    found = measurements("requests.tsv", "latency")
    assert [one.value for one in found] == [4, 5, 5, 4, 5, 5, 6, 6, 7, 7]
    assert {(one.statistic, one.unit) for one in found} == {("raw", "ms")}


def test_odd_cells_do_not_raise(written: Callable[..., Evidence]) -> None:
    """Words among the percentiles and lines without numbers are left out."""
    [table] = written("Percentage served,Time in ms\n50,x\nall,\n99,9\n", "e.csv").tables
    assert [one.value for one in table.measurements()] == [9]
    content = "Time taken for tests: 1 seconds\nRequests per second: 2 [#/sec] (mean)\n"
    [table] = written(content + "Complete requests: none\nTotal: 1 2 3\n").tables
    assert [one.value for one in table.measurements()] == [1, 2]
