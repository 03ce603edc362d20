"""One daemon event loop behind the synchronous API: the same in scripts, notebooks and servers.

A language model's connections belong to one event loop. Every synchronous call of a process
therefore runs on the same loop, which lives in a daemon thread and starts on first use.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextvars import copy_context
from typing import Any, TypeVar

T = TypeVar("T")

_PATIENCE_S = 10.0  # after Ctrl-C, for models that are unloaded; a second Ctrl-C ends it at once

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}  # process id -> loop; a fork starts its own


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on the shared loop, from any thread but the loop's own.

    Context variables of the caller are seen inside. Ctrl-C cancels the coroutine.

    Raises:
        RuntimeError: If called from the shared loop itself, where waiting would never end.
    """
    loop = _shared_loop()
    if _running_loop() is loop:
        coroutine.close()
        raise RuntimeError("the synchronous API was called from its own event loop: use await")
    context = copy_context()

    ended = threading.Event()

    async def carried() -> T:
        try:
            return await asyncio.create_task(coroutine, context=context)
        finally:
            ended.set()

    future = asyncio.run_coroutine_threadsafe(carried(), loop)
    try:
        return future.result()
    except BaseException:
        if future.cancel():  # then it is running: let it clean up, but not for ever
            ended.wait(_PATIENCE_S)
        raise


def iterate(items: AsyncIterator[T]) -> Iterator[T]:
    """Walk through an asynchronous iterator from synchronous code, closing it at the end."""
    try:
        while True:
            try:
                yield run_sync(_next(items))
            except StopAsyncIteration:
                return
    finally:
        close = getattr(items, "aclose", None)
        if close is not None:
            run_sync(close())


async def _next(items: AsyncIterator[T]) -> T:
    return await anext(items)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _shared_loop() -> asyncio.AbstractEventLoop:
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None or loop.is_closed():
            loop = asyncio.new_event_loop()
            threading.Thread(target=_turn, args=[loop], name="chimera-loop", daemon=True).start()
            _loops[os.getpid()] = loop
        return loop


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    """Run a loop until it is stopped.

    `SystemExit` and `KeyboardInterrupt` of a task leave the loop beside being the task's result.
    Whoever waits for that gets it; the loop is everybody's and goes on.
    """
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt):
            continue
        return


def _renew_lock_in_child() -> None:
    global _lock  # noqa: PLW0603  a fork may copy the lock while another thread holds it
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock_in_child)
