"""What a graph's file imports, as far as it can be held against what is there unexecuted."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from chimera.errors import Problem, nearest, nearest_of

_READ: Final = "chimera"  # the package whose modules are read for the names they have


def import_problems(path: Path, tree: ast.Module) -> Iterator[Problem]:
    """Yield imports at top level of modules that are nowhere, and of names that Chimera lacks.

    Nothing is imported: of other packages only the first word of a module's name is looked up.
    """
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield from _module(path, alias.name, statement.lineno)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            missing = [*_module(path, statement.module, statement.lineno)]
            yield from missing or _names(path, statement)


def _module(path: Path, name: str, line: int) -> Iterator[Problem]:
    first = name.partition(".")[0]
    looked_up = name if first == _READ else first
    if not _is_there(looked_up) and not _stands_beside(path, first):
        known = [*sys.stdlib_module_names, "chimera", "langchain_core", "langgraph", "pydantic"]
        said = (
            f"no module is called {looked_up!r}{nearest(looked_up, known)}: install it, or mend it"
        )
        yield Problem(str(path), line, said, "import", (), nearest_of(looked_up, known))


def _names(path: Path, statement: ast.ImportFrom) -> Iterator[Problem]:
    module = statement.module or ""
    if module.partition(".")[0] != _READ:
        return
    known = names_in(module)
    for alias in statement.names:
        if alias.name in known or alias.name == "*" or _is_there(f"{module}.{alias.name}"):
            continue
        allowed = sorted(name for name in known if not name.startswith("_"))
        said = f"{module} has no {alias.name!r}{nearest(alias.name, allowed)}"
        near = nearest_of(alias.name, allowed)
        yield Problem(str(path), statement.lineno, said, "import", tuple(allowed), near)


@lru_cache(maxsize=64)
def names_in(module: str) -> frozenset[str]:
    """Return the names at the top level of a module's file, those it only tells checkers too."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return frozenset()
    tree = ast.parse(Path(spec.origin).read_bytes())
    found = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _is_stored(n)}
    found |= {
        n.name
        for n in ast.walk(tree)
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    aliases = (n.names for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom))
    found |= {alias.asname or alias.name for names in aliases for alias in names}
    return frozenset(found)


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _is_there(module: str) -> bool:
    try:
        return module in sys.modules or find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _stands_beside(path: Path, module: str) -> bool:
    """Tell whether a module stands in a folder that a program may be started from."""
    return any(
        (folder / f"{module}.py").is_file() or (folder / module).is_dir() for folder in path.parents
    )
