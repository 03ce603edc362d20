"""Kept connections to model servers: one httpx client per event loop and address."""

from __future__ import annotations

import asyncio
import atexit
import os
import weakref
from collections.abc import AsyncGenerator, Callable, Hashable, Mapping
from contextlib import suppress
from typing import Any

import httpx

from chimera.models.transport import PlainTransport

OWNED = frozenset({"base_url", "follow_redirects", "timeout", "trust_env"})
_TRANSPORT = frozenset({"cert", "http2", "limits", "mounts", "proxy", "transport", "verify"})

_Keeper = AsyncGenerator[httpx.AsyncClient, None]
_kept: dict[asyncio.AbstractEventLoop, dict[Hashable, tuple[httpx.AsyncClient, _Keeper]]] = {}
ANSWERED: set[str] = set()
_closing: set[asyncio.Task[None]] = set()  # the loop itself holds tasks only weakly
_process = os.getpid()


class Endpoint:
    """A server's address with the settings of the clients that call it.

    Attributes:
        base_url: Address as `chimera.models.address.base_url` returns it.
    """

    def __init__(self, base_url: str, settings: Mapping[str, Any] | None = None) -> None:
        self.base_url = base_url
        self._settings = dict(settings or {})
        self._key: Hashable = object() if self._settings else base_url

    def __repr__(self) -> str:
        return f"Endpoint({self.base_url!r})"

    @property
    def seen(self) -> bool:
        """Whether this address has answered in this process."""
        return self.base_url in ANSWERED

    def mark_seen(self) -> None:
        """Remember that this address answers."""
        ANSWERED.add(self.base_url)

    async def client(self) -> httpx.AsyncClient:
        """Return the running loop's client for this address; plain endpoints share one.

        The client of an endpoint with settings is closed when nobody holds the endpoint any more.
        """
        loop, key = asyncio.get_running_loop(), self._key
        clients = _kept.setdefault(loop, {})
        if key not in clients:
            keeper = _keep(clients, key, self._build())
            clients[key] = (await anext(keeper), keeper)
            if self._settings:
                weakref.finalize(self, _let_go, weakref.ref(loop), key).atexit = False
        return clients[key][0]

    def _build(self) -> httpx.AsyncClient:
        settings: dict[str, Any] = {
            **self._settings,
            "follow_redirects": False,
            "trust_env": False,
            "timeout": None,
        }
        if self.base_url.startswith("https:") or not _TRANSPORT.isdisjoint(settings):
            limits = httpx.Limits(max_connections=None, keepalive_expiry=30.0)
            return httpx.AsyncClient(**{"limits": limits, **settings})
        return httpx.AsyncClient(transport=PlainTransport(), **settings)


async def _keep(
    clients: dict[Hashable, Any], key: Hashable, client: httpx.AsyncClient
) -> AsyncGenerator[httpx.AsyncClient, None]:
    """Hold a client until its loop ends: `shutdown_asyncgens` then closes this generator."""
    try:
        yield client
    finally:
        clients.pop(key, None)
        if not clients:
            _kept.pop(asyncio.get_running_loop(), None)
        await client.aclose()


def _let_go(loop_of: Callable[[], asyncio.AbstractEventLoop | None], key: Hashable) -> None:
    """Close a client, in its own loop, from whatever thread the garbage is collected in."""
    loop = loop_of()
    if loop is not None:
        with suppress(RuntimeError):  # the loop is closed, and what it held with it
            loop.call_soon_threadsafe(_close_one, loop, key)


def _close_one(loop: asyncio.AbstractEventLoop, key: Hashable) -> None:
    held = _kept.get(loop, {}).get(key)
    if held is not None:
        closing = loop.create_task(_close([held]))
        _closing.add(closing)
        closing.add_done_callback(_closing.discard)


def _close_all() -> None:
    """Close what loops in other threads still hold when the interpreter ends."""
    if os.getpid() != _process:  # a forked child: the loops belong to its parent
        return
    for loop, clients in list(_kept.items()):
        if loop.is_running():
            closing = asyncio.run_coroutine_threadsafe(_close(list(clients.values())), loop)
            with suppress(TimeoutError, RuntimeError):
                closing.result(timeout=1.0)


async def _close(held: list[tuple[httpx.AsyncClient, _Keeper]]) -> None:
    for _, keeper in held:
        await keeper.aclose()


atexit.register(_close_all)
