"""How many calls one server answers at once, for everything in this process that asks it."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import os
import re
import threading
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from weakref import WeakSet

from chimera.models.faults import WireError
from chimera.models.records import Outcome

PATIENCE = 16  # times a call that waits may be passed over by younger ones

_COUNT = re.compile(r"0*[1-9][0-9]{0,8}")  # no sign and no underscore, as Ollama reads it
_NOTHING: Hashable = object()  # what is loaded before the first call: no profile equals it


@dataclass(eq=False, slots=True)
class _Call:
    """One call on its way through a limiter; `turn` is there only if it had to wait."""

    profile: Hashable
    loop: asyncio.AbstractEventLoop
    number: int = 0
    turn: asyncio.Future[bool] | None = None
    running_before: int = 0
    waiting_before: int = 0
    passed_over: int = 0
    served: bool = False

    def wake(self) -> bool:
        """Tell the waiting task, from any thread, that it may go; return False if it is lost."""
        try:
            self.loop.call_soon_threadsafe(self.answer, True)
        except RuntimeError:  # its loop is closed
            return False
        return True

    def answer(self, let_in: bool) -> None:
        """End the waiting; in the call's own loop."""
        if self.turn is not None and not self.turn.done():
            self.turn.set_result(let_in)


class _Line:
    """The calls that wait, oldest first, all together and by profile."""

    def __init__(self) -> None:
        self._calls: OrderedDict[_Call, None] = OrderedDict()
        self._by_profile: dict[Hashable, OrderedDict[_Call, None]] = {}
        self._numbers = itertools.count()

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, call: _Call) -> None:
        call.number = next(self._numbers)
        self._calls[call] = None
        self._by_profile.setdefault(call.profile, OrderedDict())[call] = None

    def discard(self, call: _Call) -> bool:
        """Take a call out; return whether it was in."""
        if call not in self._calls:
            return False
        del self._calls[call]
        same = self._by_profile[call.profile]
        del same[call]
        if not same:
            del self._by_profile[call.profile]
        return True

    def first(self, loaded: AbstractSet[Hashable]) -> _Call:
        """Return whose turn it is: the oldest call for what is loaded, else the oldest of all.

        Who is older has been passed over at least as often, so the oldest stands for all.
        """
        oldest = next(iter(self._calls))
        if oldest.passed_over >= PATIENCE:
            return oldest
        firsts = [next(iter(self._by_profile[p])) for p in loaded if p in self._by_profile]
        return min(firsts, key=lambda call: call.number, default=oldest)

    def pass_over(self, call: _Call) -> None:
        """Count that this call goes before all that are older; each is counted PATIENCE times."""
        for older in self._calls:
            if older is call:
                return
            older.passed_over += 1


