"""Nsight Systems statistics: durations of kernels and calls in the unit of the header."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.evidence import Evidence, Measurement, collect

DATA = Path(__file__).parents[2] / "data" / "formats" / "nsys-stats"
HEADER = "Time (%),Total Time (ns),Instances,Avg (ns),StdDev (ns),Name\n"


def measurements(name: str) -> list[Measurement]:
    """Return every number read from a fixture."""
    return [one for table in collect(DATA / name).tables for one in table.measurements()]


def kernel(name: str, statistic: str) -> Measurement:
    """Return one statistic of a kernel of the kernel summary."""
    found = measurements("cuda_gpu_kern_sum.csv")
    return next(
        one
        for one in found
        if name in one.labels["kernel"] and one.statistic == statistic and one.metric == "duration"
    )


def test_statistics_come_with_unit_direction_and_calls_behind_them() -> None:
    """The median of a kernel is a duration in ns over its instances."""
    one = kernel("gemm", "median")
    assert (one.value, one.unit, one.direction, one.n) == (3600.0, "ns", "lower", 1100)


def test_thousands_separators_are_read() -> None:
    """A quoted total with commas is one number."""
    assert kernel("MultAlphaBeta", "sum").value == 5_850_000


def test_a_spread_of_a_single_call_does_not_count() -> None:
    """The 0.0 that nsys writes for one call is no measurement."""
    assert not kernel("rms_norm", "stdev").valid


def test_reports_of_one_file_are_kept_apart() -> None:
    """Time of the GPU, time of the host and sizes have definitions of their own."""
    found = measurements("several_reports.csv")
    meant = {(one.metric, one.unit, one.definition) for one in found if one.statistic == "mean"}
    assert meant == {
        ("duration", "ns", "nsys.host_call"),
        ("duration", "ns", "nsys.gpu_kernel"),
        ("transfer_size", "MB", "nsys.gpu_memory_operation"),
    }


def test_older_column_names_are_in_nanoseconds() -> None:
    """`Average` without a unit is ns."""
    found = measurements("older_header.csv")
    assert {one.unit for one in found if one.statistic == "mean"} == {"ns"}


def test_the_unit_of_the_header_is_kept(written: Callable[..., Evidence]) -> None:
    """With `--timeunit msec` the header says ms and nothing is converted."""
    content = (HEADER + '60.0,1.5,2,0.75,0.1,"k"\n40.0,1.0,3,0.3,0.1,"l"\n').replace("ns", "msec")
    found = written(content.replace("Imsectances", "Instances"), "k.csv").tables[0]
    assert {one.unit for one in found.series if one.metric == "duration"} == {"ms"}


def test_odd_cells_do_not_raise(written: Callable[..., Evidence]) -> None:
    """Cells without numbers are left out, the others stay."""
    evidence = written(HEADER + "x,,many,5,-,k\n1.0,7,,5,nan,l\n", "k.csv")
    assert evidence.inventory.files[0].problems == []
    assert [one.value for one in evidence.tables[0].measurements()] == [1.0, 7.0, 5.0, 5.0]
