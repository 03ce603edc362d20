"""A column's name → metric, unit, direction, statistic. What a name does not say stays None."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from chimera.evidence.metrics import (
    BY_STEM,
    BY_WHOLE_NAME,
    COUNT_WORDS,
    GENERATION,
    GENERIC,
    HIGHER,
    LOWER,
    NO_DIRECTION,
    RATE_WORDS,
    SUFFIXES,
)
from chimera.evidence.records import Direction
from chimera.evidence.units import BYTES, NOUNS, TIMES, UNITS, family_of, unit_of
from chimera.evidence.words import words

_BRACKET = re.compile(r"[(\[{]([^()\[\]{}]{1,24})[)\]}]\s*$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SLASH = re.compile(r"(?<=\w)/(?=\w)")
_SEPARATORS = re.compile(r"[^\w%µμ.]+|_+")
_OF_PEAK = re.compile(r"pct_of_peak\w{0,40}")  # Nsight Compute: a share of the peak, no maximum
_STANDARD = re.compile(r"standard[ _]?deviation")
_PERCENTILE = re.compile(
    r"(?:p|pct|perc)(\d{1,2}(?:[._]\d{1,6})?|\d{2,4})$|(\d{1,2}(?:\.\d+)?)(?:%|th)$"
)
_STATISTICS = {
    "mean": "mean", "avg": "mean", "average": "mean", "median": "median", "med": "median",
    "min": "min", "minimum": "min", "max": "max", "maximum": "max", "peak": "max",
    "std": "stdev", "stdev": "stdev", "stddev": "stdev", "sd": "stdev", "stdevs": "stdev",
    "total": "sum", "sum": "sum", "cv": "cv", "iqr": "iqr", "variance": "variance",
    "var": "variance", "stderr": "stderr", "geomean": "geomean", "overall": "aggregate",
    "q1": "p25", "q2": "median", "q3": "p75",
}  # fmt: skip
_SPREAD = frozenset({"stdev", "cv", "iqr", "variance", "stderr"})
# A difference has no better side of its own: it depends on what is taken from what.
_CHANGES = words("δ delta diff difference change gain penalty vs overhead improvement")
_FRACTIONS = {"999": "99.9", "9999": "99.99", "995": "99.5"}


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


@dataclass(frozen=True, slots=True)
class Name:
    """What the name of a column says."""

    metric: str
    unit: str | None
    direction: Direction | None
    statistic: str
    known: bool  # the name or its unit says that this is a metric


@dataclass(frozen=True, slots=True)
class _Words:
    stem: tuple[str, ...]
    unit: str | None = None
    statistic: str | None = None
    metric: str | None = None  # named outright

    @property
    def meaning(self) -> tuple[str, ...]:
        """The words of the stem that say something on their own."""
        return tuple(word for word in self.stem if word not in GENERIC)


@lru_cache(maxsize=8192)
def resolve(
    path: tuple[str, ...], given_unit: str | None = None, *, hardware: bool = False
) -> Name:
    """Read the name of a column, given with its parents where it is nested (outermost first).

    `given_unit` is a unit found elsewhere (units row, cells, a sibling), used where the name has
    none; `hardware` says that the column stands among readings of a device, where a temperature
    is a reading and not a sampling parameter.
    """
    words = _rank(path) or _read(path[-1])
    for parent in reversed(path[:-1]):
        if words.metric or words.meaning or family_of(words.unit) in {"rate", "time per"}:
            break
        words = _under(_read(parent), words)
    return _name(path[-1], words, words.unit or given_unit, hardware=hardware)


@lru_cache(maxsize=8192)
def plain(name: str) -> str:
    """Return a name in snake case: `Test Name` → `test_name`."""
    text = _CAMEL.sub("_", name).lower()
    return "_".join(part for part in _SEPARATORS.split(text.replace(".", "_")) if part)


def singular(word: str) -> str:
    """Return the singular of a plain English plural: `backends`, `processes`, `entries`."""
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=8192)
def bare(name: str) -> tuple[str, str] | None:
    """Return a name without its unit, and the unit; None where it has none or is a rate."""
    words = _read(name)
    if words.unit is None or family_of(words.unit) in {"rate", None} or words.metric:
        return None
    tokens = _tokens(_BRACKET.sub("", name))
    kept = [token for token in tokens if token not in UNITS]
    return ("_".join(kept), words.unit) if kept else None


def _rank(path: tuple[str, ...]) -> _Words | None:
    """Read `99.9` below `percentiles` as the statistic p99.9."""
    if (
        len(path) > 1
        and "percentile" in plain(path[-2])
        and path[-1].replace(".", "", 1).isdecimal()
    ):
        rank = float(path[-1])
        return _Words((), None, "median" if rank == 50 else f"p{rank:g}")  # noqa: PLR2004 - the middle
    return None


def _under(above: _Words, words: _Words) -> _Words:
    """Complete a name that is only a statistic or a unit (`p50`, `mean_ms`) with its parent's."""
    unit = words.unit or above.unit
    telling = above.metric or _metric(above.meaning, unit) is not None
    stem = above.stem if telling or unit is None or not words.stem else words.stem
    if unit is not None and not telling and not words.stem:
        stem = ()
    return _Words(stem, unit, words.statistic or above.statistic, above.metric)


