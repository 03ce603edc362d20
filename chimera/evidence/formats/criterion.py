"""Criterion.rs `target/criterion/**/{new,base}/`: estimates in nanoseconds per iteration.

`benchmark.json` names the benchmark (the folders do where it is missing). `change/estimates.json`
has the shape of estimates but holds ratios, `0.05` for five per cent slower, and only of mean and
median: that tells it. Keys were `Mean`, `MedianAbsDev` up to 0.3 and are `mean`, `median_abs_dev`.
A sample is the time of many iterations together: `raw.csv` is read as that, `sample.json`, which
repeats it, and `tukey.json`, fences for outliers, are not. A custom measurement may count
something else than nanoseconds; only `raw.csv` tells.
"""

from __future__ import annotations

from dataclasses import replace

from chimera.evidence.document import Json
from chimera.evidence.formats.link import Notes
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, mapping, text, texts
from chimera.evidence.formats.samples import Node, Sample, Sheet
from chimera.evidence.records import Direction, Table
from chimera.evidence.units import unit_of

NAME = "criterion"
READS = frozenset({"node", "sheet"})
HINTS = frozenset(
    {"Mean", "mean", "group_id", "sampling_mode", "sample_time_nanos", "sample_measured_value"}
)
_ESTIMATE = ("confidence_interval", "point_estimate", "standard_error")
_SPREAD = {"median_abs_dev": "mad", "std_dev": "stdev"}
_STATISTICS = {"mean": "mean", "median": "median", "slope": "mean", **_SPREAD}
_OLD = {"MedianAbsDev": "median_abs_dev", "StdDev": "std_dev"}
_INTERVAL = {
    "standard_error": "stderr",
    "confidence_interval/lower_bound": "ci_low",
    "confidence_interval/upper_bound": "ci_high",
}
_BENCHMARK = ("group_id", "function_id", "value_str")
_SAMPLE = ("sampling_mode", "iters", "times")
_RUNS = frozenset({"new", "base", "change"})


def probe(sample: Sample) -> Match | None:
    """Tell each file of a benchmark's folder by its keys, `raw.csv` by its header."""
    if isinstance(sample, Sheet):
        newer = "sample_measured_value" in sample.keys
        time = "sample_measured_value" if newer else "sample_time_nanos"
        return by_names(sample.keys, needs=("group", "function", "value", "iteration_count", time))
    if not isinstance(sample, Node) or sample.is_list:
        return None
    if "sampling_mode" in sample.first:
        return by_names(sample.keys, needs=_SAMPLE)
    if "group_id" in sample.first:
        return by_names(sample.keys, needs=_BENCHMARK, typical=("full_id", "title", "throughput"))
    names = _names(sample.first)
    inner = mapping(sample.first.get(names.get("mean", "")))
    bounds = mapping(inner.get("confidence_interval"))
    needs = ("mean", "median", *_ESTIMATE, "lower_bound", "upper_bound", "confidence_level")
    return by_names([*names, *inner, *bounds], needs=needs)


def parse(sample: Sample) -> list[Rows]:
    """Return one row of estimates or of changes, or the samples of `raw.csv`."""
    if isinstance(sample, Sheet):
        return _samples(sample)
    if not isinstance(sample, Node) or not _names(sample.first):
        return []
    names = _names(sample.first)
    change = not _SPREAD.keys() & names.keys()
    rows = Rows("", {})
    cells: dict[str, str] = {}
    for name, key in names.items():
        estimate = mapping(sample.first[key])
        for column, measure in _measures(name, change=change).items():
            rows.measures = {**rows.measures, f"{key}/{column}": measure}
            cells[f"{key}/{column}"] = _at(estimate, column)
    rows.rows.append(Row(sample.place, {}, {}, cells))
    return [rows]


def notes(sample: Sample) -> Notes | None:
    """Return what `benchmark.json` says."""
    if not isinstance(sample, Node) or "group_id" not in sample.first:
        return None
    return sample.first


def link(table: Table, notes: Notes) -> Table:
    """Return a table with the name of the benchmark and the run, which the folder tells."""
    parts = table.path.split("/")[:-1]
    run = parts.pop() if parts else ""
    labels = {"group": "group_id", "function": "function_id", "value": "value_str"}
    named = {label: text(notes.get(key)) for label, key in labels.items()}
    folders = parts[parts.index("criterion") + 1 :] if "criterion" in parts else parts
    folder = "/".join(folders) if run in _RUNS else ""
    benchmark = text(notes.get("full_id")) or "/".join(filter(None, named.values())) or folder
    found = {"benchmark": benchmark, **named}
    params = {"run": run, **_throughput(notes.get("throughput"))}
    return replace(
        table,
        labels={**_columns(found, table), **table.labels},
        params={**_columns(params, table), **table.params},
    )


def _columns(values: dict[str, str], table: Table) -> dict[str, tuple[str, ...]]:
    return {name: (value,) * len(table.rows) for name, value in values.items() if value}


def _throughput(value: Json) -> dict[str, str]:
    return {f"throughput {key.lower()}": size for key, size in texts(value).items()}


def _names(value: dict[str, Json]) -> dict[str, str]:
    """Return the keys of estimates, by their present name."""
    present = {_OLD.get(key, key.lower()): key for key in value if mapping(value[key])}
    return {name: present[name] for name in _STATISTICS if name in present}


def _measures(name: str, *, change: bool) -> dict[str, Measure]:
    """Return what an estimate holds; intervals of dispersions are left out."""
    metric, unit = ("duration_change", None) if change else ("duration", "ns")
    way: Direction | None = None if name in _SPREAD else "lower"
    told = f"{NAME}.{name}"
    own = told if name == "slope" else None
    found = {"point_estimate": Measure(metric, unit, way, _STATISTICS[name], own)}
    if name in _SPREAD:
        return found
    return found | {
        column: Measure(metric, unit, None, statistic, told)
        for column, statistic in _INTERVAL.items()
    }


def _at(estimate: dict[str, Json], column: str) -> str:
    outer, _, inner = column.partition("/")
    value = estimate.get(outer)
    return text(mapping(value).get(inner) if inner else value)


def _samples(sheet: Sheet) -> list[Rows]:
    newer = "sample_measured_value" in sheet.keys
    column = "sample_measured_value" if newer else "sample_time_nanos"
    tables: dict[str, Rows] = {}
    for place, cells in sheet.rows_below("group", "function", "value", column):
        unit = cells.get("unit", "ns")
        measure = Measure("sample_time", unit_of(unit) or unit, None, "raw", f"{NAME}.sample")
        labels = {key: cells[key] for key in ("group", "function", "value") if cells[key]}
        params = {"iterations": cells.get("iteration_count", "")}
        size = cells.get("throughput_num", "")
        if size:
            params[f"throughput {cells.get('throughput_type', '')}".strip()] = size
        row = Row(place, {"benchmark": "/".join(labels.values()), **labels}, params, cells)
        tables.setdefault(unit, Rows("", {column: measure})).rows.append(row)
    return list(tables.values())
