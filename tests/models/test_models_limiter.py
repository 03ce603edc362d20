"""One limiter per server: how many calls at once, who is next, and that no slot is lost."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from chimera.models import Ollama, Outcome, Timeouts, limiter, wire
from chimera.models.connections import Endpoint
from chimera.models.faults import WireError
from chimera.models.limiter import PATIENCE, Limiter, _Call, default_limit, limiter_of
from chimera.testing import Behaviour, OllamaStandIn
from tests.models.party import Party, steps

LOCAL = "http://127.0.0.1:11434"


async def test_a_free_slot_costs_no_waiting() -> None:
    """Who need not wait is told 0 seconds, who waited is told how long."""
    party = Party(Limiter())
    await party.come("a1", "a2")
    assert (party.limiter.in_flight, party.limiter.waiting, party.limiter.peak) == (1, 1, 1)
    assert repr(party.limiter) == "Limiter(1, in_flight=1, waiting=1)"
    await party.drain()
    assert await party.tasks["a1"] == 0.0
    assert await party.tasks["a2"] > 0.0


async def test_the_same_profile_follows() -> None:
    """A younger call goes first if the server has its model loaded already."""
    party = Party(Limiter())
    await party.come("a1", "b1", "c1", "a2", "b2", "c2", "a3")
    assert await party.drain() == ["a1", "a2", "a3", "b1", "b2", "c1", "c2"]


async def test_profiles_in_flight_are_loaded_too() -> None:
    """With two slots, a call follows that fits either the one still running or the one ended."""
    party = Party(Limiter(2))
    await party.come("a1", "b1", "c1", "b2", "a2")
    await party.go("a1")
    assert party.entered == ["a1", "b1", "b2"]
    await party.go("b2")
    assert party.entered == ["a1", "b1", "b2", "c1"]  # a is loaded no more for all we know


async def test_nobody_is_passed_over_for_ever() -> None:
    """A call of another profile waits for PATIENCE younger ones at most."""
    party = Party(Limiter())
    await party.come("a0", "b1", *(f"a{n}" for n in range(1, 2 * PATIENCE)), "b2")
    order = await party.drain()
    assert order[: PATIENCE + 3] == [*(f"a{n}" for n in range(PATIENCE + 1)), "b1", "b2"]


async def test_a_slot_that_comes_too_late_is_an_outcome() -> None:
    """The message says how long the call waited and how many were before it."""
    party = Party(Limiter(2))
    await party.come("a1", "a2", "a3")
    with pytest.raises(WireError) as caught:
        async with party.limiter.slot("a", 0.01):
            pass
    assert caught.value.kind is Outcome.SLOT_WAIT_TIMEOUT
    assert "0.01 s" in str(caught.value)
    assert "2 in flight, 1 waiting" in str(caught.value)
    assert party.limiter.waiting == 1
    assert await party.drain() == ["a1", "a2", "a3"]


async def test_a_slot_granted_at_the_last_moment_is_taken() -> None:
    """When the time runs out after the slot was given but before the task woke, it is served."""
    party = Party(Limiter())
    await party.come("a1")
    await party.come("a2", timeout=1000)
    call = next(iter(party.limiter._line._calls))
    party.leave["a1"].set()
    await asyncio.sleep(0)
    assert party.limiter.waiting == 0
    party.limiter._expire(call)
    await steps()
    assert party.entered == ["a1", "a2"]


async def test_a_cancelled_call_gives_its_slot_on() -> None:
    """Also when it is cancelled between being let in and waking up."""
    party = Party(Limiter())
    await party.come("a1", "b1", "c1", "b2")
    party.leave["a1"].set()
    await asyncio.sleep(0)
    assert party.limiter.waiting == 2
    party.tasks["b1"].cancel()
    await steps()
    assert party.entered == ["a1", "c1"]  # b1 loaded nothing, so b2 does not follow it
    assert await party.drain() == ["a1", "c1", "b2"]


async def test_a_raised_limit_wakes_who_waits() -> None:
    """The limit counts from the moment it is set; lowering it ends no call."""
    party = Party(Limiter())
    await party.come("a1", "a2", "a3", "a4")
    party.limiter.limit = 3
    await steps()
    assert party.entered == ["a1", "a2", "a3"]
    party.limiter.limit = 1
    await party.go("a1", "a2")
    assert (party.limiter.in_flight, party.limiter.waiting) == (1, 1)
    assert await party.drain() == ["a1", "a2", "a3", "a4"]
    assert party.limiter.peak == 3


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    """A limiter that lets nobody in would be a hang."""
    limiter = Limiter(2)
    with pytest.raises(ValueError, match="1 or more"):
        Limiter(limit)
    with pytest.raises(ValueError, match="1 or more"):
        limiter.limit = limit
    assert limiter.limit == 2


async def test_a_profile_that_cannot_be_compared_is_refused() -> None:
    """It raises in the call that brought it, and nobody else's."""
    limiter = Limiter()
    with pytest.raises(TypeError):
        async with limiter.slot([], None):  # type: ignore[arg-type]
            pass
    assert limiter.in_flight == 0


