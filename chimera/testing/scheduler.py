"""How an Ollama server shares its memory and its time: loading, waiting, refusing, caching."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from os.path import commonprefix
from typing import TypedDict

KEPT_S = 300.0  # how long a model stays loaded where nobody asks for anything else
FOREVER_S = (2**63 - 1) / 1e9  # Go's longest duration

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)")


class Machine(TypedDict, total=False):
    """What a stand-in server is made of; what is left out is without limit and takes no time.

    Attributes:
        parallel: Chats one model works at at once (OLLAMA_NUM_PARALLEL, 1 by default there).
        load_s: How long it takes to load a model, in seconds.
        max_loaded: Models loaded at once (OLLAMA_MAX_LOADED_MODELS).
        max_queue: Requests that may wait for a load behind the one in progress (OLLAMA_MAX_QUEUE).
        context_length: The longest window the models were made for, in tokens.
        cached_count: Whether answers have the newer field `prompt_eval_cached_count`.
        native: Whether the models' chat template is in their file: a message too long is refused.
        old: A server that knows neither `truncate` nor `shift`, names no digests and capabilities.
    """

    parallel: int
    load_s: float
    max_loaded: int
    max_queue: int
    context_length: int
    cached_count: bool
    native: bool
    old: bool


class Busy(Exception):  # noqa: N818  an answer, not an error
    """Too many requests wait for a load already."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a model is loaded with; a request with another one makes the server load it again."""

    num_ctx: int
    num_gpu: int | None = None
    shift: bool = True


@dataclass(slots=True)
class Runner:
    """One loaded model.

    Attributes:
        expires: When it is unloaded unless it is used before.
        users: Requests that have it, those that wait for a slot included.
    """

    name: str
    profile: Profile
    slots: asyncio.Semaphore | None
    cache: deque[str]
    expires: datetime = field(default_factory=lambda: datetime.now(UTC))
    users: int = 0
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def left(self) -> None:
        """Wait until nobody uses it."""
        while self.users:
            self.idle.clear()
            await self.idle.wait()

    def cached(self, prompt: str) -> float:
        """Return the share of a prompt whose work is done already; remember the prompt."""
        shared = max((_common(prompt, seen) for seen in self.cache), default=0)
        self.cache.append(prompt)
        return shared / len(prompt) if prompt else 0.0


@dataclass(frozen=True, slots=True)
class Grant:
    """A model to work with, and what was waited for it, in whole milliseconds."""

    runner: Runner
    load_ms: int
    slot_ms: int


class Scheduler:
    """Lends loaded models to requests.

    Attributes:
        loads: How often a model was loaded.
    """

    def __init__(self, machine: Machine, loads: int = 0) -> None:
        self._machine = machine
        self._runners: dict[str, Runner] = {}
        self._turn = asyncio.Lock()
        self._waiting = 0
        self.loads = loads

    @property
    def runners(self) -> list[Runner]:
        """The models loaded now."""
        now = datetime.now(UTC)
        gone = [r.name for r in self._runners.values() if not r.users and r.expires <= now]
        for name in gone:
            del self._runners[name]
        return list(self._runners.values())

    def unload(self, name: str) -> None:
        """Forget a model."""
        self._runners.pop(name, None)

    @asynccontextmanager
    async def lend(self, name: str, profile: Profile, keep_s: float) -> AsyncIterator[Grant]:
        """Give the use of a model: loaded with that profile, with a slot of it free.

        Raises:
            Busy: If it has to be loaded and the queue for that is full.
        """
        watch = _Watch()
        runner = await self._runner(name, profile)
        runner.users += 1
        load_ms = watch.lap()
        try:
            if runner.slots is not None:
                await runner.slots.acquire()
            try:
                yield Grant(runner, load_ms, watch.lap())
            finally:
                if runner.slots is not None:
                    runner.slots.release()
        finally:
            runner.users -= 1
            runner.idle.set()
            runner.expires = datetime.now(UTC) + timedelta(seconds=keep_s)
            if not keep_s and not runner.users and self._runners.get(name) is runner:
                self.unload(name)

    async def _runner(self, name: str, profile: Profile) -> Runner:
        if runner := self._fitting(name, profile):
            return runner
        if self._turn.locked() and self._waiting >= self._machine.get("max_queue", 1 << 30):
            raise Busy
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1
        try:
            return self._fitting(name, profile) or await self._load(name, profile)
        finally:
            self._turn.release()

    def _fitting(self, name: str, profile: Profile) -> Runner | None:
        found = next((r for r in self.runners if r.name == name), None)
        return found if found and found.profile == profile else None

    async def _load(self, name: str, profile: Profile) -> Runner:
        if name in self._runners:
            await self._evict(self._runners[name])
        while len(self.runners) >= self._machine.get("max_loaded", 1 << 30):
            await self._evict(min(self._runners.values(), key=lambda r: (r.users > 0, r.expires)))
        if seconds := self._machine.get("load_s", 0.0):
            await asyncio.sleep(seconds)
        self.loads += 1
        parallel = self._machine.get("parallel")
        slots = asyncio.Semaphore(parallel) if parallel else None
        self._runners[name] = Runner(name, profile, slots, deque(maxlen=parallel or 1))
        return self._runners[name]

    async def _evict(self, runner: Runner) -> None:
        await runner.left()
        if self._runners.get(runner.name) is runner:
            self.unload(runner.name)


class _Watch:
    def __init__(self) -> None:
        self._now: Callable[[], float] = asyncio.get_running_loop().time
        self._last = self._now()

    def lap(self) -> int:
        """Return the whole milliseconds since the last lap; no waiting is exactly none."""
        last, self._last = self._last, self._now()
        return int((self._last - last) * 1000)


def _common(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their start."""
    return len(commonprefix([one, other]))  # noqa: RUF071  character by character, as wanted


def seconds_of(keep_alive: object) -> float:
    """Return a `keep_alive` in seconds; negative ones are for ever, None is the default.

    Raises:
        ValueError: If it is no duration, in Go's words.
    """
    if keep_alive is None:
        return KEPT_S
    if isinstance(keep_alive, int | float):
        return FOREVER_S if keep_alive < 0 else float(keep_alive)
    text = str(keep_alive)
    bare = text.removeprefix("-")
    if bare == "0":
        return 0.0
    parts = _PART.findall(bare)
    if not parts or "".join(number + unit for number, unit in parts) != bare:
        wrong = "missing unit in" if bare.isdigit() else "invalid"
        raise ValueError(f'time: {wrong} duration "{text}"')
    if text.startswith("-"):
        return FOREVER_S
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
