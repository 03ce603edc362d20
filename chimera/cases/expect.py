"""What an answer can be held to, beyond the rules of the persona that gives it."""

from __future__ import annotations

import json
import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from chimera.rules import mentions
from chimera.sentences import cited

ABSENT = object()
SHOWN = 80  # characters of a value in a message


class Expect(BaseModel):
    """What an answer has to keep. The persona's rules are checked whether it says so or not."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    rules: Literal["kept", "broken"] = Field(
        default="kept",
        description="`broken` if the rules of the persona have to refuse the answer.",
    )
    mentions: list[str] = Field(
        default_factory=list, description="Words or phrases that have to occur, in any case."
    )
    not_mentions: list[str] = Field(
        default_factory=list, description="Words or phrases that must not occur, in any case."
    )
    matches: str | None = Field(
        default=None, description="Regular expression of Python that is found in the answer."
    )
    equals: str | None = Field(
        default=None, description="The whole answer, space at its ends aside."
    )
    cites: list[str] = Field(
        default_factory=list, description="Ids that have to be cited, as [F12] in the answer."
    )
    fields: dict[str, JsonValue] = Field(
        default_factory=dict,
        description="Values in a JSON answer by dotted path: {risks.0.id: C1}.",
    )
    min_words: int | None = Field(default=None, ge=1, le=100_000, description="Fewest words.")
    max_words: int | None = Field(default=None, ge=1, le=100_000, description="Most words.")

    @field_validator("mentions", "not_mentions", "cites")
    @classmethod
    def _no_blank(cls, value: list[str]) -> list[str]:
        if any(not phrase.strip() for phrase in value):
            raise ValueError("a phrase must not be blank")
        return value

    @field_validator("matches")
    @classmethod
    def _is_a_pattern(cls, value: str | None) -> str | None:
        try:
            re.compile(value or "")
        except re.error as error:
            raise ValueError(f"is no regular expression ({error})") from None
        return value

    @model_validator(mode="after")
    def _no_contradiction(self) -> Self:
        wanted = {phrase.casefold() for phrase in self.mentions}
        both = [phrase for phrase in self.not_mentions if phrase.casefold() in wanted]
        if both:
            raise ValueError(f"{both[0]!r} has to be mentioned and must not")
        if self.min_words and self.max_words and self.min_words > self.max_words:
            raise ValueError(f"min_words {self.min_words} is more than max_words {self.max_words}")
        return self

    def missed_by(self, text: str) -> list[str]:
        """Return one sentence for each thing an answer misses; empty if it keeps them all."""
        found = [f"does not mention {p!r}" for p in self.mentions if not mentions(text, p)]
        found += [f"mentions {p!r}" for p in self.not_mentions if mentions(text, p)]
        if self.matches is not None and not re.search(self.matches, text, re.MULTILINE):
            found.append(f"does not match {self.matches!r}")
        if self.equals is not None and text.strip() != self.equals.strip():
            found.append(f"is not {_short(self.equals.strip())}")
        there = cited(text) if self.cites else []
        found += [f"does not cite [{name}]" for name in self.cites if name not in there]
        return found + self._wrong_length(text) + self._wrong_fields(text)

    def _wrong_length(self, text: str) -> list[str]:
        count = len(text.split())
        if self.min_words is not None and count < self.min_words:
            return [f"has {count} words, fewer than {self.min_words}"]
        if self.max_words is not None and count > self.max_words:
            return [f"has {count} words, more than {self.max_words}"]
        return []

    def _wrong_fields(self, text: str) -> list[str]:
        if not self.fields:
            return []
        try:
            value = json.loads(text)
        except ValueError:
            return ["is no JSON, so it has no fields"]
        found = {path: _at(value, path) for path in self.fields}
        return [
            f"has no field {path!r}"
            if found[path] is ABSENT
            else f"has {_short(found[path])} in {path!r}, not {_short(wanted)}"
            for path, wanted in self.fields.items()
            if not _same(found[path], wanted)
        ]


def _at(value: object, path: str) -> object:
    for part in path.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value


def _same(found: object, wanted: object) -> bool:
    """Return whether two values are one in JSON, where 1 and true are not."""
    return found is not ABSENT and json.dumps(found, sort_keys=True) == json.dumps(
        wanted, sort_keys=True
    )


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
