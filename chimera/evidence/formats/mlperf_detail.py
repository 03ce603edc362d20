"""MLPerf Inference `mlperf_log_detail.txt`: a JSON object behind `:::MLLOG` on every line.

What `result_*` means depends on the scenario, as in `mlperf`; `result_validity` INVALID makes the
run a failure. `result_token_throughput` is left out: LoadGen writes tokens per nanosecond there.
"""

from __future__ import annotations

import re
from dataclasses import replace

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.mlperf import failure_of, statistic_of
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, cell

NAME = "mlperf-detail"
READS = frozenset({"console"})
HINTS = frozenset({":::MLLOG"})
_VALIDITY = re.compile(r'^:::MLLOG \{"key": "result_validity", "value": "', re.MULTILINE)
_SCENARIO = re.compile(r'^:::MLLOG \{"key": "effective_scenario", "value": "', re.MULTILINE)
_START = re.compile(r'^:::MLLOG \{"key": "loadgen_version"', re.MULTILINE)
_LINE = re.compile(r'^:::MLLOG \{"key": "([\w.]{1,80})", "value": (?:"([^"]*)"|([^",{\[]+)),')
_SINGLE = {
    "result_samples_per_second": Measure("sample_throughput", "sample/s", "higher", "aggregate"),
    "result_completed_samples_per_sec": Measure(
        "sample_throughput", "sample/s", "higher", "aggregate"
    ),
    "result_scheduled_samples_per_sec": Measure(
        "sample_rate_offered", "sample/s", None, "aggregate"
    ),
    "result_tokens_per_second": Measure("throughput", "tok/s", "higher", "aggregate"),
    "result_completed_tokens_per_second": Measure("throughput", "tok/s", "higher", "aggregate"),
}
_LATENCY = re.compile(r"^result_(?:(min|max|mean)|(\d+\.\d+)_percentile)_latency_ns$")
_TTFT = re.compile(r"^result_first_token_(?:(min|max|mean)|(\d+\.\d+)_percentile)_latency_ns$")
_TPOT = re.compile(
    r"^result_time_(?:to|per)_output_token_(?:(min|max|mean)|(\d+\.\d+)_percentile_ns)$"
)
_TIMES = {
    _LATENCY: Measure("latency", "ns", "lower"),
    _TTFT: Measure("ttft", "ns", "lower"),
    _TPOT: Measure("tpot", "ns", "lower"),
}
_PARAMS = (
    "test_mode",
    "target_qps",
    "target_latency_ns",
    "samples_per_query",
    "min_duration_ms",
    "min_query_count",
    "performance_sample_count",
)
_UNMET = re.compile(r"^(?:result_)?(\w+)_met$")


def probe(sample: Sample) -> Match | None:
    """Tell a log by the lines of the verdict and the scenario."""
    if not isinstance(sample, Console):
        return None
    return by_lines(sample, needs=[_VALIDITY, _SCENARIO], typical=[_START])


def parse(sample: Sample) -> list[Rows]:
    """Return one table of one row per run."""
    if not isinstance(sample, Console):
        return []
    runs: list[list[tuple[int, re.Match[str]]]] = [[]]
    for index, match in sample.matches(_LINE):
        if match[1] == "loadgen_version":
            runs.append([])
        runs[-1].append((index, match))
    return [_run(lines) for lines in runs if lines]


def _run(lines: list[tuple[int, re.Match[str]]]) -> Rows:
    values = {match[1]: match[2] or match[3] or "" for _, match in lines}
    scenario = values.get("effective_scenario", "")
    cells: dict[str, Cell | None] = {}
    measures: dict[str, Measure] = {}
    for index, match in lines:
        measure = _measure_of(match[1])
        if measure is not None and match[3]:
            definition = f"mlperf.{scenario.lower()}.{measure.metric}"
            measures[match[1]] = replace(measure, definition=definition)
            cells[match[1]] = cell(index, match, 3)
    row = Row(str(lines[0][0] + 1), _labels(values, scenario), _params(values), cells)
    row.ids = _filled(values, {"date": "test_datetime", "loadgen": "loadgen_version"})
    queries = values.get("result_query_count", "")
    row.n = int(queries) if queries.isdecimal() else None
    unmet = [f"{m[1]}: no" for key in values if (m := _UNMET.match(key)) and values[key] == "false"]
    row.failure = failure_of(values.get("result_validity", ""), unmet)
    return Rows(scenario, measures, [row])


def _measure_of(key: str) -> Measure | None:
    if key in _SINGLE:
        return _SINGLE[key]
    for pattern, measure in _TIMES.items():
        if match := pattern.match(key):
            return replace(measure, statistic=statistic_of(match))
    return None


def _labels(values: dict[str, str], scenario: str) -> dict[str, str]:
    return {"scenario": scenario, **_filled(values, {"sut": "sut_name"})}


def _params(values: dict[str, str]) -> dict[str, str]:
    return _filled(values, {name: f"effective_{name}" for name in _PARAMS})


def _filled(values: dict[str, str], names: dict[str, str]) -> dict[str, str]:
    return {name: values[key] for name, key in names.items() if values.get(key)}
