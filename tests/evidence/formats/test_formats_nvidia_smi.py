"""Readings of GPUs: nvidia-smi's CSV, its scrolling table and that of dcgmi."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats"


def measurements(name: str, metric: str) -> list[Measurement]:
    """Return the numbers of a metric read from a fixture."""
    tables = collect(DATA / name).tables
    return [one for table in tables for one in table.measurements() if one.metric == metric]


def test_the_unit_in_a_cell_is_no_part_of_the_number() -> None:
    """`23104 MiB` under `memory.used [MiB]` is 23104 MiB."""
    one = measurements("nvidia-smi/with_units.csv", "memory")[0]
    assert (one.value, one.text, one.unit, one.direction) == (23104, "23104", "MiB", "lower")
    assert one.locator == "row 2, column memory.used [MiB]"


def test_a_row_is_a_reading_of_one_gpu_at_one_moment() -> None:
    """Model and index say what, the time says when, the state is a setting."""
    one = measurements("nvidia-smi/with_units.csv", "gpu_utilization")[3]
    assert (one.value, one.statistic) == (0, "raw")
    assert one.labels == {"gpu": "NVIDIA A100-SXM4-40GB", "gpu_index": "1"}
    assert one.params["pstate"] == "P0"
    assert one.ids == {"timestamp": "2026/07/23 12:00:10.003"}


def test_a_temperature_is_a_reading_without_a_better_side() -> None:
    """The header has no unit for it; the tool means degrees Celsius."""
    found = measurements("nvidia-smi/with_units.csv", "temperature")
    assert [one.value for one in found] == [64, 31, 65, 31]
    assert {(one.unit, one.direction) for one in found} == {("°C", None)}


def test_words_in_brackets_are_no_readings() -> None:
    """`[N/A]`, `[Not Supported]` and `[Unknown Error]` are left out."""
    found = measurements("nvidia-smi/with_units.csv", "power")
    assert [one.value for one in found] == [312.47, 318.02]
    assert measurements("nvidia-smi/with_units.csv", "fan_speed") == []


def test_a_header_that_comes_again_is_no_row() -> None:
    """Files of several calls hold the header once per call."""
    found = measurements("nvidia-smi/nounits_loop.csv", "memory")
    assert [(one.value, one.unit) for one in found] == [(23104, "MiB")] + [(23110, "MiB")] * 2


def test_a_cell_of_another_unit_than_its_header_is_not_read(
    written: Callable[..., Evidence],
) -> None:
    """A GiB under a MiB is a mistake of whoever wrote the file."""
    content = "index, memory.used [MiB], power.draw [W]\n0, 23 GiB, 50.0 W\n1, x, \n"
    [table] = written(content, "smi.csv").tables
    assert [(one.metric, one.value) for one in table.measurements()] == [("power", 50.0)]


def test_dmon_reads_columns_by_the_header_above() -> None:
    """Dashes are no readings, and a date before the columns is the time of the reading."""
    found = measurements("nvidia-smi-dmon/default.txt", "power")
    assert [(one.value, one.unit) for one in found] == [(70, "W"), (270, "W"), (279, "W")]
    [first, _] = measurements("nvidia-smi-dmon/dated.txt", "memory")
    assert (first.value, first.unit, first.ids["time"]) == (23104, "MiB", "12:00:09")


def test_dmon_keeps_the_two_temperatures_apart() -> None:
    """GPU and memory have definitions of their own."""
    found = measurements("nvidia-smi-dmon/default.txt", "temperature")
    assert {one.definition for one in found if one.value == 29} == {"nvidia-smi.temperature.memory"}


def test_dcgmi_reads_fields_by_name_whatever_their_order() -> None:
    """The header says which column is what; energy is a counter, no rate."""
    [used, *_] = measurements("dcgmi-dmon/profiling.txt", "sm_active")
    assert (used.value, used.unit, used.labels) == (0.367, None, {"entity": "GPU 0"})
    [energy] = measurements("dcgmi-dmon/energy.txt", "energy")
    assert (energy.value, energy.unit, energy.statistic) == (2.07e11, "mJ", "sum")


def test_dcgmi_leaves_out_what_is_not_available() -> None:
    """`N/A` is no reading."""
    assert len(measurements("dcgmi-dmon/energy.txt", "temperature")) == 2
