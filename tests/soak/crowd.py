"""Many calls and many runs at once: limits are kept, and nobody hears another's answer."""

import asyncio
from typing import Any

import chimera
from chimera.models import CallSite, Gateway, ModelOptions, Prompt, Section, chat_model
from chimera.models.hosts import Hosts
from tests.soak.flow import flow, heard_by


async def calls_at_once(base_url: str, calls: int, limit: int) -> list[str]:
    """Make so many calls at once through one gateway; return those that heard something else."""
    options = ModelOptions(num_ctx=2048)
    hosts = Hosts([chat_model("ollama:x", options, base_url=base_url)], limit)
    gateway = Gateway(hosts, name="ollama:x", options=options)

    async def ask(number: int) -> str | None:
        text = f"canary-{number}"
        prompt = Prompt("", (Section("question", text),))
        answer = await gateway.ask(prompt, call=CallSite(f"M{number}"))
        return None if answer.ok and answer.text == text else f"{number}: {answer}"

    answers = await asyncio.gather(*(ask(number) for number in range(calls)))
    return [wrong for wrong in answers if wrong is not None]


async def runs_at_once(base_url: str, runs: int, calls: int, limit: int) -> list[str]:
    """Make so many runs at once, each with calls in a row; return those with others' words."""
    graph = flow(calls)
    settings: dict[str, Any] = {"model": "ollama:x", "base_url": base_url, "in_flight": limit}

    async def once(number: int) -> str | None:
        canary = f"canary-{number}-{number * 7919 % 1009}"
        run = await chimera.arun(graph, {"canary": canary}, **settings)
        told = [call.id for call in run.calls]
        well = run.state.heard == heard_by(canary, calls) and len(set(told)) == len(told) == calls
        return None if well else f"{canary}: {run.state.heard} {told}"

    found = await asyncio.gather(*(once(number) for number in range(runs)))
    return [wrong for wrong in found if wrong is not None]
