"""The typed state of the graph `review`."""

import operator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from chimera.state import Accounts, Stored

Ended = Literal["content", "bound", "no_model", "failed"]
Kind = Literal["unclear", "irrelevant", "repeats", "misplaced", "missing"]


class Part(BaseModel):
    """One part of a draft: a claim that code prints, and a sentence of the writer before it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str = Field(description="Id of the claim.")
    lead: str = Field(default="", description="Sentence before it; empty for none.")


class Complaint(BaseModel):
    """What is wrong with a draft, by the critic or by the checks of code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str = Field(description="Id of the claim it is about.")
    kind: Kind | Literal["unsupported"] = Field(
        description="What is wrong; unsupported is said by the verifier alone."
    )


class Review(Accounts):
    """From a finished report to a reviewed text: what passes between the stages."""

    source: str = Field(description="Run folder, or the report.md or report.json in it.")
    rounds: int = Field(default=3, ge=1, le=5, description="Drafts at most.")
    parts: int = Field(default=5, ge=1, le=8, description="Claims in a draft at most.")
    document: Stored | None = Field(default=None, description="The report's JSON, from load.")
    draft: list[Part] = Field(default_factory=list, description="The draft as it stands.")
    complaints: list[Complaint] = Field(default_factory=list, description="What is open.")
    round: int = Field(default=0, ge=0, description="Drafts written so far.")
    unsupported: Annotated[int, operator.add] = Field(
        default=0, description="Sentences of drafts that the verifier took out."
    )
    ended: Ended | None = Field(
        default=None,
        description="content: verifier and critic are; bound: rounds are used up; no_model: nobody"
        " was asked; failed: an answer could not be used.",
    )
    report: Stored | None = Field(default=None, description="reviewed.json; reviewed.md beside.")
