"""A clock that moves only when told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class FakeClock:
    """A `chimera.clock.Clock` for tests: by hand, or by a fixed step at every reading.

    Args:
        start: The date it begins with; must have a time zone.
        step: Seconds it moves on after each reading of `monotonic`.
    """

    def __init__(self, start: datetime = EPOCH, *, step: float = 0.0) -> None:
        self._start = start
        self._step = step
        self._elapsed = 0.0

    def __repr__(self) -> str:
        return f"FakeClock({self.now().isoformat()})"

    def monotonic(self) -> float:
        """Return the seconds since the start, then move on by the step."""
        elapsed = self._elapsed
        self._elapsed += self._step
        return elapsed

    def now(self) -> datetime:
        """Return the date and time in UTC; reading it moves nothing."""
        return (self._start + timedelta(seconds=self._elapsed)).astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Move on by some seconds; never backwards."""
        if seconds < 0:
            raise ValueError(f"a clock does not go back: {seconds!r} s")
        self._elapsed += seconds

    async def sleep(self, seconds: float) -> None:
        """Take the place of `asyncio.sleep`: the time passes at once."""
        self.advance(max(seconds, 0.0))
