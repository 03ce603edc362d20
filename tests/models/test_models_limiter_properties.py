"""The limiter under random orders: who is next, and that two threads lose no slot."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera.models import limiter
from chimera.models.faults import WireError
from chimera.models.limiter import Limiter
from tests.models.party import Party, steps

# Who is next, against the rule written down once more in the plainest form.

_PATIENCE = 2  # small, so that random orders get there
_DOINGS = st.one_of(
    st.tuples(st.just("come"), st.sampled_from("abc")),
    st.tuples(st.just("end"), st.integers(0, 9)),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("limit"), st.integers(1, 4)),
)


class Rule:
    """What the limiter promises, as lists of names."""

    def __init__(self) -> None:
        self.limit, self.last = 1, ""
        self.running: list[str] = []
        self.waiting: list[str] = []
        self.entered: list[str] = []
        self.passed: dict[str, int] = {}

    def serve(self) -> None:
        """Give every free slot away."""
        while self.waiting and len(self.running) < self.limit:
            loaded = {self.last, *(name[0] for name in self.running)}
            fitting = [name for name in self.waiting if name[0] in loaded]
            oldest = self.waiting[0]
            patient = self.passed.get(oldest, 0) < _PATIENCE
            name = fitting[0] if fitting and patient else oldest
            for older in self.waiting[: self.waiting.index(name)]:
                self.passed[older] = self.passed.get(older, 0) + 1
            self.waiting.remove(name)
            self.running.append(name)
            self.entered.append(name)

    async def do(self, party: Party, what: str, which: Any) -> None:
        """Do one thing to the party and to the lists."""
        if what == "come":
            name = f"{which}{len(party.tasks)}"
            self.waiting.append(name)
            await party.come(name)
        elif what == "limit":
            self.limit = party.limiter.limit = which
        elif what == "end" and self.running:
            name = self.running.pop(which % len(self.running))
            self.last = name[0]
            await party.go(name)
        elif what == "cancel" and self.waiting:
            party.tasks[self.waiting.pop(which % len(self.waiting))].cancel()
        self.serve()
        await steps()


@settings(max_examples=60, deadline=None)
@given(st.lists(_DOINGS, max_size=60))
def test_the_order_is_the_one_promised(doings: list[tuple[str, Any]]) -> None:
    """After any arrivals, ends, cancellations and limits the next call is the rule's."""
    rule = Rule()

    async def play() -> None:
        party = Party(Limiter())
        for what, which in doings:
            await rule.do(party, what, which)
            assert party.entered == rule.entered
            assert party.limiter.in_flight == len(rule.running)
            assert party.limiter.waiting == len(rule.waiting)
        party.limiter.limit = 100
        await party.drain()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limiter, "PATIENCE", _PATIENCE)
        asyncio.run(play())
    assert max(rule.passed.values(), default=0) <= _PATIENCE


# Two loops in two threads: what one does meets the other at any point.


@dataclass(frozen=True)
class Guest:
    """A call of a plan; times are turns of the loop, but for the timeout in milliseconds."""

    profile: str
    comes: int
    stays: int
    timeout_ms: int | None
    cancelled: int | None


_GUESTS = st.lists(
    st.builds(
        Guest,
        profile=st.sampled_from("abc"),
        comes=st.integers(0, 30),
        stays=st.integers(0, 5),
        timeout_ms=st.sampled_from([None, None, 0, 1, 2]),
        cancelled=st.one_of(st.none(), st.integers(0, 60)),
    ),
    max_size=40,
)


@dataclass
class Counted:
    """A limiter with its calls counted from outside."""

    limiter: Limiter
    allowed: int
    lock: Any = field(default_factory=threading.Lock)
    inside: int = 0
    too_many: bool = False

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Count one call inside."""
        with self.lock:
            self.inside += 1
            self.too_many |= self.inside > self.allowed
        try:
            yield
        finally:
            with self.lock:
                self.inside -= 1

    async def call(self, guest: Guest) -> str:
        """Make one call; return how it ended."""
        await steps(guest.comes)
        timeout = None if guest.timeout_ms is None else guest.timeout_ms / 1000
        try:
            async with self.limiter.slot(guest.profile, timeout):
                with self.one():
                    await steps(guest.stays)
        except WireError as fault:
            return fault.kind.value
        return "served"

    async def _told(self, guest: Guest) -> str:
        call = asyncio.create_task(self.call(guest))
        if guest.cancelled is not None:
            await steps(guest.cancelled)
            call.cancel()
        await asyncio.wait([call])
        return "cancelled" if call.cancelled() else call.result()

    async def all(self, guests: list[Guest]) -> list[str]:
        """Make the calls of one loop at once; return how each ended."""
        async with asyncio.timeout(5):
            return await asyncio.gather(*(self._told(guest) for guest in guests))


def _in_threads(*coroutines: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run each coroutine in a loop of its own in a thread of its own; return their results."""
    results: list[Any] = [None] * len(coroutines)

    def run(index: int, coroutine: Coroutine[Any, Any, Any]) -> None:
        results[index] = asyncio.run(coroutine)

    threads = [threading.Thread(target=run, args=item) for item in enumerate(coroutines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@settings(max_examples=60, deadline=None)
@given(_GUESTS, _GUESTS, st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_two_loops_share_one_limiter(
    ours: list[Guest], theirs: list[Guest], limits: list[int]
) -> None:
    """Whatever happens in two threads: the limit holds, each call ends, no slot is lost."""
    limiter = Limiter(limits[0])
    counted = Counted(limiter, max(limits))

    async def change() -> None:
        for limit in limits:
            limiter.limit = limit
            await steps(20)

    ends = _in_threads(counted.all(ours), counted.all(theirs), change())
    assert not counted.too_many
    assert [len(told or ()) for told in ends] == [len(ours), len(theirs), 0]
    for guest, told in zip(ours + theirs, ends[0] + ends[1], strict=True):
        may = {"served"}
        may |= {"slot_wait_timeout"} if guest.timeout_ms is not None else set()
        may |= {"cancelled"} if guest.cancelled is not None else set()
        assert told in may
    assert (limiter.in_flight, limiter.waiting, len(limiter._left)) == (0, 0, 0)
    last = Counted(limiter, limits[-1])
    assert asyncio.run(last.all([Guest("a", 0, 3, None, None)] * 8)) == ["served"] * 8
    assert not last.too_many
    assert limiter.peak <= max(limits)
