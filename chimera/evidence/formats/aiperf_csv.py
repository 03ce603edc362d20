"""AIPerf and GenAI-Perf CSV: sections of different width in one sheet.

The first has statistics of metrics over requests (`Metric,avg,min,…`), the second one value each
(`Metric,Value`); GPU telemetry follows with a device per row. The unit stands in brackets behind
the name. Numbers are cut to two decimals, with thousands separators in GenAI-Perf.
Sources: `aiperf/exporters/metrics_csv_exporter.py`, `genai_perf/export_data/csv_exporter.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.formats.aiperf import STATISTICS, measure_of
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, spread
from chimera.evidence.formats.samples import Sample, Sheet
from chimera.evidence.numerals import number

NAME = "aiperf-csv"
READS = frozenset({"sheet"})
HINTS = frozenset({"Request Latency (ms)", "Request Throughput (requests/sec)"})
_HEADS = ("Metric", "avg", "min", "max"), ("Metric", "Value")
_NAMED = re.compile(r"^(.*?)(?: \(([^()]*)\))?$")
_IDENTITY = {"GPU": "gpu", "GPU_Index": "gpu", "GPU_Name": "gpu_name"}


def probe(sample: Sample) -> Match | None:
    """Tell the sheet by its first header and the names of two metrics with their units."""
    if not isinstance(sample, Sheet):
        return None
    names = {record[0].strip() for record in sample.records if record}
    return by_names(
        [*sample.keys, *names],
        needs=("Metric", "avg", "p99", "p50", "Request Latency (ms)"),
        typical=("Value", "Output Token Throughput (tokens/sec)"),
    )


def parse(sample: Sample) -> list[Rows]:
    """Return one table per metric: each has a unit of its own."""
    if not isinstance(sample, Sheet):
        return []
    requests = _request_count(sample)
    found = []
    for place, labels, cells, measures in _records(sample):
        n = requests if "Value" not in cells and not labels else None
        found.append(Rows(cells["Metric"], measures, [Row(place, labels, {}, cells, n)]))
    return found


def _request_count(sheet: Sheet) -> int | None:
    for record in sheet.records:
        if len(record) > 1 and record[0].startswith("Request Count"):
            value = number(record[1])
            return int(value) if value else None
    return None


def _records(
    sheet: Sheet,
) -> Iterator[tuple[str, dict[str, str], dict[str, str], dict[str, Measure]]]:
    header: list[str] = []
    for place, record in zip(sheet.places, sheet.records, strict=True):
        cells = [cell.strip() for cell in record]
        if any(set(names) <= set(cells) for names in _HEADS):
            header = cells
        elif header and len(cells) == len(header) and any(cells):
            named = dict(zip(header, cells, strict=True))
            labels = {label: named[key] for key, label in _IDENTITY.items() if named.get(key)}
            yield place, labels, named, _measures(named)


def _measures(cells: dict[str, str]) -> dict[str, Measure]:
    match = _NAMED.match(cells.get("Metric", ""))
    name, unit = (match[1], match[2] or "") if match else ("", "")
    tag = name.lower().replace(" ", "_")
    measure = measure_of(tag, unit)
    if "Value" in cells:
        return {"Value": _single(measure)}
    columns = spread("", measure, STATISTICS)
    return {column.removeprefix("/"): one for column, one in columns.items()}


def _single(measure: Measure) -> Measure:
    return Measure(measure.metric, measure.unit, measure.direction, "aggregate", measure.definition)
