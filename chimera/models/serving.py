"""How the model servers of a project are used: where they are, how many calls at once."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from chimera.errors import AddressError


class Serving(BaseModel):
    """The `models:` part of a project's `chimera.yaml`; a run may set each of it too."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    hosts: list[str] = Field(
        default_factory=list,
        description="Addresses of Ollama servers that hold the same models; OLLAMA_HOST if empty.",
    )
    in_flight: int | None = Field(
        default=None, ge=1, le=1024, description="Calls at once per server; 1 if not said."
    )
    one_profile: bool = Field(
        default=False,
        description="Give all agents on one model the largest num_ctx and the smallest num_gpu.",
    )
    warm_up: bool = Field(
        default=False, description="Load the first agent's model while files are read."
    )
    unload: bool = Field(default=False, description="Unload the models at the end of a run.")

    @field_validator("hosts")
    @classmethod
    def _are_addresses(cls, value: list[str]) -> list[str]:
        from chimera.models.address import base_url

        try:
            return [base_url(text) for text in value]
        except AddressError as error:
            raise ValueError(str(error)) from None
