"""Cells that hold a JSON object of settings → one column per setting."""

from __future__ import annotations

import json
from functools import lru_cache

from chimera.evidence.names import plain
from chimera.evidence.tables.grid import HEADERS
from chimera.evidence.words import words

_NAMES = words("options params parameters settings config args kwargs")


_MOST_KEYS = 200  # of all cells; more are no settings but data


def expand_options(columns: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the columns with objects like `{"temperature": 0.3}` unfolded beside the others.

    Objects with hundreds of different keys are left out: they would make as many columns.
    """
    named = _named(tuple(columns))
    folded = [name for name in named if _starts_object(columns[name])]
    if not folded:
        return columns
    unfolded = {name: cells for name, cells in columns.items() if name not in folded}
    for name in folded:
        for key, cells in _unfold(columns[name]).items():
            unfolded.setdefault(key, cells)
    return unfolded


@lru_cache(maxsize=HEADERS)
def _named(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if plain(name) in _NAMES)


def _starts_object(cells: list[str]) -> bool:
    return any(cell.startswith("{") for cell in cells)


def _unfold(cells: list[str]) -> dict[str, list[str]]:
    known: dict[str, dict[str, str]] = {}
    for cell in set(cells):
        try:
            value = json.loads(cell, parse_float=str, parse_int=str) if cell[:1] == "{" else {}
        except (ValueError, RecursionError):
            value = {}
        known[cell] = {k: v for k, v in value.items() if k and isinstance(v, str)}
    keys = dict.fromkeys(key for settings in known.values() for key in settings)
    if len(keys) > _MOST_KEYS:
        return {}
    keys = dict.fromkeys(key for cell in cells for key in known[cell])
    return {key: [known[cell].get(key, "") for cell in cells] for key in keys}
