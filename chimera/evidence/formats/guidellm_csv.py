"""GuideLLM `benchmarks.csv`: a header of three rows (group, outcome and unit, statistic).

`guidellm/benchmark/outputs/csv.py`: one row per benchmark; the cell of percentiles is a list of
min, p0.1, p1, p5, p10, p25, p75, p90, p95, p99 and max. Columns that are all zero are left out by
the tool, those of failed requests by us. Definitions as in `guidellm`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, at, numeric, text
from chimera.evidence.formats.samples import Cell, Sample, Sheet

NAME = "guidellm-csv"
HINTS = frozenset({"Run Info", "Request Counts"})
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
_SINGLE = {"Mean": "mean", "Median": "median", "Std Dev": "stdev"}
_LIST = ["min", "p0.1", "p1", "p5", "p10", "p25", "p75", "p90", "p95", "p99", "max"]
_ITEM = re.compile(r"[^\[\],\s]+")
_NO_OUTCOME = "Request Counts / {} / "


def probe(sample: Sample) -> Match | None:
    """Tell the sheet by the groups of its header."""
    if not isinstance(sample, Sheet) or len(sample.records) <= _HEADER:
        return None
    groups = [name.strip() for name in sample.records[0]]
    fields = [name.strip() for name in sample.records[1]]
    return by_names(
        [*groups, *fields],
        needs=("Run Info", "Request Counts", "Strategy", "Successful"),
        typical=("Server Throughput", "Scheduler Metrics", "Timings"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return one row per benchmark."""
    if not isinstance(sample, Sheet) or len(sample.records) <= _HEADER:
        return []
    header = [_JOIN.join(part.strip() for part in parts) for parts in _columns(sample)]
    rows = Rows("", {})
    measures: dict[str, Measure] = {}
    pairs = zip(sample.places[_HEADER:], sample.records[_HEADER:], strict=True)
    for place, record in pairs:
        cells = dict(zip(header, record, strict=False))
        numbers = {key: (m, cell) for key, m, cell in _numbers(sample, place, cells)}
        measures |= {key: measure for key, (measure, _) in numbers.items()}
        row = Row(place, _labels(cells), _params(cells), {k: c for k, (_, c) in numbers.items()})
        done = cells.get(_NO_OUTCOME.format("Successful"), "")
        row.n = int(done) if done.isdigit() else None
        row.failure = "no request was successful" if row.n == 0 else None
        row.ids = _filled(run_id=cells.get("Run Info / Run ID / "))
        rows.rows.append(row)
    return [replace(rows, measures=measures)]


def _columns(sheet: Sheet) -> Iterator[tuple[str, ...]]:
    return zip(*sheet.records[:_HEADER], strict=False)


def _numbers(
    sheet: Sheet, place: str, cells: dict[str, str]
) -> Iterator[tuple[str, Measure, Cell | None]]:
    for group, measure in {**_GROUPS, **_RATES}.items():
        for column, statistic in _SINGLE.items():
            name = f"{group} / {column}"
            if statistic == "mean" or group in _GROUPS:
                yield name, _as(measure, statistic), sheet.cell(place, name, cells.get(name, ""))
        name = f"{group} / Percentiles"
        if group in _GROUPS:
            for statistic, item in zip(_LIST, _ITEM.findall(cells.get(name, "")), strict=False):
                yield f"{name} {statistic}", _as(measure, statistic), sheet.cell(place, name, item)


def _as(measure: Measure, statistic: str) -> Measure:
    direction = None if statistic == "stdev" else measure.direction
    return replace(measure, statistic=statistic, direction=direction)


def _labels(cells: dict[str, str]) -> dict[str, str]:
    return _filled(model=text(at(_json(cells.get("Run Info / Backend / ", "")), "model")))


def _params(cells: dict[str, str]) -> dict[str, str]:
    profile = _json(cells.get("Run Info / Profile / ", ""))
    lost = {
        f"{name}_requests": cells.get(_NO_OUTCOME.format(name.capitalize()), "")
        for name in ("errored", "incomplete")
    }
    return _filled(
        strategy=cells.get("Benchmark / Strategy / "),
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
