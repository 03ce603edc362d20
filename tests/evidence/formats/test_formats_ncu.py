"""Nsight Compute: a row per launch, whatever page the numbers come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats" / "ncu"
HEADER = '"ID","Kernel Name","Metric Name","Metric Unit","Metric Value"\n'


def measurements(name: str, metric: str) -> list[Measurement]:
    """Return the numbers of a metric read from a fixture."""
    tables = collect(DATA / name).tables
    return [one for table in tables for one in table.measurements() if one.metric == metric]


def test_the_units_row_gives_the_units_of_the_wide_page() -> None:
    """One launch took 9.408 us."""
    [one] = measurements("raw_wide.csv", "gpu_time_duration")
    assert (one.value, one.unit, one.statistic, one.direction) == (9.408, "us", "raw", "lower")
    assert one.labels["kernel_name"].startswith("void quantize_mmq_q8_1<1>")
    assert one.params["launch_grid_size"] == "1,296"


def test_rollups_over_the_chip_stay_apart() -> None:
    """Average, maximum and minimum over the SMs are statistics of one metric."""
    found = {one.statistic: one.value for one in measurements("raw_wide.csv", "sm_warps_active")}
    assert found == {"mean": 75.726338, "max": 83.787477, "min": 66.433235, "sum": 75.726338}


def test_properties_of_the_device_are_no_measurements() -> None:
    """Clock rate and warp size are the same for every launch."""
    [table] = collect(DATA / "raw_wide.csv").tables
    assert not [one for one in table.series if one.column.startswith("device__")]


def test_the_host_is_not_kept() -> None:
    """A report needs no name of a machine."""
    [table] = collect(DATA / "raw_wide.csv").tables
    assert "host_name" not in {*table.labels, *table.params, *table.ids}


def test_the_long_page_has_one_row_per_launch() -> None:
    """Rows of one launch become one, each metric with its own cell."""
    [table] = collect(DATA / "details_long.csv").tables
    assert table.ids["id"] == ("0", "1")
    assert table.rows == ("2", "8")


def test_a_metric_that_ncu_scaled_per_launch_keeps_both_units() -> None:
    """3,412.5 ns and 1.02 ms are never one column."""
    found = measurements("details_long.csv", "gpu_time_duration")
    assert [(one.value, one.unit) for one in found] == [(3412.5, "ns"), (1.02, "ms")]


def test_one_name_with_two_units_is_two_metrics() -> None:
    """Memory throughput in percent of the peak is not the one in GB/s."""
    assert len(measurements("details_long.csv", "memory_throughput")) == 2
    assert {one.unit for one in measurements("details_long.csv", "memory_bandwidth")} == {"GB/s"}


def test_rows_between_lines_of_a_log_are_found() -> None:
    """The lines that ncu prints around its rows do not matter."""
    found = measurements("metrics_in_log.txt", "dram_bytes_read")
    assert [(one.value, one.unit) for one in found] == [(98304, "B"), (98432, "B")]


def test_odd_cells_do_not_raise(written: Callable[..., Evidence]) -> None:
    """A decimal comma, words and empty names are left out."""
    rows = (
        '"0","k","a.sum","%","9,00"\n"0","k","","",""\n"0","k","b","","yes"\n"1","k","c","","2"\n'
    )
    [table] = written(HEADER + rows, "n.csv").tables
    assert [(one.metric, one.value) for one in table.measurements()] == [("c", 2.0)]
