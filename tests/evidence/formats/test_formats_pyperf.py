"""pyperf: values without calibration and warm-ups, in the unit of the metadata."""

from __future__ import annotations

import json
from collections.abc import Callable

from chimera.evidence import Evidence, Table

Fixture = Callable[[str], list[Table]]


def test_calibration_and_warm_ups_are_left_out(fixture: Fixture) -> None:
    """Run 0 only calibrates; runs 1 and 2 have three values and a warm-up each."""
    (table,) = fixture("pyperf/timeit.json")
    assert [row.rpartition("/values/")[0] for row in table.rows] == [
        *["/benchmarks/0/runs/1"] * 3,
        *["/benchmarks/0/runs/2"] * 3,
    ]
    assert (table.series[0].unit, table.series[0].statistic) == ("s", "raw")
    assert table.series[0].values[0] == 5.126290473942904e-07


def test_the_unit_stands_in_the_metadata(fixture: Fixture) -> None:
    """`--track-memory` counts bytes."""
    (table,) = fixture("pyperf/track_memory.json")
    assert (table.series[0].metric, table.series[0].unit) == ("memory", "B")


def test_units_do_not_meet_in_one_table(written: Callable[..., Evidence]) -> None:
    """A file with seconds and bytes gives two tables."""
    benchmarks = [
        {"metadata": {"name": "a"}, "runs": [{"values": [0.5]}]},
        {"metadata": {"name": "b", "unit": "byte"}, "runs": [{"values": [4096]}]},
    ]
    tables = written(json.dumps({"version": "1.0", "benchmarks": benchmarks})).tables
    assert [(one.series[0].unit, one.series[0].values) for one in tables] == [
        ("s", (0.5,)),
        ("B", (4096.0,)),
    ]


def test_several_benchmarks_keep_their_names(fixture: Fixture) -> None:
    """Each benchmark of the file is a label."""
    (table,) = fixture("pyperf/mult_list.json")
    assert set(table.labels["benchmark"]) == {"[1]*1000", "[1,2]*1000", "[1,2,3]*1000"}
