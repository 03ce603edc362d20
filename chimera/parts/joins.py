"""Join: branches of any length meet in one node, which runs once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chimera.errors import ConfigError
from chimera.parts.fields import Fields
from chimera.parts.node import Done, Part, check_nodes, desk
from chimera.parts.reading import Reading, Reads
from chimera.parts.workers import Work, Worker

if TYPE_CHECKING:
    from langgraph.graph import StateGraph


def join(
    graph: StateGraph[Any, Any, Any, Any],
    name: str,
    worker: Work | None = None,
    *,
    after: Sequence[str],
    writes: str,
    reads: Reads | None = None,
) -> None:
    """Add a node that waits for branches of the graph and runs once, with an edge from each.

    It runs when nothing else of the graph is left to run: after the slowest branch, and also if a
    branch was not taken at all. Reducers of LangGraph add the parallel updates up before.

    Args:
        graph: The graph.
        name: Name of the node.
        worker: An agent, the name of one of the project's, or an async function of what is read;
            without one, what is read is written as it is.
        after: The last node of each branch.
        writes: Field for the result.
        reads: One field, or several, which are read as a mapping of name to value; the whole state
            if left out, which only a function can take.

    Raises:
        ConfigError: If the state lacks a field, or the graph a node.
        StageError: (by the node) if the work fails and the state has no `gaps`.
    """
    from langgraph.graph import END

    part = f"join {name!r}"
    fields = Fields(graph, part)
    reading, kind = Reading(fields, reads), fields.type_of(writes, "writes its result to", "str")
    if isinstance(after, str) or not after:
        raise ConfigError(f"{part}: after={after!r} must list the last node of each branch")
    if worker is None and reads is None:
        raise ConfigError(f"{part}: give it a worker, or say with reads=… what it collects")
    worker = Worker(_as_it_is if worker is None else worker, part)
    reading.check(worker)
    check_nodes(graph, part, after)
    if END in after:
        raise ConfigError(f"{part}: after={list(after)!r} holds END, after which nothing runs")

    async def work(state: Any, _: Any) -> Done:  # noqa: ANN401  any LangGraph state
        return Done({writes: await worker(reading.value(state), kind, desk().context)})

    Part(name=name, fields=fields, work=work, workers=[worker], defer=True).add_to(graph)
    for branch in after:
        graph.add_edge(branch, name)


async def _as_it_is(value: Any) -> Any:  # noqa: ANN401  values of a state
    return value
