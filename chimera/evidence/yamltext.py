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


def load_yaml(text: str) -> Json:
    """Return the value of a YAML text: numbers as they are written, everything else as text.

    Raises:
        ValueError: The text is no YAML, or uses anchors and aliases.

    """
    import yaml

    if _ALIAS.search(text):
        raise ValueError("anchors and aliases are not followed")
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return _json(yaml.load(text, Loader=loader))  # noqa: S506 - the base loader makes text only
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise ValueError(
            f"{where}{getattr(error, 'problem', None) or type(error).__name__}"
        ) from None


def _json(value: Any) -> Json:  # noqa: ANN401 - what a YAML reader returns
    if isinstance(value, dict):
        return {str(key): _json(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_json(child) for child in value]
    text = str(value)
    if text in {"", "~", "null", "Null", "NULL"}:
        return None
    return NumberText(text) if _NUMBER.match(text) else text
