"""Claims: typed sentences whose truth code has evaluated, and refusals to make one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NotRequired, TypedDict, Unpack

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.facts import Fact
from chimera.analysis.frames import ClaimType, Strength, sentence
from chimera.analysis.ids import Ids

RefusalTopic = Literal[  # in the order of a report: what bears on a choice first
    "confounded",
    "sweep",
    "workload",
    "definition",
    "scaling",
    "goodput",
    "tails",
    "untested",
    "units",
    "documents",
]

QUALITY: Final = ("accuracy", "bits_per_char", "perplexity", "loss")
SPEED: Final = ("throughput", "request_throughput", "ttft", "tpot", "itl", "latency", "duration")
HEADLINE: Final = (*SPEED, *QUALITY)


class Claim(BaseModel):
    """A sentence the facts support."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="C and a hash of what it is about.")
    type: ClaimType = Field(description="What kind of sentence it is.")
    strength: Strength = Field(
        description="supported: a test says so; observed: it was read; weak: it may be chance;"
        " not_testable: too few values for any test."
    )
    text: str = Field(description="The sentence.")
    facts: list[str] = Field(description="Ids of the facts it rests on.")
    metric: str | None = Field(default=None, description="Metric it is about.")
    leader: str | None = Field(default=None, description="Group that comes first, as written.")
    groups: list[str] = Field(default_factory=list, description="Groups it ranks, in order.")
    by: list[str] = Field(
        default_factory=list, description="Columns whose values it compares, as written."
    )
    topic: str = Field(description="What it is about, without numbers or names; for prompts.")


class Refusal(BaseModel):
    """A sentence the data cannot carry, why, and what would settle it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="R and a hash of what it is about.")
    topic: RefusalTopic = Field(description="What it is about.")
    reason: str = Field(description="What is not claimed, and why.")
    needs: str = Field(description="The smallest measurement that would settle it.")
    facts: list[str] = Field(default_factory=list, description="Ids of the facts it rests on.")
    subject: str = Field(default="", description="What stays open, in few words; for a list.")


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
    by: NotRequired[list[str]]


@dataclass
class ClaimBook:
    """All claims and refusals of a report, in the order they were made."""

    claims: list[Claim] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    _claim_ids: Ids = field(default_factory=lambda: Ids("C", _LETTERS))
    _refusal_ids: Ids = field(default_factory=lambda: Ids("R", _LETTERS))

    def add(
        self,
        kind: ClaimType,
        strength: Strength,
        parts: Mapping[str, str],
        facts: Iterable[Fact],
        **about: Unpack[About],
    ) -> Claim:
        """Make a claim's sentence from its parts and keep it."""
        cited = _once(facts)
        claim = Claim(
            id=self._claim_ids.of(kind, about.get("metric") or about["topic"], *cited),
            type=kind,
            strength=strength,
            text=sentence(kind, strength, parts),
            facts=cited,
            **about,
        )
        self.claims.append(claim)
        return claim

    def refuse(
        self,
        topic: RefusalTopic,
        reason: str,
        needs: str,
        facts: Iterable[Fact] = (),
        subject: str = "",
    ) -> Refusal:
        """Keep a refusal: what is not claimed and why, and what would settle it."""
        cited = _once(facts)
        refusal = Refusal(
            id=self._refusal_ids.of(topic, *cited),
            topic=topic,
            reason=reason,
            needs=needs,
            facts=cited,
            subject=subject,
        )
        self.refusals.append(refusal)
        return refusal


def _once(facts: Iterable[Fact]) -> list[str]:
    return list(dict.fromkeys(fact.id for fact in facts))


_LETTERS: Final = 4  # of a claim's id: a report makes a hundred
