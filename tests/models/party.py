"""Calls at a limiter that stay until they are told to leave."""

import asyncio
from dataclasses import dataclass, field

from chimera.models.limiter import Limiter


async def steps(count: int = 8) -> None:
    """Let everything that is ready run: a wake takes three turns of the loop."""
    for _ in range(count):
        await asyncio.sleep(0)


@dataclass
class Party:
    """Calls of one loop at one limiter that stay until they are told to leave."""

    limiter: Limiter
    entered: list[str] = field(default_factory=list)
    leave: dict[str, asyncio.Event] = field(default_factory=dict)
    tasks: dict[str, asyncio.Task[float]] = field(default_factory=dict)

    async def come(self, *names: str, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Start calls; the first letter of a name is its profile."""
        for name in names:
            self.leave[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self.stay(name, timeout))
        await steps()

    async def stay(self, name: str, timeout: float | None) -> float:  # noqa: ASYNC109
        async with self.limiter.slot(name[0], timeout) as waited_s:
            self.entered.append(name)
            await self.leave[name].wait()
            return waited_s

    async def go(self, *names: str) -> None:
        """End calls one after the other."""
        for name in names:
            self.leave[name].set()
            await steps()

    async def drain(self) -> list[str]:
        """End every call as soon as it has its slot; return all in the order they had it."""
        done = 0
        while done < len(self.entered):
            await self.go(self.entered[done])
            done += 1
        return self.entered
