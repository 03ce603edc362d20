"""Content: all that a report is rendered from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from chimera.analysis.claims import Claim
from chimera.analysis.result import Analysis
from chimera.evidence.records import Inventory
from chimera.models.records import CallRecord
from chimera.report.cite import cite
from chimera.report.document import Metrics, Narrative, RunCard

MOST_FINDINGS: Final = 7
_MOST_PER_METRIC: Final = 1  # of a strength
_MOST_PER_TYPE: Final = 5


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
    """Return the claims the report calls findings: the first in order, few of a kind."""
    by_id = {claim.id: claim for claim in analysis.claims}
    chosen: list[Claim] = []
    count: Counter[str] = Counter()
    for claim in (by_id[name] for name in analysis.order if name in by_id):
        if claim.type in {"coverage", "absence"} or claim.topic == "duplicate files":
            continue  # the inventory tells
        kinds = (f"{claim.metric or claim.topic} {claim.strength}", claim.type)
        if count[kinds[0]] < _MOST_PER_METRIC and count[kinds[1]] < _MOST_PER_TYPE:
            count.update(kinds)
            chosen.append(claim)
    return chosen[:MOST_FINDINGS]
