"""Model options as Ollama knows them, with their ranges checked."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

_DURATION = re.compile(r"-?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+|-?\d+")


class ModelOptions(BaseModel):
    """Options of one agent's model; None leaves the server's default in force."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    num_gpu: int | None = Field(
        default=None, ge=-1, le=9999, description="Layers put on the GPU; 999 means all."
    )
    num_ctx: int = Field(
        default=8192, ge=256, le=10_000_000, description="Context window, in tokens."
    )
    temperature: float | None = Field(default=None, ge=0, le=2, description="Sampling temperature.")
    top_p: float | None = Field(default=None, gt=0, le=1, description="Nucleus sampling mass.")
    top_k: int | None = Field(default=None, ge=0, le=100_000, description="Candidates per token.")
    repeat_penalty: float | None = Field(default=None, gt=0, le=10, description="1 is none.")
    seed: int | None = Field(default=None, description="Seed of the sampler.")
    num_predict: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Most tokens of one answer."
    )
    think: bool | Literal["low", "medium", "high", "max"] | None = Field(
        default=None, description="Whether, or how much, the model thinks before it answers."
    )
    keep_alive: str | int | None = Field(
        default=None, description="How long the server keeps the model loaded: seconds or '5m'."
    )

    @field_validator("keep_alive")
    @classmethod
    def _is_duration(cls, value: str | int | None) -> str | int | None:
        if isinstance(value, str) and not _DURATION.fullmatch(value):
            raise ValueError("must be seconds or a duration such as 90s, 10m or 1h30m")
        return value
