"""Time as the library sees it: one clock, which tests can put in place of the system's."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """A source of durations and dates."""

    def monotonic(self) -> float:
        """Return seconds that never go backwards; only differences mean anything."""

    def now(self) -> datetime:
        """Return the date and time, with a time zone."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The clock of this machine."""

    def monotonic(self) -> float:
        """Return `time.perf_counter()`, in seconds."""
        return time.perf_counter()

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait without holding up the event loop."""
        await asyncio.sleep(seconds)


def iso(moment: datetime) -> str:
    """Return a moment as `2026-11-23T21:50:59Z`: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
