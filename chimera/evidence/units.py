"""Spellings of units → one spelling each, and the family a unit belongs to."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from chimera.evidence.words import words

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
    "KiB": "kib kibibytes",
    "MiB": "mib mebibytes",
    "GiB": "gib gibibytes",
    "TiB": "tib",
    "%": "percent pct %",
    "mcores": "millicores millicore mcores mcpu",
    "W": "watt watts",
    "mW": "milliwatt milliwatts",
    "J": "joule joules",
    "Wh": "wh",
    "kWh": "kwh",
    "°C": "celsius degc °c ℃",
    "USD": "usd dollars",
    "EUR": "eur euros",
    "Hz": "hz",
    "MHz": "mhz",
    "GHz": "ghz",
}
# Unambiguous in brackets and cells only: `_b`, `_w`, `_x` at the end of a name mean many things.
# A bare `m` is missing on purpose: minutes, metres, or the thousandth of a core.
_BRACKET_ONLY = {
    "b": "B", "w": "W", "mw": "mW", "kw": "kW", "j": "J", "mj": "mJ", "c": "°C", "min": "min",
    "h": "h", "x": "x", "\u00d7": "x", "tokens": "tokens", "tok": "tokens", "token": "tokens",
    "chars": "chars", "count": "count", "hr": "h", "usd": "USD", "$": "USD", "eur": "EUR",
    "€": "EUR", "ki": "KiB", "mi": "MiB", "gi": "GiB",
}  # fmt: skip
# Case tells bits from bytes; what only a small `b` says is not certain enough.
_BITS = {
    "kbps": "kbit/s", "mbps": "Mbit/s", "gbps": "Gbit/s", "kb/s": "kbit/s", "mb/s": "Mbit/s",
    "gb/s": "Gbit/s", "kbit/s": "kbit/s", "mbit/s": "Mbit/s", "gbit/s": "Gbit/s",
    "bps": "bit/s", "bit/s": "bit/s",
}  # fmt: skip
_BITS_CASED = re.compile(r"[KMG]b(?:ps|/s)\Z|[KMGkmg]?bits?(?:ps|/s|/sec)\Z")
_BYTES_CASED = re.compile(r"([kKMG])i?B(?:ps|/s|/sec)\Z")
_SMALL_BITS = re.compile(r"[KMG]?b\Z|[kmg]?bps\Z")
_NOUNS = {
    "tok": "tok toks token tokens t",
    "req": "req reqs request requests",
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
    "kbit": "kbit kbits",
    "Mbit": "mbit mbits",
    "Gbit": "gbit gbits",
    "FLOP": "flop flops",
    "inference": "inference inferences",
    "run": "run runs",
    "record": "record records",
    "batch": "batch batches",
    "page": "page pages",
    "doc": "doc docs document documents",
    "user": "user users",
    "file": "file files",
    "packet": "packet packets pkt pkts",
    "job": "job jobs",
    "task": "task tasks",
    "epoch": "epoch epochs",
    "pixel": "pixel pixels",
    "sentence": "sentence sentences",
    "example": "example examples",
    "prompt": "prompt prompts",
}
UNITS = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}
NOUNS = {word: noun for noun, words in _NOUNS.items() for word in words.split()}
# Before a bare `_s` only what is counted in the plural can be meant as a rate: `samples_s`.
PLURALS = words(
    "tok toks tokens req reqs requests ops imgs images samples rows queries frames items events "
    "msgs messages its iters records pages docs packets inferences"
)
ENERGIES = frozenset({"J", "mJ", "Wh", "kWh"})
TIMES = frozenset({"ns", "us", "ms", "s", "min", "h"})
BYTES = frozenset({"B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"})
_SINGLE = {
    "fps": "frame/s", "iops": "op/s", "rps": "req/s", "qps": "query/s", "tok/s": "tok/s",
    "milli-cores": "mcores",
}  # fmt: skip
# How many of the first unit of its kind one is: for cells that each name their own unit.
SCALES: dict[str, tuple[str, float]] = {
    "ns": ("s", 1e-9), "us": ("s", 1e-6), "ms": ("s", 1e-3), "s": ("s", 1.0), "min": ("s", 60.0),
    "h": ("s", 3600.0), "B": ("B", 1.0), "kB": ("B", 1e3), "MB": ("B", 1e6), "GB": ("B", 1e9),
    "TB": ("B", 1e12), "KiB": ("B", 2.0**10), "MiB": ("B", 2.0**20), "GiB": ("B", 2.0**30),
    "TiB": ("B", 2.0**40),
}  # fmt: skip
_RATIO = re.compile(r"\s*(?:/|\bper\b)\s*")
_LONGEST = 24


@lru_cache(maxsize=4096)
def unit_of(text: str) -> str | None:
    """Return the one spelling of a unit as brackets, cells and unit rows write it, else None."""
    exact = text.strip()
    word = exact.lower()
    if not word or len(word) > _LONGEST:
        return None
    if _SMALL_BITS.match(exact) or _BITS_CASED.match(exact):
        return _bits(exact)
    if _BYTES_CASED.match(exact):
        word = word.replace("ps", "/s")
    if word in _SINGLE:
        return _SINGLE[word]
    if word in UNITS or word in _BRACKET_ONLY:
        return UNITS.get(word) or _BRACKET_ONLY[word]
    parts = _RATIO.split(word)
    return _ratio(*parts) if len(parts) == 2 else None  # noqa: PLR2004 - a numerator, a denominator


def _bits(exact: str) -> str | None:
    """Return a rate of bits; None for `b`, `Mb` and `mbps`, which many write for bytes."""
    if not _BITS_CASED.match(exact):
        return None
    return _BITS.get(exact.lower().replace("bits", "bit").replace("bitps", "bit/s"))


@lru_cache(maxsize=4096)
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
    ("energy", ENERGIES),
)


def _ratio(above: str, below: str) -> str | None:
    over = NOUNS.get(above) or UNITS.get(above) or _BRACKET_ONLY.get(above)
    under = UNITS.get(below) or _BRACKET_ONLY.get(below)
    if over and under in TIMES:
        return f"{over}/{under}"
    if over and below in NOUNS and (over in TIMES or over in BYTES or over in ENERGIES):
        return f"{over}/{NOUNS[below]}"
    if above in NOUNS and under in ENERGIES:
        return f"{NOUNS[above]}/{under}"
    return None
