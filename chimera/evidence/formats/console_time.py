"""Lines of JavaScript's `console.time`: `label: 14.515ms` of Node, `label: 7617ms - timer ended`.

A log is full of lines like Node's, so they count only where they are most of a text and one of
them has the decimals of a clock; a browser says what its line is. Node writes seconds from 1000 ms
on, and `1:02.345 (m:ss.mmm)` from a minute on, which is no number and is left out.
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Console, Sample, cell

NAME = "console-time"
READS = frozenset({"console"})
HINTS = frozenset({"ms"})
_BROWSER = re.compile(
    r"^(?:console\.time: )?(\S[^\n]{0,200}?): (\d+(?:\.\d+)?)(ms|s) - timer ended\s*$", re.MULTILINE
)
_NODE = re.compile(r"^(\S[^\n]{0,200}?): (\d+(?:\.\d{1,15})?)(ms|s)\s*$", re.MULTILINE)
_CLOCKED = re.compile(r": \d+\.\d{1,15}ms[^\S\n]*$", re.MULTILINE)  # a line with such decimals
_TIME = re.compile(r"\d+(?:\.\d{1,15})?m?s")
_MOST = 0.5  # of the lines that are not blank


def probe(sample: Sample) -> Match | None:
    """Tell a browser's by its words, Node's where they are most of the text."""
    if not isinstance(sample, Console):
        return None
    if " - timer ended" in sample.text and (browser := by_lines(sample, needs=(_BROWSER,))):
        return browser
    if _CLOCKED.search(sample.text) is None:
        return None
    filled = [line.rstrip() for line in sample.lines if line.strip()]
    times = [line.rpartition(": ")[2] for line in filled if line.endswith("s") and ": " in line]
    found = sum(1 for time in times if _TIME.fullmatch(time))
    return Match(0.8, (_NODE.pattern,)) if found >= _MOST * len(filled) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one table per unit, one row per line."""
    tables: dict[str, Rows] = {}
    if isinstance(sample, Console):
        pattern = _BROWSER if sample.has(_BROWSER) else _NODE
        for index, match in sample.matches(pattern):
            measures = {"": Measure("duration", match[3], "lower")}
            rows = tables.setdefault(match[3], Rows(match[3], measures))
            cells = {"": cell(index, match, 2)}
            rows.rows.append(Row(str(index + 1), {"timer": match[1]}, {}, cells))
    return list(tables.values())
