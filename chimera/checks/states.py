"""The state of a graph: what LangGraph accepts in silence and loses or refuses later."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from chimera.errors import Problem


def state_problems(path: Path, builder: Any) -> list[Problem]:  # noqa: ANN401  LangGraph's own type
    """Return what is wrong with the types of a graph's state.

    Channels go by the names of fields, only the last entry of `Annotated` can be a reducer, and
    private attributes do not outlive a node.
    """
    problems = []
    for schema in {builder.state_schema, builder.input_schema, builder.output_schema}:
        home = inspect.getsourcefile(schema) if isinstance(schema, type) else None
        line = _line(schema)
        file = home or str(path)
        problems += [Problem(file, line, said, key) for key, said in _found(schema)]
    return problems


def _found(schema: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401  any state type
    where = getattr(schema, "__name__", "state")
    for name, field in getattr(schema, "model_fields", {}).items():
        if field.alias or field.validation_alias:
            yield (
                name,
                f"{where}.{name} has an alias, which LangGraph cannot fill: rename the field",
            )
    for name in getattr(schema, "__private_attributes__", {}):
        yield name, f"{where}.{name} is private and is lost after a node: make it a field"
    try:
        hints = get_type_hints(schema, include_extras=True)
    except (NameError, TypeError):
        return
    for name, hint in hints.items():
        entries = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
        early = [entry for entry in entries[:-1] if _reduces(entry)]
        if early and not _reduces(entries[-1]):
            called = getattr(early[0], "__name__", "the reducer")
            said = f"{where}.{name}: {called} does not stand last in Annotated, so it is not used"
            yield name, said


def _reduces(entry: object) -> bool:
    """Tell whether an entry of Annotated can join an old and a new value."""
    if not callable(entry) or isinstance(entry, type):
        return False
    try:
        return len(inspect.signature(entry).parameters) == 2  # noqa: PLR2004  old and new
    except (ValueError, TypeError):
        return False


def _line(schema: Any) -> int | None:  # noqa: ANN401  any state type
    try:
        return inspect.getsourcelines(schema)[1]
    except (OSError, TypeError):
        return None
