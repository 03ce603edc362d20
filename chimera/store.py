"""Bulk data of a run: written to the run folder once, kept in memory for the next stage."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from chimera.errors import RunError
from chimera.session import Session
from chimera.state import Stored

T = TypeVar("T")

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)


def write(path: Path, content: bytes) -> Stored:
    """Write a file whole or not at all, and return its path and hash."""
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        with os.fdopen(os.open(draft, _NEW, 0o644), "wb") as file:
            file.write(content)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return Stored(path=str(path), sha256=hashlib.sha256(content).hexdigest())


async def keep(session: Session, name: str, value: T, encode: Callable[[T], bytes]) -> Stored:
    """Store a value as a file of the run folder."""

    def encoded() -> Stored:
        return write(session.workspace() / "run" / name, encode(value))

    stored = await asyncio.to_thread(encoded)
    session.bulk[stored.sha256] = value
    return stored


async def fetch(session: Session, stored: Stored, decode: Callable[[bytes], T]) -> T:
    """Return a stored value: from memory, else from its file.

    Raises:
        RunError: If the file is not the one that was stored.
    """
    if session.folder is None:  # a session of its own for each stage, outside of `chimera.run`
        session.folder = Path(stored.path).parent.parent
    if stored.sha256 in session.bulk:
        return session.bulk[stored.sha256]  # type: ignore[no-any-return]
    return await asyncio.to_thread(_decoded, stored, decode)


def _decoded(stored: Stored, decode: Callable[[bytes], T]) -> T:
    content = Path(stored.path).read_bytes()
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise RunError(f"{stored.path} has changed since this run wrote it")
    return decode(content)
