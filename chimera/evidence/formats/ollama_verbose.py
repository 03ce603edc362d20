"""Ollama `run --verbose`: a summary below each answer, durations as Go writes them.

`1.23s`, `812.5ms` and `45.1µs` carry their unit, so each unit has a column of its own. From a
minute on they are compounds (`2m43.5s`), which are no single number: they are kept as written and
not counted. `eval rate` is the speed of generation of one request, `prompt eval rate` that of its
prompt (`api/types.go`); a line is left out where its count is 0, as after a cached prompt.
"""

from __future__ import annotations

import re

from chimera.evidence.formats.match import Match, by_lines
from chimera.evidence.formats.rows import Measure, Row, Rows
from chimera.evidence.formats.samples import Cell, Console, Sample, cell

NAME = "ollama-verbose"
READS = frozenset({"console"})
HINTS = frozenset({"eval rate:", "total duration:"})
_TIMES = {
    "total duration": ("duration", "ollama.total"),
    "load duration": ("load", "ollama.load"),
    "prompt eval duration": ("prompt_eval", "ollama.prompt_eval"),
    "eval duration": ("eval", "ollama.eval"),
}
_UNITS = {"ns": "ns", "µs": "us", "μs": "us", "us": "us", "ms": "ms", "s": "s"}
_OTHERS = {
    "prompt eval count": Measure("prompt_eval_count", "tokens", None),
    "eval count": Measure("eval_count", "tokens", None),
    "prompt eval rate": Measure(
        "prompt_throughput", "tok/s", "higher", definition="ollama.prompt_eval_rate"
    ),
    "eval rate": Measure("throughput", "tok/s", "higher", definition="ollama.eval_rate"),
}
_MEASURES = {
    **{
        f"{label} ({unit})": Measure(metric, unit, "lower", definition=definition)
        for label, (metric, definition) in _TIMES.items()
        for unit in ("s", "ms", "us", "ns")
    },
    **_OTHERS,
}
_START = r"^[ \t>|*-]{0,16}"
_DURATION = (
    rf"(?P<number>\d+(?:\.\d+)?)(?P<unit>{'|'.join(_UNITS)})|(?P<compound>(?:\d+h)?\d+m[\d.]+s)"
)
_LINE = re.compile(
    rf"{_START}(?P<label>(?:total|load|(?:prompt )?eval) duration):[ \t]+(?:{_DURATION})[ \t\r]*$"
    rf"|{_START}(?P<count>(?:prompt )?eval count):[ \t]+(?P<tokens>\d+) token\(s\)[ \t\r]*$"
    rf"|{_START}(?P<rate>(?:prompt )?eval rate):[ \t]+(?P<speed>[\d.]+) tokens/s[ \t\r]*$"
)
_TYPICAL = tuple(
    re.compile(rf"{_START}{label}:[ \t]+\d\S*{after}[ \t\r]*$", re.MULTILINE)
    for label, after in (
        ("total duration", ""),
        ("load duration", ""),
        ("eval duration", ""),
        ("eval rate", " tokens/s"),
        ("prompt eval rate", " tokens/s"),
        ("eval count", r" token\(s\)"),
    )
)
_FEWEST = 2  # labels that make a summary
_COMPOUND = "minutes and seconds in one: no single number"


def probe(sample: Sample) -> Match | None:
    """Tell a summary by two of its labels."""
    if not isinstance(sample, Console):
        return None
    match = by_lines(sample, needs=(), typical=_TYPICAL)
    return match if match and len(match.evidence) >= _FEWEST else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per summary; a label that comes again starts the next."""
    rows = Rows("", _MEASURES)
    seen: set[str] = set()
    for index, match in sample.matches(_LINE) if isinstance(sample, Console) else ():
        label = match["label"] or match["count"] or match["rate"]
        if label in seen or label == "total duration" or not rows.rows:
            rows.rows.append(Row(str(index + 1), {}, {}, {}))
            seen.clear()
        seen.add(label)
        _add(rows.rows[-1], label, index, match)
    return [rows]


def _add(row: Row, label: str, index: int, match: re.Match[str]) -> None:
    column, group = label, "tokens" if match["count"] else "speed"
    if match["label"]:
        unit = _UNITS.get(match["unit"] or "s", "s")
        column, group = f"{label} ({unit})", "number" if match["number"] else "compound"
    cells: dict[str, str | Cell | None] = dict(row.cells)
    cells[column] = cell(index, match, group)
    row.cells = cells
    if group == "compound":
        row.invalid[column] = _COMPOUND
