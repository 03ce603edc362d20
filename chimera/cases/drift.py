"""What has changed in a persona since it was accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from difflib import ndiff

LINES = 12  # of one field
CHARS = 160  # of one line


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """Return what differs between two personas, field by field.

    A short value is one line, `rules.max_words: 120 → 80`; of a text the lines that differ follow
    its name, marked by `-` and `+`.
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    found: list[str] = []
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            found += _change(name, old.get(name), new.get(name))
    return found


def _flat(value: Mapping[str, object], above: str = "") -> Iterator[tuple[str, object]]:
    for name, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield from _flat(inner, f"{above}{name}.")
        else:
            yield f"{above}{name}", inner


def _change(name: str, old: object, new: object) -> list[str]:
    if isinstance(old, str) and isinstance(new, str) and "\n" in old + new:
        lines = [line for line in _differing(old, new) if line.strip()]
        more = [f"  … and {len(lines) - LINES} more lines"] if len(lines) > LINES else []
        return [f"{name}:", *(f"  {_cut(line)}" for line in lines[:LINES]), *more]
    return [f"{name}: {_said(old)} → {_said(new)}"]


def _differing(old: str, new: str) -> list[str]:
    found = ndiff(old.splitlines(), new.splitlines())
    return [line.rstrip() for line in found if line[:1] in "-+"]


def _said(value: object) -> str:
    return "nothing" if value is None else _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= CHARS else f"{text[:CHARS]}…"
