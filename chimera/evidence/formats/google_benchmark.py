"""Google Benchmark `--benchmark_format=json` and `csv`: mean time of a run in its own `time_unit`.

Repetitions share a name and are samples of it; `_mean`, `_stddev`, `_cv` rows are statistics over
them, of which `cv` is a fraction and no time (`src/json_reporter.cc`). `BigO` and `RMS` rows are
fitted coefficients and so are left out. In CSV a `cv` row holds the fraction times the time unit,
which is no number of anything, and rows of failed benchmarks lack the columns of user counters
(`src/csv_reporter.cc`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import (
    Measure,
    Row,
    Rows,
    items,
    mapping,
    numeric,
    texts,
)
from chimera.evidence.formats.samples import Node, Sample, Sheet
from chimera.evidence.records import Direction
from chimera.evidence.tables.grid import escape, unescape
from chimera.evidence.units import unit_of
from chimera.evidence.words import words

NAME = "google-benchmark"
READS = frozenset({"node", "sheet"})
HINTS = frozenset({"benchmarks", "real_time"})
_HEADER = ("name", "iterations", "real_time", "cpu_time", "time_unit")
_TYPICAL = ("error_occurred", "error_message", "label", "items_per_second")
_TIMES = {"real_time": "duration", "cpu_time": "cpu_time"}
_RATES: dict[str, tuple[str, str, Direction]] = {
    "bytes_per_second": ("bandwidth", "B/s", "higher"),
    "items_per_second": ("throughput", "item/s", "higher"),
}
_KNOWN = words(
    "name run_name run_type family_index per_family_instance_index repetitions repetition_index "
    "threads aggregate_name aggregate_unit iterations real_time cpu_time time_unit label "
    "error_occurred error_message skipped skip_message big_o rms"
)
_STATISTICS = {
    "": "raw", "mean": "mean", "median": "median", "stddev": "stdev", "cv": "cv",
    "min": "min", "max": "max",
}  # fmt: skip
_SPREAD = frozenset({"stdev", "cv"})
_FITTED = frozenset({"BigO", "RMS"})
_SUFFIX = re.compile(r"(.+)_(mean|median|stddev|cv|BigO|RMS)\Z")
_MOST_PROBED = 32
_CONTEXT = ("num_cpus", "mhz_per_cpu", "library_build_type")


def probe(sample: Sample) -> Match | None:
    """Tell the JSON by its context and the times of its benchmarks, the CSV by its header."""
    if isinstance(sample, Sheet) and sample.container == "csv":
        return by_names(sample.keys, needs=_HEADER, typical=_TYPICAL)
    if not isinstance(sample, Node) or sample.is_list:
        return None
    some = items(sample.first.get("benchmarks"))[:_MOST_PROBED]
    found = [*sample.keys, *(key for one in some for key in mapping(one))]
    needs = ("context", "benchmarks", "name", "real_time", "cpu_time", "time_unit")
    return by_names(found, needs=needs, typical=("iterations", "run_name", "run_type"))


def parse(sample: Sample) -> list[Rows]:
    """Return one table per time unit and statistic."""
    if isinstance(sample, Sheet):
        return _tables(_csv_rows(sample), {}, {}, "")
    if not isinstance(sample, Node):
        return []
    context = mapping(sample.first.get("context"))
    rows = _json_rows(sample.place, items(sample.first.get("benchmarks")))
    ids = texts(context, "date", "host_name")
    return _tables(rows, texts(context, *_CONTEXT), ids, "/benchmarks/*")


def split_aggregate(name: str, names: Collection[str]) -> tuple[str, str]:
    """Return the name of a benchmark and the statistic behind it, empty for a run itself.

    Without the runs, as with `--benchmark_report_aggregates_only`, its fellows tell a statistic.
    """
    match = _SUFFIX.match(name)
    if match is None:
        return name, ""
    known = match[1] in names or {f"{match[1]}_mean", f"{match[1]}_stddev"} <= set(names)
    return (match[1], match[2]) if known or match[2] in _FITTED else (name, "")


def _json_rows(place: str, benchmarks: list[Json]) -> Iterator[tuple[str, dict[str, str]]]:
    for index, one in enumerate(benchmarks):
        fields = texts(mapping(one))
        numbers = {key for key, value in mapping(one).items() if numeric(value) is not None}
        yield (
            f"{place}/benchmarks/{index}",
            {key: value for key, value in fields.items() if key in numbers | _KNOWN},
        )


def _csv_rows(sheet: Sheet) -> Iterator[tuple[str, dict[str, str]]]:
    header: list[str] = []
    for place, record in zip(sheet.places, sheet.records, strict=True):
        if set(_HEADER) <= set(record):
            header = record
        elif header and any(record):
            yield place, {k: v for k, v in zip(header, record, strict=False) if v}


def _tables(
    found: Iterator[tuple[str, dict[str, str]]],
    params: dict[str, str],
    ids: dict[str, str],
    name: str,
) -> list[Rows]:
    rows = list(found)
    names = frozenset(fields.get("name", "") for _, fields in rows)
    tables: dict[tuple[str, str], Rows] = {}
    for place, fields in rows:
        benchmark, suffix = split_aggregate(fields.get("name", ""), names)
        aggregate = fields.get("aggregate_name", suffix)
        share = aggregate == "cv" or fields.get("aggregate_unit") == "percentage"
        if aggregate in _FITTED or {"big_o", "rms"} & fields.keys() or (share and not name):
            continue
        statistic = _STATISTICS.get(aggregate, "aggregate")
        if not aggregate and fields.get("run_type") == "aggregate":
            statistic = "aggregate"
        unit = "" if share else fields.get("time_unit", "")
        table = tables.setdefault((unit, statistic), Rows(name, {}))
        labels = {"benchmark": fields.get("run_name", benchmark), **_only(fields, "label")}
        row = Row(place, labels, {**params, **_only(fields, "threads")}, _cells(fields), ids=ids)
        row.n = _repetitions(fields) if statistic != "raw" else None
        row.failure = _failure(fields)
        table.rows.append(row)
        _add_measures(table, row, unit, statistic)
    return list(tables.values())


def _only(fields: dict[str, str], name: str) -> dict[str, str]:
    return {name: fields[name]} if name in fields else {}


def _cells(fields: dict[str, str]) -> dict[str, str]:
    """Return the times and the user counters, by column."""
    return {
        escape(key): value
        for key, value in fields.items()
        if key in _TIMES or (key not in _KNOWN and numeric(value) is not None)
    }


def _add_measures(table: Rows, row: Row, unit: str, statistic: str) -> None:
    measures = dict(table.measures)
    for column in row.cells:
        metric, of, way = _RATES.get(column, (unescape(column), None, None))
        if column in _TIMES:
            metric, of, way = _TIMES[column], unit_of(unit) or unit or None, "lower"
        direction = None if statistic in _SPREAD else way
        of = None if statistic == "cv" else of
        measures.setdefault(column, Measure(metric, of, direction, statistic))
    table.measures = measures


def _repetitions(fields: dict[str, str]) -> int | None:
    """Return the runs behind a statistic; old versions and CSV count them as iterations."""
    written = fields.get("repetitions") or fields.get("iterations", "")
    return int(written) if written.isdecimal() else None


def _failure(fields: dict[str, str]) -> str | None:
    if fields.get("error_occurred") == "true":
        return fields.get("error_message", "error")
    if fields.get("skipped") == "true":
        return f"skipped: {fields.get('skip_message', 'no reason given')}"
    return None
