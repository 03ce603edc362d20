"""How long a model call may take; every default in one place."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Timeouts(BaseModel):
    """Limits of one model call, in seconds.

    `total` covers one request when a model is used by itself, and all attempts together when
    the gateway asks; waiting for a slot is not part of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    slot: float = Field(
        default=1800.0,
        gt=0,
        description="Waiting until the server is free for us, in seconds.",
    )
    connect: float = Field(default=5.0, gt=0, description="TCP and TLS set-up, in seconds.")
    first_token: float = Field(
        default=300.0,
        gt=0,
        description="Request sent to first line, in seconds; a cold 27B model needs minutes.",
    )
    idle: float = Field(
        default=60.0,
        gt=0,
        description="Silence between two lines, in seconds.",
    )
    tool: float = Field(
        default=60.0,
        gt=0,
        description="One call of a tool, and the start of an MCP server, in seconds.",
    )
    total: float = Field(default=900.0, gt=0, description="The whole call, in seconds.")