class Limiter:
    """Lets so many calls at one server run at once, whatever loop, thread, graph or run asks.

    A slot that frees goes to the oldest waiting call with the profile of a call in flight or of
    the call that ended last, so that the server need not load a model again; where none waits, or
    the oldest of all was passed over `PATIENCE` times, it goes to the oldest of all.

    Raises:
        ValueError: If the limit is below 1.
    """

    _last: Hashable
    _peak: int

    def __init__(self, limit: int = 1) -> None:
        self._limit = _checked(limit)
        self._empty()
        _living.add(self)

    def __repr__(self) -> str:
        return f"Limiter({self.limit}, in_flight={self.in_flight}, waiting={self.waiting})"

    @property
    def limit(self) -> int:
        """The most calls at once. Raising it wakes calls that wait; lowering it stops none."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        """Set it anew."""
        _checked(limit)
        with self._lock:
            self._limit = limit
            self._serve()
        self._settle()

    @property
    def in_flight(self) -> int:
        """Calls that have a slot now."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """Calls that wait for a slot now."""
        return len(self._line)

    @property
    def peak(self) -> int:
        """The most calls that have had a slot at once."""
        return self._peak

    @asynccontextmanager
    async def slot(self, profile: Hashable, timeout: float | None) -> AsyncIterator[float]:  # noqa: ASYNC109  a limit of the waiting alone, not of the block
        """Hold one slot inside the block; gives the seconds it was waited for.

        Args:
            profile: What the server has to have loaded for this call; equal ones follow each other.
            timeout: Most seconds to wait; None waits for ever.

        Raises:
            WireError: If no slot was free in time, with the outcome `slot_wait_timeout`.
        """
        hash(profile)  # raises here, not later in the turn of another call
        call = _Call(profile, asyncio.get_running_loop())
        try:
            waited_s = await self._admitted(call, timeout)
            call.served = True
            yield waited_s
        finally:
            self._left.append(call)
            self._settle()

    async def _admitted(self, call: _Call, timeout: float | None) -> float:  # noqa: ASYNC109  as above
        turn = self._arrive(call)
        if turn is None:
            return 0.0
        start_s = call.loop.time()
        timer = None if timeout is None else call.loop.call_later(timeout, self._expire, call)
        try:
            let_in = await turn
        finally:
            if timer is not None:
                timer.cancel()
        if not let_in:
            raise WireError(
                Outcome.SLOT_WAIT_TIMEOUT,
                f"no slot free within {timeout:g} s; calls that were before this one:"
                f" {call.running_before} in flight, {call.waiting_before} waiting",
            )
        return call.loop.time() - start_s

    def _arrive(self, call: _Call) -> asyncio.Future[bool] | None:
        """Let a call in, or stand it in line and return what it has to wait for."""
        with self._lock:
            if len(self._running) < self._limit and not self._line:
                self._let_in(call)
            else:
                call.turn = call.loop.create_future()
                call.running_before, call.waiting_before = len(self._running), len(self._line)
                self._line.add(call)
                self._serve()
        self._settle()
        return call.turn

    def _expire(self, call: _Call) -> None:
        with self._lock:
            late = self._line.discard(call)
        self._settle()
        if late:
            call.answer(False)

    def _settle(self) -> None:
        """Take out the calls that left and let others in. Never waits for the lock.

        A coroutine nobody finished leaves when it is collected as garbage, and that may happen in
        a thread that holds the lock. Whoever holds it comes here after giving it back.
        """
        while self._left and self._lock.acquire(blocking=False):
            try:
                self._serve()
            finally:
                self._lock.release()

    def _serve(self) -> None:
        """Give every free slot to a call that waits; the lock is held."""
        while self._left:
            self._take_out(self._left.popleft())
        if not self._line:
            return
        self._running -= {call for call in self._running if call.loop.is_closed()}
        while self._line and len(self._running) < self._limit:
            call = self._line.first({self._last, *(running.profile for running in self._running)})
            if call.wake():
                self._line.pass_over(call)
                self._let_in(call)
            self._line.discard(call)

    def _take_out(self, call: _Call) -> None:
        self._line.discard(call)
        if call in self._running:
            self._running.remove(call)
            self._last = call.profile if call.served else self._last

    def _let_in(self, call: _Call) -> None:
        self._running.add(call)
        self._peak = max(self._peak, len(self._running))

    def _empty(self) -> None:
        """Begin without calls, as a forked child does: they belong to its parent."""
        self._lock = threading.Lock()
        self._line = _Line()
        self._running: set[_Call] = set()
        self._left: deque[_Call] = deque()
        self._last = _NOTHING
        self._peak = 0


_living: WeakSet[Limiter] = WeakSet()
_by_key: dict[str, Limiter] = {}
_lock = threading.Lock()


def limiter_of(key: str, limit: int | None = None) -> Limiter:
    """Return this process's limiter for a server, the same for the same key.

    Args:
        key: The server's base URL, or whatever else names it.
        limit: Sets the limit; None leaves it, at first `default_limit(key)`.

    Raises:
        ValueError: If the limit is below 1.
    """
    with _lock:
        found = _by_key.get(key)
        if found is None:
            found = _by_key[key] = Limiter(default_limit(key) if limit is None else limit)
    if limit is not None and found.limit != limit:
        found.limit = limit
    return found


def default_limit(base_url: str, environ: Mapping[str, str] = os.environ) -> int:
    """Return how many calls at once a server takes, as far as we know without asking: mostly 1.

    `OLLAMA_NUM_PARALLEL` of our environment counts for a loopback address only: there we and the
    server were most likely started by the same person.
    """
    text = environ.get("OLLAMA_NUM_PARALLEL", "").strip().strip("\"'")
    return int(text) if _COUNT.fullmatch(text) and _is_loopback(base_url) else 1


def _is_loopback(base_url: str) -> bool:
    try:
        host = urlsplit(base_url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, or nothing that can be read
        return False


def _checked(limit: int) -> int:
    if limit < 1:
        raise ValueError(f"a limit of {limit!r} calls at once: it has to be 1 or more")
    return limit


def _start_anew_in_child() -> None:
    """Forget the calls of the parent, and locks that one of its threads may have held."""
    global _lock  # noqa: PLW0603  the old one may never be given back
    _lock = threading.Lock()
    for limiter in list(_living):
        limiter._empty()  # noqa: SLF001  no business of anybody else


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew_in_child)
