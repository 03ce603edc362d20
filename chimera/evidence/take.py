"""One listed file → its entry in the inventory and its tables; an archive → those of its members.

Nothing here knows of other files but by their hashes, so that any process on any machine may do it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Literal

from chimera.evidence.bulk import available
from chimera.evidence.choice import is_hidden
from chimera.evidence.columnar import parquet_document
from chimera.evidence.compact import compact
from chimera.evidence.content import Content, Found, capped, read
from chimera.evidence.database import sqlite_document
from chimera.evidence.decode import Decoded, decode, one_line
from chimera.evidence.document import Document
from chimera.evidence.extract import extract, is_document
from chimera.evidence.failed import failed_runs
from chimera.evidence.formats.link import Notes
from chimera.evidence.large import HEAD, LARGE, NotColumns, scan_large
from chimera.evidence.limits import Limits
from chimera.evidence.recognise import kind_of, recognise
from chimera.evidence.records import FileEntry, Table
from chimera.evidence.remote import is_remote, read_remote
from chimera.evidence.unpack import Member, members, packed, unpack

_MOST_PROBLEMS = 12  # per file
_LONGEST_PROBLEM = 400  # characters
_NESTED = 2  # archives in archives that are opened
Status = Literal["read", "skipped", "failed", "duplicate"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What one file gave; `limits` are the caps that it hit."""

    entry: FileEntry
    tables: tuple[Table, ...] = ()
    notes: dict[str, Notes] = field(default_factory=dict)
    limits: tuple[str, ...] = ()


def take(batch: Iterable[Found], limits: Limits) -> Iterator[Taken]:
    """Yield what the files of a batch give, in their order; files of the same bytes once.

    What a file holds never raises: it becomes a problem of that file.
    """
    taker = _Taker(limits)
    for remote, group in groupby(batch, key=lambda found: is_remote(found.place)):
        for found, content in read_remote(group, limits) if remote else _read(group, limits):
            yield from taker.take(found, content, 0)


def _read(group: Iterable[Found], limits: Limits) -> Iterator[tuple[Found, Content]]:
    head = (LARGE, HEAD) if available() else None
    return ((found, read(found, limits, head=head)) for found in group)


def untaken(found: Found, reason: str) -> Taken:
    """Return the entry of a file that was not opened, and why."""
    return Taken(_entry(found, Content(None, found.size, found.modified, (reason,)), found.nature))


def as_duplicate(entry: FileEntry, first: FileEntry) -> FileEntry:
    """Return the entry of a file whose bytes an earlier one holds."""
    return FileEntry.model_construct(
        _FIELDS,
        **{
            **_BLANK,
            "path": entry.path,
            "kind": kind_of(entry.path) or first.format,
            "format": first.format,
            "bytes": entry.bytes,
            "modified": entry.modified,
            "sha256": entry.sha256,
            "status": "duplicate",
            "problems": _few([f"same bytes as {first.path}"]),
        },
    )


_FIELDS = set(FileEntry.model_fields)  # one set for all entries: each of its own takes 700 bytes
_BLANK = {
    name: field_.get_default(call_default_factory=True)
    for name, field_ in FileEntry.model_fields.items()
    if not field_.is_required()
}


