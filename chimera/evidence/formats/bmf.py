"""Bencher Metric Format: `{benchmark: {measure: {value, lower_value, upper_value}}}`.

`latency` is in ns and `throughput` in operations per second unless a project redefines them
(https://bencher.dev/docs/reference/bencher-metric-format/); the unit of other measures is not in
the file. What the bounds are (a range, an interval, a spread on either side) depends on who wrote
them: they are no statistic. Any nested object with a `value` has this shape, so a benchmark is only
taken for one where bounds stand beside a value; version 1 has `parameters` beside `measures`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match
from chimera.evidence.formats.rows import Measure, Row, Rows, mapping, numeric, percentile, texts
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.tables.grid import escape

NAME = "bencher-metric-format"
READS = frozenset({"node"})
_BOUNDS = frozenset({"lower_value", "upper_value"})
_BUILT_IN = {
    "latency": Measure("latency", "ns", "lower"),
    "throughput": Measure("operation_throughput", "op/s", "higher"),
    "build-time": Measure("build_time", "s", "lower"),
    "file-size": Measure("size", "B", "lower"),
}
_COUNTS = ("instructions", "estimated-cycles", "total-accesses", "l1-hits", "l2-hits", "ll-hits",
           "ram-hits", "l1-accesses", "l2-accesses", "ram-accesses")  # fmt: skip
_BUILT_IN |= {name: Measure(name, "count", "lower") for name in _COUNTS}
HINTS = frozenset({*_BUILT_IN, "measures"}) | _BOUNDS
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)")
_VERSION_1 = frozenset({"parameters", "measures"})


def probe(sample: Sample) -> Match | None:
    """Tell a benchmark by values with bounds, one of version 1 by parameters and measures."""
    if not isinstance(sample, Node) or sample.lines or not sample.place:
        return None
    if isinstance(sample.value, list):
        fits = all(_is_version_1(mapping(item)) for item in sample.value)
        return Match(1.0, ("parameters", "measures", "value")) if fits else None
    if sample.place.count("/") == 1 and _is_bounded(sample.first):
        return Match(1.0, ("value", "lower_value", "upper_value"))
    if sample.place.count("/") == 2 and _is_bounded({"": sample.value}):  # noqa: PLR2004 - a measure
        return Match(1.0, ("value", "lower_value", "upper_value"))
    return None


def _is_bounded(measures: dict[str, Json]) -> bool:
    """Tell whether these are measures and nothing else, with a bound among them."""
    found = [mapping(one) for one in measures.values()]
    plain = all("value" in one.keys() <= _BOUNDS | {"value"} for one in found)
    numbers = all(numeric(one.get("value")) is not None for one in found)
    return plain and numbers and any(_BOUNDS & one.keys() for one in found)


def _is_version_1(item: dict[str, Json]) -> bool:
    measures = mapping(item.get("measures"))
    values = [numeric(mapping(one).get("value")) for one in measures.values()]
    return "measures" in item.keys() <= _VERSION_1 and bool(values) and None not in values


def parse(sample: Sample) -> list[Rows]:
    """Return one table per measure; the benchmark is the key the measures stand below."""
    if not isinstance(sample, Node) or not sample.place:
        return []
    if isinstance(sample.value, list):
        return list(_version_1(sample))
    parts = [part.replace("~1", "/").replace("~0", "~") for part in sample.place.split("/")[1:]]
    labels = {"benchmark": parts[0]}
    if len(parts) > 1:
        return [_rows(sample.place, "", parts[1], labels, {}, sample.first)]
    return [
        _rows(f"{sample.place}/{escape(name)}", f"/{escape(name)}", name, labels, {}, mapping(one))
        for name, one in sample.first.items()
    ]


def _rows(
    place: str,
    name: str,
    measure: str,
    labels: dict[str, str],
    params: dict[str, str],
    value: dict[str, Json],
) -> Rows:
    """Return the value of one measure, and its percentiles where it is one of version 1."""
    known = _BUILT_IN.get(measure)
    if known is None:
        known = Measure(measure, None, None)
    measures = {"value": Measure(known.metric, known.unit, known.direction, "aggregate")}
    for key in value:
        if match := _PERCENTILE.fullmatch(key):
            measures[key] = Measure(known.metric, known.unit, known.direction, percentile(match[1]))
    return Rows(name, measures, [Row(place, labels, params, texts(value, *measures))])


def _version_1(sample: Node) -> Iterator[Rows]:
    benchmark = sample.place.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    for place, item in sample.objects():
        params = texts(item.get("parameters"))
        for measure, value in mapping(item.get("measures")).items():
            at = f"/measures/{escape(measure)}"
            labels = {"benchmark": benchmark}
            yield _rows(place + at, f"/*{at}", measure, labels, params, mapping(value))
