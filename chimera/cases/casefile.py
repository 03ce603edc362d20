"""What a file of `personas/tests/` may say."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from chimera.cases.expect import Expect

ANSWER_CHARS = 65_536  # longest answer that is kept, in characters

CaseName = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^\S(.*\S)?$")]


def _either(*keys: str) -> dict[str, Any]:
    """Return the JSON Schema that wants one of the keys."""
    return {"oneOf": [{"required": [key]} for key in keys]}


class Case(BaseModel):
    """One question to a persona, and what its answer has to keep."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, json_schema_extra=_either("input", "input_file")
    )

    name: CaseName = Field(description="What the case shows, in a few words; one line.")
    input: str | None = Field(default=None, min_length=1, description="What is asked.")
    input_file: str | None = Field(
        default=None, min_length=1, description="File with what is asked, beside the test."
    )
    answer: str | None = Field(
        default=None,
        min_length=1,
        max_length=ANSWER_CHARS,
        description="An answer written by hand; instead of a recorded one.",
    )
    expect: Expect = Field(default_factory=Expect, description="What the answer has to keep.")

    @property
    def is_of_rules(self) -> bool:
        """Whether it shows that the rules refuse its answer, whatever a model would say."""
        return self.answer is not None and self.expect.rules == "broken"

    @model_validator(mode="after")
    def _asks_once(self) -> Self:
        if (self.input is None) == (self.input_file is None):
            raise ValueError("needs either input or input_file")
        return self


class CaseFile(BaseModel):
    """Tests of one persona, or of one agent with its output contract."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, json_schema_extra=_either("persona", "agent")
    )

    persona: str | None = Field(
        default=None, min_length=1, description="The persona that is asked."
    )
    agent: str | None = Field(default=None, min_length=1, description="The agent that is asked.")
    variables: dict[str, str | int | float | bool] = Field(
        default_factory=dict, description="Values for the variables of the persona."
    )
    accepted: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="Hash of the persona that was accepted; `chimera test --accept` writes it.",
    )
    cases: list[Case] = Field(min_length=1, max_length=200, description="What is asked.")

    @field_validator("cases")
    @classmethod
    def _told_apart(cls, value: list[Case]) -> list[Case]:
        names = [case.name for case in value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"two cases are called {twice!r}")
        return value

    @model_validator(mode="after")
    def _has_a_speaker(self) -> Self:
        if (self.persona is None) == (self.agent is None):
            raise ValueError("needs either persona or agent")
        if self.agent is not None and self.variables:
            raise ValueError("variables are for a persona; an agent's file gives its own")
        return self
