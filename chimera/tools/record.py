"""What is kept of every call of a tool."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ToolOutcome(StrEnum):
    """How a call of a tool ended; whatever it is, the model is told."""

    OK = "ok"
    FAILED = "failed"  # the tool raised, or said that it failed
    INVALID = "invalid"  # the arguments do not fit its schema
    UNKNOWN = "unknown"  # there is no such tool
    REPEATED = "repeated"  # called before with the same arguments: answered, not run
    TIMED_OUT = "timed_out"
    NOT_RUN = "not_run"  # beyond the most calls a question may have


class ToolRecord(BaseModel):
    """One call of a tool as it went."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="T1, T2, … in the order of a run.")
    call: str = Field(description="The model call that asked for it, M1, M2, …")
    stage: str | None = Field(default=None, description="Stage the call belongs to.")
    agent: str = Field(description="Agent whose tool it is.")
    tool: str = Field(description="Name of the tool, as the model wrote it.")
    arguments: dict[str, Any] = Field(description="Arguments, as the model wrote them.")
    outcome: ToolOutcome = Field(description="How the call ended.")
    detail: str | None = Field(default=None, description="What went wrong, one line.")
    ms: float = Field(ge=0, description="How long it took, in milliseconds; 0 where none was run.")
    characters: int = Field(ge=0, description="Length of what the tool said.")
    shown: int = Field(ge=0, description="How many of these characters the model was shown.")
