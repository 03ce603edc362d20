"""The agents a graph's file names: those of its stages, and those of its parts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

_WORKERS: Final[dict[str, dict[int, str]]] = {
    "fan_out": {2: "worker"},
    "join": {2: "worker"},
    "fallback": {2: "worker"},
    "route": {2: "chooser"},
    "loop": {2: "writer", 3: "reviewer"},
    "debate": {2: "speakers", 3: "judge"},
}
"""Where the functions of `chimera.parts` take agents: place and name of the argument."""
_OURS: Final = ("chimera", "chimera.parts", "chimera.stages")


def named_agents(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield each agent that is named as a word, and its line."""
    known = _imported(tree)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            for word in _workers(call, _function(call.func, known)):
                yield str(word.value), word.lineno


def _workers(call: ast.Call, function: str) -> Iterator[ast.Constant]:
    keywords = {word.arg: word.value for word in call.keywords}
    if function in {"stage", "timed"}:
        yield from _words(keywords.get("agent"))
    for place, name in _WORKERS.get(function, {}).items():
        given = call.args[place] if len(call.args) > place else keywords.get(name)
        yield from _words(given)


def _words(node: ast.expr | None) -> Iterator[ast.Constant]:
    """Yield the words of a value: itself, or those in a list, or the values of a mapping."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _words(item)
    elif isinstance(node, ast.Dict):
        for item in node.values:
            yield from _words(item)


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return what a file calls our modules and functions, and what they are."""
    nodes = [*ast.walk(tree)]
    modules = [alias for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    ours = [n for n in nodes if isinstance(n, ast.ImportFrom) and n.module in _OURS]
    functions = [alias for node in ours for alias in node.names]
    return {
        **{alias.asname or "chimera": alias.name for alias in modules if alias.name in _OURS},
        **{alias.asname or alias.name: alias.name for alias in functions},
    }


def _function(node: ast.expr, known: dict[str, str]) -> str:
    """Return the name of one of our functions; empty where it is none of ours."""
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    root: ast.expr = node
    while isinstance(root, ast.Attribute):
        root = root.value
    ours = isinstance(root, ast.Name) and root.id in known
    return node.attr if ours and isinstance(node, ast.Attribute) else ""
