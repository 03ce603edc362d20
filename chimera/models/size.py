"""How large a model is, as far as its name or its server says."""

from __future__ import annotations

import re
from typing import Final

SMALL: Final = 4e9  # parameters; a model below writes no sentences of its own

_UNITS: Final = {"k": 1e3, "m": 1e6, "b": 1e9}
_SIZE: Final = re.compile(
    r"(?<![a-z0-9.])e?(?:(\d+)x)?(\d+(?:\.\d+)?)([mb])(?![a-z0-9])", re.IGNORECASE
)

_TOLD: Final = re.compile(r"(\d+(?:\.\d+)?)([kmb])", re.IGNORECASE)


def parameters(name: str) -> float | None:
    """Return how many parameters a model has by its name; None where the name does not say.

    `gemma3:270m` has 270e6, `mixtral:8x7b` 56e9. Of several sizes the largest counts: in
    `qwen3:30b-a3b` the second is what is active.
    """
    sizes = [
        int(experts or 1) * float(count) * _UNITS[unit.lower()]
        for experts, count, unit in _SIZE.findall(name)
    ]
    return max(sizes, default=None)


def told(text: object) -> float | None:
    """Return the parameters that Ollama's `parameter_size` tells, such as `592K` or `4.3B`."""
    match = _TOLD.fullmatch(text) if isinstance(text, str) else None
    return float(match[1]) * _UNITS[match[2].lower()] if match else None
