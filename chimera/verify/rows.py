"""Rows: lines and tables of a report whose every cell has to be what `report.json` says there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from chimera.verify import calls
from chimera.verify.accounts import problems_of
from chimera.verify.ground import Ground, title
from chimera.verify.names import Json, shown_as, squeezed
from chimera.verify.problems import Kind
from chimera.verify.reading import Line, cells, unescaped

Wrong = Iterator[tuple[str, Kind]]

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?")
_RULE: Final = re.compile(r"^[-: ]*$")
_KIND: Final = re.compile(r"^- (\w+): [\d,]+ files?, latest change (\S+)\.$")
_HEADING: Final = re.compile(r"^### ([^(,]*?)(?: \(.*| *, as computed by the tools)?$")
_BETTER: Final = re.compile(r"\b(higher|lower) is better\b")
_SPECIAL: Final = {
    "bits per character": "bits per char", "inter-token latency": "itl",
    "time per output token": "tpot", "load time": "load", "evaluation time": "eval",
    "prompt evaluation time": "prompt eval",
}  # fmt: skip


def wrong(line: Line, ground: Ground) -> Wrong:
    """Yield the cells of a line that are not what `report.json` says there."""
    judge = _JUDGES.get(line.section)
    if judge is not None:
        yield from judge(line, ground)


def _card(line: Line, ground: Ground) -> Wrong:
    """The run card: date, input, graph, status, agents, run."""
    if not line.in_table:
        return
    key, value = [*cells(line.text), "", ""][:2]
    run = ground.document["run"]
    spans = line.spans_in(value)
    known: dict[str, tuple[bool, Kind]] = {
        "Date": (value == run["started_at"], "number"),
        "Status": (value == run["status"], "entity"),
        "Graph": (spans == [squeezed(run["graph"])], "entity"),
        "Input": (spans == [squeezed(ground.document["inventory"]["root"]) or "(empty)"], "entity"),
        "Run": (spans == [squeezed(run["id"]), squeezed(run["chimera_version"])], "entity"),
    }
    right, kind = known.get(key, (True, "entity"))
    if not right:
        yield value, kind
    names = line.spans_in(key)
    if key.startswith("Agent") and names:
        yield from _agent(names[0], unescaped(value), spans, run["agents"])


def _agent(name: str, value: str, spans: list[str], agents: list[Json]) -> Wrong:
    found = next((agent for agent in agents if squeezed(agent["name"]) == name), None)
    if found is None:
        yield name, "entity"
        return
    if spans[:1] != [squeezed(found["model"])] or not value.startswith(found["persona"][:20]):
        yield value, "entity"
    for option in value.partition(": ")[2].split(", "):
        key, _, shown = option.partition(" ")
        given = found["options"].get(key)
        if (shown == "default") != (given is None) and key in found["options"]:
            yield option, "number"


def _measured(line: Line, ground: Ground) -> Wrong:
    """The brief and the table of metrics."""
    kind = _KIND.match(unescaped(line.raw))
    entry = ground.document["inventory"]["kinds"].get(kind.group(1)) if kind else None
    if kind and entry and entry["latest_modified"] != kind.group(2):
        yield kind.group(2), "number"
    if line.raw.startswith("- `") and line.spans[:1]:
        yield from _quoted(line, ground, unescaped(line.raw.partition("`: ")[2]))
    row = cells(line.text)
    if not line.in_table or line.header[:2] != ["Metric", "Unit"] or row == line.header:
        return
    if not _RULE.match("".join(row)):
        yield from _metric(row, line, ground)


def _metric(row: list[str], line: Line, ground: Ground) -> Wrong:
    """Yield what a row of the table of metrics says that no fact does."""
    name = unescaped(row[0]).partition(" (")[0]
    facts = _facts_named(name, ground)
    if not facts:
        yield row[0], "entity"
        return
    defined = line.spans_in(row[0])
    if defined:
        facts = [f for f in facts if squeezed(f["scope"].get("definition", "")) in defined] or facts
    unit = line.spans_in(row[1])
    facts = [f for f in facts if squeezed(f["unit"] or "not given") in unit]
    if not facts:
        yield from ((shown, "unit") for shown in unit)
        return
    directions = {f["direction"] for f in facts}
    shown = row[2].partition(" ")[0]
    if shown not in {direction or "unknown" for direction in directions}:
        yield row[2], "direction"
    paths = {squeezed(f["scope"].get("path", "")) for f in facts}
    yield from ((p, "entity") for p in line.spans_in(row[3]) if not shown_as(p, paths))


def _facts_named(name: str, ground: Ground) -> list[Json]:
    plain = " ".join(name.lower().replace("_", " ").split())
    plain = _SPECIAL.get(plain, plain)
    return ground.titled.get(plain, [])


def _inventory(line: Line, ground: Ground) -> Wrong:
    """The tables of file types and of formats."""
    row = cells(line.text)
    if not line.in_table or row == line.header or _RULE.match("".join(row)):
        return
    files = ground.files
    if line.header[:1] == ["Type"]:
        kind = row[0]
        entry = ground.document["inventory"]["kinds"].get(kind)
        if entry is None or row[2] != entry["latest_modified"]:
            yield row[2], "number"
        yield from _examples(line, row, lambda name: files[name]["kind"] == kind, files)
    elif line.header[:1] == ["Format"]:
        names = line.spans_in(row[0])
        believed = {
            path
            for path, one in files.items()
            if any(r["believed"] and r["format"] in names for r in one["recognised"])
        }
        yield from _examples(line, row, lambda name: name in believed, files)


def _examples(
    line: Line, row: list[str], fits: Callable[[str], bool], files: dict[str, Json]
) -> Wrong:
    for name in line.spans_in(row[-1]):
        if name in files and not fits(name):
            yield name, "entity"


def _quality(line: Line, ground: Ground) -> Wrong:
    """Duplicates, oddities and files without a table; failed rows have facts."""
    if line.raw.startswith("- `") and " = `" in line.raw:
        groups = [set(map(squeezed, g)) for g in ground.document["inventory"]["duplicates"]]
        if not any(set(line.spans) <= group for group in groups):
            yield " = ".join(line.spans), "entity"
        return
    row = cells(line.text)
    if line.header == ["File", "Status", "What"] and row != line.header:
        entry = ground.files.get("".join(line.spans_in(row[0])))
        if entry is not None:
            status = entry["status"] + (", document" if entry["document"] else "")
            if row[1] != status:
                yield row[1], "entity"
            yield from _quoted(line, ground, unescaped(cells(line.raw)[2]))
    if line.raw.endswith(".") and line.raw.startswith("`"):
        used = {
            path for path, e in ground.files.items()
            if e["status"] != "read" or e["tables"] or e["document"]
        }  # fmt: skip
        yield from ((name, "entity") for name in line.spans if name in used)
    yield from _failed(line, row, ground)


def _failed(line: Line, row: list[str], ground: Ground) -> Wrong:
    if line.header[:2] == ["Folder", "Failed rows"] and line.cited:
        folders = {f["scope"].get("folder") for f in ground.cited(line.cited)}
        if {squeezed(str(f)) for f in folders} != set(line.spans_in(row[0])):
            yield row[0], "entity"


def _quoted(line: Line, ground: Ground, text: str) -> Wrong:
    """Yield a quotation that is not what is odd about the file it is quoted of."""
    entry = ground.files.get(line.spans[0])
    if entry is not None and text not in problems_of(entry):
        yield text, "quotation"


def _performance(line: Line, ground: Ground) -> Wrong:
    """Rows of figures: metric, direction, file, group, statistic."""
    if line.in_table and cells(line.text) == line.header:
        names = [name for name in line.header if name]
        yield from ((name, "statistic") for name in names if names.count(name) > 1)
    if not line.cited or not line.in_table:
        return
    facts = ground.cited(line.cited)
    heading = _HEADING.match(line.heading.replace("`", ""))
    better = _BETTER.search(line.heading)
    metrics = {title(f["metric"]) for f in facts}
    name = heading.group(1).strip().lower() if heading else ""
    if name and _SPECIAL.get(name, name) not in metrics:
        yield heading.group(1) if heading else "", "entity"
    if better and better.group(1) not in {f["direction"] for f in facts}:
        yield better.group(), "direction"
    yield from _cells(line, facts)


def _cells(line: Line, facts: list[Json]) -> Wrong:
    row = dict(zip(line.header, cells(line.text), strict=False))
    paths = {squeezed(f["scope"].get("path", "")) for f in facts}
    files = line.spans_in(row.get("File", ""))
    yield from ((name, "entity") for name in files if not shown_as(name, paths))
    group = set(line.spans_in(row.get("Group", "")))
    about = {
        squeezed(text) for f in facts for k, v in f["scope"].items() if k not in {"path", "column"}
        for text in (k, v)
    }  # fmt: skip
    yield from ((name, "entity") for name in group if not shown_as(name, about))
    said = row.get("Statistic")
    if said and said not in {f["statistic"] for f in facts}:
        yield said, "statistic"


def _personas(line: Line, ground: Ground) -> Wrong:
    text = line.raw.removeprefix(">").strip()
    if line.raw.startswith(">") and text and text not in ground.prompts:
        yield text, "quotation"
    if not line.raw.startswith(">"):
        name = unescaped(line.heading).removeprefix("### ")
        agents = [one for one in ground.document["run"]["agents"] if one["persona"] == name]
        known = {str(one.get(key)) for one in agents for key in ("persona_version", "persona_hash")}
        yield from ((span, "entity") for span in line.spans if not shown_as(span, known))


_JUDGES: Final[dict[str, Callable[[Line, Ground], Wrong]]] = {
    "": _card,
    "What was measured": _measured,
    "Performance": _performance,
    "Data inventory": _inventory,
    "Data quality": _quality,
    "Model metrics": lambda line, ground: calls.wrong(line, ground.document),
    "Personas": _personas,
}
