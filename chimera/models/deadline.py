"""The time limit of a whole call, which stands still while the call waits for its turn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self


class Deadline:
    """A time limit in seconds; `TimeoutError` leaves the block where it passes."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._scope = asyncio.timeout(seconds)

    async def __aenter__(self) -> Self:
        await self._scope.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._scope.__aexit__(kind, error, trace)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the time inside this block out of the limit."""
        now = asyncio.get_running_loop().time
        end = self._scope.when()
        start = now()
        self._scope.reschedule(None)
        try:
            yield
        finally:
            if end is not None and not self._scope.expired():
                self._scope.reschedule(end + now() - start)
