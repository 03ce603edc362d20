"""A stand-in server in a process of its own, so that what it holds is not counted as ours."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from chimera.testing import Behaviour, OllamaStandIn


@dataclass(frozen=True, slots=True)
class Remote:
    """A running server, asked through a pipe.

    Attributes:
        base_url: Where it listens.
    """

    base_url: str
    _pipe: Connection

    def counts(self) -> tuple[int, int]:
        """Return how many chats it got and the most at once, both since it was last asked."""
        self._pipe.send("counts")
        chats, peak = self._pipe.recv()
        return int(chats), int(peak)


@contextmanager
def remote(delay_s: float = 0.0) -> Iterator[Remote]:
    """Start a server that says back what it was asked last; it takes `delay_s` to begin."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=[theirs, delay_s], daemon=True)
    process.start()
    theirs.close()
    try:
        yield Remote(ours.recv(), ours)
    finally:
        ours.send("stop")
        process.join(timeout=10)
        ours.close()


def _echo(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


def _serve(pipe: Connection, delay_s: float) -> None:
    slow = {"x": Behaviour(first_token_s=delay_s)}
    with OllamaStandIn(_echo, behaviours=slow) as server:
        pipe.send(server.base_url)
        while pipe.recv() == "counts":
            pipe.send((len(server.chats), server.peak))
            server.requests.clear()
            server.peak = 0
