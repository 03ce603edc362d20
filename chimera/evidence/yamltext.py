"""YAML text → a value like JSON's: scalars as written, no tag followed, no alias allowed."""

from __future__ import annotations

import re
from typing import Any

from chimera.evidence.document import Json, NumberText

_KEY_LINE = re.compile(r"\s*(?:- )*(?:[\w./()%-][\w ./()%-]{0,60}|\"[^\"\n]{1,60}\"):(?:\s|$)")
_MARKDOWN = re.compile(r"\A\s*#{1,6} |^#{2,6} ", re.MULTILINE)
_ALIAS = re.compile(r"(?:^|[\s\[{,])[&*][A-Za-z0-9_]", re.MULTILINE)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\Z")
_SAMPLE = 200  # lines
_SHARE = 0.9  # of the lines are keys or items
_KEYS = 0.5  # of the lines are keys
_LEAST = 3  # keys
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_DEEPEST = 256
_TWICE = "a key occurs twice in one object: the last one counts"
_LONGEST = 8 * 1024 * 1024  # characters: a reader written for correctness takes its time


def looks_like_yaml(text: str) -> bool:
    """Tell whether nearly every line of a text is a key, an item or a comment."""
    head = text[: _SAMPLE * 200]
    if len(text) > _LONGEST or _MARKDOWN.search(head):
        return False
    lines = [line for line in head.split("\n")[:_SAMPLE] if line.strip()]
    lines = [line for line in lines if not line.lstrip().startswith(("#", "---"))]
    keys = sum(bool(_KEY_LINE.match(line)) for line in lines)
    items = sum(line.lstrip().startswith("- ") and not _KEY_LINE.match(line) for line in lines)
    enough = keys >= max(_LEAST, _KEYS * len(lines))
    return enough and keys + items >= _SHARE * len(lines)


def load_yaml(text: str, notes: list[str] | None = None) -> Json:
    """Return the value of a YAML text: numbers as they are written, everything else as text.

    What is odd about it is added to `notes`. The events of the parser are put together here: the
    readers of PyYAML recurse in C, and a deep nesting would end the process.

    Raises:
        ValueError: The text is no YAML, uses anchors and aliases, or is nested too deeply.

    """
    import yaml

    if _ALIAS.search(text):
        raise ValueError("anchors and aliases are not followed")
    builder = _Builder([] if notes is None else notes)
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(
            f"{where}{getattr(error, 'problem', None) or type(error).__name__}"
        ) from None
    return builder.value


class _Builder:
    """Puts a value together from the events of a YAML parser."""

    def __init__(self, notes: list[str]) -> None:
        self.value: Json = None
        self._notes = notes
        self._open: list[dict[str, Json] | list[Json]] = []
        self._keys: list[str | None] = []  # of each open mapping, where its value is to come
        self._documents = 0

    def take(self, event: Any) -> None:  # noqa: ANN401 - PyYAML is untyped
        """Take in one event."""
        match type(event).__name__:
            case "ScalarEvent":
                self._scalar(event.value)
            case "MappingStartEvent":
                self._enter({})
            case "SequenceStartEvent":
                self._enter([])
            case "MappingEndEvent" | "SequenceEndEvent":
                self._open.pop()
                self._keys.pop()
            case "AliasEvent":
                raise ValueError("anchors and aliases are not followed")
            case "DocumentStartEvent":
                self._documents += 1
                if self._documents > 1:
                    raise ValueError("more than one document")

    def _enter(self, value: dict[str, Json] | list[Json]) -> None:
        if len(self._open) >= _DEEPEST:
            raise ValueError(f"nested deeper than {_DEEPEST}")
        self._put(value)
        self._open.append(value)
        self._keys.append(None)

    def _scalar(self, text: str) -> None:
        if self._open and isinstance(self._open[-1], dict) and self._keys[-1] is None:
            self._keys[-1] = text
        elif text in _NULLS:
            self._put(None)
        else:
            self._put(NumberText(text) if _NUMBER.match(text) else text)

    def _put(self, value: Json) -> None:
        if not self._open:
            self.value = value
            return
        around, key = self._open[-1], self._keys[-1]
        if isinstance(around, list):
            around.append(value)
        elif key is None:
            raise ValueError("a key that is no text")
        else:
            if key in around and _TWICE not in self._notes:
                self._notes.append(_TWICE)
            around[key] = value
            self._keys[-1] = None
