"""What this process holds: memory, open files, sockets, threads, tasks, objects."""

import asyncio
import gc
import resource
import sys
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from chimera.loop import run_sync

_PAGE_BYTES = resource.getpagesize()
_POOL = "asyncio_"
_DESCRIPTORS = Path("/proc/self/fd") if Path("/proc/self/fd").exists() else Path("/dev/fd")


@dataclass(frozen=True, slots=True)
class Footprint:
    """Counts at one moment.

    Attributes:
        rss_bytes: Resident memory; the peak where the system tells no more.
        files: Open descriptors, sockets among them.
        threads: Running threads, without those of event loops' pools, which fill up to a limit.
        tasks: Tasks of Chimera's own event loop.
        objects: Objects the garbage collector knows.
    """

    rss_bytes: int
    files: int
    threads: int
    tasks: int
    objects: int

    def grown_since(self, before: "Footprint") -> dict[str, int]:
        """Return what of the countable there is more of than before."""
        names = ("files", "threads", "tasks")
        more = {name: getattr(self, name) - getattr(before, name) for name in names}
        return {name: count for name, count in more.items() if count > 0}


def footprint() -> Footprint:
    """Count after a full collection, once the loop has closed what that let go."""
    files = _collected()
    while (now := _collected()) < files:
        files = now
    return Footprint(
        rss_bytes=_rss(),
        files=files,
        threads=sum(not one.name.startswith(_POOL) for one in threading.enumerate()),
        tasks=run_sync(_tasks()) - 2,  # those that count
        objects=len(gc.get_objects()),
    )


def _collected() -> int:
    """Collect, give the loop some turns, and count the open files."""
    for _ in range(3):
        gc.collect()
        run_sync(asyncio.sleep(0.005))
    return sum(1 for _ in _DESCRIPTORS.iterdir())


def kinds() -> Counter[str]:
    """Count the objects by their type, to tell what grows."""
    return Counter(f"{type(o).__module__}.{type(o).__qualname__}" for o in gc.get_objects())


async def _tasks() -> int:
    await asyncio.sleep(0)
    return len(asyncio.all_tasks())


def _rss() -> int:
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * _PAGE_BYTES
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