def _abandoned(limiter: Limiter, calls: int) -> list[Any]:
    """Return what is left of calls whose loop was closed under them."""
    loop = asyncio.new_event_loop()
    party = Party(limiter)
    loop.run_until_complete(party.come(*(f"a{n}" for n in range(calls))))
    loop.close()
    return [party, loop]


async def test_a_closed_loop_keeps_no_slot() -> None:
    """Calls whose loop is gone are skipped where they wait, and hold no slot any more."""
    limiter = Limiter()
    party = Party(limiter)
    await party.come("b1")
    left = await asyncio.to_thread(_abandoned, limiter, 2)
    await party.come("b2")
    await party.go("b1")
    assert party.entered == ["b1", "b2"]
    await party.go("b2")
    left += await asyncio.to_thread(_abandoned, limiter, 2)
    assert (limiter.in_flight, limiter.waiting) == (1, 1)
    await party.come("b3")
    assert (party.entered[-1], limiter.in_flight) == ("b3", 1)
    await party.drain()
    assert (limiter.in_flight, limiter.waiting) == (0, 0)
    _destroy(left)
    assert (limiter.in_flight, limiter.waiting) == (0, 0)


def _destroy(left: list[Any]) -> None:
    """Close the coroutines of abandoned tasks, which asyncio would complain about."""
    for party in left[::2]:
        for task in party.tasks.values():
            task.get_coro().close()
            task._log_destroy_pending = False


def _unfinished(limiter: Limiter) -> Coroutine[Any, Any, float]:
    """Return a coroutine that holds a slot and that nobody is going to finish."""
    party = Party(limiter)
    party.leave["z"] = asyncio.Event()
    coroutine = party.stay("z", None)
    coroutine.send(None)
    return coroutine


async def test_a_collected_coroutine_never_waits_for_the_lock() -> None:
    """Garbage collection may strike in the thread that holds it."""
    limiter = Limiter()
    coroutine = _unfinished(limiter)
    collecting = threading.Thread(target=coroutine.close, daemon=True)
    with limiter._lock:
        collecting.start()
        await asyncio.to_thread(collecting.join, 2)
        assert not collecting.is_alive()
        assert limiter.in_flight == 1
    async with limiter.slot("a", 0.2):
        assert limiter.in_flight == 1
    assert limiter.in_flight == 0


class StruckLock:
    """A lock whose next holder is struck by garbage collection just before giving it back."""

    def __init__(self, collected: Coroutine[Any, Any, float]) -> None:
        self._lock = threading.Lock()
        self._collected = collected
        self.acquire = self._lock.acquire

    def release(self) -> None:
        """Collect, then give back."""
        self._collected.close()
        self._lock.release()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


@pytest.mark.parametrize("doing", ["arrive", "expire", "leave", "limit"])
async def test_a_slot_given_back_in_the_last_moment_is_seen(doing: str) -> None:
    """Whoever held the lock meanwhile lets in who waits for that slot."""
    limiter = Limiter(2)
    party, coroutine = Party(limiter), _unfinished(limiter)
    await party.come("a1", "a2", "a3")
    limiter._lock = StruckLock(coroutine)  # type: ignore[assignment]
    if doing == "arrive":
        await party.come("a4")
    elif doing == "expire":
        limiter._expire(next(iter(limiter._running)))
    elif doing == "leave":
        await party.go("a1")
    else:
        limiter.limit = 2
    await steps()
    assert party.entered == ["a1", "a2", *(["a3"] if doing == "leave" else [])]
    await party.drain()
    await asyncio.wait(party.tasks.values())


@pytest.mark.parametrize("limit", [1, 2, 8, 64])
async def test_400_calls_at_once_keep_to_the_limit(limit: int) -> None:
    """The limit is reached and never exceeded, counted inside, and everybody is served."""
    limiter = Limiter(limit)
    inside: list[int] = [0]

    async def call(number: int) -> int:
        async with limiter.slot(number % 3, None):
            inside[0] += 1
            seen = inside[0]
            await asyncio.sleep(0)
            inside[0] -= 1
        return seen

    peaks = await asyncio.gather(*(call(number) for number in range(400)))
    assert max(peaks) == limiter.peak == limit
    assert (limiter.in_flight, limiter.waiting) == (0, 0)


