"""What is drawn of a LangGraph graph: nodes and edges as plain data, subgraphs in their nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from chimera.errors import ConfigError

START: Final = "__start__"
END: Final = "__end__"
DEEPEST: Final = 3  # subgraphs within subgraphs; deeper ones are drawn as one node


@dataclass(frozen=True)
class Node:
    """A node; `inside` holds its own graph where it is one, `detail` says more of it."""

    id: str
    name: str
    detail: str = ""
    inside: Flow | None = None


@dataclass(frozen=True)
class Edge:
    """An edge; a conditional one is taken or not, as its label says."""

    source: str
    target: str
    conditional: bool = False
    label: str = ""


@dataclass(frozen=True)
class Flow:
    """Nodes in the order in which they were added, and the edges between them.

    `open_ended` names the nodes that choose their successor at run time without having said
    among which: nobody can draw those edges, so the picture says so.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    open_ended: frozenset[str] = frozenset()


def flow(graph: Any, depth: int = DEEPEST) -> Flow:  # noqa: ANN401  a LangGraph graph
    """Return what a LangGraph graph, compiled or not, consists of.

    Raises:
        ConfigError: If it is no graph.
    """
    compiled = graph.compile() if hasattr(graph, "compile") else graph
    if not hasattr(compiled, "get_graph"):
        raise ConfigError(f"{graph!r} is no LangGraph graph; give a StateGraph, compiled or not")
    drawn = compiled.get_graph()
    open_ended = _open_ended(compiled)
    order = list(drawn.nodes)
    edges = [
        Edge(edge.source, edge.target, edge.conditional, _label(edge))
        for edge in drawn.edges
        # LangGraph sends such nodes to the end, for want of better knowledge
        if edge.source not in open_ended or edge.conditional or edge.target != END
    ]
    edges.sort(key=lambda edge: (order.index(edge.source), order.index(edge.target)))
    reached = {edge.target for edge in edges}
    nodes = tuple(
        _node(node, depth) for node in drawn.nodes.values() if node.id != END or END in reached
    )
    return Flow(nodes, tuple(dict.fromkeys(edges)), open_ended)


def _node(node: Any, depth: int) -> Node:  # noqa: ANN401  a LangGraph node
    inside = flow(node.data, depth - 1) if depth > 1 and hasattr(node.data, "builder") else None
    agent = getattr(getattr(node.data, "afunc", None), "agent_name", None)
    fixed = {START: "start", END: "end"}
    return Node(
        node.id, fixed.get(node.id, str(node.name)), f"agent {agent}" if agent else "", inside
    )


def _label(edge: Any) -> str:  # noqa: ANN401  a LangGraph edge
    """Return what an edge says of itself; the name of its target says nothing new."""
    said = "" if edge.data is None else str(edge.data)
    return "" if said == edge.target else said


def _open_ended(compiled: Any) -> frozenset[str]:  # noqa: ANN401  a LangGraph graph
    builder = getattr(compiled, "builder", None)
    branches = getattr(builder, "branches", {})
    ended = {source for source, target in getattr(builder, "edges", ()) if target == END}
    return frozenset(
        name
        for name, found in branches.items()
        if name not in ended and any(branch.ends is None for branch in found.values())
    )
