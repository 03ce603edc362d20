"""Loading a model before it is asked, and unloading it afterwards."""

from __future__ import annotations

import time
from typing import Any

from chimera.models.events import emit
from chimera.models.faults import WireError
from chimera.models.hosts import Host
from chimera.models.options import ModelOptions
from chimera.models.timeouts import Timeouts
from chimera.models.window import SIZES
from chimera.models.wire import fetch


async def load(host: Host, options: ModelOptions, timeouts: Timeouts) -> float | None:
    """Load a model as the calls to come will ask for it; return how long it took, in milliseconds.

    A request without messages does it. None where the server is none of Ollama's, or did not.
    """
    if host.endpoint is None:
        return None
    given = options.model_dump(exclude_none=True, exclude={"keep_alive", "think"})
    given.setdefault("num_ctx", SIZES[0])
    body: dict[str, Any] = {"model": host.model_name, "messages": [], "options": given}
    if options.keep_alive is not None:
        body["keep_alive"] = options.keep_alive
    return await _send(host, body, timeouts, (host.model_name, given["num_ctx"], options.num_gpu))


async def unload(host: Host) -> None:
    """Let the server forget a model at once; what goes wrong is only logged."""
    if host.endpoint is not None:
        body = {"model": host.model_name, "messages": [], "keep_alive": 0}
        await _send(host, body, Timeouts(slot=10.0, first_token=10.0), None)
        host.forget_window()


async def _send(
    host: Host, body: dict[str, Any], timeouts: Timeouts, profile: object
) -> float | None:
    assert host.endpoint is not None  # noqa: S101  both callers have looked
    whole = {**body, "stream": False, "truncate": False, "shift": False}
    limits = timeouts.model_copy(update={"idle": timeouts.first_token})
    try:
        async with host.limiter.slot(profile, timeouts.slot):
            start = time.perf_counter()
            await fetch(host.endpoint, "/api/chat", whole, timeouts=limits)
    except WireError as fault:
        emit("model.load_failed", model=host.model_name, problem=str(fault))
        return None
    return (time.perf_counter() - start) * 1000
