"""One listed file → its bytes, within the cap; links are not followed, pipes not waited for."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from chimera.evidence.limits import Limits

_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_CHUNK = 1 << 20
Nature = Literal["file", "link", "special"]


@dataclass(frozen=True, slots=True)
class Found:
    """One entry of a source that is not a folder."""

    path: str  # relative to the root, forward slashes, unprintable bytes escaped
    place: str  # where to open it: a path of this machine, or an address with a scheme
    nature: Nature = "file"
    size: int = 0  # of a remote file, as its listing says
    modified: str = ""  # likewise

    @property
    def on_disk(self) -> bool:
        """Whether it is a file of this machine's own, not remote and not in an archive."""
        return "://" not in self.place


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file; `data` is None where it could not or must not be read."""

    data: bytes | None
    size: int
    modified: str
    problems: tuple[str, ...] = ()
    truncated: bool = False
    status: Literal["read", "skipped", "failed"] = "read"


def read(found: Found, limits: Limits, *, head: tuple[int, int] | None = None) -> Content:
    """Read one local file within the byte cap, without following links or waiting on pipes.

    With `head`, a size and a count of bytes, only so many bytes of a larger file are read.
    """
    if found.nature != "file":
        reason = "symbolic link, not followed" if found.nature == "link" else "not a regular file"
        return _refused(found, reason, "skipped")
    try:
        descriptor = open_file(found.place)
    except (OSError, ValueError) as error:
        return _refused(found, reason_of(error), "failed")
    try:
        return _read_open(found, descriptor, limits.file_bytes, head)
    except OSError as error:
        return _refused(found, reason_of(error), "failed")
    finally:
        os.close(descriptor)


def open_file(place: str) -> int:
    """Return a descriptor of a file that is no link; the caller checks that it is regular."""
    return os.open(place, _OPEN_FLAGS)


def first_bytes(place: str, most: int) -> bytes:
    """Return the first bytes of a regular file; none of a link, of a pipe, or where it fails."""
    try:
        descriptor = open_file(place)
    except (OSError, ValueError):
        return b""
    try:
        regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
        return os.read(descriptor, most) if regular else b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def capped(data: bytes, size: int, modified: str, cap: int) -> Content:
    """Return the content of bytes that may go beyond the cap; `size` is that of the whole file."""
    if len(data) <= cap:
        return Content(data, max(size, len(data)), modified)
    problem = f"only the first {cap} of {max(size, len(data))} bytes were read"
    return Content(data[:cap], max(size, len(data)), modified, (problem,), truncated=True)


def iso_time(seconds: float) -> str:
    """Return a file time as UTC ISO 8601 with whole seconds; empty where it is no date."""
    return _iso(seconds // 1)


@lru_cache(maxsize=4096)
def _iso(seconds: float) -> str:
    try:
        moment = datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, ValueError, OSError):
        return ""
    return moment.replace(tzinfo=None).isoformat() + "Z"


def reason_of(error: OSError | ValueError) -> str:
    """Return why a file could not be read, in a few words without its path."""
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, FileNotFoundError):
        return "vanished while reading"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"cannot be read: {text[0].lower()}{text[1:]}"


def _read_open(found: Found, descriptor: int, cap: int, head: tuple[int, int] | None) -> Content:
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        return _refused(found, "not a regular file", "skipped")
    if head is not None and before.st_size > head[0]:
        cap = min(cap, head[1])
    data = _read_up_to(descriptor, min(before.st_size, cap) + 1, cap + 1)
    after = os.fstat(descriptor)
    problems = []
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        problems.append("changed while reading")
    content = capped(data, after.st_size, iso_time(after.st_mtime), cap)
    if not problems:
        return content
    return Content(
        content.data,
        content.size,
        content.modified,
        (*problems, *content.problems),
        content.truncated,
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
