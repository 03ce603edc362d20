"""The output contract of an agent as its YAML has it: a class by its place, or fields by name."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    RootModel,
    create_model,
    field_validator,
    model_validator,
)

from chimera.errors import nearest
from chimera.places import object_at

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema

PLAIN: Final = {"text": str, "integer": int, "number": float, "flag": bool}
OBJECT: Final = "object"
LIST: Final = "list of "
TYPES: Final = (*PLAIN, OBJECT, *(LIST + name for name in (*PLAIN, OBJECT)))

_ELSEWHERE: Final = {
    "string": "text",
    "str": "text",
    "int": "integer",
    "float": "number",
    "bool": "flag",
    "boolean": "flag",
    "dict": OBJECT,
}
"""What Python and JSON Schema call our types."""

_NAME: Final = re.compile(r"[A-Za-z]\w*")
_MADE: Final = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


def _usable(name: str) -> str:
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise ValueError("is no name of a field: write letters, digits and _")
    if hasattr(BaseModel, name):
        raise ValueError("is a name that Pydantic keeps for itself: take another")
    return name


FieldName = Annotated[str, AfterValidator(_usable)]


class OutputField(BaseModel):
    """One field of an answer: its type alone, or what else holds for it.

    `min` and `max` limit a number by its value, a text by its characters, a list by its items.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: str = Field(
        default="text",
        description=f"One of: {', '.join(TYPES)}.",
        json_schema_extra={"enum": [*TYPES]},
    )
    description: str | None = Field(default=None, description="What it holds; the model reads it.")
    choices: list[str] | None = Field(
        default=None, min_length=1, description="The only texts it may hold."
    )
    optional: bool = Field(default=False, description="Whether it may be left out.")
    min: float | None = Field(
        default=None, allow_inf_nan=False, description="Least value, characters or items."
    )
    max: float | None = Field(default=None, allow_inf_nan=False, description="Most of the same.")
    fields: dict[FieldName, OutputField] | None = Field(
        default=None, min_length=1, description="The fields of an object, or of each one in a list."
    )

    @model_validator(mode="before")
    @classmethod
    def _take_short_form(cls, value: object) -> object:
        """Take a type alone, and an object by its fields."""
        if isinstance(value, str):
            return {"type": value}
        if isinstance(value, Mapping) and "fields" in value and "type" not in value:
            return {**value, "type": OBJECT}
        return value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell editors of the short form."""
        short = {"enum": [name for name in TYPES if not name.endswith(OBJECT)]}
        return {"anyOf": [short, handler(schema)]}

    @field_validator("type")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in TYPES:
            meant = _ELSEWHERE.get(value)
            hint = f"; did you mean {meant!r}?" if meant else nearest(value, TYPES)
            raise ValueError(f"must be one of {', '.join(TYPES)}{hint}")
        return value

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        item = self.item
        if (item == OBJECT) != (self.fields is not None):
            raise ValueError("an object has `fields`, and nothing else has")
        if self.choices is not None and item != "text":
            raise ValueError(f"choices are texts; the type is {self.type!r}")
        limited = self.min is not None or self.max is not None
        if limited and self.type in {"flag", OBJECT}:
            raise ValueError(f"min and max do not apply to the type {self.type!r}")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is greater than max {self.max:g}")
        for name, limit in (("min", self.min), ("max", self.max)):
            if wrong := self._not_a_limit(limit):
                raise ValueError(f"{name} {limit:g} {wrong}")
        return self

    def _not_a_limit(self, limit: float | None) -> str | None:
        """Return why a number cannot limit a field of this type; None if it can."""
        if limit is None or self.type == "number":
            return None
        if not limit.is_integer():
            return f"must be a whole number for the type {self.type!r}"
        if limit < 0 and self.type != "integer":
            return f"counts characters or items of {self.type!r}, which are never less than 0"
        return None

    @property
    def item(self) -> str:
        """The type without `list of`."""
        return self.type.removeprefix(LIST)

    def annotation(self, name: str) -> Any:  # noqa: ANN401  a type
        """Return the field as Python has it."""
        found: Any = PLAIN.get(self.item)
        if self.fields is not None:
            found = model(name, self.fields)
        elif self.choices is not None:
            found = Literal[tuple(self.choices)]
        if self.type != self.item:
            found = list[found]
        limits = self._limits()
        found = Annotated[found, Field(**limits)] if limits else found
        return found | None if self.optional else found

    def _limits(self) -> dict[str, Any]:
        number = self.type in {"integer", "number"}
        least, most = ("ge", "le") if number else ("min_length", "max_length")
        whole = not number or self.type == "integer"
        given = {least: self.min, most: self.max}
        return {k: int(v) if whole else v for k, v in given.items() if v is not None}


Fields = dict[FieldName, OutputField]


class Output(RootModel[Fields]):
    """What an answer has to be: `package.module:Class`, or a mapping of fields."""

    model_config = ConfigDict(frozen=True)

    _model: type[BaseModel] | None = PrivateAttr(default=None)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[BaseModel], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Take the place of a class beside the mapping."""
        from pydantic_core import core_schema

        def taken(value: object, fields: core_schema.ValidatorFunctionWrapHandler) -> object:
            return cls._of_place(value) if isinstance(value, str) else fields(value)

        return core_schema.no_info_wrap_validator_function(taken, handler(source))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell editors of both forms."""
        fields = handler(schema)
        place = {"type": "string", "pattern": r"^[\w.]+:\w+$", "description": "A Pydantic model."}
        return {"anyOf": [place, fields]}

    @field_validator("root")
    @classmethod
    def _has_fields(cls, value: Fields) -> Fields:
        if not value:
            raise ValueError("an answer has at least one field")
        return value

    def model(self, name: str) -> type[BaseModel]:
        """Return the Pydantic model of the answer, frozen where it is made of fields.

        Args:
            name: What a model made of fields is called.
        """
        if self._model is None:
            self._model = model(name, self.root)
        return self._model

    @classmethod
    def _of_place(cls, place: str) -> Output:
        found = cls.model_construct({})
        found._model = output_class(place)  # noqa: SLF001  a class method of its own
        return found


def model(name: str, fields: Mapping[str, OutputField]) -> type[BaseModel]:
    """Return a frozen Pydantic model of these fields; nested objects are called after theirs."""
    made: dict[str, Any] = {
        key: (
            field.annotation(f"{name}{key.title().replace('_', '')}"),
            Field(default=None if field.optional else ..., description=field.description),
        )
        for key, field in fields.items()
    }
    found: type[BaseModel] = create_model(name, __config__=_MADE, **made)
    return found


def output_class(path: str) -> Any:  # noqa: ANN401  a class chosen by name
    """Return the Pydantic model a path of the form `package.module:Class` names.

    Raises:
        ValueError: If there is none.
    """
    found = object_at(path)
    if not (isinstance(found, type) and issubclass(found, BaseModel)):
        raise ValueError(  # noqa: TRY004  Pydantic reports a ValueError with its field
            "must name a Pydantic model, as package.module:Class"
        )
    return found
