"""A name → its words: what it calls itself, its unit, its statistic."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from chimera.evidence.metrics import BY_WHOLE_NAME, GENERIC, RATE_WORDS
from chimera.evidence.units import BYTES, NOUNS, PLURALS, TIMES, UNITS, family_of, unit_of
from chimera.evidence.words import words

_BRACKET = re.compile(r"[(\[{]([^()\[\]{}]{1,24})[)\]}]\s*$")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])(?!(?<=[ki])B(?![a-z]))")  # not within `kB`, `MiB`
_IOSTAT = re.compile(r"(?<=\b[rwd])(?=[kM]B/s)")  # `rkB/s`: kB read per second
_SLASH = re.compile(r"(?<=\w)/(?=\w)")
_APOSTROPHE = re.compile(r"(?<=\w)['\u2019](?:s(?!\w)|(?=\w))")
_SEPARATORS = re.compile(r"[^\w%µμ.]+|_+")
_OF_PEAK = re.compile(r"pct_of_peak\w{0,40}")  # Nsight Compute: a share of the peak, no maximum
_STANDARD = re.compile(r"(?:standard|std\.?)[ _]?dev(?:iation|\b)\.?")
_STANDARD_ERROR = re.compile(r"(?:standard|std\.?)[ _]?err(?:or|\b)\.?")
# Where the case is kept, it tells bytes from bits; `gbps` in small letters does not.
_BYTES_PER_S = re.compile(r"(?<![A-Za-z])([kKMGT]i?B)ps(?![A-Za-z])")
_BITS_PER_S = re.compile(r"(?<![A-Za-z])([KMG])bps(?![A-Za-z])")
_DOUBTFUL_RATES = words("bps kbps mbps gbps tbps")
_PERCENTILE = re.compile(
    r"(?:p|pct|perc)(\d{1,2}(?:[._]\d{1,6})?|100|99[59]|9999)$|(\d{1,2}(?:\.\d+)?)(?:%|th)$"
)
_STATISTICS = {
    "mean": "mean", "avg": "mean", "average": "mean", "median": "median", "med": "median",
    "min": "min", "minimum": "min", "max": "max", "maximum": "max", "peak": "max",
    "std": "stdev", "stdev": "stdev", "stddev": "stdev", "sd": "stdev", "stdevs": "stdev",
    "total": "sum", "sum": "sum", "cv": "cv", "iqr": "iqr", "variance": "variance",
    "var": "variance", "best": "best", "worst": "worst", "fastest": "min", "slowest": "max",
    "stderr": "stderr", "geomean": "geomean", "overall": "aggregate",
    "q1": "p25", "q2": "median", "q3": "p75",
}  # fmt: skip
_FRACTIONS = {"999": "99.9", "9999": "99.99", "995": "99.5"}
# Letters that are a unit only behind such a word: `power_w`, `temp_c`.
_SHORT = {
    "w": ("W", words("power watt draw gpu cpu")),
    "j": ("J", words("energy")),
    "c": ("°C", words("temp temperature")),
    "h": ("h", words("time duration elapsed runtime uptime")),
}
_ROUNDED = words("summary stats statistics percentiles quantiles samples values")
_MONEY = words("cost costs price usd eur dollars euros")


@dataclass(frozen=True, slots=True)
class Words:
    """A name in parts: the words that are left when unit and statistic are taken out."""

    stem: tuple[str, ...]
    unit: str | None = None
    statistic: str | None = None
    metric: str | None = None  # named outright

    @property
    def meaning(self) -> tuple[str, ...]:
        """The words of the stem that say something on their own."""
        return tuple(word for word in self.stem if word not in GENERIC)


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
def spell(name: str) -> Words:
    """Take a name apart, without a look at what it is nested in."""
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
        return Words(tuple(tokens), unit, statistic, metric)
    if unit is None:
        unit, tokens = _take_unit(tokens)
    if not _DOUBTFUL_RATES.isdisjoint(tokens):
        tokens = [word for word in tokens if word not in _DOUBTFUL_RATES] or ["bandwidth"]
    return Words(tuple(tokens), unit, statistic)


def _whole(tokens: list[str], unit: str | None) -> tuple[str, str | None] | None:
    """Return metric and unit where all the words together mean one thing."""
    known = BY_WHOLE_NAME.get("_".join(tokens))
    if known is None and len(tokens) > 1 and tokens[-1] in UNITS:
        known = BY_WHOLE_NAME.get("_".join(tokens[:-1]))
        unit = unit or UNITS[tokens[-1]]
    return (known[0], unit or known[1]) if known else None


def _tokens(name: str) -> list[str]:
    if "ps" in name:
        name = _BITS_PER_S.sub(r"\1bit/s", _BYTES_PER_S.sub(r"\1/s", name))
    name = _APOSTROPHE.sub("", name)
    text = _SLASH.sub(" per ", _CAMEL.sub("_", _IOSTAT.sub("_", name))).lower()
    text = _STANDARD.sub("std", _OF_PEAK.sub("pct", text))
    text = _STANDARD_ERROR.sub("stderr", text)
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
        if word.isdecimal() and tokens[index - 1 : index] == ["percentile"]:
            percentile = _percentile(f"p{word}", [])
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
    last = max((i for i, word in enumerate(tokens) if word not in _ROUNDED), default=0)
    for index in (last, 0):
        unit = UNITS.get(tokens[index])
        if index and tokens[index - 1] == "per":
            continue  # `cost_per_hour` is no time
        if unit and (index or unit == "%" or unit in TIMES):
            return unit, tokens[:index] + tokens[index + 1 :]
    short, behind = _SHORT.get(tokens[-1], (None, frozenset()))
    if short and not behind.isdisjoint(tokens):
        return short, tokens[:-1]
    return None, tokens


def _take_rate(tokens: list[str]) -> tuple[str, list[str]] | None:
    """Find `tokens_per_second`, `tok/s`, `tokens_s`, `ns_per_op`, and cut it out."""
    for index, word in enumerate(tokens):
        if word in RATE_WORDS:
            return RATE_WORDS[word], tokens[:index] + tokens[index + 1 :]
        if word == "per" and 0 < index < len(tokens) - 1:
            unit = _ratio(tokens[index - 1], tokens[index + 1])
            if unit:
                return unit, tokens[: index - 1] + tokens[index + 2 :]
    if len(tokens) > 1 and tokens[-1] in {"s", "sec", "second"}:
        above = tokens[-2]
        noun = NOUNS.get(above) if above in PLURALS else UNITS.get(above)
        if noun in BYTES or above in PLURALS:
            return f"{noun}/s", tokens[:-2]
    return None


def _ratio(above: str, below: str) -> str | None:
    """Return the unit of `<above>_per_<below>`; of an unknown thing, as it is called."""
    unit = unit_of(f"{above}/{below}")
    if unit or not (above.isalpha() and below.isalpha()):
        return unit
    if UNITS.get(above) in TIMES:
        return f"{UNITS[above]}/{singular(below)}"
    time = UNITS.get(below) or {"min": "min", "h": "h"}.get(below)
    if time in TIMES and above not in _STATISTICS and above not in _MONEY:
        return f"{singular(above)}/{time}"
    return None


@lru_cache(maxsize=8192)
def bare(name: str) -> tuple[str, str] | None:
    """Return a name without its unit, and the unit; None where it has none or is a rate."""
    found = spell(name)
    if found.unit is None or family_of(found.unit) in {"rate", None} or found.metric:
        return None
    tokens = _tokens(_BRACKET.sub("", name))
    kept = [token for token in tokens if token not in UNITS]
    return ("_".join(kept), found.unit) if kept else None
