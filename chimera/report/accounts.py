"""The sections of a report that account for it: files, run, personas, evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from chimera.analysis.facts import Fact
from chimera.analysis.wording import plural
from chimera.evidence.records import FileEntry, Inventory
from chimera.markup import code, plain, table
from chimera.report.cite import cite
from chimera.report.content import Content
from chimera.report.document import AgentCard, RecomputedCard
from chimera.timing import StageTiming, execution_line

_LONGEST: Final = 300  # characters of a remark
_MOST_EXAMPLES: Final = 2
_MOST_ROWS: Final = 40
_MOST_UNUSED: Final = 12
_SHOWN_HASH: Final = 12  # characters, as Git shows of its own
_SHOWN_OPTIONS: Final = ("num_gpu", "num_ctx", "temperature", "top_p", "top_k", "repeat_penalty")


def run_card(content: Content) -> str:
    """Date, agents, model and configuration."""
    run = content.run
    rows = [
        ["Date", run.started_at],
        ["Input", code(content.inventory.root)],
        ["Graph", code(run.graph)],
        ["Status", run.status],
        *(["Missing", plain(gap)] for gap in run.gaps),
        ["Narrative", _narrative(content)],
        *(_agent(agent) for agent in run.agents),
        ["Run", f"{code(run.id)}, Chimera {code(run.chimera_version)}"],
    ]
    return table(["", ""], rows)


def inventory(content: Content) -> str:
    """Files per type with examples and the latest change, then proven gaps."""
    found = content.inventory
    examples: dict[str, list[str]] = defaultdict(list)
    for entry in found.files:
        examples[entry.kind].append(entry.path)
    rows = [
        [
            kind,
            f"{entry.count:,}",
            entry.latest_modified,
            ", ".join(map(code, examples[kind][:_MOST_EXAMPLES])),
        ]
        for kind, entry in sorted(found.kinds.items(), key=lambda item: (-item[1].count, item[0]))
    ]
    parts = (
        [table(["Type", "Files", "Latest change", "Examples"], rows, align="lr")] if rows else []
    )
    parts += _recognised(found)
    gaps = [f"- {plain(gap.what)}: {plain(gap.scope, _LONGEST)}" for gap in found.gaps]
    if gaps:
        parts.append("Not found:\n\n" + "\n".join(gaps))
    if found.limits:
        parts.append("Limits reached:\n\n" + "\n".join(f"- {plain(line)}" for line in found.limits))
    return "\n\n".join(parts)


def _recognised(found: Inventory) -> list[str]:
    """List the formats of tools that were believed, with the files they were found in."""
    files: dict[str, list[str]] = defaultdict(list)
    for entry in found.files:
        for one in entry.recognised:
            if one.believed:
                files[one.format].append(entry.path)
    rows = [
        [code(name), f"{len(paths):,}", ", ".join(map(code, paths[:_MOST_EXAMPLES]))]
        for name, paths in sorted(files.items())
    ]
    if not rows:
        return []
    return ["Output of known tools:\n\n" + table(["Format", "Files", "Examples"], rows, align="lr")]


def data_quality(content: Content) -> str:
    """Failed rows, duplicates and everything odd about single files."""
    found = content.inventory
    parts = [
        _failed_rows(content),
        _duplicates(found),
        _problems(found),
        _not_entered(found),
        _unused(found),
    ]
    return "\n\n".join(part for part in parts if part)


def workflow(content: Content, timings: dict[str, StageTiming]) -> str:
    """How many files, and how long the stages took, split into own time and model time."""
    rows = [
        [name, f"{t.seconds:.3f}", f"{t.own_seconds:.3f}", f"{t.model_seconds:.3f}"]
        for name, t in timings.items()
    ]
    files = content.inventory.files_total
    return f"- Files: {files:,}\n- Execution time: {execution_line(timings)}\n\n" + table(
        ["Stage", "Seconds", "Own", "Model"], rows, align="lrrr"
    )


def personas(content: Content) -> str:
    """The personas' prompts in full."""
    seen = {(agent.persona, agent.prompt): agent for agent in content.run.agents}
    return "\n\n".join(
        f"### {plain(agent.persona)}\n\n{_edition(agent)}"
        + "\n".join(f"> {line}".rstrip() for line in agent.prompt.splitlines())
        for agent in seen.values()
    )


def _edition(agent: AgentCard) -> str:
    """Say which persona it was: the version of its file, and its content."""
    if agent.persona_hash is None:
        return ""
    version = "" if agent.persona_version is None else f"Version {code(agent.persona_version)}, "
    said = f"{version}content {code(agent.persona_hash[:_SHOWN_HASH] + '…')}"
    return f"{said[0].upper()}{said[1:]}.\n\n"


