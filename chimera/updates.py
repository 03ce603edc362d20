"""What a node returns, held against the state of its graph before LangGraph takes it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import lru_cache
from reprlib import Repr
from types import NoneType, SimpleNamespace, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WrapValidator,
    with_config,
)
from pydantic.config import ExtraValues
from pydantic_core import PydanticSerializationError, SchemaSerializer
from typing_extensions import ReadOnly, TypedDict

from chimera.errors import ConfigError, StageError, nearest

_SHOWN: Final = Repr()
_SHOWN.maxstring = _SHOWN.maxother = 120
_GUARDS: Final[Mapping[str, Any]] = {
    "after": AfterValidator,
    "before": BeforeValidator,
    "plain": PlainValidator,
    "wrap": WrapValidator,
}
_QUALIFIERS: Final = {NotRequired, Required, ReadOnly}


class Fields:
    """The fields of a state, and what may be written to them.

    Args:
        model: Any LangGraph state type: Pydantic model, TypedDict or dataclass.
        loose: Whether only that is refused which LangGraph would refuse later, at the next node: a
            value that does not fit a field of a Pydantic model, where no reducer of one's own may
            make something else of it.
    """

    def __init__(self, model: Any, *, loose: bool = False) -> None:  # noqa: ANN401  any LangGraph state type
        hints = get_type_hints(model, include_extras=True)
        declared = getattr(model, "model_fields", {})
        self.names = list(declared or hints)
        checked = not loose or bool(declared)
        guards = _guards(model, self.names)
        types = {
            name: _written(hints[name], declared.get(name), guards.get(name, ()), loose=loose)
            if checked
            else Any
            for name in self.names
        }
        made: Any = TypedDict("made", types, total=False)  # type: ignore[misc]  # known at run time
        extra: ExtraValues = "ignore" if loose else "forbid"
        config = ConfigDict(
            extra=extra,
            arbitrary_types_allowed=True,
            strict=getattr(model, "model_config", {}).get("strict", False),
        )
        update = with_config(config)(made)
        adapter = TypeAdapter(update)
        self._validate = adapter.validator.validate_python
        self._native = all(map(_is_json, types.values()))
        self._dump = serializer(adapter).to_python

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def plain(self, label: str, update: Mapping[str, Any]) -> dict[str, Any]:
        """Return the update of a stage as plain JSON.

        Raises:
            StageError: If a key is unknown or a value does not fit.
        """
        valid = self.check(label, update)
        if self._native:
            return valid
        try:
            plain: dict[str, Any] = self._dump(valid, mode="json")
        except (PydanticSerializationError, UnicodeDecodeError) as error:
            raise StageError(f"{label} what is no JSON: {error}") from None
        return plain

    def check(self, label: str, update: Mapping[str, Any]) -> dict[str, Any]:
        """Return an update whose values have the types of the fields.

        Raises:
            StageError: If a key is unknown or a value does not fit.
        """
        try:
            valid: dict[str, Any] = self._validate(update)
        except ValidationError as error:
            raise StageError(self._told(label, error)) from None
        return valid

    def _told(self, label: str, error: ValidationError) -> str:
        """Say what is wrong first of all, an unknown key before a value."""
        errors = error.errors(include_url=False)
        first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
        key, *inside = first["loc"]
        if first["type"] == "extra_forbidden" and not inside:
            return unknown_key(label, str(key), self.names)
        place = f" (at {'.'.join(map(str, inside))})" if inside else ""
        return (
            f"{label} {key!r} that does not fit{place}: {first['msg']},"
            f" not {_SHOWN.repr(first['input'])}"
        )


@lru_cache(maxsize=64)
def fields_of(model: Any, *, loose: bool = False) -> Fields:  # noqa: ANN401  any LangGraph state type
    """Return the fields of a state type."""
    return Fields(model, loose=loose)


def serializer(adapter: TypeAdapter[Any]) -> SchemaSerializer:
    """Return what makes plain JSON; NaN and infinity stay what they are, also in `Any`."""
    return SchemaSerializer(adapter.core_schema, {"ser_json_inf_nan": "constants"})


def unknown_key(label: str, key: str, names: list[str]) -> str:
    """Say that a node returned a key its state does not have."""
    return (
        f"{label} the unknown key {key!r}{nearest(key, names)} (the state has: {', '.join(names)})"
    )


def check_update(label: str, update: dict[str, Any], model: type) -> dict[str, Any]:
    """Validate a node's update against its state model and return it as plain JSON.

    Raises:
        StageError: If a key is unknown or a value does not fit.
    """
    return fields_of(model).plain(f"stage {label!r} returned", update)


def state_type(work: Any) -> Any:  # noqa: ANN401  any LangGraph state type
    """Return what `state` is annotated with; other annotations need not be resolvable here.

    Raises:
        ConfigError: If the annotation names what cannot be found.
    """
    said = getattr(work, "__annotations__", {}).get("state")
    alone = SimpleNamespace(__annotations__={} if said is None else {"state": said})
    names = inspect.getclosurevars(work) if inspect.isfunction(work) else None
    known = {**names.globals, **names.nonlocals} if names else {}
    whole = {**getattr(work, "__globals__", {}), **known}
    try:
        return get_type_hints(alone, globalns=whole).get("state")
    except NameError as error:
        raise ConfigError(f"the type of `state` cannot be found: {error}") from None


def _guards(model: Any, names: Sequence[str]) -> dict[str, list[Any]]:  # noqa: ANN401  any LangGraph state type
    """Return the field validators of a Pydantic model that look at nothing but their field."""
    decorators = getattr(model, "__pydantic_decorators__", None)
    found: dict[str, list[Any]] = {}
    for one in decorators.field_validators.values() if decorators else ():
        mode, fields = one.info.mode, one.info.fields
        if len(inspect.signature(one.func).parameters) == (2 if mode == "wrap" else 1):
            for name in names if "*" in fields else fields:
                found.setdefault(name, []).append(_GUARDS[mode](one.func))
    return found


def _written(annotation: Any, declared: Any, guards: Sequence[Any], *, loose: bool) -> Any:  # noqa: ANN401  annotations
    """Return the type of what may be written to a field.

    A reducer takes a part of the field's value, so that limits of the whole do not count; what a
    reducer of one's own takes, nobody knows.
    """
    while get_origin(annotation) in _QUALIFIERS:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is Annotated:
        bare, *_, last = get_args(annotation)
        if callable(last):  # LangGraph's own test for a reducer
            own = getattr(last, "__module__", "") != "_operator"
            return Any if loose and own else _bare(bare)
    metadata = (*getattr(declared, "metadata", ()), *guards)
    return Annotated[_bare(annotation), *metadata] if metadata else annotation


def _bare(annotation: Any) -> Any:  # noqa: ANN401  an annotation
    while get_origin(annotation) in {Annotated, *_QUALIFIERS}:
        annotation = get_args(annotation)[0]
    return annotation


def _is_json(annotation: Any) -> bool:  # noqa: ANN401  an annotation
    """Return whether what has passed validation for a type is plain JSON already."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is list:
        return _is_json(inner[0])
    if origin is dict:
        return inner[0] is str and _is_json(inner[1])
    if origin in {Union, UnionType}:
        return all(map(_is_json, inner))
    return annotation in {str, int, float, bool, NoneType}
