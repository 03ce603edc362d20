"""A folder or a file → inventory and tables: scan, read, decode, recognise, sort."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from chimera.evidence.decode import decode
from chimera.evidence.document import Document
from chimera.evidence.extract import extract, is_document
from chimera.evidence.formats.link import Notes, link
from chimera.evidence.gaps import find_gaps
from chimera.evidence.limits import Limits
from chimera.evidence.recognise import kind_of, recognise
from chimera.evidence.records import FileEntry, Inventory, KindCount, Table
from chimera.evidence.scan import Content, Found, read, scan

Status = Literal["read", "skipped", "failed", "duplicate"]
_MOST_PROBLEMS = 12  # per file


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a folder holds, and every table of it."""

    inventory: Inventory
    tables: tuple[Table, ...]


def collect(
    source: Path,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    on_file: Callable[[str], None] | None = None,
) -> Evidence:
    """Read everything below `source`, or the one file it is; `on_file` hears each path first.

    What a file holds never raises: it becomes a problem of that file.

    Raises:
        NotFoundError: There is no file or folder at `source`.

    """
    listing = scan(source, limits)
    collector = _Collector(limits)
    for found in listing.files:
        if on_file:
            on_file(found.path)
        collector.files.append(collector.take(found))
    files = collector.files
    tables = link(collector.tables, collector.notes)
    inventory = Inventory(
        root=listing.root,
        files_total=len(files),
        bytes_total=sum(entry.bytes for entry in files),
        kinds=_kinds(files),
        files=files,
        duplicates=[paths for paths in collector.seen.values() if len(paths) > 1],
        gaps=find_gaps(tables, files),
        limits=listing.limits + collector.hits,
        problems=listing.problems,
    )
    return Evidence(inventory, tuple(tables))


@dataclass(slots=True)
class _Collector:
    limits: Limits
    files: list[FileEntry] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    hits: list[str] = field(default_factory=list)
    seen: dict[tuple[int, bytes], list[str]] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)  # of the files read, by path
    notes: dict[tuple[str, str], Notes] = field(default_factory=dict)  # by format and folder

    def take(self, found: Found) -> FileEntry:
        """Read one file, keep its tables and return its entry."""
        content = read(found, self.limits)
        if content.truncated:
            self.hits.append(f"{found.path}: {content.problems[-1]}")
        if content.data is None:
            return _without_text(found, content, found.nature, content.status)
        if not content.data:
            return _without_text(found, content, "empty", "skipped", "empty")
        digest = hashlib.sha256(content.data)
        same = self.seen.setdefault((content.size, digest.digest()), [])
        same.append(found.path)
        if len(same) > 1:
            what = f"same bytes as {same[0]}"
            entry = _without_text(found, content, self.formats[same[0]], "duplicate", what)
            self._note_again(same[0], found.path)
            return entry.model_copy(update={"sha256": digest.hexdigest()})
        entry = self._take_new(found, content, content.data, digest.hexdigest())
        self.formats[found.path] = entry.format
        return entry

    def _take_new(self, found: Found, content: Content, data: bytes, sha256: str) -> FileEntry:
        decoded = decode(data)
        if decoded.text is None:
            what = f"binary: {decoded.binary}"
            entry = _without_text(found, content, "binary", "skipped", what)
            return entry.model_copy(update={"sha256": sha256})
        document = recognise(found.path, decoded.text, self.limits, truncated=content.truncated)
        document.problems[:0] = [*content.problems, *decoded.problems]
        known = extract(document, self.limits)
        tables = known.tables
        for name, notes in known.notes.items():
            self.notes[name, found.path.rpartition("/")[0]] = notes
        self.tables += tables
        self.hits += [f"{found.path}: {hit}" for hit in document.limits]
        return FileEntry(
            path=found.path,
            kind=document.kind,
            format=document.format,
            bytes=content.size,
            modified=content.modified,
            sha256=sha256,
            status=_status(document),
            encoding=decoded.encoding,
            recognised=known.recognised,
            tables=len(tables),
            measurements=sum(map(_count, tables)),
            failures=sum(len(table.failures) for table in tables),
            document=is_document(document),
            problems=_few([*document.problems, *document.limits]),
        )

    def _note_again(self, first: str, path: str) -> None:
        """Let the notes of a file also hold in the folder of its duplicate."""
        folder, here = first.rpartition("/")[0], path.rpartition("/")[0]
        for (name, where), notes in list(self.notes.items()):
            if where == folder:
                self.notes.setdefault((name, here), notes)


def _without_text(
    found: Found, content: Content, format_: str, status: Status, problem: str | None = None
) -> FileEntry:
    natural = found.nature == "file"
    return FileEntry(
        path=found.path,
        kind=(kind_of(found.path) if natural else None) or format_,
        format=format_,
        bytes=content.size,
        modified=content.modified,
        sha256=None,
        status=status,
        problems=[*content.problems, *([problem] if problem else [])],
    )


def _status(document: Document) -> Status:
    if document.format == "empty":
        return "skipped"
    return "failed" if document.failed else "read"


def _count(table: Table) -> int:
    return sum(value is not None for one in table.series for value in one.values)


def _few(problems: list[str]) -> list[str]:
    unique = list(dict.fromkeys(problems))
    rest = len(unique) - _MOST_PROBLEMS
    return unique if rest <= 0 else [*unique[:_MOST_PROBLEMS], f"and {rest} more"]


def _kinds(files: Iterable[FileEntry]) -> dict[str, KindCount]:
    times: dict[str, list[str]] = {}
    for entry in files:
        times.setdefault(entry.kind, []).append(entry.modified)
    return {
        kind: KindCount(count=len(times[kind]), latest_modified=max(times[kind]))
        for kind in sorted(times)
    }
