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
    "offered_rate",
    "goodput",
    "outliers",
    "coverage",
    "absence",
    "data_quality",
    "change",
    "verdict",
]
Strength = Literal["supported", "observed", "weak", "not_testable"]

_BY: Final = "{metric} by {factor} in {file}{held}"
_MEDIANS: Final = f"{_BY}, medians: {{medians}}."
_SIDES: Final = "{metric}{where} {said}: in {first} {before}, in {second} {after}{paired}."
_SINGLE: Final = (
    "{metric} in {file}, one value each: {listing}; single values carry no order."  # no test
)

FRAMES: Final[Mapping[tuple[ClaimType, Strength], str]] = {
    ("rank", "supported"): f"{_BY}: {{order}}medians: {{medians}}. {{margin}}{{caveat}}",
    ("rank", "observed"): f"{_BY}, as the tool reports it: {{means}}. {{margin}}",
    ("rank", "weak"): f"{_MEDIANS} {{margin}}{{caveat}}",
    ("rank", "not_testable"): f"{_MEDIANS} {{margin}}",
    ("equivalence", "supported"): f"{_MEDIANS} No difference that matters: {{margin}}.{{caveat}}",
    ("sweep_effect", "supported"): f"{_MEDIANS} {{margin}}{{caveat}}",
    ("sweep_effect", "observed"): f"{_MEDIANS} {{margin}}{{caveat}}",
    ("sweep_effect", "weak"): (
        "{metric} in {file}{held}: the runs do not tell whether {settings} makes a difference;"
        " the levels furthest apart are {margin}."
    ),
    ("sweep_effect", "not_testable"): (
        "{metric} in {file}{held}: so few runs cannot tell the levels of {settings} apart, whatever"
        " the values; it takes at least {need} runs of each level."
    ),
    ("outliers", "observed"): (
        "{metric} of {where}{file}: {count} of {n} values {lie} far from the others; the mean is"
        " {mean} with them and {without} without. They are kept."
    ),
    ("value", "observed"): (
        "{metric} of {where}{file}{pooled}: median {median} (n = {n}), from {low} to {high}."
    ),
    ("single_values", "observed"): _SINGLE,
    ("single_values", "weak"): _SINGLE,
    ("spread", "observed"): (
        "{metric} of {where}{file} is uneven: the maximum {high} is {ratio} times the median"
        " {median} (n = {n})."
    ),
    ("cold_start", "observed"): (
        "{metric} of {where}{file}: {cold} of {runs} {were}, by a load time of {least} or more"
        " against {most} or less in the others; {slow}, {fast}."
    ),
    ("proportion", "observed"): (
        "{what} (share {share}, 95 % interval {low} to {high}, Wilson){more}."
    ),
    ("proportion", "supported"): (
        "{metric} by {factor} in {file} differs: {shares}; {p} ({method}, corrected for {family})."
    ),
    ("proportion", "weak"): (
        "{metric} by {factor} in {file}: {shares}; they may differ by chance, {p} ({method},"
        " corrected for {family})."
    ),
    ("scaling", "observed"): (
        "{metric} by {setting} in {file}, against {base}: {listing}; {end}.{tested}"
    ),
    ("scaling", "supported"): (
        "{metric} by {setting} in {file}, against {base}: {listing}; {end}.{tested}"
    ),
    ("offered_rate", "observed"): "The achieved request rate in {file} {finding}.",
    ("goodput", "observed"): (
        "{met} of {total} in {file} met {limits} (share {share}, 95 % interval {low} to {high},"
        " Wilson){failed}{rate}."
    ),
    ("trend", "supported"): (
        "{metric} of {where}{file} drifted by {change} over {runs}, {order} (95 % interval {low} to"
        " {high}; Mann-Kendall {p}, Benjamini-Hochberg over {family})."
    ),
    ("change_point", "supported"): (
        "{metric} of {where}{file} has a new level from run {at} of {runs} on, {order}: median"
        " {after} against median {before}, {ratio} times (95 % interval {low} to {high};"
        " Mann-Whitney {p}, corrected for {family} to change at)."
    ),
    ("change_point", "observed"): (
        "{metric} of {where}{file}: the last of {runs}, {order}, is {last}, outside the 95 %"
        " prediction interval {low} to {high} of the {before} before it (Student's t on logs, {p},"
        " corrected for {family})."
    ),
    ("coverage", "observed"): "{what} was read from {files}: {values}.",
    ("absence", "observed"): "{what} is in none of the files that were read ({files}).",
    ("data_quality", "observed"): "{found}; {consequence}.",
    ("change", "supported"): f"{_SIDES} {{margin}}{{why}}.{{caveat}}",
    ("change", "weak"): f"{_SIDES} {{margin}}{{why}}.{{caveat}}",
    ("change", "not_testable"): (
        f"{_SIDES} So few values cannot tell before from after, whatever they are; at least"
        " {need} are needed."
    ),
    ("verdict", "observed"): (
        "From {before} to {after}: {word}. Of {total}, {regressed} regressed, {improved} improved,"
        " {same} without a difference that matters, {unknown} undecided."
    ),
}


def sentence(kind: ClaimType, strength: Strength, parts: Mapping[str, str]) -> str:
    """Return the sentence of a claim: its frame with the parts in place.

    Raises:
        KeyError: If there is no such frame, or a part is missing.
    """
    return FRAMES[kind, strength].format_map(parts)
