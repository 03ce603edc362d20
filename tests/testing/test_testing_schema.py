"""Values for JSON schemas."""

from typing import Annotated, Any, Literal

import jsonschema  # type: ignore[import-untyped,unused-ignore]
import pytest
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel, TypeAdapter

from chimera.testing.schema import example


class Item(BaseModel):
    """A nested model."""

    title: Annotated[str, MinLen(6), MaxLen(12)]
    level: Annotated[int, Ge(3), Le(5)] | None
    parent: "Item | None" = None


@pytest.mark.parametrize(
    "kind",
    [
        int,
        bool,
        None,
        Literal["red", "green"],
        Annotated[float, Gt(0), Lt(1)],
        Annotated[float, Le(-1)],
        Annotated[list[Item], MinLen(2)],
        tuple[int, str],
        dict[str, int],
        Item,
        Item | int,
    ],
)
def test_the_value_fits_its_schema(kind: Any) -> None:
    """Whatever Pydantic can describe gets a value that validates."""
    schema = TypeAdapter(kind).json_schema()
    jsonschema.validate(example(schema), schema)


def test_the_same_schema_gets_the_same_value() -> None:
    """First choice of an enum, filler for strings."""
    schema = {"properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "string"}}}
    assert example(schema) == {"a": "x", "b": "text"}
