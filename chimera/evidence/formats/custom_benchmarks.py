"""The custom JSON of github-action-benchmark: a list of name, unit and value.

Whether bigger or smaller is better (`customBiggerIsBetter`, `customSmallerIsBetter`) is said in the
workflow, not in the file: the direction is that of the unit for times and rates, else unknown.
`range` is a spread of any kind, so it is no statistic.
"""

from __future__ import annotations

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, mapping, numeric, text
from chimera.evidence.formats.samples import Node, Sample
from chimera.evidence.records import Direction
from chimera.evidence.units import family_of, unit_of

NAME = "github-action-benchmark"
READS = frozenset({"node"})
HINTS = frozenset({"unit"})
_NEEDED = frozenset({"name", "unit", "value"})
_ALLOWED = _NEEDED | {"range", "extra"}
_KINDS: dict[str | None, tuple[str, Direction | None]] = {
    "time": ("duration", "lower"),
    "time per": ("duration", "lower"),
    "rate": ("rate", "higher"),
    "bytes": ("size", None),
}


def probe(sample: Sample) -> Match | None:
    """Tell it by the keys of every item; inside another file only where it is called `benches`."""
    if not isinstance(sample, Node) or not isinstance(sample.value, list) or sample.lines:
        return None
    if sample.place and not sample.place.endswith("/benches"):
        return None
    fits = all(_fits(mapping(item)) for item in sample.value)
    return by_names(sample.keys, needs=_NEEDED) if fits else None


def _fits(item: dict[str, Json]) -> bool:
    whole = _NEEDED <= item.keys() <= _ALLOWED
    named = isinstance(item.get("name"), str) and isinstance(item.get("unit"), str)
    return whole and named and not isinstance(item.get("value"), dict | list)


def parse(sample: Sample) -> list[Rows]:
    """Return one table per unit."""
    tables: dict[str, Rows] = {}
    if not isinstance(sample, Node):
        return []
    for place, item in sample.objects():
        if numeric(item.get("value")) is None:
            continue
        unit = text(item.get("unit"))
        rows = tables.setdefault(unit, Rows(f"/*/{unit}", {"value": _measure(unit)}))
        labels = {"benchmark": text(item.get("name"))}
        rows.rows.append(Row(place, labels, {}, {"value": text(item.get("value"))}))
    return list(tables.values())


def _measure(unit: str) -> Measure:
    known = unit_of(unit)
    metric, direction = _KINDS.get(family_of(known), ("value", None))
    metric = "throughput" if known == "tok/s" else metric
    return Measure(metric, known or unit or None, direction, "aggregate")
