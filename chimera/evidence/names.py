"""A column's name → metric, unit, direction, statistic. What a name does not say stays None."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from chimera.evidence.direction import direction_of
from chimera.evidence.metrics import BY_STEM, COUNT_WORDS, ERRORS, GENERATION, SUFFIXES
from chimera.evidence.records import Direction
from chimera.evidence.spelling import Words, bare, plain, singular, spell
from chimera.evidence.units import BYTES, NOUNS, family_of
from chimera.evidence.words import words

__all__ = ["Name", "bare", "plain", "resolve", "singular"]

_SPREAD = frozenset({"stdev", "cv", "iqr", "variance", "stderr"})


# Words that mean a metric only with a unit of that family, or with none.
_FAMILIES_OF: dict[str, frozenset[str | None]] = {
    "memory": frozenset({"bytes", None}),
    "duration": frozenset({"time", "time per", None}),
    "load": frozenset({"time"}),
    "eval": frozenset({"time"}),
    "power": frozenset({"power", None}),
    "cpu_utilization": frozenset({"share"}),
    "disk_utilization": frozenset({"share"}),
}


_INHERITED = frozenset({"time", "bytes", "share", "power", "energy", "rate", "time per"})
# What has no unit or one of its own, whatever it stands in.
_PURE = words(
    "count counts number ratio ratios fraction share percent percentage pct factor rank score "
    "level index speedup improvement change n num samples iterations threshold tolerance limit "
    "budget target slo confidence"
)
_WORK = frozenset(NOUNS.values())


@dataclass(frozen=True, slots=True)
class Name:
    """What the name of a column says."""

    metric: str
    unit: str | None
    direction: Direction | None
    statistic: str
    known: bool  # the name or its unit says that this is a metric


@lru_cache(maxsize=8192)
def resolve(
    path: tuple[str, ...],
    given_unit: str | None = None,
    *,
    hardware: bool = False,
    inherits: bool = False,
) -> Name:
    """Read the name of a column, given with its parents where it is nested (outermost first).

    `given_unit` is a unit found elsewhere (units row, cells, a sibling), used where the name has
    none; `hardware` says that the column stands among readings of a device, where a temperature
    is a reading and not a sampling parameter; `inherits` that the unit of the parent's name is that
    of everything in it: `timings_ms/prefill`.
    """
    said = _rank(path) or spell(path[-1])
    for parent in reversed(path[:-1]):
        if said.metric or said.meaning or family_of(said.unit) in {"rate", "time per"}:
            said = _in_unit_of(spell(parent), said) if inherits else said
            break
        said = _under(spell(parent), said)
    return _name(path[-1], said, said.unit or given_unit, hardware=hardware)


def _rank(path: tuple[str, ...]) -> Words | None:
    """Read `99.9` below `percentiles` as the statistic p99.9."""
    if (
        len(path) > 1
        and "percentile" in plain(path[-2])
        and path[-1].replace(".", "", 1).isdecimal()
    ):
        rank = float(path[-1])
        return Words((), None, "median" if rank == 50 else f"p{rank:g}")  # noqa: PLR2004 - the middle
    return None


def _under(above: Words, words: Words) -> Words:
    """Complete a name that is only a statistic or a unit (`p50`, `mean_ms`) with its parent's."""
    unit = words.unit or above.unit
    telling = above.metric or _metric(above.meaning, unit) is not None
    stem = above.stem if telling or unit is None or not words.stem else words.stem
    if unit is not None and not telling and not words.stem:
        stem = ()
    return Words(stem, unit, words.statistic or above.statistic, above.metric)


def _in_unit_of(above: Words, said: Words) -> Words:
    """Complete a name without a unit with that of its parent: `latency_ms/model_a`."""
    unit = above.unit
    if said.unit or said.metric or family_of(unit) not in _INHERITED:
        return said
    if not _PURE.isdisjoint(said.stem):
        return said
    telling = _metric(above.meaning, unit) not in {None, "duration"}
    stem = (*said.stem, *above.meaning) if telling else said.stem
    return Words(stem, unit, said.statistic or above.statistic, above.metric)


def _name(leaf: str, words: Words, unit: str | None, *, hardware: bool) -> Name:
    stem = words.meaning or words.stem
    metric = words.metric or _metric(stem, unit)
    heat = bool(stem) and stem[-1] in {"temperature", "temp"}
    if metric is None and heat and (hardware or unit == "°C"):
        metric, unit = "temperature", unit or "°C"
    unit = unit or _known_unit(metric)
    family = family_of(unit)
    known = metric is not None or family is not None
    if metric is None:
        own = words.meaning if words.statistic else stem
        metric = "_".join(own) or _by_family(family)
        if family == "power" and metric in {"gpu", "cpu"}:
            metric = BY_STEM.get(f"{metric}_power", f"{metric}_power")
        metric = metric or ("value" if words.statistic else plain(leaf) or "value")
        if metric in BY_STEM and metric != _by_family(family):
            metric = plain(leaf)  # `load_avg` has the word, but not the unit, of a load time
    statistic = words.statistic or ("cv" if metric == "cv" else "raw")
    direction = direction_of(metric, unit) if known and statistic not in _SPREAD else None
    return Name(metric, unit, direction, statistic, known)


def _metric(stem: tuple[str, ...], unit: str | None) -> str | None:
    family = family_of(unit)
    if family == "rate" and unit:
        return _rate_metric(stem, unit)
    if family == "time per" and unit and unit.endswith("/tok"):
        return "tpot"
    name = "_".join(stem)
    metric = BY_STEM.get(name)
    if metric == "memory" and family == "share":
        return "memory_utilization"
    if metric and family in _FAMILIES_OF.get(metric, {family}):
        return metric
    return _by_last(stem, name, family) if stem and metric is None else None


def _by_last(stem: tuple[str, ...], name: str, family: str | None) -> str | None:
    """Return the metric of a longer name whose last word says what is measured, or counted."""
    last = BY_STEM.get(stem[-1], stem[-1])
    if family in {None, "share"} and last in SUFFIXES:
        return "_".join([*stem[:-1], last])
    if last == "error" and (family == "share" or (family is None and set(stem) & ERRORS)):
        return name
    return name if family is None and last in COUNT_WORDS and "per" not in stem else None


def _rate_metric(stem: tuple[str, ...], unit: str) -> str:
    noun = unit.partition("/")[0]
    own = [word if word != "bw" else "bandwidth" for word in stem if word not in GENERATION]
    if noun == "tok":
        return "_".join([*own, "throughput"])
    if noun in BYTES or noun.endswith("bit"):
        return "_".join([*own, *(["bandwidth"] if own[-1:] != ["bandwidth"] else [])])
    word = {"req": "request", "query": "request"}.get(noun, noun.lower())
    if noun not in _WORK:
        return "_".join([*own, word, "rate"])
    return "_".join([*own, word, "throughput"])


def _known_unit(metric: str | None) -> str | None:
    if metric is None or "_per_" in metric:
        return None
    return COUNT_WORDS.get(metric.rpartition("_")[2])


def _by_family(family: str | None) -> str | None:
    return {"time": "duration", "time per": "duration", "bytes": "size", "power": "power"}.get(
        family or ""
    )
