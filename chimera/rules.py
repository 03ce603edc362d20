"""Rules: what a persona's answers must keep, as lines of its prompt and as checks of an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, Literal, Self
from unicodedata import normalize

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from chimera.flaws import Flaw, refuse
from chimera.forms import FORMS, Form, opening
from chimera.language import LANGUAGES, is_latin, speaks
from chimera.sentences import cited, paragraphs, sentences

Cites = Literal["answer", "sentence", "paragraph"]
MOST_SHOWN: Final = 5  # ids or broken sentences named in one reason


class Rules(BaseModel):
    """What an answer must keep; checked on every answer, not only asked for.

    `format` and `cites` hold for free text. An answer with an output contract has the form of the
    contract.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    max_words: int | None = Field(default=None, ge=1, le=100_000, description="Most words.")
    min_words: int | None = Field(default=None, ge=1, le=100_000, description="Fewest words.")
    max_sentences: int | None = Field(default=None, ge=1, le=10_000, description="Most sentences.")
    min_sentences: int | None = Field(
        default=None, ge=1, le=10_000, description="Fewest sentences."
    )
    max_words_per_sentence: int | None = Field(
        default=None, ge=1, le=1_000, description="Most words of one sentence."
    )
    language: str | None = Field(
        default=None,
        description="Language of the answer: en, de, …",
        json_schema_extra={"enum": [*LANGUAGES, None]},
    )
    format: Form | None = Field(
        default=None,
        description="Form of free text: prose, bullets, numbered (a list), markdown, json, line.",
    )
    cites: Cites | None = Field(
        default=None,
        description="What has to cite an id in square brackets, such as [F12]: answer (once in"
        " it), sentence (each), paragraph (each). If the question holds such ids, only those.",
    )
    must_mention: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="Words or phrases that have to occur, in any case.",
    )
    must_not_mention: list[str] = Field(
        default_factory=list,
        max_length=200,
        description="Words or phrases that must not occur, in any case.",
    )

    @field_validator("language")
    @classmethod
    def _known_language(cls, value: str | None) -> str | None:
        if value is not None and value not in LANGUAGES:
            said = f"must be one of {', '.join(LANGUAGES)}, not {value!r}"
            refuse("Rules", [Flaw(said, allowed=LANGUAGES)])
        return value

    @field_validator("must_mention", "must_not_mention")
    @classmethod
    def _no_blank(cls, value: list[str]) -> list[str]:
        if any(not phrase.strip() for phrase in value):
            raise ValueError("a phrase must not be blank")
        return value

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        refuse("Rules", [*_ranges(self), *_phrases(self), *_forms(self)])
        return self

    def broken_by(self, text: str, *, asked: str = "", structured: bool = False) -> list[str]:
        """Return one sentence for each rule the text breaks; empty if it keeps them all.

        Args:
            text: The answer; of one with an output contract its texts, a line each.
            asked: What was asked: if ids stand in it in square brackets, only those may be cited.
            structured: Whether the answer has an output contract.
        """
        found = [
            f"must mention {phrase!r}" for phrase in self.must_mention if not mentions(text, phrase)
        ]
        found += [f"must not mention {p!r}" for p in self.must_not_mention if mentions(text, p)]
        found += self._length(text, structured=structured)
        if self.language is not None and not speaks(text, self.language):
            found.append(f"must be written in {self.language!r}")
        if not structured:
            found += self._form(text, asked)
        return found

    def in_slots(self) -> Self:
        """Return the rules that hold for single sentences which code puts between its own.

        Such a text has its form, sentences and citations from the code: `max_words`, `language` and
        the phrases are left.
        """
        left = ("max_words", "language", "must_mention", "must_not_mention")
        return type(self)(**{name: getattr(self, name) for name in left})

    def each(self) -> Iterator[Self]:
        """Yield every rule alone, every phrase too."""
        for name, value in self.model_dump(exclude_defaults=True).items():
            for one in value if isinstance(value, list) else [value]:
                alone = {name: [one] if isinstance(value, list) else one}
                yield type(self).model_validate(alone)

    def as_text(self) -> str:
        """Return the rules as lines for a prompt; empty if there are none."""
        return "\n".join(f"- {line}" for line in _lines(self))

    def _length(self, text: str, *, structured: bool) -> Iterator[str]:
        words = len(text.split())
        yield from _outside(words, self.min_words, self.max_words, "word")
        if not (self.min_sentences or self.max_sentences or self.max_words_per_sentence):
            return
        found = [*_texts(text)] if structured else sentences(text)
        yield from _outside(len(found), self.min_sentences, self.max_sentences, "sentence")
        most = self.max_words_per_sentence
        long = [s for s in found if most is not None and len(s.split()) > most]
        for one in long[:MOST_SHOWN]:
            yield (
                f"must have at most {most} words in a sentence, has {len(one.split())} in"
                f" {opening(one)!r}"
            )

    def _form(self, text: str, asked: str) -> Iterator[str]:
        if self.format is not None and (wrong := FORMS[self.format][1](text)):
            yield wrong
        if self.cites is not None:
            yield from _citing(text, self.cites, cited(asked))


def texts_in(value: object) -> str:
    """Return all texts of an answer with an output contract, a line each."""
    return "\n".join(_each_text(value.model_dump() if isinstance(value, BaseModel) else value))


def _each_text(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _each_text(item)


def mentions(text: str, phrase: str) -> bool:
    """Return whether a phrase occurs as whole words.

    Case and line breaks do not matter, nor how quotes, hyphens and accents are encoded, nor stars
    of Markdown that a phrase itself has not.
    """
    phrase, text = _spelled(phrase), _spelled(text)
    if "*" not in phrase:
        text = text.replace("*", "")
    pattern = r"\s+".join(map(re.escape, phrase.split()))
    return re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE) is not None