async def test_nothing_is_left_behind() -> None:
    """Calls that were served, came too late or were cancelled leave no object and no task."""
    limiter = Limiter(2)

    async def call(number: int) -> None:
        async with limiter.slot(number % 3, 0.001 if number % 5 == 0 else 1000.0):
            await asyncio.sleep(0.0005)

    tasks = [asyncio.create_task(call(number)) for number in range(200)]
    await steps()
    for task in tasks[::7]:
        task.cancel()
    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(end) for end in ends} == {type(None), WireError, asyncio.CancelledError}
    del task, tasks, ends
    await steps()  # the loop still holds what it has just handed over
    gc.collect()
    assert [thing for thing in gc.get_objects() if type(thing) is _Call] == []
    assert not limiter._line._by_profile
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    assert not any(name.endswith("call") for name in names)


async def test_a_server_sees_no_more_than_the_limit() -> None:
    """40 calls from two loops, by the wire and by the chat model: never more than 2 at once."""
    model = Behaviour(first_token_s=0.005)
    with OllamaStandIn("Fine.", behaviours={"gemma3": model}) as server:
        limiter = limiter_of(server.base_url, 2)
        body = {"model": "gemma3", "messages": [{"role": "user", "content": "Hi"}]}

        async def by_wire() -> None:
            async with limiter.slot("gemma3", None):
                endpoint = Endpoint(server.base_url)
                await wire.chat(endpoint, body, Timeouts(), lambda *_: None)

        async def by_model() -> None:
            async with limiter.slot("gemma3", None):
                await Ollama(model="gemma3", base_url=server.base_url).ainvoke("Hi")

        async def twenty() -> None:
            await asyncio.gather(*(by_wire() for _ in range(10)), *(by_model() for _ in range(10)))

        await asyncio.gather(twenty(), asyncio.to_thread(asyncio.run, twenty()))
        assert (server.peak, limiter.peak, len(server.chats)) == (2, 2, 40)


def test_one_limiter_for_a_key() -> None:
    """The same key gives the same limiter, with the limit last set."""
    one = limiter_of("test://one")
    assert one is limiter_of("test://one")
    assert one is not limiter_of("test://two")
    assert one.limit == 1
    assert limiter_of("test://one", 3).limit == limiter_of("test://one").limit == 3
    with pytest.raises(ValueError, match="1 or more"):
        limiter_of("test://one", 0)


def test_a_new_limiter_has_the_default_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says counts until somebody sets a limit, and not after."""
    monkeypatch.setenv("OLLAMA_NUM_PARALLEL", "4")
    assert limiter_of("http://127.0.0.1:9/default").limit == 4
    assert limiter_of("http://127.0.0.1:9/set", 2).limit == 2
    assert limiter_of("http://127.0.0.1:9/set").limit == 2


@pytest.mark.parametrize("text", ["", "0", "-2", "+2", "1_0", "two", "2.5", "٢", "9" * 5000, " "])
def test_an_unreadable_number_means_one(text: str) -> None:
    """Only a plain positive number is taken from the environment."""
    assert default_limit(LOCAL, {"OLLAMA_NUM_PARALLEL": text}) == 1


@pytest.mark.parametrize(
    ("base_url", "limit"),
    [
        (LOCAL, 4),
        ("http://localhost:11434", 4),
        ("https://127.8.9.1/proxy", 4),
        ("http://[::1]:11434", 4),
        ("http://10.0.0.5:11434", 1),
        ("http://localhost.example.com:80", 1),
        ("http://[::1", 1),
        ("openai", 1),
        ("", 1),
    ],
)
def test_our_environment_speaks_for_our_own_server(base_url: str, limit: int) -> None:
    """`OLLAMA_NUM_PARALLEL` says nothing about a server elsewhere."""
    assert default_limit(base_url, {"OLLAMA_NUM_PARALLEL": ' "4" '}) == limit
    assert default_limit(base_url, {}) == 1


FORK = """
import asyncio, os, signal
from chimera.models import limiter

async def taken(found):
    async with found.slot("a", 0.2):
        return (found.limit, found.in_flight, found.waiting, found.peak)

async def main():
    found = limiter.limiter_of("one", 1)
    async with found.slot("a", None):
        waiting = asyncio.create_task(taken(found))
        await asyncio.sleep(0)
        found._lock.acquire(), limiter._lock.acquire()
        child = os.fork()
        if child == 0:
            signal.alarm(10)  # ends a child that hangs
            return False
        found._lock.release(), limiter._lock.release()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert (found.in_flight, found.waiting) == (1, 1)
    await waiting
    return True

parent = asyncio.new_event_loop().run_until_complete(main())
if not parent:
    found = limiter.limiter_of("one")
    fresh = (found.in_flight, found.waiting, found.peak) == (0, 0, 0)
    result = asyncio.new_event_loop().run_until_complete(taken(found))
    os._exit(0 if fresh and result == (1, 1, 0, 1) else 1)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_starts_without_calls() -> None:
    """The calls of the parent, and locks held in the moment of the fork, do not block the child."""
    root = Path(limiter.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", FORK],
        check=False,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
