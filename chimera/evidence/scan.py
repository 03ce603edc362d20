"""A folder or a file → the sorted list of what is in it, and the bytes of each file."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from chimera.errors import NotFoundError, nearest
from chimera.evidence.limits import Limits

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules"})
_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_CHUNK = 1 << 20
_RUN_FILES = frozenset({"report.json", "report.md", "run"})
_OWN_REPORT = b"chimera.report/"


@dataclass(frozen=True, slots=True)
class Found:
    """One directory entry that is not a folder."""

    path: str  # relative to the root, forward slashes, unprintable bytes escaped
    place: str  # where to open it
    nature: Literal["file", "link", "special"] = "file"


@dataclass(slots=True)
class Listing:
    """What a walk found, and what it could not enter."""

    root: str
    files: list[Found] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file; `data` is None where it could not or must not be read."""

    data: bytes | None
    size: int
    modified: str
    problems: tuple[str, ...] = ()
    truncated: bool = False
    status: Literal["read", "skipped", "failed"] = "read"


def scan(source: Path, limits: Limits) -> Listing:
    """List a folder tree, or a single file, in a fixed order.

    Links are listed and not followed; hidden entries and `__pycache__`, `node_modules` left out.

    Raises:
        NotFoundError: There is no file or folder at `source`.

    """
    source = source.expanduser()
    try:
        mode = source.stat().st_mode
    except (OSError, ValueError, RuntimeError) as error:
        raise NotFoundError(_missing(source, error)) from error
    root = shown(source.name or source.resolve().name or source.anchor)
    if stat.S_ISDIR(mode):
        listing = Listing(root)
        _walk(str(source), limits, listing)
        listing.files.sort(key=lambda found: found.path)
        return listing
    if stat.S_ISREG(mode):
        # The user named this one, so a link to it is followed, once.
        return Listing(root, [Found(root, os.path.realpath(source))])
    raise NotFoundError(f"{str(source)!r} is neither a file nor a folder; name one of those")


def read(found: Found, limits: Limits) -> Content:
    """Read one file within the byte cap, without following links or waiting on pipes."""
    if found.nature != "file":
        reason = "symbolic link, not followed" if found.nature == "link" else "not a regular file"
        return _refused(found, reason, "skipped")
    try:
        descriptor = os.open(found.place, _OPEN_FLAGS)
    except (OSError, ValueError) as error:
        return _refused(found, _reason(error), "failed")
    try:
        return _read_open(found, descriptor, limits.file_bytes)
    except OSError as error:
        return _refused(found, _reason(error), "failed")
    finally:
        os.close(descriptor)


def shown(name: str) -> str:
    """Return a file name that can be printed: bytes that are no UTF-8 and controls escaped."""
    if name.isprintable():
        return name
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    keep = "\n\t"
    return "".join(
        c if c in keep or ord(c) >= 0xA0 or 0x20 <= ord(c) < 0x7F else f"\\x{ord(c):02x}"  # noqa: PLR2004 - the control ranges of Unicode
        for c in text
    )


def iso_time(seconds: float) -> str:
    """Return a file time as UTC ISO 8601 with whole seconds; empty where it is no date."""
    try:
        moment = datetime.fromtimestamp(int(seconds // 1), UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _walk(top: str, limits: Limits, listing: Listing) -> None:
    folders = [(top, "", 0)]
    while folders:
        place, prefix, depth = folders.pop()
        if depth > limits.depth:
            listing.limits.append(f"{prefix}: folders deeper than {limits.depth} were not entered")
            continue
        try:
            with os.scandir(place) as entries:
                below = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            listing.problems.append(f"{prefix or './'}: {_reason(error)}")
            continue
        if _is_run_folder(place, below):
            listing.problems.append(f"{prefix or './'}: report of an earlier run, left out")
            below = [entry for entry in below if entry.name not in _RUN_FILES]
        for entry in below:
            if len(listing.files) >= limits.files:
                listing.limits.append(f"more than {limits.files} files: the rest was not read")
                return
            _sort_in(entry, prefix, depth, folders, listing)


def _is_run_folder(place: str, entries: list[os.DirEntry[str]]) -> bool:
    """Return whether a folder holds a report of ours, which is no evidence for the next one."""
    if not any(entry.name == "report.json" for entry in entries):
        return False
    try:
        with open(os.path.join(place, "report.json"), "rb") as file:  # noqa: PTH118, PTH123  no Path here
            return _OWN_REPORT in file.read(64)
    except OSError:
        return False


def _sort_in(
    entry: os.DirEntry[str],
    prefix: str,
    depth: int,
    folders: list[tuple[str, str, int]],
    listing: Listing,
) -> None:
    if entry.name.startswith(".") or entry.name in _SKIPPED_FOLDERS:
        return
    path = prefix + shown(entry.name)
    try:
        if entry.is_dir(follow_symlinks=False):
            folders.append((entry.path, path + "/", depth + 1))
        elif entry.is_symlink():
            listing.files.append(Found(path, entry.path, "link"))
        elif entry.is_file(follow_symlinks=False):
            listing.files.append(Found(path, entry.path))
        else:
            listing.files.append(Found(path, entry.path, "special"))
    except OSError as error:
        listing.problems.append(f"{path}: {_reason(error)}")


def _read_open(found: Found, descriptor: int, cap: int) -> Content:
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        return _refused(found, "not a regular file", "skipped")
    data = _read_up_to(descriptor, min(before.st_size, cap) + 1, cap + 1)
    after = os.fstat(descriptor)
    problems = []
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        problems.append("changed while reading")
    truncated = len(data) > cap
    if truncated:
        data = data[:cap]
        problems.append(f"only the first {cap} of {after.st_size} bytes were read")
    return Content(
        data, max(len(data), after.st_size), iso_time(after.st_mtime), tuple(problems), truncated
    )


def _read_up_to(descriptor: int, first: int, most: int) -> bytes:
    parts: list[bytes] = []
    length = 0
    while length < most and (part := os.read(descriptor, min(first, most - length))):
        parts.append(part)
        length += len(part)
        first = max(first, _CHUNK)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _refused(found: Found, reason: str, status: Literal["skipped", "failed"]) -> Content:
    try:
        state = os.lstat(found.place)
    except (OSError, ValueError):
        return Content(None, 0, "", (reason,), status=status)
    size = state.st_size if stat.S_ISREG(state.st_mode) else 0
    return Content(None, size, iso_time(state.st_mtime), (reason,), status=status)


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, FileNotFoundError):
        return "vanished while reading"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"cannot be read: {text[0].lower()}{text[1:]}"


def _missing(source: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        try:
            beside = [shown(entry.name) for entry in source.parent.iterdir()]
        except OSError:
            beside = []
        return f"no file or folder {shown(str(source))!r}{nearest(source.name, beside)}"
    return f"cannot open {shown(str(source))!r}: {error}"