def _name(leaf: str, words: _Words, unit: str | None, *, hardware: bool) -> Name:
    stem = words.meaning or words.stem
    metric = words.metric or _metric(stem, unit)
    if metric is None and hardware and stem and stem[-1] in {"temperature", "temp"}:
        metric, unit = "temperature", unit or "°C"
    unit = unit or _known_unit(metric)
    family = family_of(unit)
    known = metric is not None or family is not None
    if metric is None:
        metric = "_".join(stem) or _by_family(family) or plain(leaf) or "value"
        if metric in BY_STEM and metric != _by_family(family):
            metric = plain(leaf)  # `load_avg` has the word, but not the unit, of a load time
    statistic = words.statistic or ("cv" if metric == "cv" else "raw")
    direction = _direction(metric, unit) if known and statistic not in _SPREAD else None
    return Name(metric, unit, direction, statistic, known)


@lru_cache(maxsize=8192)
def _read(name: str) -> _Words:
    bracket = _BRACKET.search(name)
    unit = unit_of(bracket[1]) if bracket else None
    tokens = _tokens(name[: bracket.start()] if bracket and unit else name)
    statistic = None
    known = _whole(tokens, unit)
    if known is None:
        statistic, tokens = _take_statistic(tokens)
        known = _whole(tokens, unit)
    if known is not None:
        metric, unit = known
        return _Words(tuple(tokens), unit, statistic, metric)
    if unit is None:
        unit, tokens = _take_unit(tokens)
    return _Words(tuple(tokens), unit, statistic)


def _whole(tokens: list[str], unit: str | None) -> tuple[str, str | None] | None:
    """Return metric and unit where all the words together mean one thing."""
    known = BY_WHOLE_NAME.get("_".join(tokens))
    if known is None and len(tokens) > 1 and tokens[-1] in UNITS:
        known = BY_WHOLE_NAME.get("_".join(tokens[:-1]))
        unit = unit or UNITS[tokens[-1]]
    return (known[0], unit or known[1]) if known else None


def _tokens(name: str) -> list[str]:
    text = _SLASH.sub(" per ", _CAMEL.sub("_", name)).lower()
    text = _STANDARD.sub("std", _OF_PEAK.sub("pct", text))
    tokens: list[str] = []
    for part in _SEPARATORS.split(text):
        if part.count(".") and not _PERCENTILE.match(part):
            tokens += [piece for piece in part.split(".") if piece]
        elif part:
            tokens.append(part)
    return tokens


