"""Locust `--csv`: statistics per endpoint, their history, and failures.

Times are ms and include requests that failed. Locust keeps response times in buckets of two
significant digits, so medians and percentiles are rounded to these, which the ids say. The row
`Aggregated` is a total over the endpoints and has a table of its own. The history holds statistics
of a window of the last ten seconds, named so by their definition; its columns `Total …` are the
running totals, of which the statistics file holds the last. Zeros before a window is filled and
`N/A` are no measurements. Source: Locust documentation, "Retrieve test statistics in CSV format",
and `locust/stats.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Sample, Sheet
from chimera.evidence.numerals import number

NAME = "locust"
READS = frozenset({"sheet"})
HINTS = frozenset({"Request Count", "Total Request Count", "Occurrences"})
_STATISTICS = ("Type", "Name", "Request Count", "Failure Count", "Median Response Time")
_HISTORY = ("Timestamp", "User Count", "Type", "Name", "Total Request Count", "50%")
_FAILURES = ("Method", "Name", "Error", "Occurrences")
_TIMES = {
    "Median Response Time": "median",
    "Average Response Time": "mean",
    "Min Response Time": "min",
    "Max Response Time": "max",
}
_RANK = re.compile(r"(\d{1,3}(?:\.\d+)?)%\Z")
_HALF = "50%"  # the median once more where the file has a column for it
_ROUNDED = {"percentiles": "rounded to 2 significant digits"}
_TOTAL = "Aggregated"
_RATES = {
    "Requests/s": Measure("request_throughput", "req/s", "higher", "aggregate"),
    "Failures/s": Measure("failure_throughput", "req/s", "lower", "aggregate"),
}
_COUNTS = {
    "Request Count": Measure("requests", "count", None, "sum"),
    "Failure Count": Measure("failures", "count", "lower", "sum"),
    "Average Content Size": Measure("content_size", "B", None, "mean"),
}


def probe(sample: Sample) -> Match | None:
    """Tell each of the three files by its header."""
    if not isinstance(sample, Sheet) or sample.container != "csv":
        return None
    found = sample.keys
    return (
        by_names(found, needs=_STATISTICS, typical=("Requests/s", "99%"))
        or by_names(found, needs=_HISTORY, typical=("Requests/s", "99%"))
        or by_names(found, needs=_FAILURES)
    )


def parse(sample: Sample) -> list[Rows]:
    """Return the endpoints, and apart from them the totals over all."""
    if not isinstance(sample, Sheet):
        return []
    failures = Rows("failures", {"Occurrences": Measure("failures", "count", "lower", "sum")})
    for place, cells in sample.rows_below(*_FAILURES):
        labels = {name.lower(): cells[name] for name in ("Method", "Name", "Error")}
        failures.rows.append(Row(place, labels, {}, cells))
    found = [
        _table(sample, _STATISTICS, "", None),
        _table(sample, _STATISTICS, _TOTAL, "locust.aggregated"),
        _table(sample, _HISTORY, "history", "locust.window"),
        _table(sample, _HISTORY, f"history {_TOTAL}", "locust.window.aggregated"),
    ]
    return [*found, failures]


def _table(sheet: Sheet, header: tuple[str, ...], name: str, definition: str | None) -> Rows:
    rows = Rows(name, {})
    for place, cells in sheet.rows_below(*header):
        if (cells["Name"] == _TOTAL) == name.endswith(_TOTAL):
            labels = {"method": cells["Type"], "name": cells["Name"]}
            row = Row(place, {k: v for k, v in labels.items() if v}, {}, cells, ids={**_ROUNDED})
            _complete(row, cells)
            rows.rows.append(row)
            rows.measures = rows.measures or _measures(cells, definition)
    return rows


def _complete(row: Row, cells: Mapping[str, str]) -> None:
    """Add what the columns of one of the two files say of a row."""
    if "Timestamp" in cells:
        row.params["users"] = cells["User Count"]
        row.ids["timestamp"] = cells["Timestamp"]
        ranks = [name for name in cells if _RANK.match(name)]
        if not any(number(cells[name]) for name in ranks):
            row.invalid = dict.fromkeys(ranks, "of a window without requests")
        return
    requests, failed = number(cells["Request Count"]), number(cells["Failure Count"])
    row.n = int(requests) if requests is not None else None
    if requests == 0:
        row.failure = "no request was made"
    elif requests is not None and requests == failed:
        row.failure = f"all {requests:.0f} requests failed"


def _measures(cells: Mapping[str, str], definition: str | None) -> dict[str, Measure]:
    counted = _RATES if "Timestamp" in cells else {**_RATES, **_COUNTS}
    found = {name: one for name, one in counted.items() if name in cells}
    found |= {n: Measure("latency", "ms", "lower", s) for n, s in _TIMES.items() if n in cells}
    for name in cells:
        match = _RANK.match(name)
        statistic = "median" if name == _HALF else f"p{match[1]}" if match else ""
        if statistic and statistic not in {one.statistic for one in found.values()}:
            found[name] = Measure("latency", "ms", "lower", statistic)
    return {
        name: Measure(one.metric, one.unit, one.direction, one.statistic, definition)
        for name, one in found.items()
    }
