"""Frames: the only sentences that claims are made of, one for each type and strength.

A frame says no more than its strength allows: only `supported` puts one thing before another.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

ClaimType = Literal[
    "rank",
    "value",
    "single_values",
    "equivalence",
    "sweep_effect",
    "spread",
    "cold_start",
    "trend",
    "change_point",
    "proportion",
    "scaling",
    "goodput",
    "outliers",
    "coverage",
    "absence",
    "data_quality",
]
Strength = Literal["supported", "observed", "weak", "not_testable"]

_BY: Final = "{metric} by {factor} in {file}{held}"
_MEDIANS: Final = f"{_BY}, medians: {{medians}}."
_SINGLE: Final = (
    "{metric} in {file}, one value each: {listing}; single values carry no order."  # no test
)

FRAMES: Final[Mapping[tuple[ClaimType, Strength], str]] = {
    ("rank", "supported"): f"{_BY}: {{order}}medians: {{medians}}. {{margin}}{{caveat}}",
    ("rank", "observed"): f"{_BY}, as the tool reports it: {{means}}. {{margin}}",
    ("rank", "weak"): f"{_MEDIANS} {{margin}}{{caveat}}",
    ("rank", "not_testable"): f"{_MEDIANS} {{margin}}",
    ("equivalence", "supported"): f"{_MEDIANS} No difference that matters: {{margin}}.{{caveat}}",
    ("outliers", "observed"): (
        "{metric} of {where}{file}: {count} of {n} values lie far from the others; the mean is"
        " {mean} with them and {without} without. They are kept."
    ),
    ("value", "observed"): (
        "{metric} of {where}{file}{pooled}: median {median} (n = {n}), from {low} to {high}."
    ),
    ("single_values", "observed"): _SINGLE,
    ("single_values", "weak"): _SINGLE,
    ("spread", "observed"): (
        "{metric} of {where}{file} is uneven: the maximum {high} is {ratio} times the median"
        " {median} (n = {n}).{reason}"
    ),
    ("coverage", "observed"): "{what} was read from {files}: {values}.",
    ("absence", "observed"): "{what} is in none of the {files} that were read.",
    ("data_quality", "observed"): "{found}; {consequence}.",
}


def sentence(kind: ClaimType, strength: Strength, parts: Mapping[str, str]) -> str:
    """Return the sentence of a claim: its frame with the parts in place.

    Raises:
        KeyError: If there is no such frame, or a part is missing.
    """
    return FRAMES[kind, strength].format_map(parts)
