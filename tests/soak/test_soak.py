"""The soak on a small scale: runs leave nothing behind, crowds keep to limits and to themselves."""

import gc
import logging
import weakref
from collections.abc import Iterator

import pytest

import chimera
from chimera.testing import FakeClock
from tests.soak.crowd import calls_at_once, runs_at_once
from tests.soak.flow import flow, heard_by
from tests.soak.footprint import footprint
from tests.soak.leaks import repeat
from tests.soak.runs import WAYS
from tests.soak.server import Remote, remote

RUNS = 30  # of each way; two hundred in all


@pytest.fixture(scope="module")
def server() -> Iterator[Remote]:
    """A server in another process."""
    with remote() as server:
        yield server


@pytest.fixture(scope="module")
def slow_server() -> Iterator[Remote]:
    """A server in another process that takes a little to begin each answer."""
    with remote(delay_s=0.005) as server:
        yield server


@pytest.fixture(autouse=True)
def _no_logs() -> Iterator[None]:
    """Keep pytest from collecting what runs log."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("way", WAYS)
def test_runs_leave_nothing_behind(server: Remote, way: str) -> None:
    """No file, socket, thread, task or object is there more after thirty runs than before."""
    repeat(server, way, RUNS // 2)
    before = footprint()
    repeat(server, way, RUNS)
    after = footprint()
    assert after.grown_since(before) == {}
    assert after.objects - before.objects < RUNS


def test_a_kept_connection_keeps_no_run() -> None:
    """A run is free once it is over, though the connection it opened stays for the next one."""
    with remote() as fresh:
        clock = FakeClock()
        held = weakref.ref(clock)
        run = chimera.run(
            flow(1), {"canary": "x"}, model="ollama:x", base_url=fresh.base_url, clock=clock
        )
        assert run.state.heard == heard_by("x", 1)
        del run, clock
        gc.collect()
        assert held() is None


@pytest.mark.parametrize("limit", [1, 2, 8, 64])
async def test_calls_at_once_keep_to_the_limit(slow_server: Remote, limit: int) -> None:
    """A hundred calls at once are all heard, and never more than the limit together."""
    slow_server.counts()
    assert await calls_at_once(slow_server.base_url, 100, limit) == []
    chats, peak = slow_server.counts()
    assert chats == 100
    assert min(limit, 2) <= peak <= limit


@pytest.mark.parametrize("limit", [1, 8])
async def test_runs_at_once_hear_only_their_own_words(server: Remote, limit: int) -> None:
    """Forty runs at once, eight calls each, end with their own answers and call numbers."""
    assert await runs_at_once(server.base_url, 40, 8, limit) == []
