"""The stages of `review`: load, then writer and critic in turns, then the page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from chimera import store
from chimera.analysis.material import RULES, Material
from chimera.errors import RunError
from chimera.evidence.sources import note_sources, noted_sources
from chimera.report.document import ReportDocument
from chimera.reviewing import critique, draft
from chimera.reviewing.critique import Critique
from chimera.reviewing.draft import Chosen, Drafted, Text, drafted, revision
from chimera.reviewing.page import Origin, page, plain, unsupported
from chimera.reviewing.source import analysis_of, decoded, document_at, names_in
from chimera.reviewing.state import Complaint, Ended, Part, Review
from chimera.slots import gate_of, writes
from chimera.stages import StageContext, Task
from chimera.state import Reading, Stored

SCHEMA: Final = "chimera.review/1"


async def load(state: Review, context: StageContext) -> Mapping[str, Any]:
    """Read the report that is reviewed."""
    content = await asyncio.to_thread(lambda: document_at(state.source).read_bytes())
    document = decoded(content)
    stored = await store.keep(context.session, "reviewed-report.json", document, lambda _: content)
    return {"document": stored}


async def write(state: Review, context: StageContext) -> Mapping[str, Any]:
    """Let the writer draft, or revise what the critic complained about."""
    document = await _document(state, context)
    agent, analysis = context.agent, analysis_of(document)
    speaks = await writes(agent)
    task = (draft.TASK if speaks else draft.CHOICE).format(parts=state.parts)
    material = Material(analysis, writes=speaks)
    known = {claim.id: claim for claim in material.claims}
    names = names_in(document)

    def judged(answer: object) -> Drafted:
        gate = gate_of(agent, f"{RULES}\n{task}", names)  # one for each answer: it remembers
        return drafted(answer, known, gate, state.parts)

    output: type[Text | Chosen] = Text if speaks else Chosen
    answer = await context.ask(
        Task(
            task,
            shared=material.sections,
            sections={"revision": revision(state.draft, state.complaints)},
            ids=list(known),
        ),
        output,
        check=lambda _, value: judged(value).reasons,
        salvage=True,
    )
    found = judged(answer)
    if answer is None:
        return {"ended": _unasked(context)}
    update = {"round": state.round + 1, "dropped": found.dropped}
    return {**update, "draft": found.parts} if found.parts else update


async def check(state: Review, context: StageContext) -> Mapping[str, Any]:
    """Hold the draft against the verifier, then let the critic judge it."""
    document = await _document(state, context)
    bad = await asyncio.to_thread(unsupported, state.draft, document)
    kept = [Part(claim=part.claim) if part.claim in bad else part for part in state.draft]
    open_ = [Complaint(claim=name, kind="unsupported") for name in bad]
    update: dict[str, Any] = {"draft": kept, "unsupported": len(bad)}
    answer = await _asked(kept, document, context) if kept else None
    if kept and answer is None:
        return {**update, "complaints": open_, "ended": _unasked(context)}
    claims = [claim.id for claim in document.claims]
    open_ += critique.remarks(answer, kept, claims) if answer else []
    ended: Ended | None = "bound" if state.round >= state.rounds else None
    if answer and answer.content and not bad:
        ended = "content"
    return {**update, "complaints": open_, "ended": ended}


async def publish(state: Review, context: StageContext) -> Mapping[str, Any]:
    """Write the page, its facts computed again, and how it came to be."""
    document = await _document(state, context)
    ended = state.ended or "failed"
    parts = state.draft or plain(analysis_of(document), state.parts)
    stored = await asyncio.to_thread(_written, parts, document, (state, ended), context)
    context.log.info("review.done", ended=ended, rounds=state.round)
    return {"report": stored, "ended": ended}


def after_writing(state: Review) -> Literal["check", "publish"]:
    """Return where a draft goes: to the critic, unless nobody wrote one."""
    return "publish" if state.ended else "check"


def after_checking(state: Review) -> Literal["write", "publish"]:
    """Return where a judged draft goes: back to the writer, unless it is done with."""
    return "publish" if state.ended else "write"


async def _asked(
    parts: list[Part], document: ReportDocument, context: StageContext
) -> Critique | None:
    """Ask the critic, who is shown what the writer was shown."""
    material = Material(analysis_of(document), writes=True)
    ids = [*(claim.id for claim in material.claims), *(part.claim for part in parts)]
    task = Task(
        critique.TASK,
        shared={"claims": material.sections["claims"]},
        sections={"draft": critique.shown(parts)},
        ids=list(dict.fromkeys(ids)),
    )
    return await context.ask(task, Critique)


def _unasked(context: StageContext) -> Ended:
    """Return why there is no answer: no model was there, or it gave none that could be used."""
    return "failed" if context.gaps else "no_model"


async def _document(state: Review, context: StageContext) -> ReportDocument:
    if state.document is None:
        raise RunError("there is nothing to review: load did not finish")
    return await store.fetch(context.session, state.document, decoded)


def _written(
    parts: list[Part],
    document: ReportDocument,
    outcome: tuple[Review, Ended],
    context: StageContext,
) -> Stored:
    """Write `reviewed.md`, the report's JSON it is held against, and `review.json`."""
    state, ended = outcome
    folder, home = context.session.workspace(), document_at(state.source).parent
    sources = noted_sources(home) or []
    made = page(parts, document, ended, Origin(sources, Reading()))
    if sources:
        note_sources(folder, sources)
    store.write(folder / "reviewed.md", made.text.encode())
    told = {
        "schema": SCHEMA,
        "run": context.session.id,
        "ended": ended,
        "rounds": state.round,
        "parts": [part.model_dump() for part in parts],
        "complaints": [one.model_dump() for one in state.complaints],
        "unsupported": state.unsupported,
        "dropped": state.dropped,
        "verification": made.card.model_dump(),
    }
    store.write(folder / "review.json", json.dumps(told, indent=1).encode())
    final = document.model_copy(update={"verification": made.card})
    data = final.model_dump_json(by_alias=True, indent=1).encode()
    return store.write(folder / "reviewed.json", data)
