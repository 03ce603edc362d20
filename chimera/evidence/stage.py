"""The stage `ingest`: a folder becomes an inventory and tables; the collector writes a brief."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from chimera import store
from chimera.events import FileRead
from chimera.evidence import brief
from chimera.evidence.choice import Choice
from chimera.evidence.collect import Evidence, collect
from chimera.evidence.executors import executor_at
from chimera.evidence.limits import Limits
from chimera.evidence.sources import note_sources
from chimera.evidence.store import encode
from chimera.models.allowance import Allowance
from chimera.slots import allowance, gate_of, writes
from chimera.stages import StageContext, Task
from chimera.state import Sourced, Stored, TechnicalReport

_ITEMS: Final = "Return JSON on one line. Below are items of an inventory, each with its id."
_ORDER: Final = (
    f"{_ITEMS} `items`:\n"
    "at most six ids, in the order a second agent should read them, first what matters."
)
_TASK: Final = (
    f"{_ITEMS} `bullets`:\n"
    "at most four, in the order a second agent should read them, first what matters, each with a\n"
    "`lead` of at most six plain words on why it matters. Write no digits, number words, names,\n"
    "comparisons, nor what is not there: the items say that."
)


async def ingest(state: TechnicalReport, context: StageContext) -> Mapping[str, Any]:
    """Read the sources into an inventory with measurements, and brief the analyst."""
    evidence, stored = await gather(state, context)
    text, dropped = await _brief(evidence, allowance("ingest", state.calls), context)
    return {"evidence": stored, "brief": text, "dropped": dropped}


async def gather(state: Sourced, context: StageContext) -> tuple[Evidence, Stored]:
    """Read the sources of a run, and keep what they hold in the run folder."""
    evidence = await asyncio.to_thread(_collect, state, context)
    if not evidence.inventory.files:
        context.gap(f"nothing to read in {evidence.inventory.root!r}{_why(evidence)}")
    stored = await store.keep(context.session, "evidence.json", evidence, encode)
    await asyncio.to_thread(lambda: note_sources(context.session.workspace(), sources_of(state)))
    context.log.info(
        "ingest.collected", files=evidence.inventory.files_total, tables=len(evidence.tables)
    )
    return evidence, stored


def sources_of(state: Sourced) -> list[str]:
    """Return the sources of a run as a list."""
    return [state.source] if isinstance(state.source, str) else state.source


def _why(evidence: Evidence) -> str:
    problems = evidence.inventory.problems
    return f": {problems[0]}" if problems else ""


def _collect(state: Sourced, context: StageContext) -> Evidence:
    def on_file(path: str) -> None:
        context.session.emit(FileRead(context.stage, path))

    reading = state.reading
    choice = Choice(tuple(reading.include), tuple(reading.exclude), reading.gitignore)
    limits = Limits().updated(reading.caps)
    with executor_at(reading.executor) as executor:
        return collect(
            sources_of(state), limits=limits, choice=choice, executor=executor, on_file=on_file
        )


async def _brief(evidence: Evidence, most: Allowance, context: StageContext) -> tuple[str, int]:
    """Write the brief; the collector's model chooses its order and leads."""
    found = brief.items(evidence.inventory, evidence.tables)
    if not evidence.inventory.files:
        return brief.render(found).text, 0
    agent, seen = context.agent, brief.offered(found)
    speaks = await writes(agent)
    task = _TASK if speaks else _ORDER
    output: type[brief.BriefPlan | brief.BriefOrder] = (
        brief.BriefPlan if speaks else brief.BriefOrder
    )
    rules = agent.persona.rules.in_slots()

    def made(plan: brief.BriefPlan | brief.BriefOrder | None) -> brief.Brief:
        return brief.render(found, plan, gate_of(agent, task))

    def check(_text: str, plan: brief.BriefPlan | brief.BriefOrder) -> list[str]:
        tried = made(plan)
        return [*tried.reasons, *rules.broken_by(tried.text)]

    plan = await context.ask(
        Task(
            task,
            sections={"inventory": brief.shown(seen)},
            ids=[item.id for item in seen],
            allowance=most,
        ),
        output,
        check=check,
        salvage=True,
    )
    done = made(plan)
    if plan and rules.broken_by(done.text):  # then the plain brief, whatever the plan was
        return brief.render(found).text, done.dropped + 1
    return done.text, done.dropped
