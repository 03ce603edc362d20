"""Nodes that are no stages, timed and checked all the same: what a run does with any graph.

A compiled graph is not changed: a shallow copy of it runs, whose nodes are wrapped.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.graph import END
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command, Send
from pydantic import BaseModel

from chimera import session as sessions
from chimera.errors import StageError, nearest
from chimera.loop import run_sync
from chimera.stages import TIMED, Timed
from chimera.updates import fields_of, unknown_key

_WATCHED = "_chimera_watched"  # kept on the compiled graph: each refers to the other, and both go

Check = Callable[[object], None]


def watched(compiled: Any) -> Any:  # noqa: ANN401  a CompiledStateGraph
    """Return a compiled graph whose nodes all time themselves and check what they return."""
    known = vars(compiled).get(_WATCHED)
    if known is None:
        known = _wrapped(compiled)
        setattr(compiled, _WATCHED, known)
    return known


def agent_names(graph: Any) -> list[str]:  # noqa: ANN401  a StateGraph
    """Return the agents the stages of a graph speak through, in the order of the stages."""
    names: list[str] = []
    for node in graph.nodes.values():
        function = getattr(getattr(node, "runnable", None), "afunc", None)
        names += filter(None, [getattr(function, "agent_name", None)])
        names += getattr(function, "agent_names", ())  # those of a part have several
    return names


def _wrapped(compiled: Any) -> Any:  # noqa: ANN401  a CompiledStateGraph
    run = copy.copy(compiled)
    run.nodes = {
        name: node if name.startswith("__") else _node(name, node, compiled.builder)
        for name, node in compiled.nodes.items()
    }
    return run


def _node(name: str, node: Any, builder: Any) -> Any:  # noqa: ANN401  LangGraph's
    bound = node.bound
    function = getattr(bound, "afunc", None)
    if getattr(function, TIMED, False) or getattr(bound, TIMED, False):
        return node
    if function is not None:
        check = partial(_check, name, builder)
        wrapped = copy.copy(bound)
        wrapped.afunc = _timed(name, function, check)
    else:
        wrapped = _runnable(name, bound, builder)
    return node.copy({"bound": wrapped})


def _runnable(name: str, bound: Any, builder: Any) -> Any:  # noqa: ANN401  LangGraph's
    """Wrap a node that is no function: a graph of its own, a model, a chain."""
    is_graph = isinstance(bound, CompiledStateGraph)
    inner = _wrapped(bound) if is_graph else bound
    check = partial(_check, name, builder, part=is_graph)
    return _Around(name, _timed(name, inner.ainvoke, check))


class _Around(Runnable[Any, Any]):
    """A node that is run by a function."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self._function = function

    def invoke(
        self,
        input: Any,  # noqa: A002, ANN401  LangChain's
        config: RunnableConfig | None = None,
        **_: Any,  # noqa: ANN401  LangChain's
    ) -> Any:  # noqa: ANN401  LangChain's
        """Run the node from a thread."""
        return run_sync(self.ainvoke(input, config))

    async def ainvoke(
        self,
        input: Any,  # noqa: A002, ANN401  LangChain's
        config: RunnableConfig | None = None,
        **_: Any,  # noqa: ANN401  LangChain's
    ) -> Any:  # noqa: ANN401  LangChain's
        """Run the node."""
        return await self._function(input, config)


def _timed(name: str, function: Callable[..., Any], check: Check) -> Callable[..., Any]:
    async def node(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  LangGraph's
        session = sessions.running()
        if session is None:
            return await function(*args, **kwargs)
        stopwatch = Timed(name)
        stopwatch.begin(session)
        well = False
        try:
            update = await function(*args, **kwargs)
            check(update)
            well = True
        finally:
            stopwatch.end(well=well)
        return update

    return node


def _check(name: str, builder: Any, update: object, *, part: bool = False) -> None:  # noqa: ANN401  a StateGraph
    """Refuse what LangGraph would drop without a word, or trip over at the next node.

    Args:
        name: Name of the node.
        builder: Its graph.
        update: What it returned.
        part: Whether it is a graph of its own, which may have more fields than this one.

    Raises:
        StageError: If a key is unknown, or a value does not fit a Pydantic state.
    """
    for one in _updates(name, builder, update):
        _check_fields(name, builder, one, part=part)


def _updates(name: str, builder: Any, update: object) -> Iterator[Mapping[Any, Any]]:  # noqa: ANN401  a StateGraph
    """Yield the updates in what a node returned; LangGraph refuses what is none itself."""
    if isinstance(update, Command):
        if update.graph is None:
            _check_goto(name, builder, update.goto)
            yield from _updates(name, builder, update.update)
    elif isinstance(update, BaseModel):
        yield dict(update)
    elif isinstance(update, Mapping):
        yield update
    elif isinstance(update, list | tuple) and any(isinstance(one, Command) for one in update):
        for one in update:
            yield from _updates(name, builder, one)
    elif isinstance(update, list | tuple) and all(map(_is_pair, update)):
        yield from ({key: value} for key, value in update)


def _is_pair(one: object) -> bool:
    return isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str)  # noqa: PLR2004


def _check_goto(name: str, builder: Any, goto: Any) -> None:  # noqa: ANN401  LangGraph's
    """Refuse to go where no node is: LangGraph would end there, as if all were done."""
    for one in goto if isinstance(goto, list | tuple) else [goto]:
        target = one.node if isinstance(one, Send) else one
        if target not in builder.nodes and target != END:
            raise StageError(
                f"node {name!r} goes to {target!r}, which the graph does not have"
                f"{nearest(str(target), builder.nodes)} (there are: {', '.join(builder.nodes)})"
            )


def _check_fields(name: str, builder: Any, update: Mapping[Any, Any], *, part: bool) -> None:  # noqa: ANN401  a StateGraph
    known = builder.channels.keys() | builder.managed.keys()
    if "__root__" in known:
        return
    for key in update:
        if key not in known and not part:
            raise StageError(unknown_key(f"node {name!r} returned", str(key), sorted(known)))
    fields_of(builder.state_schema, loose=True).check(f"node {name!r} returned", update)
