"""Cells → numbers, and why a cell is none."""

from __future__ import annotations

import pytest

from chimera.evidence.numerals import read_clock, read_column, rounding
from chimera.evidence.units import unit_of


@pytest.mark.parametrize(
    ("cells", "values", "unit"),
    [
        (["12.3 ± 0.4", "11 +/- 1"], [12.3, 11.0], None),
        (["12.3 ms ± 0.4 ms", "11.5 ms ± 1 ms"], [12.3, 11.5], "ms"),
        (["1.5s", "812ms"], [1.5, 0.812], "s"),
        (["1m12.5s", "1h0m3s", "58.2s"], [72.5, 3603.0, 58.2], "s"),
        (["512Mi", "2Gi"], [512.0, 2048.0], "MiB"),
        (["0", "3 ms"], [0.0, 3.0], "ms"),
        (["1.8\u00d7", "2\u00d7"], [1.8, 2.0], "x"),
    ],
)
def test_cells_say_value_and_unit(cells: list[str], values: list[float], unit: str | None) -> None:
    """A margin of error is cut off, spans of time and sizes of one kind are brought together."""
    numbers = read_column(cells)
    assert numbers is not None
    assert (numbers.values, numbers.unit) == (values, unit)


def test_a_bare_m_behind_a_number_is_no_minute() -> None:
    """Kubernetes writes `250m` for a quarter of a core."""
    assert read_column(["250m", "310m"]) is None


def test_one_failed_cell_in_five_leaves_a_column_of_numbers() -> None:
    """Words for a number that is missing say why, and do not count against the column."""
    numbers = read_column(["1.5", "OOM", "N/A", "", "timeout", "2.5"])
    assert numbers is not None
    assert numbers.invalid == {
        1: "holds 'OOM', no number",
        2: "holds 'N/A', no number",
        4: "holds 'timeout', no number",
    }


def test_hours_minutes_and_seconds_are_read_where_a_duration_is_meant() -> None:
    """`00:03:12` is 192 s; a column that holds anything else is none."""
    numbers = read_clock(["00:03:12", "01:00:03.5"])
    assert numbers is not None
    assert (numbers.values, numbers.unit) == ([192.0, 3603.5], "s")
    assert read_clock(["00:03:12", "soon"]) is None


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("Gb/s", "Gbit/s"), ("Mbps", "Mbit/s"), ("MBps", "MB/s"), ("MB/s", "MB/s"), ("b", None),
        ("Mb", None), ("mbps", None), ("m", None), ("tok/J", "tok/J"), ("KB/sec", "kB/s"),
    ],
)  # fmt: skip
def test_bits_are_not_taken_for_bytes(text: str, unit: str | None) -> None:
    """Where the case does not settle it, the unit stays unknown."""
    assert unit_of(text) == unit


def test_rounding_hides_half_of_the_last_digit_of_the_longest_cell() -> None:
    """Writers drop zeros at the end and use exponents; whole numbers are exact."""
    assert rounding(["0.5", "0.25"]) == 0.005
    assert rounding(["0.0", "3.15e-05"]) == 0.5e-7
    assert rounding(["1", "20"]) == 0.0
