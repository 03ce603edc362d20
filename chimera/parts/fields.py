"""The fields of a graph's state, checked while the graph is built."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from inspect import isbuiltin, isfunction
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import TypeAdapter, ValidationError
from typing_extensions import ReadOnly

from chimera.errors import ConfigError, StageError, nearest
from chimera.updates import serializer

if TYPE_CHECKING:
    from langgraph.graph import StateGraph

_ACCOUNTS = {
    "timings": "timings: Annotated[dict[str, StageTiming], operator.or_]",
    "calls": "calls: Annotated[list[CallRecord], operator.add]",
    "gaps": "gaps: Annotated[list[str], operator.add]",
}


class Fields:
    """The fields of one graph's state, as one part of the graph uses them.

    Attributes:
        part: The part, for messages: `fan_out 'review'`.
        model: The state's type.

    Raises:
        ConfigError: If an account field or a reducer would not work.
    """

    def __init__(self, graph: StateGraph[Any, Any, Any, Any], part: str) -> None:
        self.part = part
        self.model: Any = graph.state_schema
        self._annotations = get_type_hints(self.model, include_extras=True)
        self._types = {name: bare(said) for name, said in self._annotations.items()}
        for name in self._types:
            self._check_reducer(name)

    def __contains__(self, name: str) -> bool:
        return name in self._types

    def type_of(self, name: str, use: str, example: str) -> Any:  # noqa: ANN401  a type
        """Return the type of a field that the part needs.

        Args:
            name: The field.
            use: What the part does with it, such as `reads its items from`.
            example: A type that would do, to be declared where there is no such field.

        Raises:
            ConfigError: If the state has no such field.
        """
        if name not in self._types:
            raise ConfigError(
                f"{self.part} {use} {name!r}, which {self.model.__name__} does not have"
                f"{nearest(name, self._types)} (declare `{name}: {example}`)"
            )
        return self._types[name]

    def item_of(self, name: str, use: str) -> Any:  # noqa: ANN401  a type
        """Return the type of the items of a list.

        Raises:
            ConfigError: If the state has no such field, or it is no list.
        """
        kind = without_none(self.type_of(name, use, "list[…]"))
        if (get_origin(kind) or kind) not in {list, tuple, Sequence}:
            raise ConfigError(
                f"{self.part} {use} {name!r}, which is {spelled(kind)} in {self.model.__name__}:"
                f" declare it as a list, `{name}: list[…]`"
            )
        return next(iter(get_args(kind)), Any)

    def need_gaps(self, remedy: str) -> None:
        """Refuse a state in which a failure would leave no trace.

        Raises:
            ConfigError: If the state has no `gaps`.
        """
        if "gaps" not in self._types:
            raise ConfigError(
                f"{self.part} records what is missing in `gaps`, which {self.model.__name__}"
                f" does not have (declare `{_ACCOUNTS['gaps']}`, or {remedy})"
            )

    def _check_reducer(self, name: str) -> None:
        notes = _notes(self._annotations[name])
        last = bool(notes) and callable(notes[-1])
        if not last and any(isfunction(note) or isbuiltin(note) for note in notes):
            raise ConfigError(
                f"{self.model.__name__}.{name}: LangGraph takes a reducer only where it stands last"
                " in Annotated[…]: move it to the end"
            )
        if name in _ACCOUNTS and not last:
            raise ConfigError(
                f"{self.model.__name__}.{name}: stages that run at once all write it, so it needs"
                f" a reducer (declare `{_ACCOUNTS[name]}`)"
            )


def bare(annotation: Any) -> Any:  # noqa: ANN401  an annotation
    """Return an annotation without its reducer and the qualifiers of a TypedDict."""
    while get_origin(annotation) in {Annotated, NotRequired, Required, ReadOnly}:
        annotation = get_args(annotation)[0]
    return annotation


def _notes(annotation: Any) -> list[Any]:  # noqa: ANN401  an annotation
    """Return what stands beside a type in `Annotated`."""
    while get_origin(annotation) in {NotRequired, Required, ReadOnly}:
        annotation = get_args(annotation)[0]
    return list(getattr(annotation, "__metadata__", ()))


def admits_none(kind: Any) -> bool:  # noqa: ANN401  a type
    """Return whether a type says that None may stand in its place."""
    return kind is Any or NoneType in get_args(kind)


def without_none(kind: Any) -> Any:  # noqa: ANN401  a type
    """Return a type without the None that may stand in its place."""
    if get_origin(kind) not in {Union, UnionType}:
        return kind
    rest = tuple(one for one in get_args(kind) if one is not NoneType)
    return rest[0] if len(rest) == 1 else Union[rest]  # noqa: UP007  made at run time


def spelled(kind: Any) -> str:  # noqa: ANN401  a type
    """Return a type as it is written in code."""
    if isinstance(kind, type) and not get_args(kind):
        return kind.__name__
    return str(kind).replace("typing.", "")


def value_of(state: Any, name: str, part: str) -> Any:  # noqa: ANN401  any LangGraph state
    """Return a field of a state, whatever kind of type it is.

    Raises:
        StageError: If nothing has written the field.
    """
    if not isinstance(state, Mapping):
        return getattr(state, name)
    if name not in state:
        raise StageError(f"{part} reads {name!r}, which nothing has written yet")
    return state[name]


def plain(value: Any, kind: Any) -> Any:  # noqa: ANN401  a type and a value of it
    """Return a value as plain JSON.

    Raises:
        ValidationError: If it is not of the type.
    """
    adapter = TypeAdapter(kind)
    return serializer(adapter).to_python(adapter.validate_python(value), mode="json")


def check_options(options: Mapping[str, Any], known: Iterable[str], part: str) -> None:
    """Refuse options that a part does not have, and None: an option is given or left out.

    Raises:
        ConfigError: If there is one.
    """
    allowed = list(known)
    for name, value in options.items():
        if name in allowed and value is None:
            raise ConfigError(f"{part}: {name}=None says nothing: leave it out")
        if name not in allowed:
            raise ConfigError(
                f"{part} has no option {name!r}{nearest(name, allowed)}"
                f" (there are: {', '.join(allowed)})"
            )


def check_values(kind: Any, values: Iterable[str], name: str, fields: Fields) -> None:  # noqa: ANN401
    """Refuse a field that could not hold what the part writes to it.

    Raises:
        ConfigError: If one of the values does not fit the field's type.
    """
    adapter = TypeAdapter(kind)
    for value in values:
        try:
            adapter.validate_python(value)
        except ValidationError:
            raise ConfigError(
                f"{fields.part} may write {value!r} to {name!r}, which is {spelled(kind)} in"
                f" {fields.model.__name__}: declare it as str, or as a Literal with {value!r}"
            ) from None


def at_least_one(part: str, **numbers: float | None) -> None:
    """Refuse a bound that lets nothing through.

    Raises:
        ConfigError: If one is no number, not above 0, or no whole one from 1 where it counts.
    """
    for name, number in numbers.items():
        kinds = int | float if name == "seconds" else int
        if number is not None and (isinstance(number, bool) or not isinstance(number, kinds)):
            raise ConfigError(f"{part}: {name}={number!r} is no {'whole ' * (kinds is int)}number")
        if number is not None and (number <= 0 or (name != "seconds" and number < 1)):
            raise ConfigError(f"{part}: {name}={number!r} lets nothing through: give 1 or more")
