"""`report.json`: the contract `chimera.report/1`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.claims import Claim, Recommendation, Refusal, Risk
from chimera.analysis.facts import Fact
from chimera.evidence.records import Inventory
from chimera.models.measures import prefill_tokens_per_s, tokens_per_s
from chimera.models.options import ModelOptions
from chimera.models.records import CallRecord, Outcome
from chimera.timing import StageTiming

SCHEMA = "chimera.report/1"
Status = Literal["written", "partial", "omitted", "none"]


class AgentCard(BaseModel):
    """An agent as it took part."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="Name of the agent.")
    persona: str = Field(description="Name of its persona.")
    persona_version: str | None = Field(
        default=None, description="Version of the persona, as its file says; null if it says none."
    )
    persona_hash: str | None = Field(
        default=None,
        description="SHA-256 of what the persona said and was held to, in hex; null if unknown.",
    )
    model: str = Field(description="provider:name, or none.")
    options: ModelOptions = Field(description="Options in force; null is the server's default.")
    prompt: str = Field(description="The persona's prompt in full.")


class RunCard(BaseModel):
    """The run that made the report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="Id of the run.")
    graph: str = Field(description="Name of the graph.")
    started_at: str = Field(description="UTC, ISO 8601.")
    finished_at: str = Field(description="UTC, ISO 8601; when the report was rendered.")
    status: Literal["complete", "partial"] = Field(description="partial: see gaps.")
    gaps: list[str] = Field(description="What is missing, and why.")
    chimera_version: str = Field(description="Version of Chimera.")
    agents: list[AgentCard] = Field(description="Agents in the order of the stages.")


class Narrative(BaseModel):
    """What the model added."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Status = Field(
        description="written; partial (some stages without); omitted (the model gave none); none."
    )
    model: str | None = Field(description="The model asked; null if none was.")
    reason: str | None = Field(description="Why it is not complete.")
    dropped: int = Field(ge=0, description="Sentences and ids that were not used.")
    brief: str = Field(description="The collector's brief, as Markdown.")
    leads: dict[str, str] = Field(description="Claim id -> sentence of the model before it.")
    links: dict[str, str] = Field(
        default_factory=dict, description="Claim id -> sentence of the model that leads on from it."
    )


class RecomputedCard(BaseModel):
    """What became of the cited facts when they were computed again from their files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    facts: int = Field(ge=0, description="Facts under the stems that the text cites.")
    confirmed: int = Field(ge=0, description="Those the bytes of their files give again.")
    differs: int = Field(ge=0, description="Those they do not; the lines citing them are left out.")
    changed: int = Field(ge=0, description="Confirmed, but a file is not the one that was read.")
    unreachable: int = Field(ge=0, description="Files or places that could not be read again.")
    not_recomputable: int = Field(ge=0, description="Such as counts of rows that no place names.")
    too_large: int = Field(ge=0, description="In files that are not read twice.")


class VerificationCard(BaseModel):
    """What the verifier found in the finished text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    numbers: int = Field(ge=0, description="Numbers in the text.")
    supported: int = Field(ge=0, description="Numbers found again in facts or accounts.")
    unsupported: int = Field(ge=0, description="The others.")
    dropped_lines: int = Field(ge=0, description="Lines taken out, since something was wrong.")
    recomputed: RecomputedCard | None = Field(
        default=None, description="What became of the cited facts when they were computed again."
    )
    problems: dict[str, int] = Field(
        description="What was wrong in the lines taken out, by kind: number, unit, direction, …"
    )


