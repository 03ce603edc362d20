"""What a graph's file says of its nodes and edges, as far as it can be read unexecuted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_TERMINALS: Final = {"START": "__start__", "END": "__end__"}
_OPEN: Final = {"Command", "Send"}  # a node that goes where it likes
_STAGES: Final = {"stage", "timed"}


@dataclass
class Wiring:
    """Nodes and edges that stand in a file as words.

    Attributes:
        nodes: Each node's name and the line that adds it.
        edges: Pairs of names, with their line.
        graph_line: Where `graph` is set.
        compiled: Where `graph` is set to a compiled graph; None if it is not.
        twice: Nodes that are added again, with that line.
        closed: Whether all of the graph's nodes and edges stand here, by name.
        local: Whether all functions of its nodes stand here; others may go where they like.
    """

    nodes: dict[str, int] = field(default_factory=dict)
    edges: list[tuple[str, str, int]] = field(default_factory=list)
    graph_line: int | None = None
    compiled: int | None = None
    twice: list[tuple[str, int]] = field(default_factory=list)
    closed: bool = True
    local: bool = True

    @property
    def sets_graph(self) -> bool:
        """Whether the file sets `graph`."""
        return self.graph_line is not None

    @property
    def ends(self) -> Iterator[tuple[str, int]]:
        """The names that edges join, with their line; none where nodes may come from elsewhere."""
        for start, end, line in self.edges if self.closed else ():
            yield from ((name, line) for name in (start, end) if name not in _TERMINALS.values())

    def reached(self) -> set[str]:
        """Return the nodes that edges lead to from the start."""
        found, new = set[str](), {"__start__"}
        while new:
            found |= new
            new = {end for start, end, _ in self.edges if start in found} - found
        return found


def read_wiring(tree: ast.Module) -> Wiring:
    """Read what a file says of its graph."""
    wiring = Wiring()
    for statement in tree.body:
        _set_graph(statement, wiring)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            wiring.closed &= _called(node) not in _OPEN
    builder = _builder(tree)
    calls = _statements(tree, builder) if builder else []
    wiring.closed &= bool(builder) and _only_there(tree, str(builder), calls)
    for call in calls:
        _call(call, wiring)
    here = {
        statement.name
        for statement in tree.body
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        and not statement.decorator_list
    }
    for call in calls:
        if _called(call) == "add_node":
            wiring.local &= _function(call) in here
            wiring.closed &= _word(call.args[0] if call.args else None) is not None or (
                _function(call) in here  # the node is called like the function
            )
    return wiring


def _builder(tree: ast.Module) -> str | None:
    """Return what a file calls its only graph, if LangGraph's own class makes it at top level."""
    imported = any(
        isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("langgraph.graph")
        and any(alias.name == "StateGraph" and not alias.asname for alias in node.names)
        for node in tree.body
    )
    made = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and _called(n) == "StateGraph"]
    if not imported or len(made) != 1:
        return None
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is made[0]:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            first = targets[0]
            return first.id if len(targets) == 1 and isinstance(first, ast.Name) else None
    return None


def _statements(tree: ast.Module, builder: str) -> list[ast.Call]:
    """Return the calls on the graph that are statements at top level, chained ones too."""
    found: list[ast.Call] = []
    for statement in tree.body:
        node: ast.expr | None = statement.value if isinstance(statement, ast.Expr) else None
        chain = []
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            chain.append(node)
            node = node.func.value
        if isinstance(node, ast.Name) and node.id == builder:
            found += reversed(chain)
    return found


def _only_there(tree: ast.Module, builder: str, calls: list[ast.Call]) -> bool:
    """Tell whether nothing else in the file has the graph in hand: no function, loop or alias."""
    names = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == builder]
    known = [call.func.value for call in calls if isinstance(call.func, ast.Attribute)]
    known += [s.value for s in tree.body if isinstance(s, ast.Assign) and _is_graph(s)]
    compiled = [
        v.func.value
        for v in known
        if isinstance(v, ast.Call) and _called(v) == "compile" and isinstance(v.func, ast.Attribute)
    ]
    allowed = {id(node) for node in [*known, *compiled]}
    stored = sum(isinstance(name.ctx, ast.Store) for name in names)
    return stored == 1 and all(
        id(name) in allowed for name in names if not isinstance(name.ctx, ast.Store)
    )


def _is_graph(statement: ast.Assign) -> bool:
    target = statement.targets[0]
    return isinstance(target, ast.Name) and target.id == "graph"


def _function(call: ast.Call) -> str:
    """Return the name of a node's function, also inside of `stage()`; empty where it is another."""
    node: ast.expr | None = call.args[-1] if call.args else None
    if isinstance(node, ast.Call) and _called(node) in _STAGES:
        node = node.args[0] if node.args else None
    return node.id if isinstance(node, ast.Name) else ""


def _set_graph(statement: ast.stmt, wiring: Wiring) -> None:
    """Note where `graph` is set, by whatever statement."""
    names = {
        name.id
        for name in ast.walk(statement)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    if isinstance(statement, ast.ImportFrom | ast.Import):
        names = {alias.asname or alias.name for alias in statement.names}
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names = {statement.name}
    if "graph" not in names and "*" not in names:
        return
    wiring.graph_line = statement.lineno
    value = getattr(statement, "value", None)
    if isinstance(value, ast.Call) and _called(value) == "compile":
        wiring.compiled = statement.lineno


def _call(call: ast.Call, wiring: Wiring) -> None:
    """Note what one call adds to the graph."""
    name = _called(call)
    if name == "add_node":
        _node(call, wiring)
    elif name == "add_edge":
        _edge(call, wiring)
    elif name in {"set_entry_point", "set_finish_point"} and len(call.args) == 1:
        other = _word(call.args[0])
        pair = ("__start__", other) if name == "set_entry_point" else (other, "__end__")
        wiring.closed &= other is not None
        if pair[0] and pair[1]:
            wiring.edges.append((pair[0], pair[1], call.lineno))
    else:
        wiring.closed = False


def _node(call: ast.Call, wiring: Wiring) -> None:
    first = call.args[0] if call.args else None
    name = _word(first) or (first.id if isinstance(first, ast.Name) else None)
    if name is None or any(word.arg in {"destinations", None} for word in call.keywords):
        wiring.closed = False
    if name in wiring.nodes:
        wiring.twice.append((name, call.lineno))
    elif name is not None:
        wiring.nodes[name] = call.lineno


def _edge(call: ast.Call, wiring: Wiring) -> None:
    ends = [_end(arg) for arg in call.args]
    if len(ends) != 2 or not all(ends):  # noqa: PLR2004  an edge has two ends
        wiring.closed = False
        return
    starts, finishes = ends
    wiring.edges += [(a, b, call.lineno) for a in starts for b in finishes]


def _end(node: ast.expr) -> list[str]:
    """Return the names one end of an edge has; none where they cannot be read."""
    if isinstance(node, ast.List | ast.Tuple):
        found = [_end(item) for item in node.elts]
        return [name for names in found for name in names] if all(found) else []
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return [_TERMINALS[name]] if name in _TERMINALS else []
    word = _word(node)
    return [word] if word else []


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    if isinstance(function, ast.Subscript):
        function = function.value
    return function.id if isinstance(function, ast.Name) else ""


def _word(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
