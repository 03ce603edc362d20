"""Content: all that a report is rendered from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from chimera.analysis.claims import Claim
from chimera.analysis.result import Analysis
from chimera.evidence.records import Inventory
from chimera.models.records import CallRecord
from chimera.report.cite import cite
from chimera.report.document import Metrics, Narrative, RunCard

MOST_FINDINGS: Final = 6
_MOST_PER_METRIC: Final = 2


@dataclass(frozen=True, slots=True)
class Content:
    """What the sections of a report are made of."""

    run: RunCard
    inventory: Inventory
    analysis: Analysis
    narrative: Narrative
    calls: list[CallRecord]
    metrics: Metrics

    def cited(self, claim: Claim) -> str:
        """Return a claim's sentence with its facts."""
        return f"{claim.text} {cite(claim.facts)}".rstrip()


def findings(analysis: Analysis) -> list[Claim]:
    """Return the claims that the report calls findings: the first in order, few per metric."""
    by_id = {claim.id: claim for claim in analysis.claims}
    chosen: list[Claim] = []
    per_metric: dict[str, int] = {}
    for claim in (by_id[name] for name in analysis.order if name in by_id):
        if claim.type in {"coverage", "absence"}:
            continue
        metric = claim.metric or claim.topic
        per_metric[metric] = per_metric.get(metric, 0) + 1
        if per_metric[metric] <= _MOST_PER_METRIC and len(chosen) < MOST_FINDINGS:
            chosen.append(claim)
    return chosen
