"""Claims about reliability: how many runs failed, of how many, and where."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from chimera.analysis.claims import ClaimBook
from chimera.analysis.facts import Fact, FactBook
from chimera.analysis.shares import percent, share_of, shown
from chimera.analysis.wording import plural
from chimera.evidence.records import Table
from chimera.markup import code

TOPIC: Final = "failed runs"
_MOST: Final = 4  # folders with a sentence of their own
_Run = tuple[str, str, str]  # path, rows that count together, row


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed rows below one folder."""

    folder: str
    failed: Fact
    rows: Fact
    files: Fact
    file: str | None  # the only file with failed rows
    hopeless: int  # files without any successful row
    alike: int  # failed rows with the most frequent reason


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
        max(Counter(failed.values()).values(), default=0),
    )


def _runs_below(tables: Sequence[Table]) -> dict[_Run, str | None]:
    """Return the runs of files, those of a file beside another of its name and runs but once."""
    members: dict[str, list[Table]] = defaultdict(list)
    for table in tables:
        members[table.path].append(table)
    found: dict[_Run, str | None] = {}
    known: set[tuple[str, tuple[bool, ...]]] = set()
    for path, same in members.items():
        runs = runs_of(same)
        key = PurePosixPath(path).with_suffix("").as_posix(), tuple(map(bool, runs.values()))
        if key not in known:
            found |= runs
        known.add(key)
    return found


def runs_of(tables: Iterable[Table]) -> dict[_Run, str | None]:
    """Return the runs that the tables of one file tell of, with the reason of those that failed.

    Only tables of the kind that a failed row stands in count. A run that several tables list (the
    arrays of one result beside each other, sections of one CSV file) counts once, and fails if it
    does in any of them. A row whose parts are rows themselves, such as a command with its single
    runs, is no further run, unless it failed and none of its parts did.
    A part that failed for the reason of the whole, beside parts with reasons of their own, is none.
    """
    runs: dict[_Run, str | None] = {}
    members = list(tables)
    kinds = {_kind(table) for table in members if table.failures}
    for table in members:
        if _kind(table) in kinds:
            for index, run in enumerate(_named(table)):
                runs[run] = runs.get(run) or table.failures.get(index)
    return _without_sums(runs)


def _kind(table: Table) -> tuple[str, bool]:
    """Return what tells tables of the same runs from others in a file."""
    if table.container in {"json", "yaml", "jsonl"}:
        return ("numbers", True) if _is_plain(table) else (table.name, False)
    return table.name if table.container in {"sqlite", "text", "markdown"} else "", False


def _named(table: Table) -> Iterator[_Run]:
    for row in table.rows:
        if _is_plain(table):
            array, _, index = row.rpartition("/")
            yield table.path, "numbers", f"{array.rpartition('/')[0]}/*/{index}"
        elif table.container in {"json", "yaml", "jsonl", "csv", "parquet"}:
            yield table.path, "", row
        else:
            yield table.path, table.name, row


def _is_plain(table: Table) -> bool:
    """Return whether the rows are the numbers of an array, beside which others may stand."""
    pointed = table.container in {"json", "yaml"} and "/" in table.rows[0] if table.rows else False
    return pointed and not any(series.column for series in table.series)


def _without_sums(runs: dict[_Run, str | None]) -> dict[_Run, str | None]:
    """Leave out the rows above other rows; a failed one stays if none of those below it failed."""
    below: dict[tuple[str, str], list[_Run]] = defaultdict(list)
    for run in runs:
        parts = run[2].split("/")
        for length in range(1, len(parts)):
            below[run[0], "/".join(parts[:length])].append(run)
    dropped: set[_Run] = set()
    for run, reason in runs.items():
        members = below.get((run[0], run[2]), [])
        failed = [member for member in members if runs[member] is not None]
        if members and (reason is None or failed):
            dropped.add(run)
        own = [member for member in failed if runs[member] != reason]
        if own:  # the others have their reason from the row above
            dropped |= set(failed) - set(own)
    return {run: reason for run, reason in runs.items() if run not in dropped}


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
    share = share_of(entry.failed, entry.rows, "failed rows", facts)
    hopeless = facts.count(
        "files without a successful row",
        entry.hopeless,
        f"files without a successful row below {entry.folder}",
        folder=entry.folder,
    )
    alike = facts.count(
        "failed rows of one reason",
        entry.alike,
        f"failed rows with the most frequent reason below {entry.folder}",
        folder=entry.folder,
    )
    extras = [*_extras(entry, hopeless, alike), *whole]
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


def _extras(entry: Failures, hopeless: Fact, alike: Fact) -> list[tuple[str, tuple[Fact, ...]]]:
    """Return what else is known of the failures, with the count it rests on."""
    found: list[tuple[str, tuple[Fact, ...]]] = []
    if entry.hopeless:
        which = f"{entry.hopeless:,} of these files {'hold' if entry.hopeless > 1 else 'holds'} no"
        if entry.hopeless == entry.files.value:
            which = "none of these files holds a" if entry.file is None else "the file holds no"
        found.append((f"{which} successful run", (hopeless,)))
    if entry.failed.value > entry.alike > 1:
        found.append((f"{entry.alike:,} of the failures have the same reason", (alike,)))
    return found


def _folder(path: str) -> str:
    """Return the first two folders of a path; `.` for a file at the top."""
    return "/".join(path.split("/")[:-1][:2]) or "."
