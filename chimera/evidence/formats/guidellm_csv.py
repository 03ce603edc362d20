"""GuideLLM `benchmarks.csv`: one row per benchmark.

The header has three rows (group, outcome and unit, statistic), up to 0.3 one (`Successful Time to
first token ms mean`). The cell of percentiles is a list of min, p0.1, p1, p5, p10, p25, p75, p90,
p95, p99 and max. Columns of failed requests are left out. Definitions as in `guidellm`.
Source: `guidellm/benchmark/outputs/csv.py`, up to 0.3 `guidellm/benchmark/output.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, at, numeric, text
from chimera.evidence.formats.samples import Cell, Sample, Sheet

NAME = "guidellm-csv"
READS = frozenset({"sheet"})
HINTS = frozenset({"Run Info", "Request Counts", "Successful Requests"})
_JOIN = " / "  # between the rows of the header, in the name of a column
_HEADER = 3  # rows
_GROUPS = {
    "Request Latency / Successful Sec": Measure("e2e_latency", "s", "lower"),
    "Time to First Token / Successful ms": Measure("ttft", "ms", "lower"),
    "Time to First Output Token / Successful ms": Measure(
        "time_to_first_output_token", "ms", "lower"
    ),
    "Time per Output Token / Successful ms": Measure(
        "tpot", "ms", "lower", definition="guidellm.tpot"
    ),
    "Inter Token Latency / Successful ms": Measure("itl", "ms", "lower", definition="guidellm.itl"),
    "Token Metrics / Successful Input Tokens": Measure("prompt_tokens", "tokens", None),
    "Token Metrics / Successful Output Tokens": Measure("output_tokens", "tokens", None),
}
_RATES = {
    "Server Throughput / Successful Requests/Sec": Measure("request_throughput", "req/s", "higher"),
    "Server Throughput / Successful Concurrency": Measure("concurrency", None, None),
    "Token Throughput / Successful Output Tokens/Sec": Measure("throughput", "tok/s", "higher"),
    "Token Throughput / Successful Total Tokens/Sec": Measure(
        "total_throughput", "tok/s", "higher"
    ),
    "Token Throughput / Successful Input Tokens/Sec": Measure(
        "prompt_throughput", "tok/s", "higher", definition="guidellm.prompt_tokens_per_second"
    ),
}
# The metrics by their names up to 0.3; rates have no distribution there either.
_OLD = {
    f"Successful {name}": measure
    for name, measure in {
        "Request latency": Measure("e2e_latency", "s", "lower"),
        "Time to first token ms": Measure("ttft", "ms", "lower"),
        "Time per output token ms": Measure(
            "tpot", "ms", "lower", definition="guidellm.tpot_after_first"
        ),
        "Inter token latency ms": Measure("itl", "ms", "lower", definition="guidellm.itl"),
        "Prompt token count": Measure("prompt_tokens", "tokens", None),
        "Output token count": Measure("output_tokens", "tokens", None),
    }.items()
}
_OLD_RATES = {
    "Successful Requests per second": Measure("request_throughput", "req/s", "higher"),
    "Successful Request concurrency": Measure("concurrency", None, None),
    "Successful Output tokens per second": Measure("throughput", "tok/s", "higher"),
    "Successful Tokens per second": Measure("total_throughput", "tok/s", "higher"),
}
_OLD_SINGLE = {" mean": "mean", " median": "median", " std dev": "stdev"}
_OLD_LIST = " [min, 0.1, 1, 5, 10, 25, 75, 90, 95, 99, max]"
_SINGLE = {"Mean": "mean", "Median": "median", "Std Dev": "stdev"}
_LIST = ["min", "p0.1", "p1", "p5", "p10", "p25", "p75", "p90", "p95", "p99", "max"]
_ITEM = re.compile(r"[^\[\],\s]+")
_NO_OUTCOME = "Request Counts / {} / "
_COUNT = "Successful Requests"
_Found: TypeAlias = tuple[str, Measure, str, str, int]  # key, measure, column, text, item of a list


def probe(sample: Sample) -> Match | None:
    """Tell the sheet by the groups of its header, or by the names of one row."""
    if not isinstance(sample, Sheet) or not sample.records:
        return None
    first = [name.strip() for name in sample.records[0]]
    if _COUNT in first:
        return by_names(
            first,
            needs=("Run Id", "Name", _COUNT, "Successful Request latency mean"),
            typical=("Worker", "Args", "Errored Requests"),
        )
    fields = [name.strip() for name in sample.records[1]] if len(sample.records) > 1 else []
    return by_names(
        [*first, *fields],
        needs=("Run Info", "Request Counts", "Strategy", "Successful"),
        typical=("Server Throughput", "Scheduler Metrics", "Timings"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return one row per benchmark."""
    if not isinstance(sample, Sheet) or not sample.records:
        return []
    old = _COUNT in map(str.strip, sample.records[0])
    height = 1 if old else _HEADER
    columns = zip(*sample.records[:height], strict=False)
    header = [_JOIN.join(part.strip() for part in parts) for parts in columns]
    measures: dict[str, Measure] = {}
    rows = Rows("", measures)
    pairs = zip(sample.places[height:], sample.records[height:], strict=True)
    for place, record in pairs:
        cells = dict(zip(header, record, strict=False))
        found = list(_old_numbers(cells) if old else _numbers(cells))
        measures |= {key: measure for key, measure, *_ in found}
        numbers = {
            key: Cell(written, _place(place, header.index(name) + 1, item))
            for key, _, name, written, item in found
            if written
        }
        rows.rows.append(_row(place, cells, numbers, old=old))
    return [rows]


