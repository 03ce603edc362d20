"""Variables of a persona: declared with a type, put in place of `{{ name }}`, and nothing else.

There is no template language: a placeholder is a name in two pairs of braces. It reaches no
attribute, item, call, environment or code, and what stands in a value is never read as one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from string import Template
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from chimera.flaws import Flaw, refuse


def _scalar(given: object) -> object:
    if given is not None and not isinstance(given, str | bool | int | float):
        raise ValueError("must be a text, a number, or true or false")
    return given


Value = str | bool | int | float
Given = Annotated[Value | None, BeforeValidator(_scalar)]
Kind = Literal["text", "number", "integer", "flag"]

INHERITED: Final = "inherited"  # in a child's instructions: the instructions it inherits
LONGEST_VALUE: Final = 4_000  # characters
NAME: Final = r"[a-z][a-z0-9_]{0,39}"
_TYPES: Final[Mapping[Kind, tuple[type, ...]]] = {
    "text": (str,),
    "number": (int, float),
    "integer": (int,),
    "flag": (bool,),
}
_EXAMPLES: Final[Mapping[Kind, str]] = {
    "text": "a text",
    "number": "a number",
    "integer": "a whole number",
    "flag": "true or false",
}


class Variable(BaseModel):
    """A variable: what it is for, its type, its value, and the values it may have.

    In YAML `audience: engineers` is short for `audience: {default: engineers}`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    description: str = Field(default="", max_length=1_000, description="What it is for.")
    default: Given = Field(
        default=None, description="Its value where nobody gives one; without, one must be given."
    )
    choices: list[Given] = Field(
        default_factory=list, max_length=100, description="The only values it may have."
    )
    type: Kind = Field(
        default="text", description="Type of its values; that of the default if left out."
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:  # noqa: ANN401  whatever stands in YAML
        if isinstance(given, cls):
            return given
        if isinstance(given, str | bool | int | float):
            given = {"default": given}
        if not isinstance(given, dict):
            raise ValueError(  # noqa: TRY004  Pydantic reports a ValueError with its field
                "must be a value, or keys of description, default, choices, type"
            )
        if "type" in given:
            return given
        choices = given.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else None
        sample = given.get("default") if given.get("default") is not None else first
        return {**given, "type": _kind(sample)}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        refuse("Variable", self._flaws())
        return self

    def _flaws(self) -> Iterator[Flaw]:
        for number, choice in enumerate(self.choices):
            if wrong := self._mistyped(choice):
                yield Flaw(wrong, ("choices", number))
        if self.default is not None and (flaw := self.flaw(self.default)):
            yield Flaw(flaw.message, ("default",), flaw.allowed, flaw.nearest)

    def flaw(self, value: object) -> Flaw | None:
        """Return what is wrong with a value for the variable; None if it can have it."""
        from chimera.errors import nearest, nearest_of

        if wrong := self._mistyped(value):
            return Flaw(wrong)
        if self.choices and value not in self.choices:
            allowed = tuple(as_text(choice) for choice in self.choices if choice is not None)
            near = nearest_of(str(value), allowed)
            hint = nearest(str(value), allowed)
            return Flaw(
                f"{value!r} is none of the choices{hint} ({', '.join(allowed)})",
                allowed=allowed,
                nearest=near,
            )
        return None

    def _mistyped(self, value: object) -> str | None:
        fits = isinstance(value, _TYPES[self.type]) and (
            self.type == "flag" or not isinstance(value, bool)
        )
        if not fits or (isinstance(value, float) and not math.isfinite(value)):
            return f"must be {_EXAMPLES[self.type]}, not {value!r}"
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            return f"has {len(value)} characters, at most {LONGEST_VALUE} are allowed"
        return None

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the short form beside the long one."""
        schema = handler.resolve_ref_schema(handler(core))
        long = dict(schema)
        schema.clear()
        schema.update(
            title="Variable",
            description="Its value, or a mapping that declares it.",
            anyOf=[{"type": ["string", "number", "boolean"]}, long],
        )
        return schema


class _Text(Template):
    """A text with placeholders; `{{{{` writes two braces."""

    delimiter = "{{"
    flags = re.VERBOSE
    pattern: ClassVar[Any] = rf"""
        \{{\{{(?:
            (?P<escaped>\{{\{{)
          | [ ]*(?P<named>{NAME})[ ]*\}}\}}
          | (?P<braced>(?!))
          | (?P<invalid>)
        )
    """


def placeholders(text: str) -> Iterator[tuple[str | None, int]]:
    """Yield the name of each placeholder of a text and its line, from 0.

    The name is None where two braces open that name nothing.
    """
    for match in _Text.pattern.finditer(text):
        if match["escaped"] is None:
            yield match["named"], text.count("\n", 0, match.start())


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with values in place of placeholders; those without a value stay."""
    return _Text(text).safe_substitute(values) if "{{" in text else text


def woven(text: str, inherited: str) -> str:
    """Return a text with the inherited one, as it is written, in place of its placeholder."""

    def put(match: re.Match[str]) -> str:
        return inherited if match["named"] == INHERITED else match.group()

    return str(_Text.pattern.sub(put, text))


def as_text(value: Value) -> str:
    """Return a value as it stands in a text; a flag is yes or no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def each_text(data: object, change: Callable[[str], str]) -> Any:  # noqa: ANN401  what came in
    """Return plain data with every text in it changed, keys aside."""
    if isinstance(data, str):
        return change(data)
    if isinstance(data, Mapping):
        return {key: each_text(value, change) for key, value in data.items()}
    if isinstance(data, list):
        return [each_text(value, change) for value in data]
    return data


def texts(data: object, where: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Yield every text in plain data with the keys that lead to it."""
    if isinstance(data, str):
        yield where, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield from texts(value, (*where, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from texts(value, (*where, number))


def _kind(sample: object) -> Kind:
    if isinstance(sample, bool):
        return "flag"
    if isinstance(sample, int):
        return "integer"
    return "number" if isinstance(sample, float) else "text"


def is_name(text: str) -> bool:
    """Return whether a text can be the name of a variable."""
    return re.fullmatch(NAME, text) is not None
