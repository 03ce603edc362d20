"""How well a sample fits a format: a score and the evidence for it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from chimera.evidence.formats.samples import Console

_NEEDED = 0.6  # of the score for what the format cannot be without; the rest for what is typical
CLOSE = 0.9  # of the best score: another match from there on makes the format ambiguous
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Match:
    """The score of a format for a sample, from 0 to 1, and what was found of it."""

    score: float
    evidence: tuple[str, ...]


def by_names(
    found: Iterable[str],
    *,
    needs: Collection[str],
    typical: Collection[str] = (),
    without: Collection[str] = (),
) -> Match | None:
    """Match names of keys or columns: all of `needs`, none of `without`, the more `typical`.

    The names of a format that is a superset of another belong into the other's `without`.
    """
    names = set(found)
    if not names.issuperset(needs) or not names.isdisjoint(without):
        return None
    also = [name for name in typical if name in names]
    # Sorted: the order of a set differs from process to process.
    return _match([*sorted(needs), *sorted(also)], len(also), len(typical))


def by_lines(
    console: Console,
    *,
    needs: Collection[re.Pattern[str]],
    typical: Collection[re.Pattern[str]] = (),
    without: Collection[re.Pattern[str]] = (),
    rare: re.Pattern[str] | None = None,
) -> Match | None:
    """Match a text by patterns in multi-line mode, with the meaning that `by_names` gives them.

    `rare` is found wherever the needed patterns are, and starts with letters that are looked for
    much faster than a pattern is tried at every line.
    """
    if rare is not None and not console.has(rare):
        return None
    if not all(map(console.has, needs)) or any(map(console.has, without)):
        return None
    also = [pattern.pattern for pattern in typical if console.has(pattern)]
    return _match([*(p.pattern for p in needs), *also], len(also), len(typical))


def _match(evidence: list[str], also: int, typical: int) -> Match:
    share = also / typical if typical else 1.0
    return Match(round(_NEEDED + (1 - _NEEDED) * share, 4), tuple(evidence[:_SHOWN]))
