"""Strict YAML: what a file says, with the line of every value, checked against a Pydantic model.

No tags, anchors, aliases, merge keys or duplicate keys; at most 64 KiB and 16 levels. A wrong key,
type or range is a `ConfigError` that names file, line, value and, for a key, the nearest valid one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from types import UnionType
from typing import NoReturn, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from chimera.errors import ConfigError, NotFoundError, nearest

M = TypeVar("M", bound=BaseModel)
Where = tuple[str | int, ...]

_USERINFO = re.compile(r"//[^/@\s]*@")  # of an address: a password is never repeated
MAX_BYTES = 64 * 1024
MAX_DEPTH = 16

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it was built in


def load(path: Path, model: type[M]) -> M:
    """Read one YAML file into the model.

    Raises:
        NotFoundError: If there is no such file.
        ConfigError: If it is no strict YAML or does not fit the model.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise NotFoundError(f"cannot read {str(path)!r}: {error.strerror}") from error
    return _cached(path, model, stat.st_mtime_ns, stat.st_size)  # type: ignore[return-value]


@lru_cache(maxsize=256)
def _cached(path: Path, model: type[BaseModel], _mtime_ns: int, size: int) -> BaseModel:
    if size > MAX_BYTES:
        raise ConfigError(f"{path}: {size} bytes; at most {MAX_BYTES} are read")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: not UTF-8 text ({error.reason} at byte {error.start})"
        ) from None
    return parse(text, model, source=str(path))


def parse(text: str, model: type[M], *, source: str) -> M:
    """Read YAML text into the model; `source` names it in errors."""
    lines: dict[Where, int] = {}
    data = _Document(source, lines).read(text)
    if not isinstance(data, dict):
        raise ConfigError(f"{source}:1: expected a mapping of keys, found {_kind(data)}")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = [_problem(model, detail, source, lines) for detail in error.errors()]
        raise ConfigError("\n".join(problems)) from None


class _Document:
    """One YAML document turned into plain values, its lines noted on the way."""

    def __init__(self, source: str, lines: dict[Where, int]) -> None:
        self.source = source
        self.lines = lines

    def read(self, text: str) -> object:
        self._refuse_aliases(text)
        try:
            node = yaml.compose(text, Loader=_Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            what = getattr(error, "problem", None) or str(error).splitlines()[0]
            raise ConfigError(f"{self.source}:{line}: not valid YAML: {what}") from None
        return None if node is None else self.value(node, ())

    def _refuse_aliases(self, text: str) -> None:
        depth = 0
        try:
            for event in yaml.parse(text, Loader=_Loader):
                depth += isinstance(event, yaml.CollectionStartEvent)
                depth -= isinstance(event, yaml.CollectionEndEvent)
                line = event.start_mark.line if event.start_mark else 0
                if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                    self.fail(line, "anchors and aliases are not allowed")
                if depth > MAX_DEPTH:
                    self.fail(line, f"nested deeper than {MAX_DEPTH} levels")
        except yaml.YAMLError:
            return  # compose() meets the same error and reports it with its line

    def value(self, node: yaml.Node, where: Where) -> object:
        self.lines[where] = node.start_mark.line + 1
        if node.tag.removeprefix(_CORE) not in _TAGS:
            self.fail(node.start_mark.line, f"tag {node.tag!r} is not allowed")
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, where)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*where, index)) for index, item in enumerate(node.value)]
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str):
                self.fail(key_node.start_mark.line, "keys are plain words")
            if key == "<<":
                self.fail(key_node.start_mark.line, "merge keys are not allowed")
            if key in found:
                self.fail(key_node.start_mark.line, f"{key!r} stands twice")
            found[key] = self.value(value_node, (*where, key))
            self.lines[(*where, key)] = key_node.start_mark.line + 1
        return found

    def scalar(self, node: yaml.Node) -> object:
        kind = node.tag.removeprefix(_CORE)
        if kind in {"str", "timestamp"}:
            return node.value
        try:
            return yaml.safe_load(node.value)
        except (yaml.YAMLError, ValueError) as error:
            self.fail(node.start_mark.line, f"cannot read {node.value!r}: {error}")

    def fail(self, line: int, what: str) -> NoReturn:
        raise ConfigError(f"{self.source}:{line + 1}: {what}")


_CORE = "tag:yaml.org,2002:"
_TAGS = {"str", "int", "float", "bool", "null", "timestamp", "map", "seq"}


def _problem(
    model: type[BaseModel], detail: ErrorDetails, source: str, lines: dict[Where, int]
) -> str:
    """Say one validation error as `file:line: key: what, value, what is allowed`."""
    where = tuple(detail["loc"])
    line = next(
        (lines[where[:end]] for end in range(len(where), -1, -1) if where[:end] in lines), 1
    )
    name = ".".join(str(part) for part in where)
    if detail["type"] == "extra_forbidden":
        allowed = _fields(model, where[:-1])
        hint = nearest(str(where[-1]), allowed)
        return f"{source}:{line}: unknown key {name!r}{hint} (allowed: {', '.join(allowed)})"
    if detail["type"] == "missing":
        return f"{source}:{line}: key {name!r} is missing"
    message = detail["msg"].removeprefix("Value error, ")
    given = _USERINFO.sub("//***@", repr(detail["input"]))
    return f"{source}:{line}: {name}: {message}, not {given}"


def _fields(model: type[BaseModel], where: Iterable[str | int]) -> list[str]:
    for part in where:
        field = model.model_fields.get(str(part))
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return sorted(model.model_fields)
        model = inner
    return sorted(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, UnionType, list, dict, tuple}:
        return next(filter(None, map(_model_in, get_args(annotation))), None)
    return None


def _kind(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
