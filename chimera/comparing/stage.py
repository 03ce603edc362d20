"""The stages of `compare`: both folders are read, compared, and told of."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from chimera import store
from chimera.analysis.claims import Claim, ClaimBook
from chimera.analysis.facts import FactBook
from chimera.analysis.names import name
from chimera.analysis.result import Analysis, GroupRow
from chimera.analysis.stage import decode_analysis
from chimera.comparing import document, sections
from chimera.comparing.besides import besides, failed, refuse, refuse_left
from chimera.comparing.changes import Change, Tested, examine
from chimera.comparing.document import CompareDocument
from chimera.comparing.matching import match
from chimera.comparing.said import TOPICS, Books, say, say_verdict
from chimera.comparing.sides import copied, names, sides
from chimera.comparing.state import Comparison
from chimera.comparing.verdict import counted, judged
from chimera.errors import RunError, nearest
from chimera.evidence.collect import Evidence
from chimera.evidence.records import Inventory
from chimera.evidence.stage import gather
from chimera.evidence.store import decode
from chimera.report.content import Content
from chimera.report.narrative import CHOICE
from chimera.report.stage import assembled, data_of, tell, write
from chimera.slots import allowance
from chimera.stages import StageContext
from chimera.state import Stored
from chimera.verify.text import Verifier

TASK: Final = (
    "Return JSON on one line. The claims named below say what changed between two folders of\n"
    "results. `leads`: for at most three of them one sentence to stand before it, why it is worth\n"
    "reading to somebody who has to keep or drop the change. `links`: an empty list. Say what a\n"
    "finding is good for and what to do with it, not how it came out."
)


async def ingest(state: Comparison, context: StageContext) -> Mapping[str, Any]:
    """Read both folders into one inventory, each file under the name of its folder."""
    _, stored = await gather(state, context)
    return {"evidence": stored}


async def compare(state: Comparison, context: StageContext) -> Mapping[str, Any]:
    """Match what both measured, test it, and sum it up; by code alone."""
    if state.evidence is None:
        raise RunError("there is nothing to compare: ingest did not finish")
    evidence = await store.fetch(context.session, state.evidence, decode)
    found = await asyncio.to_thread(compared, evidence, state.metrics, context.session.id)
    stored = await store.keep(context.session, "analysis.json", found.analysis, _encode)
    data = found.document.model_dump_json(by_alias=True, indent=1).encode()
    comparison = await asyncio.to_thread(_kept, context, data)
    verdict = found.document.verdict
    there = ", ".join(found.measured) or "none"
    for lacking in (one for one in state.metrics if one not in found.measured):
        hint = nearest(lacking, found.measured)
        context.gap(f"both sides have no metric {lacking!r}{hint} (there are: {there})")
    context.log.info("compare.done", verdict=verdict, **found.document.counts.model_dump())
    return {"analysis": stored, "comparison": comparison, "verdict": verdict}


async def report(state: Comparison, context: StageContext) -> Mapping[str, Any]:
    """Write the report; the agent may lead to what changed, and every number is checked."""
    evidence = await _evidence(state, context)
    analysis = Analysis.empty()
    if state.analysis is not None:
        analysis = await store.fetch(context.session, state.analysis, decode_analysis)
    found = sections.leading(analysis)
    most = allowance("report", state.calls)
    told = await tell(found, analysis, context, most, (TASK, CHOICE))
    told.links = {}
    content = assembled(evidence.inventory, analysis, told, state, context)
    content = await asyncio.to_thread(_settled, content)
    stored, checked = await asyncio.to_thread(write, content, state, context, sections.body)
    numbers = {"numbers": checked.numbers, "unsupported": checked.unsupported}
    context.log.info("report.written", **numbers)
    return {"report": stored, "dropped": content.narrative.dropped - state.dropped}


def _kept(context: StageContext, data: bytes) -> Stored:
    return store.write(context.session.workspace() / "compare.json", data)


@dataclass(frozen=True, slots=True)
class Compared:
    """What code makes of two folders, and the metrics that both have."""

    analysis: Analysis
    document: CompareDocument
    measured: Sequence[str]


def compared(evidence: Evidence, metrics: Sequence[str] = (), run: str = "") -> Compared:
    """Compare the two sides of what was read, by code alone.

    Args:
        evidence: Both sources, as one collection has them.
        metrics: Metrics that decide; all of known direction where there are none.
        run: Id of the run.
    """
    books, called = Books(FactBook(), ClaimBook()), names(evidence.inventory)
    before, after = sides(evidence)
    matched = match(before, after)
    tested = examine(matched.matches, metrics, books.facts)
    counts = counted(tested.changes)
    verdict = judged(counts, sum(one.counts for one in tested.refused))
    say_verdict(verdict, counts, called, books)
    claims = say(tested, books)
    shared = len(copied(evidence.inventory, called))
    others = besides(tested.changes, shared, books)
    refuse(tested.refused, books)
    refuse_left(matched, books)
    failures = failed((*before.tables, *after.tables), books)
    analysis = Analysis.empty().model_copy(
        update={
            "facts": books.facts.facts,
            "claims": books.claims.claims,
            "refusals": books.claims.refusals,
            "order": _order(tested, claims),
            "rows": _rows(tested),
            "failed_rows": {f.folder: [f.failed.id, f.rows.id, f.files.id] for f in failures},
        }
    )
    cards = [document.card(*pair) for pair in zip(tested.changes, claims, strict=True)]
    made = CompareDocument(
        run=run,
        **document.head(called),
        verdict=verdict,
        counts=counts,
        tests=tested.family.size,
        metrics=list(metrics),
        changes=cards,
        not_compared=document.not_compared(books.claims.refusals),
        besides=[claim.id for claim in others],
    )
    return Compared(analysis, made, sorted({one.before.metric for one in matched.matches}))


def _settled(content: Content) -> Content:
    """Return the content without leads that would cost the line of a change."""
    story = content.narrative
    if not story.leads:
        return content
    text = f"## Changes\n{sections.body(content)['Changes']}"
    bad = [one.text for one in Verifier(data_of(content)).check(text).unsupported]
    leads = {
        claim: lead
        for claim, lead in story.leads.items()
        if not any(line.startswith(f"- {claim}: ") for line in bad)
    }
    dropped = story.dropped + len(story.leads) - len(leads)
    return replace(content, narrative=story.model_copy(update={"leads": leads, "dropped": dropped}))


def _order(tested: Tested, claims: Sequence[Claim]) -> list[str]:
    """Return the changes by what matters: how they came out, then how far apart."""
    kinds = list(TOPICS)

    def weight(pair: tuple[Change, Claim]) -> tuple[int, float]:
        change, _ = pair
        ratio = change.pair.found.ratio
        return kinds.index(change.outcome), -max(ratio, 1 / ratio)

    ranked = sorted(zip(tested.changes, claims, strict=True), key=weight)
    return [claim.id for _, claim in ranked]


def _rows(tested: Tested) -> list[GroupRow]:
    """Return the groups compared, whose names no sentence of a model may hold."""
    return [
        GroupRow(
            metric=group.series.metric,
            definition=group.series.definition,
            path=group.table.path,
            column=group.series.column,
            group=name(group),
            raw=True,
            n=group.n,
            facts={statistic: fact.id for statistic, fact in group.facts.items()},
        )
        for change in tested.changes
        for group in (change.before, change.after)
    ]


async def _evidence(state: Comparison, context: StageContext) -> Evidence:
    """Return the evidence; where ingest failed, none, so that the report can say so."""
    if state.evidence is not None:
        return await store.fetch(context.session, state.evidence, decode)
    root = f"{state.before} + {state.after}"
    return Evidence(Inventory(root=root, files_total=0, bytes_total=0, kinds={}, files=[]), ())


def _encode(result: Analysis) -> bytes:
    return result.model_dump_json(indent=1).encode()
