"""What does not fit a model, said in the words of those who write the files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import TYPE_CHECKING, Final, Union, get_args, get_origin

from pydantic import BaseModel, RootModel

from chimera.errors import Problem, nearest, nearest_of
from chimera.flaws import FLAW, Flaw

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from chimera.yamlfile import Document, Where

SHOWN: Final = 80  # characters of a value in a message
_USERINFO: Final = re.compile(r"//[^/@\s]*@")  # of an address: a password is never repeated
_OF_A_KEY: Final = "[key]"  # Pydantic's mark where a key itself is wrong
_QUOTED: Final = re.compile(r"'([^']*)'")
_NUMBER: Final = re.compile(r"[-+]?[\d_]*\.?\d+")
_WANTED: Final = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "keys with values",
    "greater_than_equal": "at least {ge}",
    "greater_than": "more than {gt}",
    "less_than_equal": "at most {le}",
    "less_than": "less than {lt}",
}
"""What was expected, by Pydantic's name of the error."""
_MODELS: Final = {"model_type", "model_attributes_type"}
_WHOLE: Final = {"int_type", "int_parsing"}
_BROKEN: Final = {"float_type", "float_parsing"}


def problems_of(
    details: Iterable[ErrorDetails], model: type[BaseModel], document: Document
) -> Iterator[Problem]:
    """Yield a problem for each value that does not fit, with its key and line."""
    unions: dict[Where, list[ErrorDetails]] = {}
    for detail in details:
        where = tuple(part for part in detail["loc"] if part != _OF_A_KEY)
        ends = (where[:end] for end in range(len(where), 0, -1))
        at = next((end for end in ends if end in document.places), ())
        own = where == at or detail["type"] in {FLAW, "missing"}
        if own or where[len(at)] in _fields(model, at):  # a key that a short form stands for
            yield _problem(detail, where, model, document)
        else:  # below the value stand the types that it could have had
            unions.setdefault(at, []).append(detail)
    for where, several in unions.items():
        wanted = " or ".join(dict.fromkeys(filter(None, (_wanted(d) for d in several))))
        given = _given(several[0]["input"], document.written.get(where))
        yield document.told(Flaw(f"must be {wanted}, not {given}", where))


def in_words(detail: ErrorDetails, written: str | None = None) -> str:
    """Return what is wrong with one value, without its key: `must be a number, not 'big'`.

    Args:
        detail: The error as Pydantic has it.
        written: The value as it stands in the file, where that is another text.
    """
    if said := _size(detail):
        return said
    given = _given(detail["input"], written)
    if wanted := _wanted(detail):
        return f"must be {wanted}, not {given}"
    return f"{detail['msg'].removeprefix('Value error, ')}, not {given}"


def _problem(
    detail: ErrorDetails, where: Where, model: type[BaseModel], document: Document
) -> Problem:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown(where, model, document)
    if kind == "missing":
        name = ".".join(map(str, where))
        said = f"key {name!r} is missing: add `{where[-1]}: …`{_meaning(model, where)}"
        return document.problem(said, *where)
    if kind == FLAW:
        told = detail["ctx"]
        return document.told(
            Flaw(told["said"], where, told["allowed"], told["nearest"], told["line"])
        )
    written = document.written.get(where)
    if kind == "literal_error":
        return document.told(_none_of(detail, where, written))
    keys = _fields(model, where) if kind in _MODELS else []
    said = in_words(detail, written) + _remedy(detail, written)
    if keys:
        said = f"must be keys of {', '.join(keys)}, not {_given(detail['input'], written)}"
    elif kind == "string_pattern_mismatch":
        said = f"{_given(detail['input'])} has another form than it must have"
        said += _meaning(model, where)
    return document.told(Flaw(said, where, tuple(keys)))


def _unknown(where: Where, model: type[BaseModel], document: Document) -> Problem:
    """Say that there is no such key, and which there are."""
    allowed = _fields(model, where[:-1])
    near, hint = nearest_of(str(where[-1]), allowed), nearest(str(where[-1]), allowed)
    name = ".".join(map(str, where))
    said = f"unknown key {name!r}{hint} (allowed: {', '.join(allowed)})"
    return document.problem(said, *where, allowed=tuple(allowed), nearest=near)


def _none_of(detail: ErrorDetails, where: Where, written: str | None) -> Flaw:
    """Say that a value is none of those a field can have."""
    given, allowed = detail["input"], _QUOTED.findall(detail["ctx"]["expected"])
    hint = nearest(str(given), allowed)
    said = f"must be one of {', '.join(allowed)}, not {_given(given, written)}{hint}"
    return Flaw(said, where, tuple(allowed), nearest_of(str(given), allowed))


def _wanted(detail: ErrorDetails) -> str | None:
    """Return what was expected; None where Pydantic's message says it."""
    if detail["type"] == "literal_error":
        return f"one of {', '.join(_QUOTED.findall(detail['ctx']['expected']))}"
    wanted = _WANTED.get(detail["type"])
    return wanted and wanted.format(**detail.get("ctx", {}))


def _size(detail: ErrorDetails) -> str | None:
    """Say that a text or list is too short or too long; None if that is not what is wrong."""
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    what = "character" if kind.startswith("string") else "item"
    if kind not in {"string_too_short", "string_too_long", "too_short", "too_long"}:
        return None
    least, most = context.get("min_length"), context.get("max_length")
    if not given:
        return "must not be empty"
    bound = f"at least {least}" if kind.endswith("short") else f"at most {most}"
    limit = least if kind.endswith("short") else most
    return f"must have {bound} {what}{'' if limit == 1 else 's'}, has {len(given)}"


def _remedy(detail: ErrorDetails, written: str | None) -> str:
    """Return what to do about a value of another type, where that is known; empty if not."""
    kind, given = detail["type"], detail["input"]
    if kind == "string_type" and written is not None:
        return f": put it in quotes, '{written}'"
    if kind == "list_type" and isinstance(given, str | int | float):
        return f": write a list, also of one, as in `- {written or given}`"
    if kind in _WHOLE | _BROKEN and isinstance(given, str) and _NUMBER.fullmatch(given):
        return ": take the quotes away"
    return ""


def _given(value: object, written: str | None = None) -> str:
    """Return a value as it is shown in a message."""
    if value is None:
        return "nothing"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "keys with values"
    text = repr(value if written is None or not isinstance(value, bool) else written)
    text = _USERINFO.sub("//***@", text)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _meaning(model: type[BaseModel], where: Where) -> str:
    """Return in brackets what a key of a model is for."""
    for part in where[:-1]:
        model = _inner(model, part) or model
    field = model.model_fields.get(str(where[-1]))
    return f" ({field.description.rstrip('.')})" if field and field.description else ""


def _fields(model: type[BaseModel], where: Where) -> list[str]:
    """Return the keys that may stand at a place."""
    for part in where:
        model = _inner(model, part) or model
    return sorted([*model.model_fields, *getattr(model, "FILE_KEYS", ())])


def _inner(model: type[BaseModel], part: str | int) -> type[BaseModel] | None:
    """Return the model of a key's value; that of a list's items is the list's."""
    field = model.model_fields.get(part) if isinstance(part, str) else None
    return _model_in(field.annotation) if field else None


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return _model_in(annotation.model_fields["root"].annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, UnionType, list, dict, tuple}:
        return next(filter(None, map(_model_in, get_args(annotation))), None)
    return None
