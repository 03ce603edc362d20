"""Packed bytes → what is inside: gzip, bzip2 and xz of one file; zip and tar of many."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, Protocol

from chimera.evidence.content import Content, Found, capped, iso_time, open_file, reason_of
from chimera.evidence.limits import Limits
from chimera.evidence.scan import shown

_CHUNK = 1 << 20
_STREAMS = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\x00", "xz"))
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_DAMAGED = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_ENCRYPTED = 1
_ZSTD = 93  # in the numbering of zip
_LOCAL_HEADER = 30  # bytes
_LONGEST_HEADER = 1 << 20
_LARGEST_DIRECTORY = 32 << 20
_SPOKEN = frozenset(
    {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    }
)
_OFFICE = "[Content_Types].xml"
_JAR = "META-INF/MANIFEST.MF"


class _Header(tarfile.TarInfo):
    """A header of a tar; long names and attributes are read into memory, so they are capped."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _SPOKEN and self.size > _LONGEST_HEADER:
            raise tarfile.ReadError(f"a header of {self.size} bytes")
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]


class _Bounded(io.BufferedReader):
    """An archive; its directory is read at once, as large as it claims to be, so that is capped."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > _LARGEST_DIRECTORY:
            raise ValueError(f"a directory of {size} bytes")
        return super().read(size)


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its name there, and what was read of it."""

    name: str
    content: Content


@dataclass(slots=True)
class Budget:
    """How many bytes of one archive may still be unpacked, and what was left out for it."""

    left: int
    hits: list[str] = field(default_factory=list)


def packed(data: bytes) -> str | None:
    """Return how bytes are packed: gzip, bzip2, xz, zip, tar; None where they are not."""
    if data.startswith(_ZIP):
        return "zip"
    for magic, name in _STREAMS:
        if data.startswith(magic):
            return name
    return "tar" if data[257:262] == b"ustar" else None


def unpack(data: bytes, how: str, limits: Limits) -> tuple[bytes, str | None]:
    """Return what a gzip, bzip2 or xz stream holds, to one byte above the cap, and its problem."""
    packed_file = io.BytesIO(data)
    if how == "gzip":
        with gzip.GzipFile(fileobj=packed_file) as stream:
            return _read_up_to(stream, limits.file_bytes + 1)
    if how == "bzip2":
        with bz2.BZ2File(packed_file) as stream:
            return _read_up_to(stream, limits.file_bytes + 1)
    with lzma.LZMAFile(packed_file) as stream:
        return _read_up_to(stream, limits.file_bytes + 1)


def archive_nature(names: list[str]) -> str | None:
    """Return what a zip is besides a bag of files: its members are then no artifacts."""
    found = set(names)
    if _OFFICE in found:
        return "office document"
    if _JAR in found:
        return "jar"
    if names and all(name.endswith(".npy") for name in names):
        return "npz"
    return "PyTorch file" if any(name.endswith("/data.pkl") for name in names) else None


def members(found: Found, content: Content, how: str, limits: Limits) -> Iterator[Member | str]:
    """Yield the members of a zip or tar in the order they stand there, and problems as text."""
    budget = Budget(limits.archive_bytes)
    try:
        with _opened(found, content) as file:
            reader = _zip_members if how == "zip" else _tar_members
            yield from reader(file, limits, budget)
    except (*_DAMAGED, tarfile.TarError, NotImplementedError, RuntimeError) as error:
        yield f"archive cannot be read on: {_said(error)}"


def _opened(found: Found, content: Content) -> IO[bytes]:
    """Open the whole archive: from the bytes read, or where they were cut, from its place."""
    if not content.truncated:
        return _Bounded(io.BytesIO(content.data or b""))
    if "://" in found.place:
        raise ValueError("larger than the cap of a file, and not on this machine")
    return _Bounded(io.FileIO(open_file(found.place)))