def _take_statistic(tokens: list[str]) -> tuple[str | None, list[str]]:
    """Split the statistic off; the most telling word wins, all of them go."""
    found: list[str] = []
    kept: list[str] = []
    for index, word in enumerate(tokens):
        percentile = _percentile(word, tokens[index + 1 : index + 2])
        statistic = percentile or _STATISTICS.get(word)
        if statistic:
            found.append(statistic)
        elif not (word == "9" and found and found[-1].endswith(".9")):
            kept.append(word)
    telling = [s for s in found if s not in {"aggregate", "sum"}] or found
    return (telling[0] if telling else None), kept


def _percentile(token: str, following: list[str]) -> str | None:
    match = _PERCENTILE.match(token)
    if match is None:
        return None
    rank = (match[1] or match[2]).replace("_", ".")
    if rank == "99" and following == ["9"]:
        rank = "99.9"
    rank = _FRACTIONS.get(rank, rank)
    return "median" if rank == "50" else f"p{rank}"


def _take_unit(tokens: list[str]) -> tuple[str | None, list[str]]:
    rate = _take_rate(tokens)
    if rate:
        return rate
    if len(tokens) < 2:  # noqa: PLR2004 - one word is a unit or a stem
        return (UNITS[tokens[0]], []) if tokens and tokens[0] in UNITS else (None, tokens)
    for index in (len(tokens) - 1, 0):
        unit = UNITS.get(tokens[index])
        if unit and (index or unit == "%" or unit in TIMES):
            return unit, tokens[:index] + tokens[index + 1 :]
    return None, tokens


def _take_rate(tokens: list[str]) -> tuple[str, list[str]] | None:
    """Find `tokens_per_second`, `tok/s`, `tokens_s`, `ns_per_op`, and cut it out."""
    for index, word in enumerate(tokens):
        if word in RATE_WORDS:
            return RATE_WORDS[word], tokens[:index] + tokens[index + 1 :]
        if word == "per" and 0 < index < len(tokens) - 1:
            unit = unit_of(f"{tokens[index - 1]}/{tokens[index + 1]}")
            if unit:
                return unit, tokens[: index - 1] + tokens[index + 2 :]
    if len(tokens) > 1 and tokens[-1] in {"s", "sec"} and NOUNS.get(tokens[-2]) in {"tok", "req"}:
        return f"{NOUNS[tokens[-2]]}/s", tokens[:-2]
    return None


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
    if metric is None and stem and stem[-1] in SUFFIXES and family in {None, "share"}:
        return name
    return name if stem and stem[-1] in COUNT_WORDS and family is None else None


def _rate_metric(stem: tuple[str, ...], unit: str) -> str:
    noun = unit.partition("/")[0]
    own = [word for word in stem if word not in GENERATION]
    if noun == "tok":
        return "_".join([*own, "throughput"])
    if noun in BYTES:
        return "_".join([*own, *(["bandwidth"] if own[-1:] != ["bandwidth"] else [])])
    word = {"req": "request", "query": "request"}.get(noun, noun.lower())
    return "_".join([*own, word, "throughput"])


def _known_unit(metric: str | None) -> str | None:
    if metric is None:
        return None
    return COUNT_WORDS.get(metric.rpartition("_")[2])


def _by_family(family: str | None) -> str | None:
    return {"time": "duration", "time per": "duration", "bytes": "size", "power": "power"}.get(
        family or ""
    )


def _direction(metric: str, unit: str | None) -> Direction | None:
    last = metric.rpartition("_")[2]
    if metric in NO_DIRECTION or last in COUNT_WORDS or _CHANGES & set(metric.split("_")):
        return None
    family = family_of(unit)
    if family == "bytes":
        return "lower" if last in {"memory", "rss"} or metric in LOWER else None
    if family in {"time", "time per", "power", "energy"} or metric in LOWER:
        return "lower"
    if family == "rate" or metric in HIGHER:
        return "higher"
    if family == "other":
        return None
    return "lower" if last in LOWER else "higher" if last in HIGHER else None
