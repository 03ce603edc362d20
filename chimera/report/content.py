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

MOST_FINDINGS: Final = 5
_MOST_OF_A_TYPE: Final = 3
_MOST_ALIKE: Final = 2  # of what makes no difference in one metric
_ENOUGH: Final = 3  # findings, from which what stands in the tables is none
_IN_TABLES: Final = {"value", "single_values"}
_UNTOLD: Final = {"coverage", "absence"}  # the inventory and the summary tell


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
    """Return the claims the report calls findings: the first in order, few of a kind.

    Values that stand in the tables, and what may be chance, are findings only where there is
    little else. What a model chose comes before what rules put first.
    """
    by_id = {claim.id: claim for claim in analysis.claims}
    names = dict.fromkeys([*analysis.chosen, *analysis.order])
    ordered = [by_id[name] for name in names if name in by_id]
    told = [c for c in ordered if c.type not in _UNTOLD and c.topic != "duplicate files"]
    strong = [c for c in told if c.type not in _IN_TABLES and c.strength in _STRONG]
    chosen: list[Claim] = []
    count: Counter[tuple[str, str | None] | str] = Counter()
    for claim in [*strong, *(c for c in told if c not in strong)]:
        about = (claim.type, claim.metric)
        most = _MOST_ALIKE if claim.type == "equivalence" else 1
        new = count[about] < most and count[claim.type] < _MOST_OF_A_TYPE
        if new and (claim in strong or len(chosen) < _ENOUGH):
            count.update([about, claim.type])
            chosen.append(claim)
    return sorted(chosen[:MOST_FINDINGS], key=ordered.index)


_STRONG: Final = {"supported", "observed"}
