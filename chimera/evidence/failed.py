"""Failed runs: each counted once, however many tables and files tell of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from chimera.evidence.records import Table

Run = tuple[str, str, str]  # path, rows that count together, row


def failed_runs(tables: Iterable[Table]) -> int:
    """Return how many runs failed that the tables of one file tell of."""
    members = list(tables)
    if not any(table.failures for table in members):
        return 0
    return sum(reason is not None for reason in runs_of(members).values())


def once(failed: Mapping[str, int]) -> list[str]:
    """Return the paths that count, of paths and their failed runs.

    Files that differ in the end of their names only, such as a CSV file beside its JSON, and have
    as many failed runs, tell of the same ones: the first counts.
    """
    kept: dict[tuple[PurePosixPath, int], str] = {}
    for path, count in failed.items():
        kept.setdefault((PurePosixPath(path).with_suffix(""), count), path)
    return list(kept.values())


def runs_of(tables: Iterable[Table]) -> dict[Run, str | None]:
    """Return the runs that the tables of one file tell of, with the reason of those that failed.

    Only tables of the kind that a failed row stands in count. A run that several tables list (the
    arrays of one result beside each other, sections of one CSV file) counts once, and fails if it
    does in any of them. A row whose parts are rows themselves, such as a command with its single
    runs, is no further run, unless it failed and none of its parts did.
    A part that failed for the reason of the whole, beside parts with reasons of their own, is none.
    """
    runs: dict[Run, str | None] = {}
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


def _named(table: Table) -> Iterator[Run]:
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


def _without_sums(runs: dict[Run, str | None]) -> dict[Run, str | None]:
    """Leave out the rows above other rows; a failed one stays if none of those below it failed."""
    below: dict[tuple[str, str], list[Run]] = defaultdict(list)
    for run in runs:
        parts = run[2].split("/")
        for length in range(1, len(parts)):
            below[run[0], "/".join(parts[:length])].append(run)
    dropped: set[Run] = set()
    for run, reason in runs.items():
        members = below.get((run[0], run[2]), [])
        failed = [member for member in members if runs[member] is not None]
        if members and (reason is None or failed):
            dropped.add(run)
        own = [member for member in failed if runs[member] != reason]
        if own:  # the others have their reason from the row above
            dropped |= set(failed) - set(own)
    return {run: reason for run, reason in runs.items() if run not in dropped}
