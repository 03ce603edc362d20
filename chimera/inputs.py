"""The input of a run: what was given becomes the state a graph starts from."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from functools import lru_cache
from typing import Any, get_type_hints

from pydantic import BaseModel

from chimera.errors import ConfigError, StageError, nearest
from chimera.updates import fields_of


def start(given: Any, schema: Any) -> Any:  # noqa: ANN401  any LangGraph state
    """Return the state to start from.

    A bare value goes to the only field that is required, as many values as there are to all.

    Raises:
        ConfigError: If what was given does not fit the fields of the state.
    """
    fields = _named(given, schema)
    if missing := [name for name in _indispensable(schema) if name not in fields]:
        raise ConfigError(f"the input lacks the fields {', '.join(missing)}")
    _refuse_unknown(fields, schema)
    try:
        fields_of(schema, loose=True).check("the input gives", fields)
    except StageError as error:  # LangGraph would store it, and find out at the first node
        raise ConfigError(str(error)) from None
    return fields


def _named(given: Any, schema: Any) -> dict[str, Any]:  # noqa: ANN401  any input, any state
    """Return what was given by name of its fields."""
    if isinstance(given, BaseModel):
        return given.model_dump(mode="json", exclude_unset=True, warnings=False)
    if is_dataclass(given) and not isinstance(given, type):
        return {field.name: getattr(given, field.name) for field in dataclass_fields(given)}
    return dict(given) if isinstance(given, Mapping) else _placed(given, schema)


def _placed(given: Any, schema: Any) -> dict[str, Any]:  # noqa: ANN401  any input, any state
    """Return bare values under the names of the fields that are required."""
    required = required_fields(schema)
    if given is None and not required:
        return {}
    if isinstance(given, list | tuple) and 1 < len(required) == len(given):
        return dict(zip(required, map(_plain, given), strict=True))
    if given is None or len(required) != 1:
        names = ", ".join(required or _fields(schema))
        raise ConfigError(f"the input must give fields by name ({names}), not {given!r}")
    return {required[0]: _plain(given)}


def _refuse_unknown(names: Iterable[Any], schema: Any) -> None:  # noqa: ANN401  any LangGraph state
    fields = _fields(schema)
    if unknown := [name for name in names if name not in fields]:
        hint = nearest(unknown[0], fields)
        raise ConfigError(f"the graph's state has no field {unknown[0]!r}{hint}")


def _plain(value: Any) -> Any:  # noqa: ANN401  any input
    """Return paths, also those of a list, as text."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value


@lru_cache(maxsize=64)
def _fields(schema: Any) -> tuple[str, ...]:  # noqa: ANN401  any LangGraph state
    return tuple(get_type_hints(schema))


@lru_cache(maxsize=64)
def required_fields(schema: Any) -> list[str]:  # noqa: ANN401  any LangGraph state
    """Return the fields a state cannot do without, whatever kind of type it is."""
    if hasattr(schema, "model_fields"):
        return [name for name, field in schema.model_fields.items() if field.is_required()]
    return sorted(getattr(schema, "__required_keys__", ()))


def _indispensable(schema: Any) -> list[str]:  # noqa: ANN401  any LangGraph state
    """Return the fields that no graph can start without.

    Those of a TypedDict are promises of the type; LangGraph starts without them.
    """
    return required_fields(schema) if hasattr(schema, "model_fields") else []
