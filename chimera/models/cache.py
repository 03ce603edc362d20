"""The user's cache folder, and files in it that are never torn."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def folder(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path | None:
    """Return where Chimera keeps what it may lose; the folder need not exist. None without a home.

    `CHIMERA_CACHE`, else `chimera` under `XDG_CACHE_HOME` or `~/.cache`, on Windows under
    `LOCALAPPDATA`. A relative `XDG_CACHE_HOME` is ignored, as the XDG specification asks.
    """
    try:
        if chosen := environ.get("CHIMERA_CACHE"):
            return Path(chosen).expanduser()
        if platform == "win32":
            local = environ.get("LOCALAPPDATA")
            return Path(local) / "chimera" if local else None
        base = Path(environ.get("XDG_CACHE_HOME", ""))
        return (base if base.is_absolute() else Path.home() / ".cache") / "chimera"
    except RuntimeError:  # no home folder
        return None


def read(path: Path, limit: int) -> bytes:
    """Return the content of a regular file.

    Raises:
        OSError: If it cannot be read, is no regular file or has more than `limit` bytes.
    """
    if path.exists() and not path.is_file():
        raise OSError("no regular file")
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise OSError(f"more than {limit} bytes")
    return content


def replace(path: Path, content: bytes) -> None:
    """Put a file in place in one step: a reader finds the old content or the new.

    Raises:
        OSError: If it cannot be written; then the old content stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)  # noqa: PTH105  of a name that is no Path
    except BaseException:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
