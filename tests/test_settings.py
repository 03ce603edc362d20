"""Settings of a run that cannot hold are refused before anything runs."""

from typing import Any

import pytest

import chimera
from chimera.errors import ConfigError
from chimera.events import Event


async def late(event: Event) -> None:
    """Listen, if somebody awaits it."""


@pytest.mark.parametrize(
    "settings",
    [{"timeout_s": 0}, {"timeout_s": "5"}, {"max_steps": 0}, {"max_steps": 2.5}],
)
def test_a_bound_that_lets_nothing_through_is_refused(settings: Any) -> None:
    """The message names the setting and its value."""
    (name, value), *_ = settings.items()
    with pytest.raises(ConfigError, match=f"{name}={value!r} lets nothing through"):
        chimera.run("technical-report", "nowhere", **settings)


@pytest.mark.parametrize("listener", [late, 3])
def test_a_listener_that_would_hear_nothing_is_refused(listener: Any) -> None:
    """A coroutine function would be called and never awaited."""
    with pytest.raises(ConfigError, match="must be a plain function of an event"):
        chimera.run("technical-report", "nowhere", listener=listener)
