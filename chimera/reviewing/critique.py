"""What a critic may say: whether the draft may stay, and what kind of thing is wrong where."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from chimera.models.schema import Id
from chimera.reviewing.state import Complaint, Kind, Part

MOST: Final = 3
TASK: Final = (
    "Return JSON on one line. The draft below is the summary of a report with the claims above:\n"
    "their ids in order, each with the sentence that leads to it. `content`: whether it may stay.\n"
    "`complaints`: at most three, each with the id of a claim and what is wrong with it: unclear,\n"
    "irrelevant, repeats, misplaced; or missing, for a claim that has to be in it and is not."
)


class Remark(BaseModel):
    """One complaint of the critic."""

    model_config = ConfigDict(extra="forbid")

    claim: Id = Field(description="Id of the claim.")
    kind: Kind = Field(description="What is wrong.")


class Critique(BaseModel):
    """The critic's answer."""

    model_config = ConfigDict(extra="forbid")

    content: bool = Field(description="Whether the draft may stay as it is.")
    complaints: list[Remark] = Field(max_length=MOST, description="What is wrong.")


def shown(draft: Sequence[Part]) -> str:
    """Return a draft for a prompt."""
    return "\n".join(f"{part.claim}: {part.lead or '(no sentence)'}" for part in draft)


def remarks(answer: Critique, draft: Sequence[Part], known: Collection[str]) -> list[Complaint]:
    """Return the complaints that are about something: a part of the draft, or a missing claim."""
    drawn = {part.claim for part in draft}
    found = [
        Complaint(claim=one.claim, kind=one.kind)
        for one in answer.complaints
        if one.claim in known and (one.claim in drawn) == (one.kind != "missing")
    ]
    return list(dict.fromkeys(found))[:MOST]
