"""Thousands of runs in one process, which may leave nothing behind; `make soak` starts it.

SOAK_RUNS says how many (5,000). The server is another process.
"""

import asyncio
import logging
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator

from tests.soak.crowd import calls_at_once, runs_at_once
from tests.soak.footprint import Footprint, footprint, kinds
from tests.soak.runs import WAYS
from tests.soak.server import Remote, remote

RUNS = int(os.environ.get("SOAK_RUNS", "5000"))
WARM_UP = 50  # runs of each way, by which caches and thread pools are full
MOST_GROWTH = 0.05  # of the resident memory after the warm-up
CALLS_AT_ONCE, LIMITS = 400, (1, 2, 8, 64)
RUNS_AT_ONCE, CALLS_EACH = 100, 8


def repeat(server: Remote, way: str, runs: int) -> None:
    """Run a graph so many times in one of the ways."""
    for number in range(runs):
        WAYS[way](server.base_url, number)


def leaks(server: Remote, way: str, runs: int) -> list[str]:
    """Return what so many runs in one way leave behind, in sentences."""
    repeat(server, way, WARM_UP)
    before, counted, start = footprint(), kinds(), time.perf_counter()
    repeat(server, way, runs)
    each_ms = (time.perf_counter() - start) / runs * 1000
    after = footprint()
    grown = after.rss_bytes / before.rss_bytes - 1
    _say(f"{way}: {runs} runs, {each_ms:.1f} ms each, memory {grown:+.1%}")
    return [f"{way}: {line}" for line in _found(before, after, counted, runs)]


def _found(before: Footprint, after: Footprint, counted: Counter[str], runs: int) -> Iterator[str]:
    if more := after.grown_since(before):
        yield f"more than before: {more}"
    if after.rss_bytes > before.rss_bytes * (1 + MOST_GROWTH):
        yield f"memory grew from {before.rss_bytes:,} to {after.rss_bytes:,} bytes"
    if after.objects - before.objects > runs / 2:
        grown = (kinds() - counted).most_common(8)
        yield f"{after.objects - before.objects} more objects: {grown}"


def crowds(server: Remote) -> Iterator[str]:
    """Yield what goes wrong where many ask at once."""
    for limit in LIMITS:
        server.counts()
        wrong = asyncio.run(calls_at_once(server.base_url, CALLS_AT_ONCE, limit))
        chats, peak = server.counts()
        _say(f"{CALLS_AT_ONCE} calls at once, limit {limit}: {chats} answered, {peak} at most")
        if wrong or chats != CALLS_AT_ONCE or peak > limit:
            yield f"limit {limit}: {peak} at once, {chats} chats, {wrong[:3]}"
    for limit in (1, 8):
        wrong = asyncio.run(runs_at_once(server.base_url, RUNS_AT_ONCE, CALLS_EACH, limit))
        _say(f"{RUNS_AT_ONCE} runs at once, limit {limit}: {len(wrong)} with other runs' words")
        yield from wrong[:3]


def main() -> None:
    """Soak in every way; fail if anything is left behind or mixed up."""
    logging.disable()
    with remote() as server:
        found = [*crowds(server)]
        share = RUNS // (len(WAYS) + 3)  # the first way has what is left: four in ten
        runs = dict.fromkeys(WAYS, share) | {"same_graph": RUNS - share * (len(WAYS) - 1)}
        for way, count in runs.items():
            found += leaks(server, way, count)
    for line in found:
        _say(line)
    sys.exit(bool(found))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
