"""Python objects that a YAML file names by their place: `package.module:name`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from chimera.errors import nearest

_project: ContextVar[Path | None] = ContextVar("chimera_places", default=None)


@contextmanager
def beside(folder: Path) -> Iterator[None]:
    """Let modules that stand in a project's folder be named inside the block."""
    token = _project.set(folder)
    try:
        yield
    finally:
        _project.reset(token)


def object_at(place: str) -> Any:  # noqa: ANN401  whatever stands there
    """Return what `package.module:name` names.

    A module that is not installed is looked for in the project's folder, which is then put at the
    end of `sys.path`: the modules beside it may import each other.

    Raises:
        ValueError: If there is none.
    """
    module, _, name = place.partition(":")
    if not (module and name):
        raise ValueError("must name something in a module, as package.module:Class")
    try:
        found = _imported(module)
    except (ImportError, ValueError) as error:
        raise ValueError(f"cannot be imported: {error}") from None
    except (Exception, SystemExit) as error:  # noqa: BLE001  a module may do anything as it is imported
        raise ValueError(f"cannot be imported: {type(error).__name__}: {error}") from None
    if not hasattr(found, name):
        raise ValueError(f"module {module!r} has no {name!r}{nearest(name, vars(found))}")
    return getattr(found, name)


def _imported(module: str) -> ModuleType:
    first = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        folder = _project.get()
        if error.name != first or folder is None or not _stands_in(folder, first):
            raise
        sys.path.append(str(folder))
        return import_module(module)


def _stands_in(folder: Path, module: str) -> bool:
    there = (folder / f"{module}.py").is_file() or (folder / module).is_dir()
    return there and str(folder) not in sys.path
