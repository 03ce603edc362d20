"""Which way is better: the family of the unit decides, then what the metric is."""

from __future__ import annotations

import re

from chimera.evidence.metrics import CHOSEN, COUNT_WORDS, HIGHER, LOWER, NO_DIRECTION, SIGNED
from chimera.evidence.records import Direction
from chimera.evidence.units import BYTES, ENERGIES, NOUNS, family_of
from chimera.evidence.words import words

# A difference has no better side of its own: it depends on what is taken from what.
_CHANGES = words(
    "δ delta diff difference change gain penalty vs overhead improvement regression reciprocal "
    "inverse"
)
_NEITHER = _CHANGES | CHOSEN | SIGNED
# What a machine has is no use of it: `meta_memory_gb`, `system_ram_mb`.
_OWNED = words("meta system host machine installed physical node instance")
_MEDIA = re.compile(r"(?:audio|video|clip|media|input)_(?:duration|length|time|seconds)\Z")
_FAILING = words("error failure fault drop loss")
_WORK = frozenset(NOUNS.values())


def direction_of(metric: str, unit: str | None) -> Direction | None:
    """Return the better side of a metric in a unit, None where neither says it."""
    if _has_none(metric, unit):
        return None
    family, last = family_of(unit), metric.rpartition("_")[2]
    if family == "bytes":
        return "lower" if last in {"memory", "rss"} or metric in LOWER else None
    if family == "rate":
        return _of_rate(unit or "")
    if family in {"time", "time per", "power", "energy"} or metric in LOWER:
        return "lower"
    return "higher" if metric in HIGHER else _of_last(last) or _of_energy(unit or "")


def _of_last(word: str) -> Direction | None:
    return "lower" if word in LOWER else "higher" if word in HIGHER else None


def _has_none(metric: str, unit: str | None) -> bool:
    """Tell counts, changes and what somebody chose: neither side of them is better."""
    parts = metric.split("_")
    counted = parts[-1] in COUNT_WORDS and unit in {None, COUNT_WORDS[parts[-1]]}
    if counted or metric in NO_DIRECTION or _MEDIA.search(metric):
        return True
    owned = parts[-1] in {"memory", "ram"} and not _OWNED.isdisjoint(parts)
    return owned or not _NEITHER.isdisjoint(parts)


def _of_rate(unit: str) -> Direction | None:
    """Return the better side of a rate: more work is better, more failures are not."""
    noun = unit.partition("/")[0]
    if noun in _FAILING:
        return "lower"
    return "higher" if noun in BYTES or noun in _WORK else None


def _of_energy(unit: str) -> Direction | None:
    above, _, below = unit.partition("/")
    if above in ENERGIES and below:
        return "lower"
    return "higher" if below in ENERGIES else None