class Metrics(BaseModel):
    """All model calls together; null where nothing is known. docs/metrics.md has the formulas.

    Sums and means are over the calls where the value is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int = Field(ge=0, description="Calls made.")
    throughput_tok_s: float | None = Field(
        description="Tokens generated over time spent decoding, of the calls that have both."
    )
    ttft_ms: float | None = Field(description="Mean time to first token.")
    total_ms: float | None = Field(description="Sum of the calls.")
    tokens_generated: int | None = Field(description="Sum of the calls.")
    prompt_eval_ms: float | None = Field(description="Sum of the calls.")
    eval_ms: float | None = Field(description="Sum of the calls.")
    load_ms: float | None = Field(description="Sum of the calls.")
    warm_up_ms: float | None = Field(
        default=None, description="Loading the model before the first call, where it was asked for."
    )
    wait_ms: float | None = Field(default=None, description="Sum of the calls.")
    first_thought_ms: float | None = Field(default=None, description="Mean time to first thought.")
    residual_ms: float | None = Field(default=None, description="Sum of the calls.")
    prompt_tokens: int | None = Field(default=None, description="Sum of the calls.")
    cached_tokens: int | None = Field(default=None, description="Sum of the calls.")
    prefill_tok_s: float | None = Field(
        default=None,
        description="Prompt tokens that were not cached over prefill time, of calls that have all.",
    )
    prompts_whole: int = Field(
        default=0, ge=0, description="Calls whose prompt is proven to have reached the model uncut."
    )
    prompts_reduced: int = Field(
        default=0,
        ge=0,
        description="Calls from whose prompt a section was left out before sending.",
    )
    answers_cut: int = Field(default=0, ge=0, description="Calls whose answer was cut.")
    fallbacks: int = Field(
        default=0, ge=0, description="Calls made in place of another model's failed call."
    )


class ReportDocument(BaseModel):
    """The report as data."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["chimera.report/1"] = Field(
        default="chimera.report/1", alias="schema", description="Name and version of this contract."
    )
    run: RunCard = Field(description="The run.")
    inventory: Inventory = Field(description="What the folder holds.")
    facts: list[Fact] = Field(description="Every number the report may use.")
    claims: list[Claim] = Field(description="What the facts support.")
    refusals: list[Refusal] = Field(description="What they do not.")
    recommendations: list[Recommendation] = Field(description="What to do.")
    risks: list[Risk] = Field(description="What could mislead.")
    narrative: Narrative = Field(description="What the model added.")
    verification: VerificationCard = Field(description="What the verifier found.")
    timings: dict[str, StageTiming] = Field(description="Per stage, and total.")
    calls: list[CallRecord] = Field(description="Every model call.")
    metrics: Metrics = Field(description="All calls together.")


def metrics(calls: list[CallRecord], warm_up_ms: float | None = None) -> Metrics:
    """Return the calls' figures taken together, and how long the model was warmed up before."""
    return Metrics(
        calls=len(calls),
        throughput_tok_s=_throughput(calls),
        ttft_ms=_mean(call.ttft_ms for call in calls),
        total_ms=_sum(call.total_ms for call in calls),
        tokens_generated=_count(call.output_tokens for call in calls),
        prompt_eval_ms=_sum(call.prefill_ms for call in calls),
        eval_ms=_sum(call.decode_ms for call in calls),
        load_ms=_sum(call.load_ms for call in calls),
        warm_up_ms=warm_up_ms,
        wait_ms=_sum(call.wait_ms for call in calls),
        first_thought_ms=_mean(call.first_thought_ms for call in calls),
        residual_ms=_sum(call.residual_ms for call in calls),
        prompt_tokens=_count(call.prompt_tokens for call in calls),
        cached_tokens=_count(call.cached_tokens for call in calls),
        prefill_tok_s=_prefill(calls),
        prompts_whole=sum(call.receipt.whole is True for call in calls),
        prompts_reduced=sum(bool(call.receipt.dropped) for call in calls),
        answers_cut=sum(call.outcome is Outcome.CUT_ANSWER for call in calls),
        fallbacks=sum(call.fallback_for is not None for call in calls),
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `report.json`."""
    schema = ReportDocument.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **schema}


def _throughput(calls: list[CallRecord]) -> float | None:
    """Return the speed of decoding; tokens without a time, and times without tokens, are none."""
    both = [(c.output_tokens, c.decode_ms) for c in calls if c.tokens_per_s is not None]
    tokens = _count(tokens for tokens, _ in both)
    return tokens_per_s(tokens, _sum(ms for _, ms in both))


def _prefill(calls: list[CallRecord]) -> float | None:
    """Return the speed of reading prompts without what was cached."""
    known = [call for call in calls if call.prefill_tokens_per_s is not None]
    read, cached = (
        _count(call.prompt_tokens for call in known),
        _count(call.cached_tokens for call in known),
    )
    return prefill_tokens_per_s(read, cached, _sum(call.prefill_ms for call in known))


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _count(values: Iterable[int | None]) -> int | None:
    found = _sum(values)
    return None if found is None else int(found)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
