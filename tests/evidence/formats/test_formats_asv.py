"""asv: what became of failed and skipped results, names of parameters, units, medians."""

from __future__ import annotations

import json
from collections.abc import Callable

from chimera.evidence import Evidence, Table

Read = Callable[[str], list[Table]]
_RUN = "asv/suite/results/host/c1d27355-existing-py3.11.json"


def test_a_time_is_the_median_of_its_samples(fixture: Read) -> None:
    """In seconds, with the number of samples, the commit and the names of its parameters."""
    tables = fixture("asv/suite")
    first = next(m for t in tables for m in t.measurements() if m.statistic == "median")
    assert (first.value, first.unit, first.direction, first.n) == (
        5.250999993222649e-06,
        "s",
        "lower",
        6,
    )
    assert first.labels == {"benchmark": "suite.Sorting.time_sort"}
    assert first.params["size"] == "1000"
    assert first.params["order"] == "'sorted'"
    assert first.ids["commit_hash"] == "c1d273551acb1be4838d4bfd830b2785e815c09e"
    assert first.ids["date"] == "1795505511000"
    assert first.locator == "/results/suite.Sorting.time_sort/0/0"


def test_the_last_parameter_changes_fastest(fixture: Read) -> None:
    """The fourth result is that of the second size and the second order."""
    found = [m for t in fixture("asv/suite") for m in t.measurements()]
    found = [m for m in found if m.locator == "/results/suite.Sorting.time_sort/0/3"]
    assert [(m.params["size"], m.params["order"]) for m in found] == [("4000", "'reversed'")]


def test_nan_was_skipped_and_null_failed(fixture: Read) -> None:
    """A literal NaN is no measurement, a null a failure; neither becomes a number."""
    tables = fixture("asv/suite")
    skipped = [m for t in tables for m in t.measurements() if m.reason == "skipped"]
    failed = [t.rows[index] for t in tables for index in t.failures]
    assert {m.value for m in skipped} == {None}
    assert len(skipped) == 2
    assert set(failed) == {"/results/suite.time_broken/0", "/results/suite.Sorting.track_pairs/0/3"}


def test_units_come_from_the_benchmarks_above(fixture: Read) -> None:
    """What `track_` counts is known from `benchmarks.json` alone."""
    alone, beside = fixture(_RUN), fixture("asv/suite")
    units = [
        [s.unit for t in tables for s in t.series if s.metric == "pairs"]
        for tables in (alone, beside)
    ]
    assert units == [[None], ["pairs"]]


def test_memory_is_in_bytes(fixture: Read) -> None:
    """The size of an object and the peak of a process are different metrics."""
    found = {m.metric: m for t in fixture("asv/suite") for m in t.measurements() if m.unit == "B"}
    assert (found["memory"].value, found["peak_memory"].value) == (8056, 27316224)


def test_samples_are_raw(fixture: Read) -> None:
    """Six samples of `time_sum`; null stands where a combination was skipped."""
    raw = [
        m
        for t in fixture("asv/suite")
        for m in t.measurements()
        if m.metric == "duration" and m.statistic == "raw"
    ]
    assert [m.value for m in raw if m.labels["benchmark"] == "suite.time_sum"][:2] == [
        1.2653700014197967e-05,
        1.2382299996716028e-05,
    ]
    assert len(raw) == 24


def test_version_1_holds_scalars_and_objects(fixture: Read) -> None:
    """Without statistics it is unknown whether a time is a minimum or a median."""
    found = [m for t in fixture("asv/old") for m in t.measurements() if m.valid]
    scalar = next(m for m in found if m.labels["benchmark"].endswith("time_latitude"))
    assert (scalar.value, scalar.statistic) == (0.0004540278911590576, "aggregate")
    low = next(m for m in found if m.statistic == "ci_low")
    assert (low.text, low.locator) == ("0.9", "/results/time_ci_small/stats/0/ci_99/0")
    listed = [m.params["param1"] for m in found if "parameterized" in m.labels["benchmark"]]
    assert listed == ["1", "2", "3"]


def test_odd_types_do_not_raise(written: Callable[..., Evidence]) -> None:
    """Wrong types anywhere leave numbers out."""
    odd = {"a.time_x": [1, 2], "b.time_y": [[{}], "no", 3], "c": {"result": {}, "stats": [1]}}
    value: dict[str, object] = {
        "commit_hash": 1,
        "date": None,
        "params": [],
        "python": {},
        "results": odd,
    }
    value["result_columns"] = ["result", "params", None, {"a": 1}]
    assert written(json.dumps(value)).inventory.files[0].recognised


def test_the_console_rounds(fixture: Read) -> None:
    """Medians in the unit of the line, sizes in multiples of 1000 bytes; a failed one is none."""
    tables = fixture("asv/run.txt")
    read = [(m.labels["benchmark"], m.text, m.unit) for t in tables for m in t.measurements()]
    assert read == [
        ("suite.mem_list", "8.06", "kB"),
        ("suite.peakmem_list", "27.3", "MB"),
        ("suite.time_broken", "failed", None),
        ("suite.time_sum", "12.3", "us"),
    ]
    assert [t.failures for t in tables if t.failures] == [{0: "the benchmark failed"}]
