"""Claims about reliability: how many runs failed, of how many, and where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.shares import percent, share_of, shown
from chimera.analysis.wording import plural
from chimera.evidence.failed import Run, once, runs_of
from chimera.evidence.records import Table
from chimera.markup import code

TOPIC: Final = "failed runs"
_MOST: Final = 4  # folders with a sentence of their own


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed rows below one folder."""

    folder: str
    failed: Fact
    rows: Fact
    files: Fact
    file: str | None  # the only file with failed rows
    hopeless: int  # files without any successful row


def reliability(tables: list[Table], facts: FactBook, claims: ClaimBook) -> list[Failures]:
    """Count failed rows per folder, each once however many tables tell of it, and say so."""
    by_folder: dict[str, list[Table]] = defaultdict(list)
    broken = {table.path for table in tables if table.evidence and table.failures}
    for table in tables:
        if table.evidence and table.path in broken:
            by_folder[_folder(table.path)].append(table)
    found = [_failures(folder, members, facts) for folder, members in sorted(by_folder.items())]
    worst = sorted(found, key=lambda entry: (-entry.failed.value, entry.folder))
    for entry in worst[:_MOST]:
        whole = _whole(found, facts) if entry is worst[0] and len(found) > 1 else []
        _say(entry, whole, facts, claims)
    return found


def _failures(folder: str, tables: Sequence[Table], facts: FactBook) -> Failures:
    runs = _runs_below(tables)
    failed = {run: reason for run, reason in runs.items() if reason is not None}
    paths = {path for path, _, _ in failed}
    where = "files with failed rows"
    return Failures(
        folder,
        facts.count("failed rows", len(failed), f"failed rows below {folder}", folder=folder),
        facts.count("rows", len(runs), f"rows of {where}", folder=folder),
        facts.count(where, len(paths), f"{where} below {folder}", folder=folder),
        next(iter(paths)) if len(paths) == 1 else None,
        len(paths - {path for path, _, _ in runs.keys() - failed.keys()}),
    )


def _runs_below(tables: Sequence[Table]) -> dict[Run, str | None]:
    """Return the runs of files, without those of a file that another one stands for."""
    members: dict[str, list[Table]] = defaultdict(list)
    for table in tables:
        members[table.path].append(table)
    runs = {path: runs_of(same) for path, same in members.items()}
    kept = once({path: sum(map(bool, found.values())) for path, found in runs.items()})
    return {run: reason for path in kept for run, reason in runs[path].items()}


def _whole(found: Sequence[Failures], facts: FactBook) -> list[tuple[str, tuple[Fact, ...]]]:
    """Return the count over all folders, with the counts it rests on."""
    rows, files, all_rows = (
        facts.count(what, round(sum(part.value for part in parts)), query)
        for what, parts, query in (
            ("failed rows", [e.failed for e in found], "failed rows"),
            ("files with failed rows", [e.files for e in found], "files with failed rows"),
            ("rows", [e.rows for e in found], "rows of files with failed rows"),
        )
    )
    text = (
        f"in all folders {int(rows.value):,} of {plural(int(all_rows.value), 'row')} failed,"
        f" in {plural(int(files.value), 'file')}"
    )
    return [(text, (rows, all_rows, files))]


def _say(
    entry: Failures,
    whole: list[tuple[str, tuple[Fact, ...]]],
    facts: FactBook,
    claims: ClaimBook,
) -> None:
    share = share_of(entry.failed, entry.rows, "share of failed rows", facts)
    hopeless = facts.count(
        "files without a successful row",
        entry.hopeless,
        f"files without a successful row below {entry.folder}",
        folder=entry.folder,
    )
    extras = [*_extras(entry, hopeless), *whole]
    counted = f"{int(entry.failed.value):,} of {plural(int(entry.rows.value), 'row')}"
    parts = {
        "what": f"{counted} failed in {_where(entry)}",
        "share": percent(share.value),
        **shown(share),
        "more": "".join(f"; {text}" for text, _ in extras),
    }
    others = [fact for _, known in extras for fact in known]
    cited = [entry.failed, entry.rows, entry.files, *share.facts, *others]
    claims.add("proportion", "observed", parts, cited, topic=TOPIC)


def _where(entry: Failures) -> str:
    if entry.file is not None:
        return code(entry.file)
    files = plural(int(entry.files.value), "file")
    return f"{files} at the top" if entry.folder == "." else f"{files} below {code(entry.folder)}"


def _extras(entry: Failures, hopeless: Fact) -> list[tuple[str, tuple[Fact, ...]]]:
    """Return what else is known of the failures, with the count it rests on."""
    found: list[tuple[str, tuple[Fact, ...]]] = []
    if entry.hopeless:
        which = f"{entry.hopeless:,} of these files {'hold' if entry.hopeless > 1 else 'holds'} no"
        if entry.hopeless == entry.files.value:
            which = "none of these files holds a" if entry.file is None else "the file holds no"
        found.append((f"{which} successful run", (hopeless,)))
    return found


def _folder(path: str) -> str:
    """Return the first two folders of a path; `.` for a file at the top."""
    return "/".join(path.split("/")[:-1][:2]) or "."
