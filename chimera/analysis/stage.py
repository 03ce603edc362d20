"""The stage `analysis`: measurements become facts, facts become claims, the analyst weighs them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chimera import store
from chimera.analysis import advice, quality
from chimera.analysis.claims import HEADLINE, Claim, ClaimBook
from chimera.analysis.compare import compare
from chimera.analysis.definitions import refuse_definitions
from chimera.analysis.drift import drift
from chimera.analysis.effect_claims import SMALL_P
from chimera.analysis.facts import FactBook
from chimera.analysis.failures import reliability
from chimera.analysis.goodput import goodput
from chimera.analysis.groups import panels
from chimera.analysis.material import RULES, Material
from chimera.analysis.objectives import Objective, objectives
from chimera.analysis.outliers import label_outliers
from chimera.analysis.plan import Judgement, Order, Plan, judge
from chimera.analysis.proportions import proportions
from chimera.analysis.reported import compare_reported
from chimera.analysis.result import Analysis, rows
from chimera.analysis.scaling import scaling
from chimera.analysis.starts import starts
from chimera.analysis.sweeps import sweeps
from chimera.errors import RunError
from chimera.evidence.collect import Evidence
from chimera.evidence.store import decode
from chimera.models.allowance import Allowance
from chimera.slots import allowance, gate_of, writes
from chimera.stages import StageContext, Task
from chimera.state import TechnicalReport

_STRENGTHS: Final = ("supported", "observed", "weak", "not_testable")
_TYPES: Final = (
    "rank",
    "data_quality",
    "equivalence",
    "sweep_effect",
    "proportion",
    "goodput",
    "scaling",
    "offered_rate",
    "cold_start",
    "spread",
    "trend",
    "change_point",
    "outliers",
    "value",
    "single_values",
    "coverage",
    "absence",
)
_CAME_OUT: Final = (
    "verdict",
    "regressed",
    "improved",
    "no difference that matters",
    "undecided",
)
_ORDER: Final = (
    "Return JSON on one line. `order`: ids of at most five claims, first what matters most to\n"
    "somebody who has to choose a configuration."
)
_TASK: Final = (
    f"{_ORDER}\n"
    "`recommendations`: at most two, each one sentence, an imperative on what to measure or do,\n"
    "with ids of claims that are supported, on the data or not testable. `risks`: at most one,\n"
    "what could mislead, with its mitigation."
)


async def analysis(state: TechnicalReport, context: StageContext) -> Mapping[str, Any]:
    """Compute what the measurements say; let the analyst choose what matters and what to do."""
    if state.evidence is None:
        raise RunError("there is no inventory to analyse: ingest did not finish")
    evidence = await store.fetch(context.session, state.evidence, decode)
    result, book = await asyncio.to_thread(analyse, evidence, objectives(state.slo))
    result, dropped = await _weigh(result, book, context, allowance("analysis", state.calls))
    stored = await store.keep(context.session, "analysis.json", result, _encode)
    context.log.info("analysis.done", facts=len(result.facts), claims=len(result.claims))
    return {"analysis": stored, "dropped": dropped}


def analyse(evidence: Evidence, limits: Sequence[Objective] = ()) -> tuple[Analysis, ClaimBook]:
    """Return what the evidence says, by code alone, and what of it meets a reader's limits."""
    facts, book = FactBook(), ClaimBook()
    split = panels(list(evidence.tables), facts)
    compare(split, facts, book)
    compare_reported(split, facts, book)
    refuse_definitions(split, book)
    label_outliers(split, facts, book)
    sweeps(split, facts, book)
    starts(split, facts, book)
    drift(split, facts, book)
    proportions(split, facts, book)
    scaling(list(evidence.tables), facts, book)
    goodput(list(evidence.tables), limits, facts, book)
    failures = reliability(list(evidence.tables), facts, book)
    quality.coverage(evidence.inventory, split, facts, book)
    quality.duplicates(evidence.inventory, facts, book)
    quality.refusals(evidence.inventory, split, facts, book)
    result = Analysis.model_construct(
        facts=facts.facts,
        claims=book.claims,
        refusals=book.refusals,
        recommendations=advice.recommend(book),
        risks=advice.risks(book),
        order=[claim.id for claim in sorted(book.claims, key=weight)],
        rows=rows(split),
        failed_rows={f.folder: [f.failed.id, f.rows.id, f.files.id] for f in failures},
    )
    return result, book


def decode_analysis(content: bytes) -> Analysis:
    """Read a stored analysis."""
    return Analysis.model_validate_json(content)


def _encode(result: Analysis) -> bytes:
    return result.model_dump_json(indent=1).encode()


def weight(claim: Claim) -> tuple[int, int, int, bool]:
    """Order claims: supported rankings first, speed before quality, tables before coverage.

    Of settings without effect come first those that a test alone would call one. Where two folders
    were compared, the verdict comes first, then what regressed, improved, and stayed the same.
    """
    if claim.type in {"verdict", "change"}:
        return (0, _CAME_OUT.index(claim.topic.rpartition(": ")[2]), 0, False)
    metric = HEADLINE.index(claim.metric) if claim.metric in HEADLINE else len(HEADLINE)
    less = claim.type in {"rank", "sweep_effect"} and claim.strength == "observed"
    kind = _TYPES.index("spread" if less else claim.type)  # means of a tool, unequal work
    failed = claim.topic == "failed runs"
    strength = 0 if failed else _STRENGTHS.index(claim.strength)
    return (strength, kind, metric, not claim.topic.endswith(SMALL_P))


async def _weigh(
    result: Analysis, book: ClaimBook, context: StageContext, most: Allowance
) -> tuple[Analysis, int]:
    """Ask the analyst for order, recommendations and risks; keep what can be printed."""
    if not book.claims:
        return result, 0
    agent = context.agent
    speaks = await writes(agent)
    task, output = (_TASK, Plan) if speaks else (_ORDER, Order)

    material = Material(result, writes=speaks)

    def judged(plan: Order) -> Judgement:
        gate = gate_of(agent, f"{RULES}\n{task}", result.groups)
        return judge(plan, book, gate, agent.name)

    plan = await context.ask(
        Task(task, shared=material.sections, ids=material.ids, allowance=most),
        output,
        check=lambda _, plan: judged(plan).reasons,
        salvage=True,
    )
    if plan is None:
        return result, 0
    found = judged(plan)
    update = {
        "chosen": found.order,
        "recommendations": [*result.recommendations, *found.recommendations],
        "risks": [*result.risks, *found.risks],
    }
    return result.model_copy(update=update), found.dropped
