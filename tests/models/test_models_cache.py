"""The user's cache folder and the files in it."""

from pathlib import Path

import pytest

from chimera.models import cache

HOME = Path.home()


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({"CHIMERA_CACHE": "/a/b", "XDG_CACHE_HOME": "/x"}, "linux", Path("/a/b")),
        ({"CHIMERA_CACHE": "~/b"}, "linux", HOME / "b"),
        ({"CHIMERA_CACHE": "", "XDG_CACHE_HOME": "/x"}, "linux", Path("/x/chimera")),
        ({"XDG_CACHE_HOME": "x/y"}, "linux", HOME / ".cache" / "chimera"),
        ({}, "darwin", HOME / ".cache" / "chimera"),
        ({"LOCALAPPDATA": "/u/local"}, "win32", Path("/u/local/chimera")),
        ({}, "win32", None),
    ],
)
def test_the_folder_is_where_the_system_has_caches(
    environ: dict[str, str], platform: str, expected: Path | None
) -> None:
    """The user's own choice first, then what the system names, then its custom."""
    assert cache.folder(environ, platform) == expected


def test_without_a_home_there_is_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home folder has no cache."""

    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)
    assert cache.folder({}, "linux") is None


def test_a_failed_writing_leaves_the_old_file_alone(tmp_path: Path) -> None:
    """Nothing but what was there is there afterwards."""
    target = tmp_path / "folder"
    target.mkdir()
    (target / "old").write_text("old")
    with pytest.raises(OSError, match="folder"):
        cache.replace(target, b"new")
    assert [path.name for path in tmp_path.rglob("*")] == ["folder", "old"]


def test_too_large_a_file_is_not_read(tmp_path: Path) -> None:
    """Reading ends one byte behind the limit."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 11)
    assert cache.read(path, 11) == b"x" * 11
    with pytest.raises(OSError, match="more than 10 bytes"):
        cache.read(path, 10)
