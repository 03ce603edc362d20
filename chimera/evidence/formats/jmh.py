"""JMH `-rf json` and `-rf csv`: a score per benchmark, parameters and mode.

The mode says what the score is: `thrpt` operations per time, `avgt`, `sample` and `ss` time per
operation. Parameters belong to the row: without them parametrised benchmarks are one and the same.
`scoreError` is half of a 99.9 % interval, `NaN` for too few runs. `rawData` are the iterations of
each fork; `rawDataHistogram` of `sample` is left to the percentiles. The CSV puts percentiles and
secondary results into rows of their own, `x.Sum.sum:p0.99`, and writes numbers as the locale has
them, `2163,818900` (`org.openjdk.jmh.results.format.XSVResultFormat`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, items, mapping, text, texts
from chimera.evidence.formats.samples import Node, Sample, Sheet
from chimera.evidence.records import Direction
from chimera.evidence.tables.grid import escape
from chimera.evidence.units import family_of, unit_of

NAME = "jmh"
READS = frozenset({"node", "sheet"})
HINTS = frozenset({"primaryMetric", "jmhVersion", "Score"})
_NEEDED = ("benchmark", "mode", "primaryMetric")
_TYPICAL = ("jmhVersion", "forks", "measurementIterations", "secondaryMetrics")
_HEADER = ("Benchmark", "Mode", "Threads", "Samples", "Score", "Unit")
_ERROR = re.compile(r"Score Error \(99[.,]9%\)\Z")
_PARAM = "Param: "
_SETTINGS = ("mode", "threads", "forks", "jdkVersion", "vmName")
_METRICS: dict[str, tuple[str, Direction]] = {"thrpt": ("throughput", "higher")}
_DURATION: tuple[str, Direction] = ("duration", "lower")
_INTERVAL = "jmh.interval_99.9"
_PERCENTILES = {"0.0": "min", "50.0": "median", "100.0": "max"}
_ROW_PERCENTILE = re.compile(r":(?:\S*?[·:])?p([01](?:\.\d+)?)\Z")
_SECONDARY = re.compile(r":(?:·(\S+)|((?:gc|compiler|stack|perf)\.\S+))\Z")


def probe(sample: Sample) -> Match | None:
    """Tell the JSON by a result's primary metric, the CSV by its header."""
    if isinstance(sample, Node):
        return by_names(sample.keys, needs=_NEEDED, typical=_TYPICAL)
    if isinstance(sample, Sheet):
        return by_names(map(_plain, sample.keys), needs=(*_HEADER, "Score Error"))
    return None


def parse(sample: Sample) -> list[Rows]:
    """Return tables of scores, of single iterations and of secondary results."""
    if isinstance(sample, Sheet):
        return _csv(sample)
    if not isinstance(sample, Node):
        return []
    tables: dict[tuple[str, ...], Rows] = {}
    for place, result in sample.objects():
        labels = texts(result, "benchmark")
        params = {**texts(result, *_SETTINGS), **texts(result.get("params"))}
        row = Row(place, labels, params, {}, ids=texts(result, "jmhVersion"))
        _add_scores(tables, row, result, "primaryMetric")
        for name in mapping(result.get("secondaryMetrics")):
            _add_scores(tables, row, result, f"secondaryMetrics/{escape(name)}", name)
    return list(tables.values())


def split_name(name: str) -> tuple[str, str, str | None]:
    """Return benchmark, statistic and secondary metric of a name such as `x.sum:p0.99`."""
    if match := _ROW_PERCENTILE.search(name):
        percent = f"{float(match[1]) * 100:.6f}".rstrip("0")
        return name[: match.start()], statistic_of(percent + "0" * percent.endswith(".")), None
    if match := _SECONDARY.search(name):
        return name[: match.start()], "mean", match[1] or match[2]
    return name, "mean", None


def statistic_of(percent: str) -> str:
    """Return the statistic of a percentile that JMH writes as `99.0`, `99.99`, …."""
    return _PERCENTILES.get(percent, f"p{percent.removesuffix('.0')}")


