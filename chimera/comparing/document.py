"""`compare.json`: the contract `chimera.compare/1`, for machines that wait for a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.claims import Claim, Refusal
from chimera.analysis.frames import Strength
from chimera.analysis.groups import Group
from chimera.comparing.changes import Change, Outcome
from chimera.comparing.sides import Names
from chimera.comparing.state import Verdict
from chimera.comparing.verdict import RULE, Counts
from chimera.evidence.records import Direction

SCHEMA = "chimera.compare/1"


class SideOf(BaseModel):
    """One side of a comparison."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(description="File, as the inventory of report.json has it.")
    n: int = Field(ge=1, description="Values.")
    median: float = Field(description="Their median; the value where there is one.")
    fact: str = Field(description="Id of that fact in report.json, which says where it stands.")


class ChangeCard(BaseModel):
    """One comparison: after against before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str = Field(description="Id of the claim in report.json that says it in words.")
    metric: str = Field(description="Canonical name of the metric.")
    definition: str | None = Field(description="Formula behind it, where tools differ.")
    unit: str | None = Field(description="Unit of the medians.")
    direction: Direction = Field(description="Which way is better.")
    group: dict[str, str] = Field(description="Labels and settings that tell it from others.")
    outcome: Outcome = Field(description="regressed, improved, same or unknown.")
    strength: Strength = Field(
        description="supported: a test says so; weak: it may be chance; not_testable: too few runs."
    )
    before: SideOf = Field(description="Before.")
    after: SideOf = Field(description="After.")
    ratio: float | None = Field(description="After over before; null where nothing can be told.")
    ratio_low: float | None = Field(description="Lower end of its 95 % interval.")
    ratio_high: float | None = Field(description="Upper end.")
    p: float | None = Field(description="P-value, corrected by Holm over all tests of the run.")
    paired: list[str] = Field(description="Settings by which the values were paired.")


class NotCompared(BaseModel):
    """Something that is not compared, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    refusal: str = Field(description="Id of the refusal in report.json.")
    reason: str = Field(description="What is not compared, and why.")
    needs: str = Field(description="What would settle it.")


class CompareDocument(BaseModel):
    """Before and after, with a verdict."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["chimera.compare/1"] = Field(
        default="chimera.compare/1",
        alias="schema",
        description="Name and version of this contract.",
    )
    run: str = Field(description="Id of the run.")
    before: str = Field(description="What the source before is called in paths.")
    after: str = Field(description="What the source after is called in paths.")
    verdict: Verdict = Field(description="One word for all comparisons together.")
    rule: str = Field(default=RULE, description="How the verdict follows from the counts.")
    counts: Counts = Field(description="How many comparisons came out how.")
    tests: int = Field(ge=0, description="Tests that the p-values are corrected for.")
    metrics: list[str] = Field(description="Metrics that were chosen to decide; empty for all.")
    changes: list[ChangeCard] = Field(description="Every comparison.")
    not_compared: list[NotCompared] = Field(description="What is not compared, each reason once.")
    besides: list[str] = Field(description="Ids of claims on what else changed.")


def card(change: Change, claim: Claim) -> ChangeCard:
    """Return a change as the contract has it."""
    series, found = change.after.series, change.pair.found
    told = change.testable
    known = found.low == found.low
    return ChangeCard(
        claim=claim.id,
        metric=series.metric,
        definition=series.definition,
        unit=series.unit,
        direction=series.direction or "higher",
        group=dict(change.match.after.group.key),
        outcome=change.outcome,
        strength=claim.strength,
        before=_side(change.before),
        after=_side(change.after),
        ratio=found.ratio if told else None,
        ratio_low=found.low if told and known else None,
        ratio_high=found.high if told and known else None,
        p=change.pair.p if told else None,
        paired=list(change.paired),
    )


def not_compared(refusals: Sequence[Refusal]) -> list[NotCompared]:
    """Return refusals as the contract has them."""
    return [NotCompared(refusal=one.id, reason=one.reason, needs=one.needs) for one in refusals]


def head(called: Names) -> dict[str, str]:
    """Return what the sources are called."""
    return {"before": called.before, "after": called.after}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `compare.json`."""
    schema = CompareDocument.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **schema}


def _side(group: Group) -> SideOf:
    fact = group.centre
    return SideOf(path=group.table.path, n=group.n, median=fact.value, fact=fact.id)
