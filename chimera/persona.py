"""Persona: who speaks, and the rules for what is said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from chimera.errors import ConfigError, nearest, nearest_of
from chimera.flaws import Flaw, refuse
from chimera.rules import Rules
from chimera.variables import (
    INHERITED,
    Value,
    Variable,
    as_text,
    each_text,
    filled,
    is_name,
    placeholders,
    texts,
)

LONGEST_PROMPT: Final = 32_000  # characters
_SPOKEN: Final = ("title", "instructions", "rules", "examples")  # where placeholders may stand


def _as_version(given: object) -> object:
    return str(given) if isinstance(given, int | float) and not isinstance(given, bool) else given


class Example(BaseModel):
    """One example of a question and the answer to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    input: str = Field(min_length=1, description="What is asked.")
    answer: str = Field(min_length=1, description="An answer that keeps the rules.")


class Persona(BaseModel):
    """A voice: name, title, instructions and rules. One YAML file.

    The fields are as written: `{{ name }}` in title, instructions, phrases of rules and examples
    stands for a variable. `prompt`, `broken_by` and `hash` go by the values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    FILE_KEYS: ClassVar = ("extends",)  # what its file may say beside the fields

    name: str = Field(min_length=1, max_length=80, description="How it is called in reports.")
    title: str = Field(min_length=1, max_length=200, description="Its trade, in a few words.")
    instructions: str = Field(min_length=1, description="What it is asked to do.")
    version: Annotated[str | None, BeforeValidator(_as_version)] = Field(
        default=None,
        min_length=1,
        max_length=40,
        description="Its version, a text or a number; goes into every run.",
    )
    variables: dict[str, Variable] = Field(
        default_factory=dict,
        max_length=50,
        description="What `{{ name }}` stands for in title, instructions, rules and examples.",
    )
    rules: Rules = Field(default_factory=Rules, description="What its answers must keep.")
    examples: list[Example] = Field(
        default_factory=list, max_length=20, description="Questions with answers, for the prompt."
    )
    _speaks: bool = PrivateAttr(default=False)  # whether the texts are final: braces are braces

    @model_validator(mode="after")
    def _holds(self) -> Self:
        looks = (_blank, _names, _placeholders, _unused, _spoken)
        for look in looks:  # the later need what the first find
            refuse("Persona", look(self))
        return self

    @classmethod
    def load(cls, path: str | Path) -> Persona:
        """Read a persona from a YAML file, and those it extends.

        A name after `extends` is looked up in the project around the file.

        Raises:
            NotFoundError: If there is no such file.
            ConfigError: If a key, type or range is wrong; the message names file and line.
        """
        from chimera.inherit import resolve

        return resolve(Path(path)).persona

    @property
    def prompt(self) -> str:
        """The system prompt: who speaks, the instructions, the rules, the examples.

        A placeholder whose variable has no value stays as it is.
        """
        return _prompt(self.voice())

    @property
    def hash(self) -> str:
        """The SHA-256 of what is said and checked, with the values in place, in hex.

        Files that say the same in another order, layout or chain of `extends` have the same; the
        version is no part of it.
        """
        voice = self.voice()
        said = voice.model_dump(include={"name", "title"})
        said["instructions"] = voice.instructions.strip()
        said["rules"] = voice.rules.model_dump(exclude_defaults=True)
        said["examples"] = [example.model_dump() for example in voice.examples]
        said["lacking"] = sorted(self.lacking)
        text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    @property
    def lacking(self) -> list[str]:
        """The variables that have no value yet; an agent cannot use the persona before."""
        return [name for name, variable in self.variables.items() if variable.default is None]

    def broken_by(self, text: str, *, asked: str = "", structured: bool = False) -> list[str]:
        """Return one sentence for each rule a text breaks, as `Rules.broken_by` does."""
        return self.voice().rules.broken_by(text, asked=asked, structured=structured)

    def with_values(self, values: Mapping[str, Value]) -> Persona:
        """Return the persona with other values of its variables.

        Raises:
            ConfigError: If there is no such variable, or a value is none it may have.
        """
        if flaws := self.flaws_of(values):
            raise ConfigError(
                "\n".join(
                    f"persona {self.name!r}, variable {flaw.where[0]!r}: {flaw.message}"
                    for flaw in flaws
                )
            )
        return self._with(values)

    def flaws_of(self, values: Mapping[str, Value]) -> list[Flaw]:
        """Return what is wrong with values for the variables, each at the variable's name."""
        known = sorted(self.variables)
        flaws = []
        for name, value in values.items():
            if name not in self.variables:
                hint = nearest(name, known) or f" (there are: {', '.join(known) or 'none'})"
                message = f"no such variable{hint}"
                flaws.append(Flaw(message, (name,), tuple(known), nearest_of(name, known)))
            elif flaw := self.variables[name].flaw(value):
                flaws.append(Flaw(flaw.message, (name,), flaw.allowed, flaw.nearest))
        if flaws or not values:
            return flaws
        try:
            self._with(values)
        except ValidationError as error:
            name = next(iter(values))
            return [Flaw(f"{_where(e['loc'])}: {e['msg']}", (name,)) for e in error.errors()]
        return []

    def voice(self) -> Persona:
        """Return the persona as it speaks: values in place; a placeholder without one stays."""
        if self._speaks or not any("{{" in text for _, text in texts(_spoken_data(self))):
            return self
        values = {
            name: as_text(variable.default)
            for name, variable in self.variables.items()
            if variable.default is not None
        }
        data = each_text(_spoken_data(self), partial(filled, values=values))
        voice = Persona.model_construct(
            name=self.name,
            title=data["title"],
            instructions=data["instructions"],
            version=self.version,
            rules=Rules.model_validate(data["rules"]),
            examples=[Example.model_construct(**example) for example in data["examples"]],
            variables={},
        )
        voice._speaks = True  # noqa: SLF001  its own class
        return voice

    def ready(self) -> Persona:
        """Return the persona as it speaks; every variable has to have a value.

        Raises:
            ConfigError: If one has none.
        """
        if lacking := self.lacking:
            name = lacking[0]
            raise ConfigError(
                f"persona {self.name!r} lacks a value for its variable {name!r}: give it one under"
                f" `variables:` in the agent's file, with persona.with_values({{{name!r}: …}}), or"
                f" as its default"
            )
        return self.voice()

    def _with(self, values: Mapping[str, Value]) -> Persona:
        data = self.model_dump()
        for name, value in values.items():
            data["variables"][name]["default"] = value
        return Persona.model_validate(data)