def measure_of(mode: str, written: str, statistic: str, secondary: str | None = None) -> Measure:
    """Return what a score in that mode and unit is."""
    unit = unit_of(written) or written or None
    metric, way = _METRICS.get(mode, _DURATION)
    if secondary is None:
        opposite = "time per" if way == "higher" else "rate"
        side = None if family_of(unit) == opposite else way
        return Measure(metric, unit, side, statistic)
    name = secondary.removeprefix("·")
    return Measure(name, unit, "lower" if name == "gc.alloc.rate.norm" else None, statistic)


def error_of(measure: Measure) -> Measure:
    """Return what the half of the interval around a score is."""
    return Measure(measure.metric, measure.unit, None, "ci_half_width", _INTERVAL)


def _add_scores(
    tables: dict[tuple[str, ...], Rows],
    row: Row,
    result: dict[str, Json],
    at: str,
    secondary: str | None = None,
) -> None:
    outer = mapping(result.get(at.partition("/")[0]))
    metric = outer if secondary is None else mapping(outer.get(secondary))
    mode, unit = text(result.get("mode")), text(metric.get("scoreUnit"))
    score = measure_of(mode, unit, "mean", secondary)
    ends = ("scoreConfidence/0", "scoreConfidence/1")
    measures = {f"{at}/score": score, f"{at}/scoreError": error_of(score)}
    for end, statistic in zip(ends, ("ci_low", "ci_high"), strict=True):
        measures[f"{at}/{end}"] = Measure(score.metric, score.unit, None, statistic, _INTERVAL)
    cells = {f"{at}/{key}": text(metric.get(key)) for key in ("score", "scoreError")}
    bounds = map(text, items(metric.get("scoreConfidence")))
    cells |= dict(zip((f"{at}/{end}" for end in ends), bounds, strict=False))
    for percent, value in mapping(metric.get("scorePercentiles")).items():
        column = f"{at}/scorePercentiles/{escape(percent)}"
        measures[column] = measure_of(mode, unit, statistic_of(percent), secondary)
        cells[column] = text(value)
    raw = _raw(row, at, items(metric.get("rawData")))
    scores = Row(row.place, row.labels, row.params, cells, len(raw) or None, ids=row.ids)
    table = tables.setdefault((at, mode, unit), Rows("/*", measures))
    table.measures = {**table.measures, **measures}
    table.rows.append(scores)
    if secondary is None:
        one = measure_of(mode, unit, "raw")
        name = f"/*/{at}/rawData/*/*"
        tables.setdefault((at, mode, unit, "raw"), Rows(name, {"": one})).rows += raw


def _raw(row: Row, at: str, forks: Iterable[Json]) -> list[Row]:
    return [
        Row(f"{row.place}/{at}/rawData/{fork}/{index}", row.labels, row.params, {"": text(value)})
        for fork, values in enumerate(forks)
        for index, value in enumerate(items(values))
    ]


def _plain(name: str) -> str:
    return "Score Error" if _ERROR.match(name) else name


def _csv(sheet: Sheet) -> list[Rows]:
    comma = "Score Error (99,9%)" in sheet.keys
    tables: dict[tuple[str, ...], Rows] = {}
    for place, cells in sheet.rows_below(*_HEADER):
        name, statistic, secondary = split_name(cells["Benchmark"])
        score = measure_of(cells["Mode"], cells["Unit"], statistic, secondary)
        error = next(filter(_ERROR.match, cells), "")
        rows = Rows("", {"Score": score, error: error_of(score)}, decimal_comma=comma)
        key = (cells["Mode"], cells["Unit"], statistic, secondary or "")
        params = {"mode": cells["Mode"], "threads": cells["Threads"]}
        params |= {
            k.removeprefix(_PARAM): v for k, v in cells.items() if k.startswith(_PARAM) and v
        }
        samples = cells["Samples"]
        n = int(samples) if samples.isdecimal() and statistic == "mean" else None
        tables.setdefault(key, rows).rows.append(Row(place, {"benchmark": name}, params, cells, n))
    return list(tables.values())
