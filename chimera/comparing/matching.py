"""Matching: which group before belongs to which group after, and which belong to none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final

from chimera.comparing.sides import Measured, Side

Key = Callable[[Measured], Hashable]


@dataclass(frozen=True, slots=True)
class Match:
    """One group before and the group after that measured the same."""

    before: Measured
    after: Measured

    @property
    def changed(self) -> list[str]:
        """Names of the settings that differ, or that only one side has."""
        return _differing(dict(self.before.settings), dict(self.after.settings))

    @property
    def moved(self) -> list[str]:
        """Names of what tells the machines apart, where both sides say it."""
        one, other = dict(self.before.machine), dict(self.after.machine)
        return [name for name in one if name in other and one[name] != other[name]]


@dataclass(frozen=True, slots=True)
class Matched:
    """What belongs together, and what is left of each side."""

    matches: list[Match] = field(default_factory=list)
    ambiguous: list[Measured] = field(default_factory=list)  # several on both sides fit
    gone: list[Measured] = field(default_factory=list)  # before only
    new: list[Measured] = field(default_factory=list)  # after only


def match(before: Side, after: Side) -> Matched:
    """Match by metric, statistic and labels; then by settings, column and place in the folder.

    The most telling key comes first, and a pair is made only where one group of each side has it.
    Files of other names are paired only where each folder has a single one with that metric: else
    they may be different experiments. Names alone never make a pair.
    """
    found = Matched()
    left = list(before.measured), list(after.measured)
    for key in _PLACED:
        left = _paired(left, key, found.matches)
    alone = _alone(before) & _alone(after)
    for key in _ANYWHERE:
        left = _paired(left, _only(key, alone), found.matches)
    kinds = {_identity(one) for one in left[0]} & {_identity(one) for one in left[1]}
    found.ambiguous.extend(one for one in left[0] if _identity(one) in kinds)
    found.gone.extend(one for one in left[0] if _identity(one) not in kinds)
    found.new.extend(one for one in left[1] if _identity(one) not in kinds)
    order = {id(one): position for position, one in enumerate(before.measured)}
    found.matches.sort(key=lambda pair: order[id(pair.before)])
    return found


def _paired(
    left: tuple[list[Measured], list[Measured]], key: Key, matches: list[Match]
) -> tuple[list[Measured], list[Measured]]:
    """Take out what a key pairs one to one."""
    one, other = (_by(side, key) for side in left)
    done: set[int] = set()
    for name, mine in one.items():
        theirs = other.get(name, [])
        if len(mine) == len(theirs) == 1:
            matches.append(Match(mine[0], theirs[0]))
            done |= {id(mine[0]), id(theirs[0])}
    before, after = ([item for item in side if id(item) not in done] for side in left)
    return before, after


def _by(side: Iterable[Measured], key: Key) -> dict[Hashable, list[Measured]]:
    found: dict[Hashable, list[Measured]] = defaultdict(list)
    for one in side:
        found[key(one)].append(one)
    return found


def _identity(one: Measured) -> Hashable:
    """Return what was measured: the metric, how it was taken, and of what."""
    return one.metric, one.panel.series.statistic, frozenset(one.labels), frozenset(one.panel.swept)


def _defined(one: Measured) -> Hashable:
    series = one.panel.series
    return _identity(one), series.definition, series.column, frozenset(one.settings)


def _only(key: Key, kinds: set[Hashable]) -> Key:
    """Return a key that is no other's where a metric is not among some."""
    return lambda one: key(one) if _kind(one) in kinds else id(one)


def _kind(one: Measured) -> Hashable:
    return one.metric, one.panel.series.statistic


def _alone(side: Side) -> set[Hashable]:
    """Return the metrics that stand in one file of a side."""
    files: dict[Hashable, set[str]] = defaultdict(set)
    for one in side.measured:
        files[_kind(one)].add(one.path)
    return {kind for kind, paths in files.items() if len(paths) == 1}


_PLACED: Final[tuple[Key, ...]] = (
    lambda one: (_defined(one), one.path, one.panel.table.name),
    lambda one: (_defined(one), one.place, one.panel.table.name),
    lambda one: (_identity(one), frozenset(one.settings), one.place),
    lambda one: (_identity(one), one.panel.series.column, one.place),
)
_ANYWHERE: Final[tuple[Key, ...]] = (
    _defined,
    lambda one: (_identity(one), one.panel.series.column),
    _identity,
)


def _differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]
