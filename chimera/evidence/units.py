"""Spellings of units → one spelling each, and the family a unit belongs to."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Family = Literal["time", "bytes", "share", "power", "energy", "rate", "time per", "other"]

_SPELLINGS = {
    "ns": "ns nsec nsecs nanos nanosecond nanoseconds",
    "us": "us µs μs usec usecs micros microsecond microseconds",
    "ms": "ms msec msecs millis millisecond milliseconds",
    "s": "s sec secs second seconds",
    "min": "minute minutes mins",
    "h": "hour hours hrs",
    "B": "byte bytes",
    "kB": "kb kbyte kbytes kilobytes",
    "MB": "mb mbyte mbytes megabytes",
    "GB": "gb gbyte gbytes gigabytes",
    "TB": "tb tbyte terabytes",
    "KiB": "kib",
    "MiB": "mib",
    "GiB": "gib",
    "TiB": "tib",
    "%": "percent pct %",
    "W": "watt watts",
    "mW": "milliwatt milliwatts",
    "J": "joule joules",
    "Wh": "wh",
    "kWh": "kwh",
    "°C": "celsius degc °c ℃",
    "Hz": "hz",
    "MHz": "mhz",
    "GHz": "ghz",
}
# Unambiguous in brackets and cells only: `_b`, `_w`, `_x` at the end of a name mean many things.
_BRACKET_ONLY = {
    "b": "B", "w": "W", "mw": "mW", "kw": "kW", "j": "J", "mj": "mJ", "c": "°C", "min": "min",
    "h": "h", "x": "x", "\u00d7": "x", "tokens": "tokens", "tok": "tokens", "token": "tokens",
    "chars": "chars", "count": "count", "m": "min", "hr": "h",
}  # fmt: skip
_NOUNS = {
    "tok": "tok toks token tokens t",
    "req": "req reqs request requests r",
    "query": "query queries q",
    "op": "op ops operation operations",
    "it": "it its iter iters iteration iterations",
    "sample": "sample samples samp",
    "image": "image images img imgs",
    "step": "step steps",
    "frame": "frame frames",
    "row": "row rows",
    "item": "item items",
    "tx": "tx transaction transactions txn txns",
    "call": "call calls",
    "char": "char chars character characters",
    "event": "event events",
    "msg": "msg msgs message messages",
    "word": "word words",
    "block": "block blocks",
    "bit": "bit bits",
    "FLOP": "flop flops",
    "inference": "inference inferences",
    "run": "run runs",
}
UNITS = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}
NOUNS = {word: noun for noun, words in _NOUNS.items() for word in words.split()}
TIMES = frozenset({"ns", "us", "ms", "s", "min", "h"})
BYTES = frozenset({"B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"})
_SINGLE = {"fps": "frame/s", "iops": "op/s", "rps": "req/s", "qps": "query/s", "tok/s": "tok/s"}
_RATIO = re.compile(r"\s*(?:/|\bper\b)\s*")
_LONGEST = 24


@lru_cache(maxsize=1024)
def unit_of(text: str) -> str | None:
    """Return the one spelling of a unit as brackets, cells and unit rows write it, else None."""
    word = text.strip().lower()
    if not word or len(word) > _LONGEST:
        return None
    if word in _SINGLE:
        return _SINGLE[word]
    if word in UNITS or word in _BRACKET_ONLY:
        return UNITS.get(word) or _BRACKET_ONLY[word]
    parts = _RATIO.split(word)
    return _ratio(*parts) if len(parts) == 2 else None  # noqa: PLR2004 - a numerator, a denominator


def family_of(unit: str | None) -> Family | None:
    """Return what a unit measures: time, bytes, a rate, …; None without a unit."""
    if unit is None:
        return None
    above, _, below = unit.partition("/")
    if below:
        return "rate" if below in TIMES else "time per" if above in TIMES else "other"
    for family, units in _FAMILIES:
        if unit in units:
            return family
    return "other"


_FAMILIES: tuple[tuple[Family, frozenset[str]], ...] = (
    ("time", TIMES),
    ("bytes", BYTES),
    ("share", frozenset({"%"})),
    ("power", frozenset({"W", "mW", "kW"})),
    ("energy", frozenset({"J", "mJ", "Wh", "kWh"})),
)


def _ratio(above: str, below: str) -> str | None:
    over = NOUNS.get(above) or UNITS.get(above) or _BRACKET_ONLY.get(above)
    under = UNITS.get(below)
    if over and under in TIMES:
        return f"{over}/{under}"
    if over and below in NOUNS and (over in TIMES or over in BYTES or over == "J"):
        return f"{over}/{NOUNS[below]}"
    return None
