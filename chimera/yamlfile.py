"""Strict YAML: what a file says, with the line of every value, checked against a Pydantic model.

No tags, anchors, aliases, merge keys or duplicate keys; at most 64 KiB, 16 levels and 2,000 values.
A wrong key, type or range is a `ConfigError` that names file, line, value and, for a key, the
nearest valid one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from chimera.errors import ConfigError, NotFoundError, Problem
from chimera.flaws import Flaw
from chimera.yamlsyntax import explained

M = TypeVar("M", bound=BaseModel)
Where = tuple[str | int, ...]

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_VALUES = 2_000  # keys and items of lists, at every level

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it was built in


class Place(NamedTuple):
    """Where a value stands."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML mapping as plain values, and where each of them stands.

    A key's place is that of the key, an item's that of the item; the lines of a block of text
    (`key: |`) have places of their own, by number from 0. Values of several files may be put
    together into one document: each keeps its own place.

    Attributes:
        source: The file, as it is named in errors.
        data: What it says.
        places: Where each value stands, by the keys that lead to it.
        written: Numbers and words for true and false as they were written: `1.10`, which is 1.1 as
            a value, and `no`, which is false.
    """

    source: str
    data: dict[str, object]
    places: dict[Where, Place]
    written: dict[Where, str] = field(default_factory=dict)

    def place(self, *where: str | int) -> Place:
        """Return where a value stands, or else what holds it."""
        ends = (where[:end] for end in range(len(where), -1, -1))
        return next((self.places[w] for w in ends if w in self.places), Place(self.source, 1))

    def problem(self, message: str, *where: str | int, **more: Any) -> Problem:  # noqa: ANN401
        """Return a problem with the value at a key; `more` as `Problem` has it.

        Of a text in a block `line` says which line of it, from 0.
        """
        line = more.pop("line", None)
        place = self.place(*where) if line is None else self.place(*where, line)
        if place.file != self.source:
            message += f" (inherited by {self.source})"
        return Problem(place.file, place.line, message, ".".join(map(str, where)), **more)

    def told(self, flaw: Flaw) -> Problem:
        """Return a flaw as a problem of the file, with its key and line."""
        key = ".".join(map(str, flaw.where))
        said = f"{key}: {flaw.message}" if key else flaw.message
        more = {"allowed": flaw.allowed, "nearest": flaw.nearest, "line": flaw.line}
        return self.problem(said, *flaw.where, **more)


def load(path: Path, model: type[M]) -> M:
    """Read one YAML file into the model.

    Raises:
        NotFoundError: If there is no such file.
        ConfigError: If it is no strict YAML or does not fit the model.
    """
    return _cached(path, model, *stamp(path))  # type: ignore[return-value]


def parse(text: str, model: type[M], *, source: str) -> M:
    """Read YAML text into the model; `source` names it in errors."""
    return fit(read_text(text, source), model)


def read(path: Path) -> Document:
    """Read one YAML file, its keys not checked yet.

    Raises:
        NotFoundError: If there is no such file.
        ConfigError: If it is no strict YAML.
    """
    _, size = stamp(path)
    source = str(path)
    if size > MAX_BYTES:
        raise ConfigError.of(Problem(source, None, f"{size} bytes; at most {MAX_BYTES} are read"))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        what = f"not UTF-8 text ({error.reason} at byte {error.start}): save it as UTF-8"
        raise ConfigError.of(Problem(source, line, what)) from None
    except OSError as error:
        raise NotFoundError(f"cannot read {source!r}: {error.strerror}") from error
    return read_text(text, source)


def read_text(text: str, source: str) -> Document:
    """Read YAML text, its keys not checked yet; `source` names it in errors.

    Raises:
        ConfigError: If it is no strict YAML, or no mapping of keys.
    """
    reader = _Reader(source)
    data = reader.read(text)
    if not isinstance(data, dict):
        said = "write lines of the form KEY: VALUE"
        reader.fail(0, f"expected a mapping of keys, found {_kind(data)}: {said}")
    return Document(source, data, reader.places, reader.written)


def fit(document: Document, model: type[M]) -> M:
    """Check a document against the model and return what it says.

    Raises:
        ConfigError: If it does not fit; it holds every problem.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        from chimera.fitting import problems_of

        raise ConfigError.of(*problems_of(error.errors(), model, document)) from None


