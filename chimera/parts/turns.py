"""What workers of a loop and a debate are given, and what they give back."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Verdict(BaseModel):
    """What a reviewer says, where no other type is declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: bool = Field(description="Whether the draft may stay as it is.")
    why: str = Field(description="What has to change, or why nothing has to.")


class Turn(BaseModel):
    """One round of a loop, as its writer and its reviewer see it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Any = Field(description="The field of the state that the loop reads.")
    draft: Any = Field(default=None, description="The draft so far; None for the first writer.")
    verdict: Any = Field(default=None, description="What was said in the round before.")
    round: int = Field(ge=1, description="Number of the round.")
    rounds: int = Field(ge=1, description="How many there are at most.")

    @property
    def as_question(self) -> str:
        """The turn as an agent is asked: the task, then the draft, then what was said of it."""
        parts = [
            text_of(self.task),
            self.draft is not None and f"## The draft\n\n{text_of(self.draft)}",
            self.verdict is not None
            and f"## What was said in round {self.round - 1}\n\n{text_of(self.verdict)}",
        ]
        return "\n\n".join(part for part in parts if part)


class Speech(BaseModel):
    """What one speaker said in one round."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    round: int = Field(ge=1, description="Number of the round.")
    speaker: str = Field(description="Who spoke.")
    text: str = Field(description="What was said.")


class Debate(BaseModel):
    """A debate so far, as its next speaker or its judge sees it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    motion: Any = Field(description="The field of the state that the debate reads.")
    speeches: list[Speech] = Field(description="All of the rounds before, in order.")
    speaker: str | None = Field(default=None, description="Whose turn it is; None for the judge.")
    round: int = Field(ge=1, description="Number of the round.")
    rounds: int = Field(ge=1, description="How many there are at most.")

    @property
    def as_question(self) -> str:
        """The debate as an agent is asked: the motion, then who said what."""
        said = [f"## {one.speaker}, round {one.round}\n\n{one.text}" for one in self.speeches]
        return "\n\n".join([text_of(self.motion), *said])


class Failure(BaseModel):
    """Why the work of a node came to nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str = Field(description="The node.")
    outcome: str = Field(
        description="Outcome of its model call where one failed, else the type of the error."
    )
    problem: str = Field(description="What happened.")


def text_of(value: object) -> str:
    """Return a value as an agent is asked: text as it is, all else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Turn | Debate):
        return value.as_question
    from pydantic_core import to_json

    return to_json(value, indent=1).decode()
