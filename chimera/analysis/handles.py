"""Handles: what stands in a prompt for the words of artifacts.

A name in a file can be an instruction, so no model sees one. Metrics and units of our own registry
are no such names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from chimera.analysis.facts import Fact
from chimera.analysis.frames import FRAMES
from chimera.analysis.wording import TITLES, spoken, title
from chimera.evidence import metrics
from chimera.evidence.units import NOUNS, TIMES, unit_of

_SPAN: Final = re.compile(r"`([^`]*)`")
_FIRST_MASK: Final = 0xF0000  # private use: no sentence of ours holds one
_MASK: Final = re.compile("[\U000f0000-\U000ffffd]")
_WORD: Final = re.compile(r"[^\W\d_]+")


class Handles:
    """The table of handles of one prompt: the same text is the same handle, `E1`, `E2`, ….

    Args:
        facts: Facts whose metrics and units may stand in the texts outside of code spans.
    """

    def __init__(self, facts: Iterable[Fact] = ()) -> None:
        self._masks: dict[str, str] = {}
        self._handles: dict[str, str] = {}
        self._strange = sorted(_strange(facts), key=lambda name: (-len(name), name))

    def hide(self, text: str, shorten: Callable[[str], str] = str) -> str:
        """Return a sentence of ours with a handle for each code span, unknown metric and unit.

        `shorten` gets the sentence with its names masked, so that it cannot cut into one, and no
        handle is spent on what it leaves out.
        """
        parts = _SPAN.split(text)  # plain, span, plain, …
        masked = "".join(
            self._mask(part) if position % 2 else self._plain(part)
            for position, part in enumerate(parts)
        )
        return _MASK.sub(lambda found: self._handle(found[0]), shorten(masked))

    def _plain(self, text: str) -> str:
        found = [re.escape(name) for name in self._strange if name in text]
        if not found:
            return text
        return re.sub(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)", lambda m: self._mask(m[0]), text)

    def _mask(self, name: str) -> str:
        return self._masks.setdefault(name, chr(_FIRST_MASK + len(self._masks)))

    def _handle(self, mask: str) -> str:
        return self._handles.setdefault(mask, f"E{len(self._handles) + 1}")


def is_our_metric(metric: str) -> bool:
    """Return whether every word of a metric's name stands in our registry of metrics."""
    return all(word in _METRIC_WORDS for word in metric.split("_"))


def is_our_unit(unit: str) -> bool:
    """Return whether a unit is one of our spellings."""
    return unit_of(unit) == unit or unit in _UNITS


def _strange(facts: Iterable[Fact]) -> set[str]:
    """Return the metrics and units that come from artifacts, as sentences write them."""
    read = [fact for fact in facts if fact.sources]
    names = {fact.metric for fact in read if _is_measured(fact)}
    texts = {form(name) for name in names if not is_our_metric(name) for form in (title, spoken)}
    units = {fact.unit for fact in read if fact.unit}
    return {text for text in texts if not _is_frame(text)} | {
        u for u in units if not is_our_unit(u)
    }


def _is_measured(fact: Fact) -> bool:
    """Return whether a fact is about a column, and not a count of ours."""
    return "column" in fact.scope or ("path" in fact.scope and fact.statistic != "count")


def _is_frame(text: str) -> bool:
    """Return whether a text is one word that our own sentences use anyway."""
    return not text or text.lower() in _FRAME_WORDS


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in _WORD.findall(text.lower()))


_FRAME_WORDS: Final = _words(FRAMES.values())
_UNITS: Final = frozenset({"bit/s", "count", "tokens", "x", "chars", *TIMES})
_METRIC_WORDS: Final = frozenset(
    word
    for name in (
        *metrics.BY_STEM,
        *metrics.BY_STEM.values(),
        *metrics.BY_WHOLE_NAME,
        *(metric for metric, _ in metrics.BY_WHOLE_NAME.values()),
        *metrics.COUNT_WORDS,
        *metrics.GENERATION,
        *metrics.HIGHER,
        *metrics.LOWER,
        *metrics.NO_DIRECTION,
        *NOUNS,
        *NOUNS.values(),
        *TITLES,
        "total",
        "input",
        "value",
    )
    for word in name.lower().split("_")
)