def stamp(path: Path) -> tuple[int, int]:
    """Return what changes with a file: its time of change in nanoseconds, and its size.

    Raises:
        NotFoundError: If there is no such file.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise NotFoundError(f"cannot read {str(path)!r}: {error.strerror}") from error
    return stat.st_mtime_ns, stat.st_size


@lru_cache(maxsize=256)
def _cached(path: Path, model: type[BaseModel], _mtime_ns: int, _size: int) -> BaseModel:
    return fit(read(path), model)


class _Reader:
    """One YAML document turned into plain values, their places noted on the way."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.places: dict[Where, Place] = {}
        self.written: dict[Where, str] = {}

    def read(self, text: str) -> object:
        self._refuse_excess(text)
        try:
            node = yaml.compose(text, Loader=_Loader)
        except yaml.YAMLError as error:
            self.fail(*explained(error, text))
        return None if node is None else self.value(node, ())

    def _refuse_excess(self, text: str) -> None:
        """Refuse tags, aliases, depth and number while there are only events."""
        depth = values = 0
        try:
            for event in yaml.parse(text, Loader=_Loader):
                depth += isinstance(event, yaml.CollectionStartEvent)
                depth -= isinstance(event, yaml.CollectionEndEvent)
                values += isinstance(event, yaml.NodeEvent)
                line = event.start_mark.line if event.start_mark else 0
                if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                    self.fail(line, "anchors and aliases are not allowed: write the value in full")
                if tag := getattr(event, "tag", None):  # YAML in a text is read by `!!int "…"`
                    said = f"tag {tag.replace(_CORE, '!!')!r} is not allowed"
                    self.fail(line, f"{said}: write the value without it")
                if depth > MAX_DEPTH:
                    self.fail(line, f"nested deeper than {MAX_DEPTH} levels")
                if values > MAX_VALUES:
                    self.fail(line, f"more than {MAX_VALUES} keys and values")
        except yaml.YAMLError:
            return  # compose() meets the same error and reports it with its line

    def value(self, node: yaml.Node, where: Where) -> object:
        self.places[where] = Place(self.source, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, where)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*where, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.style == "|":
            first = node.start_mark.line + 2
            for number in range(node.value.count("\n") + 1):
                self.places[(*where, number)] = Place(self.source, first + number)
        return self.scalar(node, where)

    def mapping(self, node: yaml.MappingNode, where: Where) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str):
                self.fail(key_node.start_mark.line, "keys are plain words")
            if key == "<<":
                self.fail(
                    key_node.start_mark.line, "merge keys are not allowed: write the keys in full"
                )
            if key in found:
                first = self.places[(*where, key)].line
                self.fail(
                    key_node.start_mark.line, f"{key!r} stands twice, here and in line {first}"
                )
            found[key] = self.value(value_node, (*where, key))
            self.places[(*where, key)] = Place(self.source, key_node.start_mark.line + 1)
        return found

    def scalar(self, node: yaml.Node, where: Where) -> object:
        kind = node.tag.removeprefix(_CORE)
        if kind in {"str", "timestamp"}:
            return node.value
        if kind in {"int", "float", "bool"}:
            self.written[where] = node.value
        if kind in {"int", "float"} and _ODD.match(node.value):
            said = f"{node.value[:_SHOWN]!r} would be read as another number: write it in decimal"
            self.fail(node.start_mark.line, f"{said}, or in quotes where it is a text")
        try:
            return yaml.safe_load(node.value)
        except (yaml.YAMLError, ValueError) as error:
            said = f"cannot read {node.value[:_SHOWN]!r}: {error}"
            self.fail(node.start_mark.line, said)

    def fail(self, line: int, what: str) -> NoReturn:
        raise ConfigError.of(Problem(self.source, line + 1, what))


_CORE = "tag:yaml.org,2002:"
_ODD = re.compile(r"[-+]?(?:0[0-9]|[0-9_]+:)")  # 010 is 8 and 1:30 is 90 in YAML 1.1
_SHOWN = 60  # characters of a value in a message


def _kind(value: object) -> str:
    if isinstance(value, list | str):
        return "a list" if isinstance(value, list) else "a text"
    return "nothing" if value is None else f"the value {value}"
