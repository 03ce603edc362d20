"""What a run does with model servers around its stages: load profiles, warm-up, unload."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from chimera import logs
from chimera.agent import Agent
from chimera.events import ModelLoaded

if TYPE_CHECKING:
    from chimera.models.gateway import Gateway
    from chimera.models.options import ModelOptions
    from chimera.session import Session

_PROFILE: Final = ("num_ctx", "num_gpu")  # what an Ollama server loads a model anew for


def settle_profiles(session: Session) -> None:
    """Give the agents of each model one load profile where the project asks for it, else warn."""
    for model, names in _by_model(session.agents.values()).items():
        agents = [session.agents[name] for name in names]
        if not any(_differs(name, agents) for name in _PROFILE):
            continue
        if session.serving.one_profile:
            shared = _shared([agent.options for agent in agents])
            for agent in agents:
                changed = agent.options.model_copy(update=shared)
                session.agents[agent.name] = replace(agent, options=changed)
        else:
            _warn(session, model, agents)


def begin_serving(session: Session) -> asyncio.Task[None] | None:
    """Settle load profiles, and begin to load the first agent's model if that is asked for."""
    settle_profiles(session)
    if session.serving.warm_up:
        return asyncio.create_task(_warm_up(session))
    return None


async def end_serving(session: Session, warming: asyncio.Task[None] | None) -> None:
    """End what `begin_serving` began; unload the models that were asked, if that is asked for."""
    if warming is not None:
        warming.cancel()
        with suppress(asyncio.CancelledError):
            await warming
    _tell_loads(session)
    if session.serving.unload:
        await _unload(session)


async def _warm_up(session: Session) -> None:
    speaking = (agent for agent in session.agents.values() if not agent.silent)
    agent = next(speaking, None)
    if agent is None:
        return
    from chimera.models.warming import load

    gateway = agent.gateways(session)[0]
    host = await gateway.hosts.choose()
    took_ms = await load(host, agent.options, agent.timeouts)
    session.warm_up_ms = took_ms
    logs.logger().info("model.loaded", model=gateway.name, host=host.address, ms=took_ms)
    session.emit(ModelLoaded(None, gateway.name, took_ms))


def _tell_loads(session: Session) -> None:
    """Say what loading models again has cost this run, where that was more than once each."""
    from chimera.models.hosts import WARM_MS

    loads: dict[str, list[float]] = defaultdict(list)
    for call in session.calls:
        if call.load_ms is not None and call.load_ms > WARM_MS:
            loads[call.model].append(call.load_ms)
    for model, took in loads.items():
        if len(took) > 1:
            session.warn(
                f"{model} was loaded {len(took)} times in this run, {sum(took) / 1000:.1f} s"
                " altogether: other calls asked for another window, or for another model"
            )


async def _unload(session: Session) -> None:
    """Unload what this run has asked."""
    from chimera.models.warming import unload

    asked = {(call.model, call.host) for call in session.calls}
    for gateway in _gateways(session):
        for host in gateway.hosts.all:
            if (gateway.name, host.address) in asked:
                asked.discard((gateway.name, host.address))
                await unload(host)


def _gateways(session: Session) -> list[Gateway]:
    return [
        gateway
        for agent in session.speakers
        if not agent.silent
        for gateway in agent.gateways(session)
    ]


def _by_model(agents: Iterable[Agent[Any]]) -> dict[str, list[str]]:
    """Return the names of the agents of each Ollama model at each server, however it is spelled."""
    from chimera.models.catalogue import full_name

    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for agent in agents:
        provider, _, name = agent.model_name.partition(":")
        if provider == "ollama":
            for address in agent.addresses:
                found[full_name(name), address].append(agent.name)
    shared = {tuple(names): model for (model, _), names in found.items()}
    return {
        f"ollama:{model} {number}": [*names] for number, (names, model) in enumerate(shared.items())
    }


def _differs(name: str, agents: list[Agent[Any]]) -> bool:
    """Return whether agents set an option differently; a window nobody set takes what there is."""
    values = {getattr(agent.options, name) for agent in agents}
    return len(values - {None} if name == "num_ctx" else values) > 1


def _shared(options: list[ModelOptions]) -> dict[str, int | None]:
    """Return the profile that serves them all: the largest window, the fewest layers on the GPU."""
    layers = [one.num_gpu for one in options if one.num_gpu is not None and one.num_gpu >= 0]
    windows = [one.num_ctx for one in options if one.num_ctx is not None]
    return {
        "num_ctx": max(windows, default=None),
        "num_gpu": min(layers, default=None),
    }


def _warn(session: Session, model: str, agents: list[Agent[Any]]) -> None:
    differing = [name for name in _PROFILE if _differs(name, agents)]
    said = "; ".join(
        f"{agent.name}: " + ", ".join(f"{n} {_shown(getattr(agent.options, n))}" for n in differing)
        for agent in agents
    )
    session.warn(
        f"agents that share {model.partition(' ')[0]} differ in {' and '.join(differing)} ({said}):"
        " the server loads the model again at every change from one to the other;"
        " give them the same, or set one_profile in chimera.yaml"
    )


def _shown(value: object) -> str:
    return "default" if value is None else str(value)
