"""Folders, files, archives and addresses → inventory and tables: list, take, merge."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from chimera.evidence.aggregates import check_aggregates
from chimera.evidence.choice import Choice
from chimera.evidence.decode import one_line
from chimera.evidence.formats.link import Notes, link
from chimera.evidence.gaps import find_gaps
from chimera.evidence.limits import Limits
from chimera.evidence.records import FileEntry, Inventory, KindCount, Table
from chimera.evidence.scan import Listing
from chimera.evidence.sources import list_sources
from chimera.evidence.spread import rare_collections, taken
from chimera.evidence.take import Taken, as_duplicate

_LONGEST_LINE = 1000  # characters, a path included
Source = str | os.PathLike[str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the sources hold, and every table of it."""

    inventory: Inventory
    tables: tuple[Table, ...]


def collect(
    source: Source | Sequence[Source],
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    choice: Choice = Choice(),  # noqa: B008 - frozen
    executor: Executor | None = None,
    on_file: Callable[[str], None] | None = None,
) -> Evidence:
    """Read one source or several: a folder, a file, an archive, or an address such as `s3://…`.

    What a file holds never raises: it becomes a problem of that file.

    Args:
        source: Where to read; several are told apart in the inventory by their names.
        limits: How much to read at most.
        choice: Which files to read.
        executor: Where to work: any `concurrent.futures.Executor`, such as that of a Dask client;
            all cores of this machine if left out. The evidence is the same.
        on_file: Hears the path of each file as it is taken.

    Raises:
        NotFoundError: There is nothing at a source.
        SetupError: An address needs a package that is not installed, or cannot be listed.
        ConfigError: A pattern of `choice` cannot be used.

    """
    sources = [source] if isinstance(source, str | os.PathLike) else list(source)
    listing = list_sources([os.fspath(one) for one in sources], limits, choice)
    with rare_collections():
        return _collected(listing, taken(listing.files, limits, executor), on_file)


def _collected(
    listing: Listing, results: Iterable[Taken], on_file: Callable[[str], None] | None
) -> Evidence:
    merged = _Merged()
    for one in results:
        if on_file:
            on_file(one.entry.path)
        merged.add(one)
    duplicates = merged.let_go()
    checked = check_aggregates(link(merged.tables, merged.notes))
    tables = checked.tables
    merged.tell(checked.problems)
    inventory = Inventory(
        root=listing.root,
        files_total=len(merged.files),
        bytes_total=sum(entry.bytes for entry in merged.files),
        kinds=_kinds(merged.files),
        files=merged.files,
        duplicates=duplicates,
        gaps=find_gaps(tables, merged.files),
        limits=[_line(hit) for hit in listing.limits + merged.limits],
        problems=[_line(problem) for problem in listing.problems],
    )
    return Evidence(inventory, tables)


@dataclass(slots=True)
class _Merged:
    """Results in the order of the files; the first of equal files counts, wherever it was read."""

    files: list[FileEntry] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    notes: dict[tuple[str, str], Notes] = field(default_factory=dict)  # by format and folder
    firsts: dict[str, FileEntry] = field(default_factory=dict)  # by hash
    again: dict[str, list[str]] = field(default_factory=dict)  # paths of equal files, by hash
    noted: dict[str, dict[str, Notes]] = field(default_factory=dict)  # by hash

    def add(self, one: Taken) -> None:
        """Merge what one file gave."""
        entry, digest = one.entry, one.entry.sha256
        folder = entry.path.rpartition("/")[0]
        if digest is not None and digest in self.firsts:
            first = self.firsts[digest]
            self.again.setdefault(digest, [first.path]).append(entry.path)
            self.files.append(as_duplicate(entry, first))
            notes = self.noted.get(digest, {})
        else:
            self.files.append(entry)
            self.tables += one.tables
            self.limits += one.limits
            notes = one.notes
            if digest is not None:
                self.firsts[digest] = entry
                if notes:
                    self.noted[digest] = notes
        for name, said in notes.items():
            self.notes.setdefault((name, folder), said)

    def tell(self, problems: Mapping[str, list[str]]) -> None:
        """Add what was found out about files beside others to their problems."""
        for index, entry in enumerate(self.files if problems else ()):
            if entry.path in problems:
                told = [*entry.problems, *map(_line, problems[entry.path])]
                self.files[index] = entry.model_copy(update={"problems": told})

    def let_go(self) -> list[list[str]]:
        """Return the paths of equal files, the first first, and forget the hashes of all others."""
        found = [self.again[digest] for digest in self.firsts if digest in self.again]
        self.firsts.clear()
        self.noted.clear()
        return found


def _line(text: str) -> str:
    """Return a path and what is said of it as one line; where it is too long, the end is kept."""
    cut = len(text) - _LONGEST_LINE
    if cut > 0:
        middle = len(text) // 2
        text = f"{text[: middle - cut // 2 - 1]}…{text[middle + cut - cut // 2 :]}"
    return one_line(text, 2 * _LONGEST_LINE)


def _kinds(files: Iterable[FileEntry]) -> dict[str, KindCount]:
    times: dict[str, list[str]] = {}
    for entry in files:
        times.setdefault(entry.kind, []).append(entry.modified)
    return {
        kind: KindCount(count=len(times[kind]), latest_modified=max(times[kind]))
        for kind in sorted(times)
    }