def _spelled(text: str) -> str:
    return text if text.isascii() else normalize("NFC", text).translate(_PLAIN)


_PLAIN: Final = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2010": "-", "\u2011": "-"}
    | {"\u00ad": None}  # a soft hyphen
)


def _texts(text: str) -> Iterator[str]:
    """Yield the sentences of a structured answer's texts; a single word is a value, no sentence."""
    for line in text.splitlines():
        if len(line.split()) > 1:
            yield from sentences(line)


def _outside(count: int, least: int | None, most: int | None, what: str) -> Iterator[str]:
    if least is not None and count < least:
        yield f"must have at least {least} {what}{'' if least == 1 else 's'}, has {count}"
    if most is not None and count > most:
        yield f"must have at most {most} {what}{'' if most == 1 else 's'}, has {count}"


def _citing(text: str, what: Cites, known: list[str]) -> Iterator[str]:
    """Yield where citations are missing, and those of ids that were not given."""
    parts = {"answer": lambda t: [t], "sentence": sentences, "paragraph": paragraphs}[what](text)
    bare = [part for part in parts if not cited(part)]
    given = f" of those given ({_some(known)})" if known else ", such as [F12]"
    if what == "answer" and bare:
        yield f"must cite an id in square brackets{given}"
    elif bare:
        openings = ", ".join(repr(opening(part)) for part in bare[:MOST_SHOWN])
        yield f"must cite an id in square brackets{given} in each {what}, does not in {openings}"
    unknown = [name for name in cited(text) if known and name not in known]
    if unknown:
        yield f"cites {_some(unknown)}, which was not given; there are {_some(known)}"


def _some(ids: list[str]) -> str:
    more = ", …" if len(ids) > MOST_SHOWN else ""
    return ", ".join(f"[{name}]" for name in ids[:MOST_SHOWN]) + more


_CITING: Final[Mapping[Cites, str]] = {
    "answer": "Cite at least one id in square brackets, such as [F12]",
    "sentence": "Cite in each sentence at least one id in square brackets, such as [F12]",
    "paragraph": "Cite in each paragraph at least one id in square brackets, such as [F12]",
}


def _lines(rules: Rules) -> Iterator[str]:
    limits = (
        (rules.max_words, "At most {} word{s}."),
        (rules.min_words, "At least {} word{s}."),
        (rules.max_sentences, "At most {} sentence{s}."),
        (rules.min_sentences, "At least {} sentence{s}."),
        (rules.max_words_per_sentence, "At most {} word{s} in a sentence."),
        (rules.language, "Language: {}."),
    )
    for value, line in limits:
        if value is not None:
            yield line.format(value, s="" if value == 1 else "s")
    if rules.format is not None:  # some questions ask for JSON, in which no such rule can hold
        unless = "" if rules.format == "json" else "unless JSON is asked for, "
        yield f"Form: {unless}{FORMS[rules.format][0]}."
    if rules.cites is not None:
        yield f"{_CITING[rules.cites]}; if ids were given, only those."
    if rules.must_mention:
        yield f"Mention: {', '.join(rules.must_mention)}."
    if rules.must_not_mention:
        yield f"Do not mention: {', '.join(rules.must_not_mention)}."


def _ranges(rules: Rules) -> Iterator[Flaw]:
    """Yield lower limits that lie above what the upper ones leave."""
    for what in ("words", "sentences"):
        least, most = getattr(rules, f"min_{what}"), getattr(rules, f"max_{what}")
        if least is not None and most is not None and least > most:
            yield Flaw(f"min_{what} {least} is above max_{what} {most}", (f"min_{what}",))
    sentences, words = rules.min_sentences, rules.max_words
    if sentences is not None and words is not None and sentences > words:
        yield Flaw(
            f"min_sentences {sentences} cannot be had with max_words {words}", ("min_sentences",)
        )
    room = (rules.max_sentences or 0) * (rules.max_words_per_sentence or 0)
    if room and rules.min_words is not None and rules.min_words > room:
        yield Flaw(
            f"min_words {rules.min_words} cannot be had in {rules.max_sentences} sentences of"
            f" {rules.max_words_per_sentence} words",
            ("min_words",),
        )


def _phrases(rules: Rules) -> Iterator[Flaw]:
    """Yield phrases that have to occur and cannot."""
    for number, phrase in enumerate(rules.must_mention):
        where = ("must_mention", number)
        for barred in rules.must_not_mention:
            if mentions(barred, phrase) and mentions(phrase, barred):
                yield Flaw(f"{barred!r} must be mentioned and must not", where)
            elif mentions(phrase, barred):
                yield Flaw(f"{phrase!r} must be mentioned and {barred!r}, in it, must not", where)
        if rules.max_words is not None and len(phrase.split()) > rules.max_words:
            yield Flaw(f"{phrase!r} has more words than max_words {rules.max_words}", where)
        if rules.language is not None and not is_latin(phrase):
            yield Flaw(
                f"{phrase!r} is in another script than the language {rules.language!r}", where
            )


def _forms(rules: Rules) -> Iterator[Flaw]:
    """Yield rules that a form leaves no room for."""
    if rules.format == "json":
        for name in ("max_sentences", "min_sentences", "max_words_per_sentence", "cites"):
            if getattr(rules, name) is not None:
                yield Flaw(f"{name} cannot be checked with format 'json'", (name,))
    if rules.format == "line" and rules.cites == "paragraph":
        yield Flaw("cites 'paragraph' means nothing with format 'line': write 'answer'", ("cites",))
