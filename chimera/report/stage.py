"""The stage `report`: claims become text, the text is verified, Markdown and JSON are written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import PurePath
from typing import Any, Final

from chimera import store
from chimera.agent import Agent
from chimera.analysis.claims import Claim
from chimera.analysis.material import RULES, Material
from chimera.analysis.result import Analysis
from chimera.analysis.stage import decode_analysis
from chimera.clock import iso
from chimera.evidence import brief
from chimera.evidence.collect import Evidence
from chimera.evidence.records import Inventory
from chimera.evidence.stage import sources_of
from chimera.evidence.store import decode
from chimera.models.allowance import Allowance
from chimera.models.options import ModelOptions
from chimera.models.records import Outcome
from chimera.report import markdown
from chimera.report.checking import Checking
from chimera.report.content import Content, findings
from chimera.report.document import (
    AgentCard,
    Narrative,
    ReportDocument,
    RunCard,
    Status,
    VerificationCard,
    metrics,
)
from chimera.report.narrative import CHOICE, TASK, Choices, Leads, Told, chosen, in_order, usable
from chimera.report.recomputed import recomputed
from chimera.report.settled import settled
from chimera.session import Session
from chimera.slots import allowance, gate_of, writes
from chimera.stages import StageContext, Task
from chimera.state import Reported, Stored, TechnicalReport
from chimera.timing import StageTiming, total
from chimera.verify.text import Verifier


async def report(state: TechnicalReport, context: StageContext) -> Mapping[str, Any]:
    """Write the report, check every number in it, and store it as Markdown and JSON."""
    evidence = await _evidence(state, context.session)
    analysis = await _analysis(state, context.session)
    found = findings(analysis)
    told = await tell(found, analysis, context, allowance("report", state.calls))
    content = assembled(evidence.inventory, analysis, told, state, context)
    plain = brief.render(brief.items(evidence.inventory, evidence.tables)).text
    content = await asyncio.to_thread(settled, content, plain if state.brief else "", data_of)
    stored, checked = await asyncio.to_thread(write, content, state, context)
    numbers = {"numbers": checked.numbers, "unsupported": checked.unsupported}
    context.log.info("report.written", **numbers)
    return {"report": stored, "dropped": content.narrative.dropped - state.dropped}


async def _evidence(state: TechnicalReport, session: Session) -> Evidence:
    """Return the evidence; where ingest failed, none, so that the report can say so."""
    if state.evidence is not None:
        return await store.fetch(session, state.evidence, decode)
    root = " + ".join(PurePath(one).name or "." for one in sources_of(state))
    return Evidence(Inventory(root=root, files_total=0, bytes_total=0, kinds={}, files=[]), ())


async def _analysis(state: TechnicalReport, session: Session) -> Analysis:
    """Return the analysis; where it failed, an empty one."""
    if state.analysis is not None:
        return await store.fetch(session, state.analysis, decode_analysis)
    return Analysis.empty()


def write(
    content: Content,
    state: Reported,
    context: StageContext,
    body: Callable[[Content], dict[str, str]] = markdown.body,
) -> tuple[Stored, VerificationCard]:
    """Render, verify and write the report of a run; `body` gives its sections on the data."""
    text, document = _publish(content, state, context, body)
    folder = context.session.workspace()
    store.write(folder / "report.md", text.encode())
    data = document.model_dump_json(by_alias=True, indent=1).encode()
    return store.write(folder / "report.json", data), document.verification


async def tell(
    found: Sequence[Claim],
    analysis: Analysis,
    context: StageContext,
    most: Allowance,
    tasks: tuple[str, str] = (TASK, CHOICE),
) -> Told:
    """Ask the agent for sentences around the findings; a small model chooses among ours.

    Args:
        found: The findings, in order.
        analysis: Where they come from.
        context: The stage that asks.
        most: What the call may take.
        tasks: What to ask for, of an agent that writes and of one that chooses.
    """
    agent = context.agent
    if not found:
        return Told()
    small = not await writes(agent)
    if small and (agent.persona.rules.language or "en") != "en":
        return Told()  # our sentences are English
    task = tasks[small]

    def judged(answer: object) -> Told:
        if isinstance(answer, Choices):
            return chosen(answer, found)
        gate = gate_of(agent, f"{RULES}\n{task}", analysis.groups)
        return usable(answer, found, gate) if isinstance(answer, Leads) else Told()

    output: type[Choices | Leads] = Choices if small else Leads
    material = Material(analysis, writes=not small)
    answer = await context.ask(
        Task(
            task,
            shared=material.sections,
            sections={"findings": in_order(found, material)},
            ids=[claim.id for claim in found],
            allowance=most,
        ),
        output,
        check=lambda _, value: judged(value).reasons,
        salvage=True,
    )
    return judged(answer)


def assembled(
    inventory: Inventory, analysis: Analysis, told: Told, state: Reported, context: StageContext
) -> Content:
    """Return all that a report is rendered from, with the accounts of the run so far."""
    gaps = [*state.gaps, *context.gaps]
    calls = [*state.calls, *context.calls]
    return Content(
        run=_run_card(context.session, gaps),
        inventory=inventory,
        analysis=analysis,
        narrative=_narrative(state, context, told, gaps),
        calls=calls,
        metrics=metrics(calls, context.session.warm_up_ms),
    )


def _publish(
    content: Content,
    state: Reported,
    context: StageContext,
    sections: Callable[[Content], dict[str, str]],
) -> tuple[str, ReportDocument]:
    """Render, verify, drop what does not hold, and add the accounts of the run itself."""
    document = _document(content, {**state.timings, "report": StageTiming(seconds=0)})
    data = document.model_dump(mode="json", by_alias=True)
    checking = Checking(Verifier(data))
    body = checking.keep(sections(content))
    again = recomputed("\n".join(body.values()), data, state)
    if again.differing:
        body = checking.keep(checking.without(body, again.differing))
        context.log.warning("report.facts_differ", stems=sorted(again.differing))
    data["verification"]["recomputed"] = again.card.model_dump()
    timings = {**state.timings, "report": context.stop()}
    data["timings"] = {n: t.model_dump() for n, t in {**timings, "total": total(timings)}.items()}
    accounts = markdown.account(content, timings, "\n".join(body.values()), again.card)
    tail = checking.keep(accounts)
    update = {"verification": checking.card(again.card)}
    final = document.model_copy(update={**update, "timings": {**timings, "total": total(timings)}})
    return markdown.assemble({**body, **tail}), final


def data_of(content: Content) -> dict[str, Any]:
    """Return `report.json` as far as it is known before the report is written."""
    return _document(content, {}).model_dump(mode="json", by_alias=True)


def _document(content: Content, timings: dict[str, StageTiming]) -> ReportDocument:
    analysis = content.analysis
    return ReportDocument(
        run=content.run,
        inventory=content.inventory,
        facts=list(analysis.facts.values()),
        claims=analysis.claims,
        refusals=analysis.refusals,
        recommendations=analysis.recommendations,
        risks=analysis.risks,
        narrative=content.narrative,
        verification=VerificationCard(
            numbers=0, supported=0, unsupported=0, dropped_lines=0, problems={}
        ),
        timings={**timings, "total": total(timings)},
        calls=content.calls,
        metrics=content.metrics,
    )


_ANSWERED: Final = {Outcome.OK, Outcome.RULES_BROKEN}  # of the second, what passes is kept


@lru_cache(maxsize=1)
def _version() -> str:
    return version("chimera-agents")


def _run_card(session: Session, gaps: list[str]) -> RunCard:
    return RunCard(
        id=session.id,
        graph=session.graph,
        started_at=iso(session.started_at or session.clock.now()),
        finished_at=iso(session.clock.now()),
        status="partial" if gaps else "complete",
        gaps=gaps,
        chimera_version=_version(),
        agents=[_agent_card(agent) for agent in session.agents.values()],
    )


def _agent_card(agent: Agent[Any]) -> AgentCard:
    return AgentCard(
        name=agent.name,
        persona=agent.persona.name,
        persona_version=agent.persona.version,
        persona_hash=agent.persona.hash,
        model=agent.model_name,
        options=ModelOptions.model_validate(agent.options.model_dump()),
        prompt=agent.persona.prompt,
    )


def _narrative(
    state: Reported,
    context: StageContext,
    told: Told,
    gaps: list[str],
) -> Narrative:
    agent = context.agent
    silent = agent.silent
    calls = [*state.calls, *context.calls]
    last = [
        call
        for call, after in zip(calls, [*calls[1:], None], strict=False)
        if after is None or after.fallback_for is None  # no other stood in for it
    ]
    outcomes = {call.outcome for call in last}
    spoken = list(dict.fromkeys(call.model for call in last if call.outcome in _ANSWERED))
    spoke: Status = "written" if outcomes == {Outcome.OK} else "partial"
    status: Status = "none" if silent else spoke if outcomes & _ANSWERED else "omitted"
    reason = "; ".join([*context.session.silenced.values(), *gaps]) or None
    return Narrative(
        status=status,
        model=None if silent else ", ".join(spoken) or agent.model_name,
        reason=None if silent else reason,
        dropped=state.dropped + told.dropped,
        brief=state.brief or "",
        leads=told.leads,
        links=told.links,
    )