@dataclass(slots=True)
class _Taker:
    limits: Limits
    seen: set[str] = field(default_factory=set)  # hashes of the files already taken

    def take(self, found: Found, content: Content, nested: int) -> Iterator[Taken]:
        """Yield what a file gives: itself, and where it is an archive, its members."""
        if content.truncated and content.size > LARGE and found.on_disk and available():
            large = self._large(found, content)
            if isinstance(large, Taken):
                yield large
                return
            content = read(found, self.limits)
            if content.truncated and large is not None:
                content = replace(content, problems=(large, *content.problems))
        if content.data:
            yield from self._held(found, content, content.data, nested)
        elif content.data is None:
            yield Taken(_entry(found, content, found.nature, status=content.status))
        else:
            yield Taken(_entry(found, content, "empty", problems=[*content.problems, "empty"]))

    def _held(self, found: Found, content: Content, data: bytes, nested: int) -> Iterator[Taken]:
        sha256 = hashlib.sha256(data).hexdigest()
        how = packed(data)
        if sha256 in self.seen:
            yield Taken(_entry(found, content, "", sha256=sha256, status="duplicate"))
            return
        self.seen.add(sha256)
        if how is None:
            yield self._file(found, content, data, sha256)
        elif how in {"zip", "tar"}:
            yield from self._archive(found, content, how, sha256, nested)
        else:
            yield from self._stream(found, content, how, sha256, nested)

    def _large(self, found: Found, content: Content) -> Taken | str | None:
        """Take a large file in columns, or say why not; nothing where it is not of that kind."""
        data = content.data or b""
        if packed(data) or content.size > self.limits.table_bytes:
            return None
        head = decode(data)
        if head.text is None or head.problems or head.encoding != "utf-8":
            return None
        document = recognise(found.path, head.text, self.limits, truncated=True)
        if document.format not in {"csv", "jsonl"}:
            return None
        known = extract(document, self.limits)
        try:
            scanned = scan_large(found.place, document, known.tables)
        except NotColumns as reason:
            return f"not read in columns: {reason}"
        except OSError:
            return None
        entry = _entry(found, content, document.format, sha256=scanned.sha256, status="read")
        read_in_columns = {
            "kind": document.kind,
            "encoding": head.encoding,
            "tables": 1,
            "measurements": scanned.measurements,
            "failures": len(scanned.table.failures),
            "problems": [*document.problems, *scanned.problems],
        }
        return Taken(entry.model_copy(update=read_in_columns), (scanned.table,))

    def _stream(
        self, found: Found, content: Content, how: str, sha256: str, nested: int
    ) -> Iterator[Taken]:
        """Take what a compressed file holds; its place in the inventory is that of the file."""
        data, problem = unpack(content.data or b"", how, self.limits)
        inner = capped(data, content.size, content.modified, self.limits.file_bytes)
        inner = replace(
            inner,
            size=content.size,
            problems=(*content.problems, *inner.problems, *([problem] if problem else [])),
            truncated=inner.truncated or content.truncated or problem is not None,
        )
        if packed(data) == "tar":
            yield from self._archive(found, content, "tar", sha256, nested)
        elif not data:
            problems = [*inner.problems, f"{how} of nothing"]
            yield Taken(_entry(found, content, how, sha256=sha256, problems=problems))
        else:
            yield self._file(found, inner, inner.data or b"", sha256)

    def _archive(
        self, found: Found, content: Content, how: str, sha256: str, nested: int
    ) -> Iterator[Taken]:
        """Take the members of an archive, in the order of their paths, and the archive itself."""
        if nested >= _NESTED:
            problems = ["an archive within archives: not opened"]
            yield Taken(_entry(found, content, how, sha256=sha256, problems=problems))
            return
        taken: list[Taken] = []
        problems = [problem for problem in content.problems if not content.truncated]
        hits: list[str] = []
        for member in members(found, content, how, self.limits):
            if isinstance(member, Member):
                taken += self._member(found, member, nested)
            else:
                problems.append(member)
                hits += [member] if member.startswith("more than") else []
        if taken:
            problems.append(f"{len(taken)} files in it were taken")
        elif not problems:
            problems.append("no files in it that can be read")
        status: Status = "read" if taken else "skipped"
        entry = _entry(found, content, how, sha256=sha256, status=status, problems=problems)
        yield Taken(entry, limits=tuple(f"{found.path}: {hit}" for hit in hits))
        yield from sorted(taken, key=lambda one: one.entry.path)

    def _member(self, found: Found, member: Member, nested: int) -> Iterator[Taken]:
        if not member.name or any(map(is_hidden, member.name.split("/"))):
            return
        inner = Found(f"{found.path}/{member.name}", "member://", "file")
        yield from self.take(inner, member.content, nested + 1)

    def _file(self, found: Found, content: Content, data: bytes, sha256: str) -> Taken:
        decoded = decode(data)
        try:
            document = _document(found, content, data, decoded, self.limits)
        except Exception as error:  # noqa: BLE001 - one odd file must not cost the others; recorded
            what = f"could not be read ({type(error).__name__}: {one_line(str(error))})"
            problems = [*content.problems, what]
            entry = _entry(
                found, content, "unknown", sha256=sha256, status="failed", problems=problems
            )
            return Taken(entry, limits=_cut(found, content))
        if document is None:
            remedy = "; the extra `large` reads it" if decoded.binary == "parquet" else ""
            problems = [*content.problems, f"binary: {decoded.binary}{remedy}"]
            entry = _entry(found, content, "binary", sha256=sha256, problems=problems)
            return Taken(entry, limits=_cut(found, content))
        known = extract(document, self.limits)
        entry = FileEntry.model_construct(
            _FIELDS,
            path=found.path,
            kind=document.kind,
            format=document.format,
            bytes=content.size,
            modified=content.modified,
            sha256=sha256,
            status=_status(document),
            encoding=decoded.encoding,
            recognised=known.recognised,
            tables=len(known.tables),
            measurements=sum(map(_count, known.tables)),
            failures=failed_runs(known.tables),
            document=is_document(document),
            problems=_few([*document.problems, *document.limits]),
        )
        hits = [f"{found.path}: {hit}" for hit in document.limits]
        tables = tuple(map(compact, known.tables))
        return Taken(entry, tables, known.notes, (*_cut(found, content), *hits))


def _document(
    found: Found, content: Content, data: bytes, decoded: Decoded, limits: Limits
) -> Document | None:
    if decoded.text is not None:
        document = recognise(found.path, decoded.text, limits, truncated=content.truncated)
    elif decoded.binary == "sqlite":
        document = sqlite_document(found.path, data, limits)
    elif decoded.binary == "parquet" and available():
        document = parquet_document(found.path, data, limits)
    else:
        return None
    document.problems[:0] = [*content.problems, *decoded.problems]
    return document


def _entry(
    found: Found,
    content: Content,
    format_: str,
    *,
    sha256: str | None = None,
    status: Status = "skipped",
    problems: list[str] | None = None,
) -> FileEntry:
    kind = kind_of(found.path) if found.nature == "file" else None
    known = {
        "path": found.path,
        "kind": kind or format_ or "unknown",
        "format": format_,
        "bytes": content.size,
        "modified": content.modified,
        "sha256": sha256,
        "status": status,
        "problems": _few(list(content.problems) if problems is None else problems),
    }
    return FileEntry.model_construct(_FIELDS, **{**_BLANK, **known})


def _cut(found: Found, content: Content) -> tuple[str, ...]:
    return (f"{found.path}: {content.problems[-1]}",) if content.truncated else ()


def _status(document: Document) -> Status:
    if document.format == "empty":
        return "skipped"
    return "failed" if document.failed else "read"


def _count(table: Table) -> int:
    return sum(len(one.values) - one.values.count(None) for one in table.series)


def _few(problems: list[str]) -> list[str]:
    unique = list(dict.fromkeys(one_line(problem, _LONGEST_PROBLEM) for problem in problems))
    rest = len(unique) - _MOST_PROBLEMS
    return unique if rest <= 0 else [*unique[:_MOST_PROBLEMS], f"and {rest} more"]