def evidence(content: Content, used: Iterable[str], again: RecomputedCard) -> str:
    """Every fact the report cites: what it is, its file and place; how many were recomputed."""
    cited = set(used)
    by_stem: dict[str, list[Fact]] = defaultdict(list)
    for fact in content.analysis.facts.values():
        if fact.stem in cited:
            by_stem[fact.stem].append(fact)
    rows = []
    for same in by_stem.values():
        first = same[0]
        what = ", ".join(dict.fromkeys(fact.statistic for fact in same))
        paths = list(dict.fromkeys(source.path for source in first.sources))
        places = (
            dict.fromkeys(fact.formula for fact in same)
            if _is_derived(first)
            else [source.locator for source in first.sources]
        )
        rows.append(
            [
                cite(fact.id for fact in same),
                f"{code(first.metric)}: {plain(what)}",
                "the folder" if paths == ["."] else ", ".join(map(code, paths)),
                ", ".join(map(code, places)),
            ]
        )
    if not rows:
        return ""
    return f"{_recomputed(again)}\n\n" + table(["Facts", "What", "File", "Place or formula"], rows)


def _recomputed(again: RecomputedCard) -> str:
    """Say in one line how many of the cited facts the bytes of their files gave again."""
    others = (
        (again.differs, "differing (the lines that cited them were left out)"),
        (again.changed, "changed since"),
        (again.unreachable, "unreachable"),
        (again.not_recomputable, "not recomputable"),
        (again.too_large, "too large to read twice"),
    )
    said = [f"{again.confirmed:,} confirmed from the bytes of their files"]
    said += [f"{count:,} {what}" for count, what in others if count]
    return f"Recomputed: of {plural(again.facts, 'fact')} cited, {', '.join(said)}."


def _narrative(content: Content) -> str:
    story = content.narrative
    if story.status == "none":
        return "none: the run was told to use no model"
    reason = f": {plain(story.reason)}" if story.reason else ""
    dropped = f"; sentences dropped: {story.dropped}" if story.dropped else ""
    return f"{story.status}, {code(story.model or '')}{reason}{dropped}"


def _agent(agent: AgentCard) -> list[str]:
    given = agent.options.model_dump()
    options = ", ".join(f"{name} {_default(given[name])}" for name in _SHOWN_OPTIONS)
    return [f"Agent {code(agent.name)}", f"{plain(agent.persona)}, {code(agent.model)}: {options}"]


def _default(value: object) -> str:
    return "default" if value is None else str(value)


def _failed_rows(content: Content) -> str:
    facts = content.analysis.facts
    rows = [
        [code(folder), *(f"{int(facts[name].value):,}" for name in ids), cite(ids)]
        for folder, ids in content.analysis.failed_rows.items()
    ]
    if not rows:
        return ""
    header = ["Folder", "Failed rows", "Rows there", "In files", "Facts"]
    return "### Failed rows\n\n" + table(header, rows, align="lrrr")


def _duplicates(found: Inventory) -> str:
    if not found.duplicates:
        return ""
    lines = [f"- {' = '.join(map(code, paths))}" for paths in found.duplicates[:_MOST_ROWS]]
    return "### Duplicate files\n\n" + "\n".join(lines)


def _problems(found: Inventory) -> str:
    odd = [entry for entry in found.files if entry.problems]
    rows = [
        [code(entry.path), _status(entry), plain("; ".join(entry.problems), _LONGEST)]
        for entry in odd[:_MOST_ROWS]
    ]
    if not rows:
        return ""
    more = "\n\nFurther files are in `report.json`." if odd[_MOST_ROWS:] else ""
    return "### Oddities\n\n" + table(["File", "Status", "What"], rows) + more


def _not_entered(found: Inventory) -> str:
    """Name the folders and entries that could not be read, or were left out."""
    lines = [f"- {plain(problem, _LONGEST)}" for problem in found.problems[:_MOST_ROWS]]
    return "### Not entered\n\n" + "\n".join(lines) if lines else ""


def _unused(found: Inventory) -> str:
    """Name the files that were read and held no table, such as console output."""
    empty = [e for e in found.files if e.status == "read" and not e.tables and not e.document]
    if not empty:
        return ""
    more = " and others" if empty[_MOST_UNUSED:] else ""
    names = ", ".join(code(entry.path) for entry in empty[:_MOST_UNUSED])
    return f"### Read without finding a table\n\n{names}{more}."


def _status(entry: FileEntry) -> str:
    return f"{entry.status}, document" if entry.document else entry.status


def _is_derived(fact: Fact) -> bool:
    read = "(values" in fact.formula or fact.formula.startswith("as written")
    return not (read and fact.sources)
