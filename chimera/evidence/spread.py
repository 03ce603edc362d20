"""Many files → results in their order, from this process, all cores, or an executor of the user's.

The order is that of the files, so that results are the same wherever the work was done.
"""

from __future__ import annotations

import gc
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from threading import Lock

from chimera.evidence.content import Found
from chimera.evidence.limits import Limits
from chimera.evidence.remote import is_remote
from chimera.evidence.take import Taken, take, untaken

WORTH = 3_000  # files from which a second process pays for its start
_BATCH = 100  # files: with fewer, what an engine takes for a task shows
_AHEAD = 4  # batches per worker that are under way or wait to be merged
_OBJECTS = 200_000  # made between two looks for garbage
_asked: list[tuple[int, int, int]] = []  # what was set before, once for each who asked for rarity
_lock = Lock()
_LATE = "the cap of seconds for the whole source was reached"


def taken(files: list[Found], limits: Limits, executor: Executor | None = None) -> Iterator[Taken]:
    """Yield what the files give, in their order; `limits.seconds` counts from the first on.

    Args:
        files: What was listed; emptied, so that no entry outlives the work on it.
        limits: The caps in force.
        executor: Where to work, such as `dask.distributed.Client.get_executor()`; where it is None,
            this process, or for many files a process on each core.

    """
    ends = time.monotonic() + limits.seconds
    left = deque(files)
    files.clear()
    if executor is not None:
        yield from _over(executor, left, limits, ends)
    elif len(left) >= WORTH and _cores() > 1 and not is_remote(left[0].place):
        from loky import ProcessPoolExecutor

        with ProcessPoolExecutor(max_workers=_cores()) as pool:
            yield from _over(pool, left, limits, ends)
    else:
        yield from _here(left, limits, ends)


def work(batch: Sequence[Found], limits: Limits, seconds: float) -> list[Taken]:
    """Take a batch in any process, for at most so many seconds."""
    with rare_collections():
        return list(_here(deque(batch), limits, time.monotonic() + seconds))


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the garbage collector run less often: files become many objects and few cycles.

    Any number of threads may ask for it at once; what was set before holds again after the last.
    """
    with _lock:
        usual = _asked[0] if _asked else gc.get_threshold()
        _asked.append(usual)
        if usual[0]:
            gc.set_threshold(max(usual[0], _OBJECTS), *usual[1:])
    try:
        yield
    finally:
        with _lock:
            _asked.pop()
            if not _asked:
                gc.set_threshold(*usual)


def _here(left: deque[Found], limits: Limits, ends: float) -> Iterator[Taken]:
    def in_time() -> Iterator[Found]:
        while left:
            if time.monotonic() > ends:
                return
            yield left.popleft()

    yield from take(in_time(), limits)
    yield from (untaken(found, _LATE) for found in left)


def _over(executor: Executor, left: deque[Found], limits: Limits, ends: float) -> Iterator[Taken]:
    """Keep some batches ahead of the merge, so that neither workers nor memory wait."""
    window: deque[Future[list[Taken]]] = deque()
    while left:
        batch = [left.popleft() for _ in range(min(_BATCH, len(left)))]
        window.append(executor.submit(work, batch, limits, max(0.0, ends - time.monotonic())))
        if len(window) >= _AHEAD * _cores():
            yield from window.popleft().result()
    while window:
        yield from window.popleft().result()


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
