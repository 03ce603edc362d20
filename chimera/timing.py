"""How long a stage took: its own time and the time spent waiting for the model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class StageTiming(BaseModel):
    """Seconds of one stage, from a monotonic clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = Field(ge=0, description="From start to end.")
    model_seconds: float = Field(default=0.0, ge=0, description="Part spent in model calls.")

    def after(self, earlier: StageTiming | None) -> StageTiming:
        """Return this timing added to that of the same stage before, for stages in a loop."""
        if earlier is None:
            return self
        return StageTiming(
            seconds=self.seconds + earlier.seconds,
            model_seconds=self.model_seconds + earlier.model_seconds,
        )

    @property
    def own_seconds(self) -> float:
        """Seconds that were not spent in model calls."""
        return max(0.0, self.seconds - self.model_seconds)


class Span(BaseModel):
    """One execution of a stage: when it began, and how long it took; in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str = Field(description="Name of the stage; a loop runs it several times.")
    started_s: float = Field(ge=0, description="From the start of the run to that of the stage.")
    seconds: float = Field(ge=0, description="From start to end.")
    model_seconds: float = Field(default=0.0, ge=0, description="Part spent in model calls.")


def total(timings: dict[str, StageTiming]) -> StageTiming:
    """Return the sum of the stages."""
    stages = [timing for name, timing in timings.items() if name != "total"]
    return StageTiming(
        seconds=sum(stage.seconds for stage in stages),
        model_seconds=sum(stage.model_seconds for stage in stages),
    )


def execution_line(timings: dict[str, StageTiming]) -> str:
    """Return `22.95 s (ingest 0.03 s | analysis 10.03 s | report 12.89 s)`, stages in order."""
    parts = " | ".join(
        f"{name} {t.seconds:.2f} s" for name, t in timings.items() if name != "total"
    )
    return f"{total(timings).seconds:.2f} s ({parts})"
