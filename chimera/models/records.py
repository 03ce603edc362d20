"""What is kept of every model call: outcome, receipt, record."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Outcome(StrEnum):
    """How a model call ended; `chimera.models.outcomes` says how each is recognised and retried."""

    OK = "ok"
    CUT_ANSWER = "cut_answer"
    THOUGHT_ONLY = "thought_only"
    EMPTY = "empty"
    REFUSED = "refused"
    REPETITION = "repetition"
    PROMPT_TOO_LONG = "prompt_too_long"
    SCHEMA_INVALID = "schema_invalid"
    RULES_BROKEN = "rules_broken"
    SLOT_WAIT_TIMEOUT = "slot_wait_timeout"
    FIRST_TOKEN_TIMEOUT = "first_token_timeout"  # noqa: S105  no password
    STALLED = "stalled"
    DEADLINE = "deadline"
    DROPPED_STREAM = "dropped_stream"
    SERVER_BUSY = "server_busy"
    SERVER_ERROR = "server_error"
    BAD_REQUEST = "bad_request"
    MODEL_MISSING = "model_missing"
    UNAUTHORISED = "unauthorised"
    UNREACHABLE = "unreachable"
    NOT_OLLAMA = "not_ollama"


class Receipt(BaseModel):
    """What went into a prompt, what was left out, and whether the server took it whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kept: list[str] = Field(default_factory=list, description="Sections sent, in order.")
    dropped: list[str] = Field(default_factory=list, description="Sections left out, in order.")
    estimated_tokens: int | None = Field(default=None, description="Size expected before sending.")
    counted_tokens: int | None = Field(
        default=None, description="Size the server counted; None where it did not say."
    )
    whole: bool | None = Field(
        default=None,
        description="Whether what was sent reached the model uncut; None where nobody can tell.",
    )
    window_tokens: int | None = Field(
        default=None, description="Context window in force, as Ollama's /api/ps says."
    )
    sent_bytes: int | None = Field(default=None, description="Size of the messages, in bytes.")
    shared_bytes: int | None = Field(
        default=None,
        description="Bytes at the start that an earlier prompt to this model had too.",
    )


class CallRecord(BaseModel):
    """One model call as it went; durations in milliseconds, None where nothing is known.

    The server's counters are summed over the call's answers. docs/metrics.md has the formulas.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="M1, M2, … in the order of a run.")
    stage: str | None = Field(default=None, description="Stage the call belongs to.")
    agent: str | None = Field(default=None, description="Agent that asked.")
    model: str = Field(description="provider:name as asked for.")
    outcome: Outcome = Field(description="How the call ended.")
    detail: str | None = Field(default=None, description="What went wrong, one line.")
    attempts: int = Field(default=1, ge=0, description="Requests sent.")
    answers: int = Field(default=0, ge=0, description="Answers received to them.")
    started_s: float | None = Field(
        default=None, description="Seconds from the start of the run to asking."
    )
    wait_ms: float | None = Field(
        default=None, description="Waiting here: for a free slot and between attempts."
    )
    load_ms: float | None = Field(default=None, description="Ollama load_duration.")
    prefill_ms: float | None = Field(default=None, description="Ollama prompt_eval_duration.")
    decode_ms: float | None = Field(default=None, description="Ollama eval_duration.")
    ttft_ms: float | None = Field(
        default=None,
        description="Last request sent to its first non-empty piece of text, seen here.",
    )
    first_thought_ms: float | None = Field(
        default=None,
        description="Last request sent to its first piece of thinking; None without thinking.",
    )
    residual_ms: float | None = Field(
        default=None, description="Ollama total_duration less load, prefill and decode."
    )
    total_ms: float | None = Field(default=None, description="Whole call with retries, seen here.")
    prompt_tokens: int | None = Field(default=None, description="Ollama prompt_eval_count.")
    cached_tokens: int | None = Field(
        default=None,
        description="Ollama prompt_eval_cached_count: part of the prompt taken from its cache.",
    )
    output_tokens: int | None = Field(default=None, description="Ollama eval_count.")
    tokens_per_s: float | None = Field(
        default=None, description="output_tokens over decode_ms, in tokens per second."
    )
    prefill_tokens_per_s: float | None = Field(
        default=None,
        description="prompt_tokens less cached_tokens over prefill_ms; None if either is unknown.",
    )
    num_ctx: int | None = Field(default=None, description="Context window asked for, in tokens.")
    host: str | None = Field(default=None, description="Address of the server asked last.")
    server: str | None = Field(default=None, description="Ollama's version there.")
    digest: str | None = Field(default=None, description="Digest of the model there.")
    request_hash: str | None = Field(
        default=None, description="SHA-256 of model, digest, options, messages and schema."
    )
    fallback_for: str | None = Field(
        default=None, description="Model whose failed call this one stands in for."
    )
    receipt: Receipt = Field(default_factory=Receipt, description="What the prompt held.")
