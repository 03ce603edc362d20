"""Iai, Iai-Callgrind and Gungraun: what Valgrind counted in one run of a benchmark.

On the console Iai writes `Instructions: 1243 (+1.1%)`, the others `1734|1650`, new and old, with
`N/A` where there is none. The old count belongs to another run and is left out. Gungraun's JSON
(`--output-format=json`, version 6) holds the same per tool: `Left` is new, `Both` new and old.
Counts do not vary as times do: one run is enough, and its estimated cycles are a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera.evidence.document import Json
from chimera.evidence.formats.match import Match, by_lines, by_names
from chimera.evidence.formats.rows import Measure, Row, Rows, items, mapping, text
from chimera.evidence.formats.samples import Cell, Console, Node, Sample, cell

NAME = "gungraun"
READS = frozenset({"node", "console"})
HINTS = frozenset({"Instructions:  ", "Total bytes:  ", "profiles"})
_ESTIMATE = re.compile(
    r"^  (?:Instructions|Total bytes): {1,40}[\d,]+(?:\|(?:[\d,]+|N/A)\s|\s*$| \()", re.MULTILINE
)
_COUNT = re.compile(r"^  ([A-Z][\w +-]{1,30}): {1,40}([\d,]+(?:\.\d+)?)(?:\||\s|$)")
_TOOL = re.compile(r"^  =+ ([A-Z]+) =+\s*$")
_NAME = re.compile(r"^(\S[^\n]{0,300})$")
_LOWER = {
    "Instructions": "instructions",
    "Ir": "instructions",
    "Estimated Cycles": "estimated_cycles",
    "EstimatedCycles": "estimated_cycles",
    "Total read+write": "memory_accesses",
    "TotalRW": "memory_accesses",
    "RAM Hits": "ram_hits",
    "RamHits": "ram_hits",
    "RAM Accesses": "ram_accesses",
    "Total bytes": "allocated_bytes",
    "TotalBytes": "allocated_bytes",
    "Total blocks": "allocated_blocks",
    "TotalBlocks": "allocated_blocks",
}
_NEEDED = ("baselines", "function_name", "module_path", "profiles")


def probe(sample: Sample) -> Match | None:
    """Tell the console by a count below a name, JSON by its keys."""
    if isinstance(sample, Console):
        return by_lines(sample, needs=(_ESTIMATE,))
    return by_names(sample.keys, needs=_NEEDED) if isinstance(sample, Node) else None


def parse(sample: Sample) -> list[Rows]:
    """Return one row per benchmark and tool, a column per count."""
    if isinstance(sample, Console):
        rows = list(_console(sample))
    else:
        rows = list(_json(sample)) if isinstance(sample, Node) else []
    columns = dict.fromkeys(column for row in rows for column in row.cells)
    return [Rows("", {column: _measure(column) for column in columns}, rows)]


def _measure(column: str) -> Measure:
    name = column.split("/", maxsplit=1)[0]
    metric = _LOWER.get(name)
    unit = "B" if name.lower().endswith("bytes") else "%" if name.endswith("Rate") else "count"
    return Measure(metric or name.lower().replace(" ", "_"), unit, "lower" if metric else None)


def _console(console: Console) -> Iterator[Row]:
    row = Row("", {}, {}, {})
    name = tool = ""
    for index, line in enumerate(console.lines):
        if match := _TOOL.match(line):
            tool, row = match[1].lower(), Row("", {}, {}, {})
        elif match := _COUNT.match(line):
            if not row.cells:
                labels = {"benchmark": name, **({"tool": tool} if tool else {})}
                row = Row(str(index + 1), labels, {}, {})
                yield row
            cells: dict[str, str | Cell | None] = {match[1]: cell(index, match, 2)}
            row.cells = {**row.cells, **cells}
        elif _NAME.match(line):
            name, tool, row = line.strip(), "", Row("", {}, {}, {})


def _json(node: Node) -> Iterator[Row]:
    for place, value in node.objects():
        name = " ".join(filter(None, (text(value.get("module_path")), text(value.get("id")))))
        for index, profile in enumerate(map(mapping, items(value.get("profiles")))):
            tool = text(profile.get("tool"))
            total = mapping(mapping(profile.get("summaries")).get("total"))
            counts = mapping(mapping(total.get("summary")).get(tool))
            at = f"{place}/profiles/{index}/summaries/total/summary/{tool}"
            labels = {"benchmark": name, "tool": tool.lower()}
            yield Row(at, labels, {}, dict(_counts(counts)))


def _counts(counts: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Yield the new count of each metric by its pointer."""
    for name, found in counts.items():
        metrics = mapping(mapping(found).get("metrics"))
        both = items(metrics.get("Both"))
        key, new = ("Both/0", mapping(both[0])) if both else ("Left", mapping(metrics.get("Left")))
        for kind in ("Int", "Float"):
            if text(new.get(kind)):
                yield f"{name}/metrics/{key}/{kind}", text(new.get(kind))
