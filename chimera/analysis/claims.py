"""Claims: typed sentences whose truth code has evaluated, and refusals to make one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, NotRequired, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.facts import Fact

ClaimType = Literal["value", "rank", "spread", "coverage", "absence", "data_quality"]
RefusalTopic = Literal["tails", "sweep", "documents", "units"]
Strength = Literal["supported", "observed", "weak"]

QUALITY: Final = ("accuracy", "bits_per_char", "perplexity", "loss")
SPEED: Final = ("throughput", "request_throughput", "ttft", "tpot", "itl", "latency", "duration")
HEADLINE: Final = (*SPEED, *QUALITY)


class Claim(BaseModel):
    """A sentence the facts support."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="C1, C2, …")
    type: ClaimType = Field(description="What kind of sentence it is.")
    strength: Strength = Field(
        description="supported: a test says so; observed: it was read; weak: it may be chance."
    )
    text: str = Field(description="The sentence.")
    facts: list[str] = Field(description="Ids of the facts it rests on.")
    metric: str | None = Field(default=None, description="Metric it is about.")
    leader: str | None = Field(default=None, description="Group that comes first, as written.")
    groups: list[str] = Field(default_factory=list, description="Groups it ranks, in order.")
    topic: str = Field(description="What it is about, without numbers or names; for prompts.")


class Refusal(BaseModel):
    """A sentence the data cannot carry, why, and what would settle it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="R1, R2, …")
    topic: RefusalTopic = Field(description="What it is about.")
    reason: str = Field(description="What is not claimed, and why.")
    needs: str = Field(description="The smallest measurement that would settle it.")
    facts: list[str] = Field(default_factory=list, description="Ids of the facts it rests on.")


class Recommendation(BaseModel):
    """What to do, and the claims or refusals it follows from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(description="The advice.")
    claims: list[str] = Field(description="Ids of claims and refusals it follows from.")
    author: str | None = Field(default=None, description="Agent that wrote it; None for code.")


class Risk(BaseModel):
    """What could go wrong for a reader of the report, and what helps."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    risk: str = Field(description="What could go wrong.")
    mitigation: str = Field(description="What helps.")
    claims: list[str] = Field(description="Ids of claims and refusals it follows from.")
    author: str | None = Field(default=None, description="Agent that wrote it; None for code.")


class About(TypedDict):
    """What a claim is about."""

    topic: str
    metric: NotRequired[str | None]
    leader: NotRequired[str | None]
    groups: NotRequired[list[str]]


@dataclass
class ClaimBook:
    """All claims and refusals of a report, numbered as they come."""

    claims: list[Claim] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def add(
        self,
        kind: ClaimType,
        strength: Strength,
        text: str,
        facts: Iterable[Fact],
        **about: Unpack[About],
    ) -> Claim:
        """Number a claim and keep it."""
        claim = Claim(
            id=f"C{len(self.claims) + 1}",
            type=kind,
            strength=strength,
            text=text,
            facts=[fact.id for fact in facts],
            **about,
        )
        self.claims.append(claim)
        return claim

    def refuse(
        self, topic: RefusalTopic, reason: str, needs: str, facts: Iterable[Fact] = ()
    ) -> Refusal:
        """Number a refusal and keep it."""
        refusal = Refusal(
            id=f"R{len(self.refusals) + 1}",
            topic=topic,
            reason=reason,
            needs=needs,
            facts=[fact.id for fact in facts],
        )
        self.refusals.append(refusal)
        return refusal
