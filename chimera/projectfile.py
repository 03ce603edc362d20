"""What a project's `chimera.yaml` says."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from chimera.models.serving import Serving


class ProjectFile(BaseModel):
    """Settings of a whole project; a run may set each of them too."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    models: Serving = Field(default_factory=Serving, description="How model servers are used.")
