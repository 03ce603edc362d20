"""MLPerf Inference `mlperf_log_summary.txt`, also several in one log: nanoseconds, samples/s.

The scenario decides what a number means: a latency is of one query (SingleStream), of a query of
several samples (MultiStream), of a query at a fixed rate (Server), or of the whole batch (Offline,
where only the rate is a result). So every definition names its scenario. An INVALID run is no
result: rows of it are failures. TPOT is the mean over the tokens of a query.
Source: LoadGen's output, `loadgen/results.cc`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, cell

NAME = "mlperf"
READS = frozenset({"console"})
HINTS = frozenset({"MLPerf Results Summary"})
_BANNER = re.compile(r"^MLPerf Results Summary", re.MULTILINE)
_VERDICT = re.compile(r"^Result is : (?:VALID|INVALID)", re.MULTILINE)
_TYPICAL = [
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"^SUT name : ",
        r"^Scenario : ",
        r"^Additional Stats",
        r"^Test Parameters Used",
    )
]
_LINE = re.compile(r"^([^:]{1,60}):[ \t]*(\S+)")
_SINGLE = {
    "samples per second": Measure("sample_throughput", "sample/s", "higher", "aggregate"),
    "completed samples per second": Measure("sample_throughput", "sample/s", "higher", "aggregate"),
    "scheduled samples per second": Measure("sample_rate_offered", "sample/s", None, "aggregate"),
    "tokens per second": Measure("throughput", "tok/s", "higher", "aggregate"),
    "completed tokens per second": Measure("throughput", "tok/s", "higher", "aggregate"),
}
_TIMES = {
    "latency (ns)": Measure("latency", "ns", "lower"),
    "first token latency (ns)": Measure("ttft", "ns", "lower"),
    "time to output token (ns)": Measure("tpot", "ns", "lower"),
    "time per output token (ns)": Measure("tpot", "ns", "lower"),
}
_STATISTIC = re.compile(r"^(?:(min|max|mean)|(\d+(?:\.\d+)?)(?:th)? percentile) ")
_PARAMS = frozenset(
    {
        "samples_per_query",
        "target_qps",
        "target_latency",
        "ttft_latency",
        "tpot_latency",
        "max_async_queries",
        "min_duration",
        "min_query_count",
        "performance_sample_count",
    }
)
_PARAM = re.compile(r"^(\w+)(?: \((\w+)\))?$")


def probe(sample: Sample) -> Match | None:
    """Tell a summary by its banner and verdict."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=[_BANNER, _VERDICT], typical=_TYPICAL)


def parse(sample: Sample) -> list[Rows]:
    """Return one row per run, in one table per scenario."""
    if not isinstance(sample, Console):
        return []
    tables: dict[str, Rows] = {}
    for first, lines in _blocks(sample):
        run = _Run(first)
        for index, match in lines:
            run.read(index, match)
        measures, row = run.row()
        rows = tables.setdefault(run.scenario, Rows(run.scenario, {}))
        rows.measures = {**rows.measures, **measures}
        rows.rows.append(row)
    return list(tables.values())


def _blocks(sample: Console) -> Iterator[tuple[int, list[tuple[int, re.Match[str]]]]]:
    """Yield each summary: the index of its banner, and its lines of name and value."""
    starts = [index for index, _ in sample.matches(_BANNER)]
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(sample.lines)
        found = ((i, _LINE.match(sample.lines[i])) for i in range(start, end))
        yield start, [(index, match) for index, match in found if match]


def measure_of(label: str) -> Measure | None:
    """Return what a line measures, None where it is no metric."""
    name = label.lower()
    if name in _SINGLE:
        return _SINGLE[name]
    match = _STATISTIC.match(name)
    measure = _TIMES.get(name[match.end() :]) if match else None
    return replace(measure, statistic=statistic_of(match)) if match and measure else None


def statistic_of(match: re.Match[str]) -> str:
    """Return the name of a statistic: the first group as it is, or the second, a percentile."""
    if match[1]:
        return match[1]
    rank = f"{float(match[2]):g}"
    return "median" if rank == "50" else f"p{rank}"


def failure_of(verdict: str, unmet: Iterable[str]) -> str | None:
    """Return why a run is no result, None for a valid one."""
    reasons = ", ".join(unmet)
    if verdict == "VALID":
        return None
    if not verdict:
        return "the run has no verdict"
    return f"{verdict}: {reasons}" if reasons else verdict


class _Run:
    """One summary, read line by line."""

    def __init__(self, first: int) -> None:
        self.place = str(first + 1)
        self.scenario = ""
        self._labels: dict[str, str] = {}
        self._params: dict[str, str] = {}
        self._cells: dict[tuple[str, str], tuple[str, Measure, Cell | None]] = {}
        self._verdict = ""
        self._unmet: list[str] = []

    def read(self, index: int, match: re.Match[str]) -> None:
        label, value = match[1].strip(), match[2]
        measure, param = measure_of(label), _PARAM.match(label)
        if measure is not None:
            # A line such as that of the result comes again among the statistics: once is enough.
            key = (measure.metric, measure.statistic)
            self._cells.setdefault(key, (label, measure, cell(index, match, 2)))
        elif label == "Scenario":
            self.scenario = self._labels["scenario"] = value
        elif label == "SUT name":
            self._labels["sut"] = match.string.partition(":")[2].strip()
        elif label == "Mode":
            self._params["mode"] = value
        elif label == "Result is":
            self._verdict = value
        elif label.endswith(" satisfied") and value == "NO":
            self._unmet.append(f"{label[0].lower()}{label[1:]}: no")
        elif param and param[1] in _PARAMS:
            self._params["_".join(filter(None, param.groups()))] = value

    def row(self) -> tuple[Mapping[str, Measure], Row]:
        """Return the row with the measures of its columns, defined by the scenario."""
        definition = f"mlperf.{self.scenario.lower()}"
        measures = {
            label: replace(measure, definition=f"{definition}.{measure.metric}")
            for label, measure, _ in self._cells.values()
        }
        cells = {label: one for label, _, one in self._cells.values()}
        row = Row(self.place, self._labels, self._params, cells)
        row.failure = failure_of(self._verdict, self._unmet)
        return measures, row
