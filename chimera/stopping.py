"""Ending a run from outside of it: after some time, or when another thread says so."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from chimera.errors import RunError
from chimera.session import Session

T = TypeVar("T")

_LOOKS_S: Final = 0.05  # between two looks at what another thread may have set


async def bounded(
    work: Coroutine[Any, Any, T],
    session: Session,
    timeout_s: float | None,
    stop: threading.Event | None,
) -> T:
    """Do the work of a run; cancel it when its time is over, or when it is told to stop.

    Raises:
        RunError: If it was cancelled; the message says why, and which stages had begun.
    """
    if timeout_s is None and stop is None:
        return await work
    try:
        async with asyncio.timeout(timeout_s) as limit:
            return await _watched(work, stop, limit)
    except TimeoutError:
        if not limit.expired():
            raise
        told = stop is not None and stop.is_set()
        why = "was stopped" if told else f"was not done within {timeout_s:g} s"
        begun = ", ".join(session.timings) or "none"
        raise RunError(f"run {session.id} {why}; stages that had begun: {begun}") from None


async def _watched(
    work: Coroutine[Any, Any, T], stop: threading.Event | None, limit: asyncio.Timeout
) -> T:
    watch = asyncio.create_task(_look(stop, limit)) if stop else None
    try:
        return await work
    finally:
        if watch is not None:
            watch.cancel()


async def _look(stop: threading.Event, limit: asyncio.Timeout) -> None:
    while not stop.is_set():  # noqa: ASYNC110  an Event of threads wakes no loop
        await asyncio.sleep(_LOOKS_S)
    limit.reschedule(asyncio.get_running_loop().time())
