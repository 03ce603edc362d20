"""What is wrong with a file, from the error that reading it raises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chimera.errors import ChimeraError, ConfigError, Problem


def caught(path: Path, read: Callable[[], object]) -> list[Problem]:
    """Return the problems that reading a file raises; none if it is in order."""
    try:
        read()
    except ConfigError as error:
        return list(error.problems) or [Problem(str(path), None, str(error))]
    except ChimeraError as error:
        return [Problem(str(path), None, str(error))]
    return []
