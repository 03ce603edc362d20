"""The ways to an agent's model and to its fallbacks."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from chimera import session as sessions
from chimera.agentfile import Fallback

if TYPE_CHECKING:
    from chimera.agent import Agent
    from chimera.models.answer import Raw
    from chimera.models.gateway import Answer, Gateway
    from chimera.models.request import Request
    from chimera.models.serving import Serving
    from chimera.session import Session

Ask = Callable[["Gateway", str | None], Awaitable["Answer[Any]"]]


def ways(agent: Agent[Any], session: Session) -> Iterator[Gateway]:
    """Make the gateways of an agent: its own model's first, then one for each fallback."""
    from chimera.models.address import each
    from chimera.models.gateway import Gateway
    from chimera.models.hosts import Hosts
    from chimera.models.own import moved, settled
    from chimera.models.resolve import chat_model

    own = Fallback.model_construct()  # the agent's own model at its own address
    for other in (own, *agent.fallbacks):
        model, options = other.model or agent.model, agent.options
        if isinstance(model, str):
            given = other.base_url or (agent.base_url if _same(model, agent.model) else None)
            with _told(session):
                models = [
                    chat_model(model, options, base_url=address, timeouts=agent.timeouts)
                    for address in each(given)
                ]
        else:
            there = moved(model, other.base_url) if other.base_url else model
            model, options = settled(there, options)
            models = [model]
        gateway = Gateway(
            Hosts(models, session.serving.in_flight, pins=_pins, warn=_warn),
            name=other.model or agent.model_name,
            options=options,
            timeouts=agent.timeouts,
            sleep=_pause,
        )
        gateway.door = _through
        yield gateway


async def first_answer(agent: Agent[Any], session: Session, ask: Ask) -> Answer[Any]:
    """Ask the agent's model, then its fallbacks, until one answers; return the last answer.

    A model that cannot be had is not tried again in the same run while there is a fallback.
    """
    from chimera.models.outcomes import LASTING, TABLE

    gateways = agent.gateways(session)
    answer, failed = None, None
    for gateway in gateways:
        if gateway.place in session.unusable and gateway is not gateways[-1]:
            failed = failed or gateway.name
            continue
        answer = await ask(gateway, failed)
        outcome = answer.record.outcome
        if not TABLE[outcome].falls_back:
            break
        if outcome in LASTING:
            session.unusable.add(gateway.place)
        if gateway is not gateways[-1]:
            session.warn_once(
                f"{agent.name} got no answer from {gateway.name} ({outcome.value}):"
                " its fallback was asked"
            )
        failed = failed or gateway.name
    assert answer is not None  # noqa: S101  the last one is always asked
    return answer


def hosts(model: object, serving: Serving) -> list[str] | None:
    """Return the project's servers, which are Ollama's."""
    ours = isinstance(model, str) and model.startswith("ollama:")
    return serving.hosts or None if ours else None


def _same(model: str, other: object) -> bool:
    """Return whether two models are of one provider, so that an address serves both."""
    return isinstance(other, str) and model.partition(":")[0] == other.partition(":")[0]


@contextmanager
def _told(session: Session) -> Iterator[None]:
    """Let a run tell once what a provider's library cannot be given."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for one in caught:
        session.warn_once(str(one.message))


def _pins() -> dict[str, str]:
    """Return the digests that count in the run, of its own each; no run, no memory."""
    session = sessions.running()
    return {} if session is None else session.pins


def _warn(problem: str) -> None:
    """Warn in the run, once."""
    if session := sessions.running():
        session.warn_once(problem)


async def _pause(seconds: float) -> None:
    """Wait on the clock of the run."""
    await sessions.current().clock.sleep(seconds)


async def _through(request: Request, send: Callable[[], Awaitable[Raw]]) -> Raw:
    """Pass the door of the run."""
    return await sessions.current().door(request, send)
