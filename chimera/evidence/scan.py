"""A folder or a file of this machine → the sorted list of what is in it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path

from chimera.errors import NotFoundError, nearest
from chimera.evidence.choice import IGNORE_FILE, Choice, Matches, ignored_by, is_hidden
from chimera.evidence.content import Found, first_bytes, reason_of
from chimera.evidence.limits import Limits

_RUN_FILES = frozenset({"report.json", "report.md", "report.html", "run"})
_OWN_REPORT = b"chimera.report/"
_IGNORE_BYTES = 1 << 20


@dataclass(slots=True)
class Listing:
    """What a walk found, and what it could not enter."""

    root: str
    files: list[Found] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)


def scan(source: Path, limits: Limits, choice: Choice = Choice()) -> Listing:  # noqa: B008 - frozen
    """List a folder tree, or a single file, in a fixed order.

    Links are listed and not followed; what `choice` leaves out is counted in the problems.

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
        walk = _Walk(limits, choice, Listing(root))
        walk.run(os.path.abspath(source))  # noqa: PTH100 - workers elsewhere open by it
        walk.listing.files.sort(key=lambda found: found.path)
        return walk.listing
    if stat.S_ISREG(mode):
        # The user named this one, so a link to it is followed, once.
        return Listing(root, [Found(root, os.path.realpath(source))])
    raise NotFoundError(f"{str(source)!r} is neither a file nor a folder; name one of those")


def shown(name: str) -> str:
    """Return a file name that can be printed: bytes that are no UTF-8 and controls escaped."""
    if name.isprintable():
        return name
    try:
        text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # no name of a file system: it holds other lone surrogates
        text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    keep = "\n\t"
    return "".join(
        c if c in keep or ord(c) >= 0xA0 or 0x20 <= ord(c) < 0x7F else f"\\x{ord(c):02x}"  # noqa: PLR2004 - the control ranges of Unicode
        for c in text
    )


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder to walk, and the ignore files in force there: of which folder, what they match."""

    place: str
    prefix: str
    depth: int
    ignores: tuple[tuple[str, Matches], ...] = ()

    def ignores_entry(self, path: str) -> bool:
        """Tell whether an ignore file names a path (a folder's with a slash at its end)."""
        return any(matches(path[len(prefix) :]) for prefix, matches in self.ignores)


@dataclass(slots=True)
class _Walk:
    limits: Limits
    choice: Choice
    listing: Listing
    left_out: dict[str, int] = field(default_factory=dict)  # reason -> how many entries

    def run(self, top: str) -> None:
        """Walk the tree below `top`."""
        folders = [_Folder(top, "", 0)]
        while folders:
            self._enter(folders.pop(), folders)
            if len(self.listing.files) > self.limits.files:
                del self.listing.files[self.limits.files :]
                hit = f"more than {self.limits.files} files: the rest was not read"
                self.listing.limits.append(hit)
                break
        self.listing.problems += [f"{what}: {n}" for what, n in sorted(self.left_out.items())]

    def _enter(self, folder: _Folder, folders: list[_Folder]) -> None:
        listing = self.listing
        if folder.depth > self.limits.depth:
            hit = f"{folder.prefix}: folders deeper than {self.limits.depth} were not entered"
            listing.limits.append(hit)
            return
        try:
            with os.scandir(folder.place) as entries:
                below = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            listing.problems.append(f"{folder.prefix or './'}: {reason_of(error)}")
            return
        names = {entry.name for entry in below}
        if "report.json" in names and _is_run_folder(folder.place):
            listing.problems.append(f"{folder.prefix or './'}: report of an earlier run, left out")
            below = [entry for entry in below if entry.name not in _RUN_FILES]
        if self.choice.gitignore and IGNORE_FILE in names:
            folder = self._with_ignores(folder)
        for entry in below:
            if len(listing.files) > self.limits.files:
                return
            self._sort_in(entry, folder, folders)

    def _sort_in(self, entry: os.DirEntry[str], folder: _Folder, folders: list[_Folder]) -> None:
        path = folder.prefix + shown(entry.name)
        try:
            inner = entry.is_dir(follow_symlinks=False)
            if is_hidden(entry.name):
                self._leave_out("hidden or generated entries left out")
            elif folder.ignores and folder.ignores_entry(path + "/" if inner else path):
                self._leave_out(f"entries named in {IGNORE_FILE} left out")
            elif inner and self.choice.enters(path + "/"):
                folders.append(_Folder(entry.path, path + "/", folder.depth + 1, folder.ignores))
            elif inner or not self.choice.takes(path):
                self._leave_out("entries that the patterns leave out")
            elif entry.is_symlink():
                self.listing.files.append(Found(path, entry.path, "link"))
            elif entry.is_file(follow_symlinks=False):
                self.listing.files.append(Found(path, entry.path))
            else:
                self.listing.files.append(Found(path, entry.path, "special"))
        except OSError as error:
            self.listing.problems.append(f"{path}: {reason_of(error)}")

    def _with_ignores(self, folder: _Folder) -> _Folder:
        place = os.path.join(folder.place, IGNORE_FILE)  # noqa: PTH118 - no Path in the walk
        text = first_bytes(place, _IGNORE_BYTES).decode("utf-8", "replace")
        matches, unused = ignored_by(text.splitlines())
        if unused:
            plural = "pattern" if unused == 1 else "patterns"
            where = folder.prefix + IGNORE_FILE
            self.listing.problems.append(
                f"{where}: {unused} {plural} too costly to match, not used"
            )
        if matches is None:
            return folder
        return replace(folder, ignores=(*folder.ignores, (folder.prefix, matches)))

    def _leave_out(self, what: str) -> None:
        self.left_out[what] = self.left_out.get(what, 0) + 1


def _is_run_folder(place: str) -> bool:
    """Return whether a folder holds a report of ours, which is no evidence for the next one."""
    return _OWN_REPORT in first_bytes(os.path.join(place, "report.json"), 64)  # noqa: PTH118 - likewise


def _missing(source: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        try:
            beside = [shown(entry.name) for entry in source.parent.iterdir()]
        except OSError:
            beside = []
        return f"no file or folder {shown(str(source))!r}{nearest(source.name, beside)}"
    return f"cannot open {shown(str(source))!r}: {error}"