def _zip_members(file: IO[bytes], limits: Limits, budget: Budget) -> Iterator[Member | str]:
    with zipfile.ZipFile(file) as archive:
        infos = [info for info in archive.infolist() if not info.filename.endswith("/")]
        nature = archive_nature([info.filename for info in infos])
        if nature:
            yield f"binary: {nature}"
            return
        for index, info in enumerate(infos):
            if index >= limits.files or budget.left <= 0:
                yield _rest(index, len(infos), limits, budget)
                return
            modified = _zip_time(info)
            if info.flag_bits & _ENCRYPTED:
                refused = Content(None, info.file_size, modified, ("encrypted",), status="skipped")
                yield Member(_name(info.filename), refused)
                continue
            if info.compress_type == _ZSTD:
                opened = _zstd(file, info, min(limits.file_bytes, budget.left) + 1)
            else:
                opened = archive.open(info)
            with opened as stream:
                yield _member(info.filename, stream, (info.file_size, modified), limits, budget)


def _zstd(file: IO[bytes], info: zipfile.ZipInfo, most: int) -> IO[bytes]:
    """Open a member that is packed with Zstandard, as logs of Inspect are.

    The sizes of its own header, which may differ from the directory's, say where it starts
    (PKWARE, .ZIP File Format Specification, 4.3.7).
    """
    import zstandard  # LangChain brings it

    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER)
    name, extra = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    file.seek(info.header_offset + _LOCAL_HEADER + name + extra)
    packed_data = file.read(info.compress_size)
    try:
        return io.BytesIO(zstandard.ZstdDecompressor().stream_reader(packed_data).read(most))
    except zstandard.ZstdError as error:
        raise zipfile.BadZipFile(str(error)) from error


def _tar_members(file: IO[bytes], limits: Limits, budget: Budget) -> Iterator[Member | str]:
    with tarfile.open(fileobj=file, mode="r|*", tarinfo=_Header) as archive:
        for index, info in enumerate(archive):
            if index >= limits.files:
                yield _rest(index, None, limits, budget)
                return
            read = 0
            if not info.isdir():
                member = _tar_member(archive, info, limits, budget)
                read = len(member.content.data or b"")
                yield member
            # What was not read of it is unpacked all the same on the way to the next one.
            budget.left -= max(0, info.size - read)
            if budget.left <= 0:
                yield _rest(index + 1, None, limits, budget)
                return


def _tar_member(
    archive: tarfile.TarFile, info: tarfile.TarInfo, limits: Limits, budget: Budget
) -> Member:
    stream = archive.extractfile(info) if info.isreg() else None
    if stream is None:
        reason = "link, not followed" if info.issym() or info.islnk() else "no regular file"
        return Member(_name(info.name), Content(None, 0, "", (reason,), status="skipped"))
    return _member(info.name, stream, (info.size, iso_time(info.mtime)), limits, budget)


def _member(
    name: str, stream: Readable, stated: tuple[int, str], limits: Limits, budget: Budget
) -> Member:
    cap = min(limits.file_bytes, budget.left)
    data, problem = _read_up_to(stream, cap + 1)
    budget.left -= len(data)
    content = capped(data, *stated, cap)
    problems = (*content.problems, *([problem] if problem else []))
    return Member(
        _name(name),
        Content(content.data, content.size, content.modified, problems, content.truncated),
    )


def _name(name: str) -> str:
    """Return the name of a member as a path relative to the archive that can be printed."""
    return shown(name.replace("\\", "/").lstrip("/"))


def _rest(index: int, total: int | None, limits: Limits, budget: Budget) -> str:
    of = f" of {total}" if total is not None else ""
    if budget.left <= 0:
        return f"more than {limits.archive_bytes} bytes unpacked: {index}{of} members were read"
    return f"more than {limits.files} members: the rest was not read"


def _read_up_to(stream: Readable, most: int) -> tuple[bytes, str | None]:
    parts: list[bytes] = []
    length = 0
    try:
        while length < most and (part := stream.read(min(_CHUNK, most - length))):
            parts.append(part)
            length += len(part)
    except _DAMAGED as error:
        return b"".join(
            parts
        ), f"packed data is cut or damaged after {length} bytes: {_said(error)}"
    return b"".join(parts), None


def _said(error: Exception) -> str:
    if isinstance(error, OSError):
        return reason_of(error).removeprefix("cannot be read: ")
    return str(error) or type(error).__name__


def _zip_time(info: zipfile.ZipInfo) -> str:
    try:
        return iso_time(datetime(*info.date_time, tzinfo=UTC).timestamp())
    except ValueError:
        return ""
