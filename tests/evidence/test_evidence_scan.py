"""Walking folders and reading files: order, what is left out, what cannot be read."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from chimera.errors import NotFoundError
from chimera.evidence import Limits, collect
from chimera.evidence.content import Found, read
from chimera.evidence.records import FileEntry
from chimera.evidence.scan import scan, shown

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


def write(root: Path, name: str, content: bytes = b"a,b\n1,2\n") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def paths(root: Path, limits: Limits = Limits()) -> list[str]:  # noqa: B008 - frozen
    return [found.path for found in scan(root, limits).files]


def only(root: Path) -> FileEntry:
    return collect(root).inventory.files[0]


def test_files_are_listed_in_the_order_of_their_paths(tmp_path: Path) -> None:
    """The order depends on names only, not on the file system."""
    for name in ("b.csv", "a/z.csv", "a/b/c.csv", "A.csv"):
        write(tmp_path, name)
    assert paths(tmp_path) == ["A.csv", "a/b/c.csv", "a/z.csv", "b.csv"]


@pytest.mark.parametrize(
    "name", [".git/config", ".hidden", "__pycache__/x.csv", "node_modules/a.csv"]
)
def test_hidden_and_generated_entries_are_left_out(tmp_path: Path, name: str) -> None:
    """Folders of tools and hidden files are no artifacts."""
    write(tmp_path, name)
    assert paths(tmp_path) == []


def test_a_missing_source_names_its_nearest_neighbour(tmp_path: Path) -> None:
    """A path that leads nowhere raises, and the message helps."""
    write(tmp_path, "reports/a.csv")
    with pytest.raises(NotFoundError, match="did you mean 'reports'"):
        collect(tmp_path / "report")


@posix
def test_a_pipe_as_source_is_refused(tmp_path: Path) -> None:
    """A source that is neither file nor folder raises at once instead of waiting."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotFoundError, match="neither a file nor a folder"):
        collect(tmp_path / "pipe")


def test_an_empty_folder_gives_an_empty_inventory(tmp_path: Path) -> None:
    """Nothing to read is no error."""
    evidence = collect(tmp_path)
    assert (evidence.inventory.files_total, evidence.tables) == (0, ())


def test_a_single_file_is_read_under_its_own_name(tmp_path: Path) -> None:
    """A file as source is the root and the only path."""
    inventory = collect(write(tmp_path, "runs.csv")).inventory
    assert (inventory.root, inventory.files[0].path) == ("runs.csv", "runs.csv")


@posix
def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    """A link, also one to its own folder, ends the walk there."""
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    entry = only(tmp_path)
    assert (entry.kind, entry.status, entry.problems) == (
        "link",
        "skipped",
        ["symbolic link, not followed"],
    )


@posix
def test_a_file_replaced_by_a_link_is_not_opened(tmp_path: Path) -> None:
    """Between listing and reading a link may take a file's place."""
    target = write(tmp_path, "secret.csv")
    (tmp_path / "a.csv").symlink_to(target)
    content = read(Found("a.csv", str(tmp_path / "a.csv")), Limits())
    assert (content.data, content.status) == (None, "failed")


@posix
def test_pipes_and_sockets_are_skipped_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Special files are listed and never read."""
    os.mkfifo(tmp_path / "pipe.csv")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        entries = collect(tmp_path).inventory.files
    assert [(e.kind, e.status) for e in entries] == [("special", "skipped")] * 2


@posix
def test_a_pipe_listed_as_a_file_is_not_waited_for(tmp_path: Path) -> None:
    """The opened descriptor is checked, not only the directory entry."""
    os.mkfifo(tmp_path / "a.csv")
    content = read(Found("a.csv", str(tmp_path / "a.csv")), Limits())
    assert content.problems == ("not a regular file",)


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads everything")
def test_files_without_permission_fail_and_siblings_are_read(tmp_path: Path) -> None:
    """One unreadable file costs only itself."""
    write(tmp_path, "a.csv").chmod(0)
    write(tmp_path, "b.csv")
    entries = collect(tmp_path).inventory.files
    assert [e.status for e in entries] == ["failed", "read"]
    assert entries[0].problems == ["permission denied"]


def test_a_file_that_vanished_is_reported(tmp_path: Path) -> None:
    """A file deleted after listing is a problem, not a crash."""
    content = read(Found("a.csv", str(tmp_path / "a.csv")), Limits())
    assert (content.status, content.problems) == ("failed", ("vanished while reading",))


def test_a_file_that_changes_while_it_is_read_is_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Size and time are compared before and after reading."""
    path = write(tmp_path, "a.csv")
    plain = os.read

    def growing(descriptor: int, count: int) -> bytes:
        with path.open("ab") as file:
            file.write(b"3,4\n")
        monkeypatch.setattr(os, "read", plain)
        return plain(descriptor, count)

    monkeypatch.setattr(os, "read", growing)
    assert "changed while reading" in read(Found("a.csv", str(path)), Limits()).problems


def test_a_file_beyond_the_byte_cap_is_cut_and_says_so(tmp_path: Path) -> None:
    """What was not read is counted in the limits, whole rows are kept."""
    write(tmp_path, "a.csv", b"ttft_s\n" + b"0.5\n" * 100)
    evidence = collect(tmp_path, limits=Limits(file_bytes=20))
    assert "only the first 20 of 407 bytes" in evidence.inventory.limits[0]


def test_more_files_than_the_cap_are_counted_as_a_limit(tmp_path: Path) -> None:
    """The walk stops at the cap and the inventory says so."""
    for number in range(4):
        write(tmp_path, f"{number}.csv", b"%d" % number)
    inventory = collect(tmp_path, limits=Limits(files=3)).inventory
    assert (inventory.files_total, inventory.limits) == (
        3,
        ["more than 3 files: the rest was not read"],
    )


def test_folders_deeper_than_the_cap_are_not_entered(tmp_path: Path) -> None:
    """Depth is capped."""
    write(tmp_path, "a/b/c/d.csv")
    listing = scan(tmp_path, Limits(depth=2))
    assert (listing.files, listing.limits) == (
        [],
        ["a/b/c/: folders deeper than 2 were not entered"],
    )


@pytest.mark.skipif(sys.platform != "linux", reason="file names of any bytes")
def test_names_that_are_not_utf8_are_shown_escaped(tmp_path: Path) -> None:
    """The inventory holds text that can be written as UTF-8."""
    with open(os.fsencode(tmp_path) + b"/caf\xe9.csv", "wb") as file:  # noqa: PTH123 - bytes
        file.write(b"ttft_s\n1\n")
    assert only(tmp_path).path == "caf\\xe9.csv"


def test_escape_sequences_in_names_are_shown_escaped() -> None:
    """A name cannot colour a terminal; spaces, quotes and emoji stay as they are."""
    assert shown("a\x1b[31m.csv") == "a\\x1b[31m.csv"
    assert shown("a 'b' 🦙.csv") == "a 'b' 🦙.csv"


def test_the_time_of_the_last_change_is_utc_in_whole_seconds(tmp_path: Path) -> None:
    """Times are ISO 8601 with a Z."""
    os.utime(write(tmp_path, "a.csv"), (1795470659.9, 1795470659.9))
    assert only(tmp_path).modified == "2026-11-23T21:50:59Z"
