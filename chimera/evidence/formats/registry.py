"""Which formats there are, and which of them fits a sample: bundled ones and those of packages.

A package adds a format with an entry point of the group `chimera.formats` that names a module, or
any object, with the members of `Format`.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Protocol, runtime_checkable

from chimera.errors import ConfigError
from chimera.evidence.formats.match import CLOSE, Match
from chimera.evidence.formats.rows import Rows
from chimera.evidence.formats.samples import Console, Node, Sample

GROUP = "chimera.formats"
LISTED = "hints.json"
_COMMON = "ZJXQKVUGHWYBLOFPNDRIMTCEASzq#jx[k%/v(wg:_ybhfupmdlcrnosiatge. "  # rarest first
_PARTS = frozenset({"blocks", "known", "link", "match", "registry", "rows", "samples"})


@runtime_checkable
class Format(Protocol):
    """What a format offers.

    `NAME` is its name in the inventory. `READS` says which samples it takes: `node`, `sheet`,
    `console`. `HINTS` are keys, column names or words, one of which everything the tool writes
    holds: a sample without any is not probed.
    """

    NAME: str
    READS: frozenset[str]
    HINTS: frozenset[str]

    def probe(self, sample: Sample) -> Match | None:
        """Return how well the sample fits, None where it does not."""

    def parse(self, sample: Sample) -> list[Rows]:
        """Return the rows of a sample that `probe` took; never raises on other people's data."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the formats say of a sample: matches, best first; `believed` if one stands out."""

    matches: tuple[tuple[Format, Match], ...]

    @property
    def believed(self) -> Format | None:
        """The format that fits best, None where there is none or another fits about as well."""
        if not self.matches or self.ambiguous:
            return None
        return self.matches[0][0]

    @property
    def ambiguous(self) -> bool:
        """Whether two formats fit within ten per cent of each other."""
        best = [match.score for _, match in self.matches[:2]]
        return len(best) > 1 and best[1] >= CLOSE * best[0]


NOTHING = Verdict(())


@dataclass(frozen=True, slots=True)
class Hints:
    """What has to be known of a format to tell whether a sample is worth showing to it."""

    module: str  # empty for a format of another package
    reads: frozenset[str]
    hints: frozenset[str]


def formats() -> Mapping[str, Format]:
    """Return every format by name: the bundled ones, then those of installed packages.

    Raises:
        ConfigError: An entry point names something that is no format, or a name that is taken.

    """
    return {name: format_named(name) for name in hints()}


@cache
def format_named(name: str) -> Format:
    """Return a format; its module is imported when the first sample may be its own.

    Raises:
        KeyError: There is none of that name.

    """
    module = hints()[name].module
    return import_module(f"{__package__}.{module}") if module else _packaged()[name]


@cache
def hints() -> Mapping[str, Hints]:
    """Return the hints of every format by its name, without importing those of ours.

    They are read from a file; a module that the file does not list is imported to be asked.

    Raises:
        ConfigError: As `formats` does.

    """
    found = {}
    listed = json.loads((Path(__file__).parent / LISTED).read_text("utf-8"))
    for name, one in listed.items():
        found[name] = Hints(one["module"], frozenset(one["reads"]), frozenset(one["hints"]))
    known = _PARTS | {one.module for one in found.values()}
    for module in pkgutil.iter_modules(import_module(__package__).__path__):
        if module.name not in known:
            new = import_module(f"{__package__}.{module.name}")
            found[new.NAME] = Hints(module.name, new.READS, new.HINTS)
    for name, packaged in _packaged().items():
        if name in found:
            raise _refused(name)
        found[name] = Hints("", packaged.READS, packaged.HINTS)
    return found


@cache
def _packaged() -> Mapping[str, Format]:
    found: dict[str, Format] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        one = point.load()
        if not isinstance(one, Format) or one.NAME in found:
            raise _refused(point.value)
        found[one.NAME] = one
    return found


def _refused(what: str) -> ConfigError:
    needs = "needs NAME (not taken yet), READS, HINTS, probe and parse"
    return ConfigError(f"{what!r}, an entry point of {GROUP}, {needs}")


def judge(sample: Sample) -> Verdict:
    """Return the verdict of all formats on a sample."""
    if isinstance(sample, Console):
        hinted = _in_text(sample.text)
    else:
        hinted = _by_key(_index("node" if isinstance(sample, Node) else "sheet"), sample.keys)
    if not hinted:
        return NOTHING
    shown = map(format_named, hinted)
    found = [(one, match) for one in shown if (match := one.probe(sample))]
    found.sort(key=lambda item: (-item[1].score, item[0].NAME))
    return Verdict(tuple(found))


def is_worth_judging(keys: Collection[str]) -> bool:
    """Tell whether any of the keys of an object is a hint at a format."""
    return not _hints().isdisjoint(keys)


@cache
def _hints() -> frozenset[str]:
    return frozenset(_index("node"))


@cache
def _index(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Return the names of the formats that take samples of a kind, by their hints."""
    found: dict[str, tuple[str, ...]] = {}
    for name, one in hints().items():
        for hint in one.hints if kind in one.reads else ():
            found[hint] = (*found.get(hint, ()), name)
    return found


def _by_key(index: Mapping[str, tuple[str, ...]], keys: AbstractSet[str]) -> list[str]:
    return sorted({name for key in index.keys() & keys for name in index[key]})


def _in_text(text: str) -> list[str]:
    index = _index("console")
    tried = [hint for rare, some in _by_character() if rare in text for hint in some]
    return sorted({name for hint in tried if hint in text for name in index[hint]})


@cache
def _by_character() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the hints at texts by the rarest character of each: one is found faster than many."""
    found: dict[str, tuple[str, ...]] = {}
    for hint in _index("console"):
        rare = min(hint, key=_COMMON.find)  # other characters, not found, come first
        found[rare] = (*found.get(rare, ()), hint)
    return tuple(found.items())
