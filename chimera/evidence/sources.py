"""One or more sources → one listing; the files of several go under the name of their source."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from chimera.errors import ConfigError, NotFoundError
from chimera.evidence.choice import Choice
from chimera.evidence.content import Content, Found, read
from chimera.evidence.limits import Limits
from chimera.evidence.remote import is_remote, read_remote, scan_remote
from chimera.evidence.scan import Listing, scan
from chimera.evidence.unpack import Member, members, packed, unpack

_NOTED = "run/sources.json"


def list_sources(sources: Sequence[str], limits: Limits, choice: Choice) -> Listing:
    """List what the sources hold, sorted by path.

    Raises:
        ConfigError: No source is given.
        NotFoundError: There is nothing at a source.
        SetupError: An address cannot be listed.

    """
    if not sources or not all(source.strip() for source in sources):
        raise ConfigError("the source is empty: name a folder, a file or an address")
    listings = [_listed(source, limits, choice) for source in sources]
    return listings[0] if len(listings) == 1 else _together(listings, limits)


def _listed(source: str, limits: Limits, choice: Choice) -> Listing:
    if is_remote(source):
        return scan_remote(source, limits, choice)
    return scan(Path(source.removeprefix("file://")), limits, choice)


def _together(listings: list[Listing], limits: Limits) -> Listing:
    merged = Listing(" + ".join(listing.root for listing in listings))
    for name, listing in zip(_names(listings), listings, strict=True):
        for found in listing.files:
            # A single file already goes by the name of its source.
            path = name if found.path == listing.root else f"{name}/{found.path}"
            merged.files.append(replace(found, path=path))
        merged.problems += [f"{name}: {problem}" for problem in listing.problems]
        merged.limits += [f"{name}: {hit}" for hit in listing.limits]
    merged.files.sort(key=lambda found: found.path)
    if len(merged.files) > limits.files:
        del merged.files[limits.files :]
        merged.limits.append(f"more than {limits.files} files: the rest was not read")
    return merged


def _names(listings: list[Listing]) -> list[str]:
    """Return a name for each source; where two are called the same, they are numbered."""
    names: list[str] = []
    for listing in listings:
        name, number = listing.root, 1
        while name in names:
            number += 1
            name = f"{listing.root}-{number}"
        names.append(name)
    return names


def note_sources(folder: Path, sources: Sequence[str]) -> None:
    """Write into a run folder where its sources are, relative to it, so that both can be moved."""
    from chimera import store

    named = [one if is_remote(one) else _relative(one, folder) for one in sources]
    store.write(folder / _NOTED, json.dumps(named).encode("ascii"))


def noted_sources(folder: Path) -> list[str] | None:
    """Return the sources of the run in a folder, None where none are noted."""
    try:
        named: list[str] = json.loads((folder / _NOTED).read_bytes())
    except (OSError, ValueError):
        return None
    return [one if is_remote(one) else str(folder / one) for one in named]


def _relative(source: str, folder: Path) -> str:
    path = Path(source.removeprefix("file://")).expanduser().absolute()
    try:
        return os.path.relpath(path, folder.absolute())
    except ValueError:  # on another drive
        return str(path)


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of the inventory, read again."""

    data: bytes  # unpacked
    sha256: str  # of its bytes as they lie there, as the inventory has it


def read_artifact(sources: Sequence[str], path: str) -> Artifact:
    """Return an artifact by its path in the inventory.

    Raises:
        NotFoundError: The sources hold no such file, or it cannot be read.

    """
    return artifact_reader(sources)(path)


def artifact_reader(
    sources: Sequence[str],
    limits: Limits = Limits(),  # noqa: B008 - frozen
    choice: Choice = Choice(gitignore=False),  # noqa: B008 - frozen
) -> Callable[[str], Artifact]:
    """List sources once, and return what reads an artifact by its path in the inventory.

    It raises NotFoundError where the sources hold no such file, or it cannot be read.

    Raises:
        NotFoundError: There is nothing at a source.

    """
    listing = list_sources(sources, limits, choice)
    known = {found.path: found for found in listing.files}

    def reading(path: str) -> Artifact:
        parts = path.split("/")
        for end in range(len(parts), 0, -1):  # a member of an archive goes by the archive's path
            found = known.get("/".join(parts[:end]))
            artifact = _artifact(found, path, limits) if found else None
            if artifact is not None:
                return artifact
        raise NotFoundError(f"no readable file {path!r} in {listing.root!r}")

    return reading


def _artifact(found: Found, path: str, limits: Limits) -> Artifact | None:
    remote = is_remote(found.place)
    content = next(read_remote([found], limits))[1] if remote else read(found, limits)
    return _unpacked(found, content, path.removeprefix(found.path).lstrip("/"), limits)


def _unpacked(found: Found, content: Content, inner: str, limits: Limits) -> Artifact | None:
    """Return a file without its packing; for `inner` the member of that name of an archive."""
    if content.data is None:
        return None
    data, how = content.data, packed(content.data)
    if how is not None and how not in {"zip", "tar"}:
        data = unpack(data, how, limits)[0]
        how = "tar" if packed(data) == "tar" else None
    if how is None:
        return None if inner else Artifact(data, hashlib.sha256(content.data).hexdigest())
    for member in members(found, content, how, limits):
        if isinstance(member, Member) and f"{inner}/".startswith(f"{member.name}/"):
            rest = inner.removeprefix(member.name).lstrip("/")
            return _unpacked(Found(found.path, "member://"), member.content, rest, limits)
    return None