def _spoken_data(persona: Persona) -> dict[str, Any]:
    return persona.model_dump(include=set(_SPOKEN))


def _prompt(voice: Persona) -> str:
    parts = [f"You are {voice.name}, {voice.title}.", voice.instructions.strip()]
    if rules := voice.rules.as_text():
        parts.append(f"Rules for every answer:\n{rules}")
    if voice.examples:
        parts.append("Examples of answers:")
        parts += [f"Input: {e.input.strip()}\nAnswer: {e.answer.strip()}" for e in voice.examples]
    return "\n\n".join(parts)


def _blank(persona: Persona) -> Iterator[Flaw]:
    """Yield texts of nothing but space, and those of several lines where there is one."""
    for key in ("name", "title", "instructions"):
        text = getattr(persona, key)
        if not text.strip():
            yield Flaw("must not be empty", (key,))
        elif key != "instructions" and len(text.splitlines()) > 1:
            yield Flaw(f"must be one line, not {text!r}", (key,))


def _names(persona: Persona) -> Iterator[Flaw]:
    """Yield names of variables that cannot stand in a placeholder."""
    if "{{" in persona.name:
        yield Flaw(f"no variable can stand in a name: {persona.name!r}", ("name",))
    for name in persona.variables:
        if not is_name(name):
            said = f"{name!r} is no name: a small letter, then small letters, digits and _"
            yield Flaw(said, ("variables", name))
        elif name == INHERITED:
            yield Flaw(f"{name!r} means the inherited instructions", ("variables", name))


def _placeholders(persona: Persona) -> Iterator[Flaw]:
    """Yield placeholders that stand for no variable."""
    known = tuple(sorted(persona.variables))
    for where, text in texts(_spoken_data(persona)):
        for name, line in placeholders(text):
            if name is None:
                said = "'{{' opens no placeholder: write {{ name }}, or {{{{ for two braces"
                yield Flaw(said, where, line=line)
            elif name == INHERITED:
                said = "'{{ inherited }}' is for the instructions of a persona that extends another"
                yield Flaw(said, where, line=line)
            elif name not in known:
                said = f"'{{{{ {name} }}}}' is not declared under variables{nearest(name, known)}"
                yield Flaw(said, where, known, nearest_of(name, known), line)


def _unused(persona: Persona) -> Iterator[Flaw]:
    """Yield variables that stand nowhere."""
    used = {name for _, text in texts(_spoken_data(persona)) for name, _ in placeholders(text)}
    for name in persona.variables:
        if name not in used:
            said = (
                f"is not used: write {{{{ {name} }}}} in title, instructions, rules or examples, or"
                " take it out (an inherited one with null)"
            )
            yield Flaw(said, ("variables", name))


def _spoken(persona: Persona) -> Iterator[Flaw]:
    """Yield what is wrong with the values in place: rules, examples, length."""
    try:
        voice = persona.voice()
    except ValidationError as error:
        yield from (Flaw(e["msg"], ("rules", *e["loc"])) for e in error.errors())
        return
    if (length := len(_prompt(voice))) > LONGEST_PROMPT:
        said = f"the prompt has {length} characters, at most {LONGEST_PROMPT} are allowed"
        yield Flaw(said, ("instructions",))
    if not persona.lacking:
        yield from _broken_examples(voice)


def _broken_examples(voice: Persona) -> Iterator[Flaw]:
    for number, example in enumerate(voice.examples):
        for reason in voice.rules.broken_by(example.answer, asked=example.input):
            said = f"breaks the persona's own rules: {reason}"
            yield Flaw(said, ("examples", number, "answer"))


def _where(location: Iterable[str | int]) -> str:
    return ".".join(map(str, location))
