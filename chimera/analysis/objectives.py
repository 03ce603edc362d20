"""Objectives: limits a reader sets for single requests, such as TTFT of at most 200 ms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chimera.errors import ConfigError
from chimera.evidence.direction import direction_of
from chimera.evidence.metrics import BY_STEM
from chimera.evidence.units import SCALES, unit_of

_VALUE: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([^\s\d.].*)?")


@dataclass(frozen=True, slots=True)
class Objective:
    """The limit of one metric: the largest value allowed, or the smallest of a rate."""

    metric: str
    value: float
    unit: str | None

    @property
    def at_least(self) -> bool:
        """Whether a request has to reach the limit, rather than stay at or below it."""
        return direction_of(self.metric, self.unit) == "higher"

    def in_unit(self, unit: str | None) -> float | None:
        """Return the limit in the unit of a series; None where the units are not of one kind."""
        if unit == self.unit:
            return self.value
        own, other = SCALES.get(self.unit or ""), SCALES.get(unit or "")
        if own is None or other is None or own[0] != other[0]:
            return None
        return float(f"{self.value * own[1] / other[1]:.15g}")


def objectives(limits: Mapping[str, str]) -> tuple[Objective, ...]:
    """Read limits by metric, such as `{"ttft": "200ms"}`, in the order given.

    A metric goes by its canonical name or another one it is known by; whether a table has it shows
    only later.

    Raises:
        ConfigError: A name is empty, a value is no positive number, its unit is unknown, or two
            names mean one metric.
    """
    found: dict[str, Objective] = {}
    for name, text in limits.items():
        objective = _objective(name, text)
        if objective.metric in found:
            raise ConfigError(f"slo {name!r}: the limit of {objective.metric!r} was given before")
        found[objective.metric] = objective
    return tuple(found.values())


def parse_limits(words: tuple[str, ...]) -> dict[str, str]:
    """Read `METRIC=VALUE` words, such as `ttft=200ms`.

    Raises:
        ConfigError: A word is none, or as in `objectives`.
    """
    limits: dict[str, str] = {}
    for word in words:
        name, mark, value = (part.strip() for part in word.partition("="))
        if not mark or not name:
            raise ConfigError(f"--slo {word!r}: give METRIC=VALUE, as in ttft=200ms")
        if name in limits:
            raise ConfigError(f"--slo {word!r}: the limit of {name!r} was given before")
        limits[name] = value
    objectives(limits)
    return limits


def _objective(name: str, text: str) -> Objective:
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    match = _VALUE.fullmatch(text.strip())
    if not plain or match is None or not float(match[1]) > 0:
        raise ConfigError(f"slo {name}={text!r}: give a positive number with its unit, as in 200ms")
    unit = unit_of(match[2]) if match[2] else None
    if match[2] and unit is None:
        raise ConfigError(f"slo {name}={text!r}: the unit {match[2]!r} is unknown")
    return Objective(BY_STEM.get(plain, plain), float(match[1]), unit)
