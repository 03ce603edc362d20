"""The clock by hand."""

import pytest

from chimera.testing import FakeClock


def test_time_stands_until_moved() -> None:
    """Only `advance` moves it."""
    clock = FakeClock()
    clock.advance(90)
    assert clock.monotonic() == clock.monotonic() == 90
    assert clock.now().isoformat() == "2026-01-01T00:01:30+00:00"


def test_each_reading_may_be_a_step() -> None:
    """With a step every reading of `monotonic` moves it on."""
    clock = FakeClock(step=0.25)
    assert [clock.monotonic() for _ in range(3)] == [0, 0.25, 0.5]


def test_it_does_not_go_back() -> None:
    """Negative steps are mistakes."""
    with pytest.raises(ValueError, match="back"):
        FakeClock().advance(-1)


async def test_sleeping_passes_at_once() -> None:
    """`sleep` stands in for asyncio's."""
    clock = FakeClock()
    await clock.sleep(3600)
    assert clock.monotonic() == 3600
