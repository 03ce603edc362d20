"""What the report's model may add: a sentence before a finding that says why it matters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.claims import Claim
from chimera.analysis.plan import names, subject
from chimera.models.schema import Id
from chimera.prose import flaws

TASK: Final = (
    "Below are the findings of a report, each with its id. Return JSON: `leads`, for each\n"
    "finding one short plain sentence to stand before it, which tells a reader who chooses a\n"
    "configuration why it is worth reading. Write no digits, no number words, no names of models\n"
    "or files, and no comparisons such as faster or best: the findings say those."
)


class Lead(BaseModel):
    """A sentence before a finding."""

    model_config = ConfigDict(extra="forbid")

    claim: Id = Field(description="Id of the finding.")
    lead: str = Field(max_length=160, description="One plain sentence without digits.")


class Leads(BaseModel):
    """The analyst's answer: leads for findings."""

    model_config = ConfigDict(extra="forbid")

    leads: list[Lead] = Field(max_length=4, description="At most one per finding.")


def usable(
    answer: Leads, findings: Sequence[Claim], groups: Collection[str], language: str
) -> tuple[dict[str, str], int]:
    """Return the leads that can be printed, by claim id, and how many cannot."""
    known = {claim.id: claim for claim in findings}
    kept: dict[str, str] = {}
    for item in answer.leads:
        claim = known.get(item.claim)
        text = item.lead.strip()
        if claim is None or item.claim in kept or text in kept.values():
            continue
        wrong = flaws(text, language=language, about=[subject(claim)])
        if not wrong and not names(text, groups):
            kept[item.claim] = text
    return kept, len(answer.leads) - len(kept)
