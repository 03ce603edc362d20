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
    PROMPT_TOO_LONG = "prompt_too_long"
    SCHEMA_INVALID = "schema_invalid"
    RULES_BROKEN = "rules_broken"
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
    """What went into a prompt and what was left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kept: list[str] = Field(default_factory=list, description="Sections sent, in order.")
    dropped: list[str] = Field(default_factory=list, description="Sections left out, in order.")
    estimated_tokens: int | None = Field(default=None, description="Size expected before sending.")
    counted_tokens: int | None = Field(
        default=None, description="Size the server counted; None where it did not say."
    )


class CallRecord(BaseModel):
    """One model call as it went; durations in milliseconds, None where nothing is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="M1, M2, … in the order of a run.")
    stage: str | None = Field(default=None, description="Stage the call belongs to.")
    agent: str | None = Field(default=None, description="Agent that asked.")
    model: str = Field(description="provider:name as asked for.")
    outcome: Outcome = Field(description="How the call ended.")
    detail: str | None = Field(default=None, description="What went wrong, one line.")
    attempts: int = Field(default=1, ge=0, description="Requests sent.")
    wait_ms: float | None = Field(default=None, description="Waiting before the last request.")
    load_ms: float | None = Field(default=None, description="Ollama load_duration.")
    prefill_ms: float | None = Field(default=None, description="Ollama prompt_eval_duration.")
    decode_ms: float | None = Field(default=None, description="Ollama eval_duration.")
    ttft_ms: float | None = Field(
        default=None,
        description="Last request sent to its first non-empty piece of text, seen here.",
    )
    total_ms: float | None = Field(default=None, description="Whole call with retries, seen here.")
    prompt_tokens: int | None = Field(default=None, description="Ollama prompt_eval_count.")
    output_tokens: int | None = Field(default=None, description="Ollama eval_count.")
    tokens_per_s: float | None = Field(
        default=None, description="output_tokens over decode_ms, in tokens per second."
    )
    num_ctx: int | None = Field(default=None, description="Context window asked for, in tokens.")
    receipt: Receipt = Field(default_factory=Receipt, description="What the prompt held.")
