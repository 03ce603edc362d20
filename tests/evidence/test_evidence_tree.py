"""JSON and JSON Lines → tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from chimera.evidence import Evidence, Limits, Table, collect


def read(tmp_path: Path, value: Any, limits: Limits = Limits()) -> Evidence:  # noqa: B008 - frozen
    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    return collect(tmp_path, limits=limits)


def table(tmp_path: Path, value: Any) -> Table:
    return read(tmp_path, value).tables[0]


def test_a_list_of_objects_is_a_table(tmp_path: Path) -> None:
    """Each object is a row, its pointer the locator."""
    found = table(tmp_path, {"results": [{"ttft_s": 0.5}, {"ttft_s": 0.6}]})
    assert (found.name, found.rows) == ("/results/*", ("/results/0", "/results/1"))
    assert found.series[0].values == (0.5, 0.6)


def test_nested_keys_are_flattened_into_pointers(tmp_path: Path) -> None:
    """A column is a pointer relative to its row, with `/` and `~` escaped."""
    found = table(tmp_path, [{"name": "x", "a/b~c": {"ttft_s": 0.5}}])
    assert found.locate(found.series[0], 0) == "/0/a~1b~0c/ttft_s"


def test_a_dict_of_like_objects_is_a_table_keyed_by_name(tmp_path: Path) -> None:
    """The label is named after the parent key."""
    value = {"backends": {"eager": {"mean_ms": 1.5, "runs": 5}, "jit": {"mean_ms": 0.5, "runs": 5}}}
    found = table(tmp_path, value)
    assert (found.rows, found.labels) == (
        ("/backends/eager", "/backends/jit"),
        {"backend": ("eager", "jit")},
    )


def test_two_levels_of_names_become_two_labels(tmp_path: Path) -> None:
    """A dict of dicts of like objects is still one table."""
    value = {"attention": {"torch": {"mean_ms": 1.5}}, "fusion": {"a": {"mean_ms": 2.5}}}
    assert table(tmp_path, value).labels == {
        "name": ("attention", "fusion"),
        "variant": ("torch", "a"),
    }


def test_a_dict_of_metrics_is_one_row_not_a_table(tmp_path: Path) -> None:
    """`{"ttft_ms": {"mean": …}, "itl_ms": {"mean": …}}` names metrics, no things measured."""
    value = {"ttft_ms": {"mean": 12.5, "p99": 20.5}, "itl_ms": {"mean": 1.5, "p99": 2.5}}
    found = table(tmp_path, value)
    assert [(one.metric, one.statistic, one.unit) for one in found.series] == [
        ("ttft", "mean", "ms"),
        ("ttft", "p99", "ms"),
        ("itl", "mean", "ms"),
        ("itl", "p99", "ms"),
    ]


def test_labels_and_settings_of_the_surroundings_hold_for_the_rows(tmp_path: Path) -> None:
    """What an outer object says about model and settings belongs to every row inside."""
    value = {
        "model": {"name": "conv", "batch_size": 4},
        "settings": {"runs": 10},
        "results": [{"backend": "jit", "mean_ms": 0.5}],
    }
    found = table(tmp_path, value)
    assert found.labels == {"backend": ("jit",), "model": ("conv",)}
    assert (found.params, found.declared_n) == ({"batch_size": ("4",)}, (10,))


def test_a_list_of_numbers_is_a_series_of_samples(tmp_path: Path) -> None:
    """Every number has a pointer of its own."""
    found = table(tmp_path, {"command": "ls", "latencies_ms": [1.5, 2.5]})
    assert found.rows == ("/latencies_ms/0", "/latencies_ms/1")
    assert found.locate(found.series[0], 1) == "/latencies_ms/1"
    assert (found.series[0].metric, found.series[0].unit) == ("latency", "ms")


def test_samples_of_all_rows_share_one_table(tmp_path: Path) -> None:
    """The labels of the row tell its samples apart."""
    value = [{"name": "a", "times_ms": [1.5, 2.5]}, {"name": "b", "times_ms": [3.5, 4.5]}]
    assert table(tmp_path, value).labels == {"name": ("a", "a", "b", "b")}


def test_the_ends_of_an_interval_are_no_samples(tmp_path: Path) -> None:
    """A confidence interval is a list of two numbers that nobody measured."""
    assert read(tmp_path, {"confidence_interval_95": [1.5, 2.5]}).tables == ()


def test_numbers_keep_the_spelling_of_the_file(tmp_path: Path) -> None:
    """`0.50` is quoted as `0.50`."""
    (tmp_path / "a.json").write_text('{"ttft_s": 0.50, "load_s": 1E-3}')
    assert [one.texts for one in collect(tmp_path).tables[0].series] == [("0.50",), ("1E-3",)]


def test_a_unit_is_taken_from_a_sibling_of_the_same_name(tmp_path: Path) -> None:
    """`p50` beside `p50_ms` elsewhere in the file is in milliseconds."""
    value = {"runs_of_it": [{"p50_ms": 1.5}], "latency_percentiles": {"p50": 1.5}}
    summary = next(t for t in read(tmp_path, value).tables if t.name == "")
    assert (summary.series[0].metric, summary.series[0].unit) == ("latency", "ms")


def test_a_copy_of_a_number_is_measured_once(tmp_path: Path) -> None:
    """Two keys of one meaning with the same numbers are one column."""
    value = [{"a": {"compile_time_s": 0.5}, "b": {"compile_time_s": 0.5}}]
    assert len(table(tmp_path, value).series) == 1


def test_namesakes_with_other_numbers_are_told_apart_by_their_parents(tmp_path: Path) -> None:
    """Latency before and after are two metrics."""
    value = [{"before": {"latency_ms": 20.5}, "after": {"latency_ms": 10.5}}]
    assert [one.metric for one in table(tmp_path, value).series] == [
        "before_latency",
        "after_latency",
    ]


def test_a_temperature_beside_gpu_readings_is_measured(tmp_path: Path) -> None:
    """Among readings of a device it is °C and no sampling parameter."""
    value = [{"temperature": 48, "power_draw": 2.5}, {"temperature": 50, "power_draw": 30.5}]
    found = table(tmp_path, value)
    assert [(one.metric, one.unit) for one in found.series] == [
        ("temperature", "°C"),
        ("power", "W"),
    ]


def test_facts_of_the_environment_are_settings(tmp_path: Path) -> None:
    """Versions and hardware say under which conditions a number holds."""
    value = {"latency_ms": 5.5, "environment": {"gpu_name": "RTX", "python_version": "3.13.1"}}
    assert table(tmp_path, value).params == {"gpu_name": ("RTX",), "python_version": ("3.13.1",)}


def test_a_unit_beside_the_value_is_taken(tmp_path: Path) -> None:
    """Long tables carry the unit in a column of its own."""
    found = table(tmp_path, [{"name": "a", "value": 1.5, "unit": "ns"}])
    assert (found.series[0].unit, found.series[0].direction) == ("ns", "lower")


def test_values_of_different_units_are_not_pooled(tmp_path: Path) -> None:
    """A column that holds percent and megabytes is a problem, not a series."""
    value = [{"host": "a", "value": 1.5, "unit": "%"}, {"host": "b", "value": 2.5, "unit": "MB"}]
    evidence = read(tmp_path, value)
    assert evidence.tables == ()
    assert evidence.inventory.files[0].problems == ["column value: mixes units: %, MB"]


def test_lines_are_rows_and_deeper_rows_have_a_pointer_behind(tmp_path: Path) -> None:
    """JSON Lines are counted by line."""
    (tmp_path / "a.jsonl").write_text('{"ttft_s": 0.5}\n\n{"times_ms": [1.5, 2.5]}\n')
    flat, deep = collect(tmp_path).tables
    assert flat.locate(flat.series[0], 0) == "row 1, column ttft_s"
    assert deep.locate(deep.series[0], 1) == "row 3, column times_ms/1"


def test_depth_keys_and_rows_are_capped(tmp_path: Path) -> None:
    """Every cap that is hit is a line in the inventory."""
    deep: Any = {"ttft_s": 0.5}
    for _ in range(9):
        deep = {"a": [deep]}
    assert "nested deeper than 5" in read(tmp_path, deep, Limits(depth=5)).inventory.limits[0]
    wide = {f"k{n}_ms": n + 0.5 for n in range(9)}
    assert "more than 5 keys" in read(tmp_path, wide, Limits(columns=5)).inventory.limits[0]
    long = {"latencies_ms": [0.5] * 9}
    assert "more than 5 rows" in read(tmp_path, long, Limits(rows=5)).inventory.limits[0]