def _place(row: str, cell: int, item: int) -> str:
    return f"row {row}, cell {cell}, item {item}" if item else f"row {row}, cell {cell}"


def _row(place: str, cells: dict[str, str], numbers: Mapping[str, Cell], *, old: bool) -> Row:
    row = Row(place, _labels(cells), _params(cells), numbers)
    done = cells.get(_COUNT if old else _NO_OUTCOME.format("Successful"), "")
    row.n = int(done) if done.isdecimal() else None
    row.failure = "no request was successful" if row.n == 0 else None
    row.ids = _filled(run_id=cells.get("Run Info / Run ID / ") or cells.get("Run Id"))
    return row


def _numbers(cells: dict[str, str]) -> Iterator[_Found]:
    for group, measure in {**_GROUPS, **_RATES}.items():
        for column, statistic in _SINGLE.items():
            if statistic == "mean" or group in _GROUPS:
                name = f"{group} / {column}"
                yield name, _as(measure, statistic), name, cells.get(name, ""), 0
        if group in _GROUPS:
            yield from _listed(f"{group} / Percentiles", measure, cells)


def _old_numbers(cells: dict[str, str]) -> Iterator[_Found]:
    for group, measure in {**_OLD, **_OLD_RATES}.items():
        for column, statistic in _OLD_SINGLE.items():
            if statistic == "mean" or group in _OLD:
                name = f"{group}{column}"
                yield name, _as(measure, statistic), name, cells.get(name, ""), 0
        if group in _OLD:
            yield from _listed(f"{group}{_OLD_LIST}", measure, cells)


def _listed(name: str, measure: Measure, cells: dict[str, str]) -> Iterator[_Found]:
    items = zip(_LIST, _ITEM.findall(cells.get(name, "")), strict=False)
    for number, (statistic, item) in enumerate(items, start=1):
        yield f"{name} {statistic}", _as(measure, statistic), name, item, number


def _as(measure: Measure, statistic: str) -> Measure:
    direction = None if statistic == "stdev" else measure.direction
    return replace(measure, statistic=statistic, direction=direction)


def _labels(cells: dict[str, str]) -> dict[str, str]:
    backend = _json(cells.get("Run Info / Backend / ") or cells.get("Worker") or "")
    return _filled(model=text(at(backend, "model")) or text(at(backend, "backend_model")))


def _params(cells: dict[str, str]) -> dict[str, str]:
    profile = _json(cells.get("Run Info / Profile / ", ""))
    lost = {
        f"{name}_requests": cells.get(_NO_OUTCOME.format(name.capitalize()))
        or cells.get(f"{name.capitalize()} Requests", "")
        for name in ("errored", "incomplete")
    }
    return _filled(
        strategy=cells.get("Benchmark / Strategy / ") or cells.get("Name"),
        profile=text(at(profile, "kind")) or text(at(profile, "type_")),
        **{name: cell for name, cell in lost.items() if numeric(cell)},
    )


def _filled(**values: str | None) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _json(cell: str) -> Json:
    try:
        value: Json = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return value
