"""Persona: who speaks, and the rules for what is said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from chimera import yamlfile
from chimera.language import LANGUAGES, speaks


class Rules(BaseModel):
    """What an answer must keep; checked on every answer, not only asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    max_words: int | None = Field(default=None, ge=1, le=100_000, description="Most words.")
    language: str | None = Field(default=None, description="Language of the answer: en, de, …")
    must_mention: list[str] = Field(
        default_factory=list, description="Words or phrases that have to occur, in any case."
    )
    must_not_mention: list[str] = Field(
        default_factory=list, description="Words or phrases that must not occur, in any case."
    )

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str | None) -> str | None:
        if value is not None and value not in LANGUAGES:
            raise ValueError(f"must be one of {', '.join(LANGUAGES)}")
        return value

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        wanted = {phrase.casefold() for phrase in self.must_mention}
        both = [phrase for phrase in self.must_not_mention if phrase.casefold() in wanted]
        if both:
            raise ValueError(f"{both[0]!r} must be mentioned and must not")
        return self

    @field_validator("must_mention", "must_not_mention")
    @classmethod
    def _no_blank(cls, value: list[str]) -> list[str]:
        if any(not phrase.strip() for phrase in value):
            raise ValueError("a phrase must not be blank")
        return value

    def broken_by(self, text: str) -> list[str]:
        """Return one sentence for each rule the text breaks; empty if it keeps them all."""
        found = [
            f"must mention {phrase!r}" for phrase in self.must_mention if not _has(text, phrase)
        ]
        found += [f"must not mention {p!r}" for p in self.must_not_mention if _has(text, p)]
        count = len(text.split())
        if self.max_words is not None and count > self.max_words:
            found.append(f"must have at most {self.max_words} words, has {count}")
        if self.language is not None and not speaks(text, self.language):
            found.append(f"must be written in {self.language!r}")
        return found

    def as_text(self) -> str:
        """Return the rules as lines for a prompt; empty if there are none."""
        lines = []
        if self.max_words is not None:
            lines.append(f"- At most {self.max_words} words.")
        if self.language is not None:
            lines.append(f"- Language: {self.language}.")
        if self.must_mention:
            lines.append(f"- Mention: {', '.join(self.must_mention)}.")
        if self.must_not_mention:
            lines.append(f"- Do not mention: {', '.join(self.must_not_mention)}.")
        return "\n".join(lines)


class Persona(BaseModel):
    """A voice: name, title, instructions and rules. One YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=80, description="How it is called in reports.")
    title: str = Field(min_length=1, max_length=200, description="Its trade, in a few words.")
    instructions: str = Field(min_length=1, description="What it is asked to do.")
    rules: Rules = Field(default_factory=Rules, description="What its answers must keep.")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a persona from a YAML file.

        Raises:
            NotFoundError: If there is no such file.
            ConfigError: If a key, type or range is wrong; the message names file and line.
        """
        return yamlfile.load(Path(path), cls)

    @property
    def prompt(self) -> str:
        """The system prompt: who speaks, the instructions, the rules."""
        parts = [f"You are {self.name}, {self.title}.", self.instructions.strip()]
        if rules := self.rules.as_text():
            parts.append(f"Rules for every answer:\n{rules}")
        return "\n\n".join(parts)


def _has(text: str, phrase: str) -> bool:
    """Return whether a phrase occurs as whole words, case aside."""
    pattern = rf"(?<!\w){re.escape(phrase.strip())}(?!\w)"
    return re.search(pattern, text, re.IGNORECASE) is not None
