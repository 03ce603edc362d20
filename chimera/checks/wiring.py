"""What a graph's file says of its nodes, edges and agents, as far as it can be read unexecuted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_TERMINALS: Final = {"START": "__start__", "END": "__end__"}
_OPEN: Final = {"Command", "Send", "add_conditional_edges", "add_sequence", "compile_subgraph"}
_BUILDING: Final = {"add_node", "add_edge", "set_entry_point", "set_finish_point", "StateGraph"}


@dataclass
class Wiring:
    """Nodes, edges and agents that stand in a file as words.

    Attributes:
        nodes: Each node's name and the line that adds it.
        edges: Pairs of names, with their line.
        agents: Agents that are named, with their line.
        graph_line: Where `graph` is set.
        compiled: Where `graph` is set to a compiled graph; None if it is not.
        closed: Whether all of the graph's nodes and edges stand here, by name.
    """

    nodes: dict[str, int] = field(default_factory=dict)
    edges: list[tuple[str, str, int]] = field(default_factory=list)
    agents: list[tuple[str, int]] = field(default_factory=list)
    graph_line: int | None = None
    compiled: int | None = None
    closed: bool = True

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
    graphs = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _called(node)
            graphs += name == "StateGraph"
            _call(node, name, wiring)
    looped = any(isinstance(s, ast.For | ast.While | ast.With | ast.If) for s in tree.body)
    wiring.closed &= graphs == 1 and not looped and not _hands_on(tree)
    return wiring


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


def _call(call: ast.Call, name: str, wiring: Wiring) -> None:
    """Note what one call adds to a graph, or which agent it names."""
    keywords = {word.arg: word.value for word in call.keywords}
    if name in {"stage", "timed"} and (agent := _word(keywords.get("agent"))):
        wiring.agents.append((agent, call.lineno))
    elif name == "add_node":
        _node(call, wiring)
    elif name == "add_edge":
        _edge(call, wiring)
    elif name in {"set_entry_point", "set_finish_point"} and call.args:
        other = _word(call.args[0])
        pair = ("__start__", other) if name == "set_entry_point" else (other, "__end__")
        if pair[0] and pair[1]:
            wiring.edges.append((pair[0], pair[1], call.lineno))
    elif name in _OPEN:
        wiring.closed = False


def _node(call: ast.Call, wiring: Wiring) -> None:
    first = call.args[0] if call.args else None
    name = _word(first) or (first.id if isinstance(first, ast.Name) else None)
    if name is None or any(word.arg == "destinations" for word in call.keywords):
        wiring.closed = False
    if name is not None:
        wiring.nodes.setdefault(name, call.lineno)


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


def _hands_on(tree: ast.Module) -> bool:
    """Tell whether a graph is given to a function, which may add nodes of its own."""
    given = {
        arg.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and _called(call) not in _BUILDING
        for arg in [*call.args, *(word.value for word in call.keywords)]
        if isinstance(arg, ast.Name)
    }
    graphs = {
        target.id
        for statement in ast.walk(tree)
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Call)
        and _called(statement.value) == "StateGraph"
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    return bool(given & graphs)


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    if isinstance(function, ast.Subscript):
        function = function.value
    return function.id if isinstance(function, ast.Name) else ""


def _word(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
