"""The CSV of AIPerf and GenAI-Perf: sections of different width in one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.evidence import Evidence, Measurement, Table

DATA = Path(__file__).parents[2] / "data" / "formats"
AIPERF = "aiperf-csv/profile_export_aiperf.csv"
GENAI = "aiperf-csv/profile_export_genai_perf.csv"


def numbers(tables: list[Table]) -> dict[tuple[str, str], Measurement]:
    """Return the numbers by metric and statistic."""
    every = [one for table in tables for one in table.measurements()]
    return {(one.metric, one.statistic): one for one in every}


def test_each_metric_has_the_unit_in_its_name(fixture: Callable[[str], list[Table]]) -> None:
    """Statistics of one section, single values of the next."""
    found = numbers(fixture(AIPERF))
    ttft = found["ttft", "p99"]
    assert (ttft.value, ttft.unit, ttft.locator) == (985.0, "ms", "row 5, column p99")
    rate = found["throughput", "aggregate"]
    assert (rate.value, rate.unit, rate.locator) == (42.19, "tok/s", "row 9, column Value")


def test_the_request_count_is_the_n_of_statistics(fixture: Callable[[str], list[Table]]) -> None:
    """Not that of single values or of devices."""
    found = numbers(fixture(AIPERF))
    assert found["itl", "mean"].n == 70
    assert found["throughput", "aggregate"].n is None
    assert found["power", "mean"].n is None


def test_thousands_separators_are_read(fixture: Callable[[str], list[Table]]) -> None:
    """GenAI-Perf writes `1,066.25`."""
    found = numbers(fixture(GENAI))
    assert found["e2e_latency", "mean"].value == 1066.25
    assert found["request_throughput", "aggregate"].unit == "req/s"


@pytest.mark.parametrize(("name", "gpu"), [(AIPERF, "1"), (GENAI, "gpu0")])
def test_telemetry_names_its_device(
    fixture: Callable[[str], list[Table]], name: str, gpu: str
) -> None:
    """The third section has more columns than the first."""
    power = numbers(fixture(name))["power", "mean"]
    assert (power.labels["gpu"], power.unit) == (gpu, "W")


def test_a_missing_metric_is_no_number(written: Callable[..., Evidence]) -> None:
    """GenAI-Perf writes N/A for what it did not measure."""
    lines = (DATA / GENAI).read_text().split("\n")
    lines[1] = "Time To First Token (ms)" + ",N/A" * 12
    metrics = {metric for metric, _ in numbers(list(written("\n".join(lines)).tables))}
    assert "ttft" not in metrics
    assert {"e2e_latency", "request_throughput"} <= metrics
