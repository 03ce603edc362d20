"""The node that every part is: a timed stage around the part's work, and around its inner graph."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from chimera.errors import CallError, ConfigError, SetupError, StageError, nearest
from chimera.parts.turns import Failure
from chimera.stages import TIMED, timed
from chimera.updates import check_update

if TYPE_CHECKING:
    from langgraph.graph import StateGraph
    from langgraph.types import Command

    from chimera.parts.fields import Fields
    from chimera.parts.workers import Worker
    from chimera.stages import StageContext


@dataclass
class Desk:
    """What the parts of one node share while it runs."""

    context: StageContext
    seats: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    _handed_out: int = 0

    @asynccontextmanager
    async def one(self) -> AsyncIterator[StageContext]:
        """Wait for a seat, and give a context whose gaps are of one piece of work alone."""
        async with self.seats:
            yield replace(self.context, gaps=[])

    def calls(self) -> list[Any]:
        """Return the model calls that no piece of work has handed out yet, as plain JSON.

        They go into the inner graph's state with the work that is done, where a checkpointer keeps
        them though the run is killed.
        """
        made = self.context.calls
        new, self._handed_out = made[self._handed_out :], len(made)
        return [call.model_dump(mode="json") for call in new]


_FREE = 1_000_000  # None would be the limit of the graph outside, and 0 no task at all in LangChain

_desk: ContextVar[Desk] = ContextVar("chimera_desk")


def desk() -> Desk:
    """Return the desk of the part that is running."""
    return _desk.get()


@dataclass
class Done:
    """What the work of a part comes to: an update, what is missing, where to go on."""

    update: Mapping[str, Any] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    calls: list[Any] = field(default_factory=list)
    goto: str | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a graph, ready to be added as a node.

    Attributes:
        name: Name of the node.
        fields: The state's fields.
        work: What is done with the state, and the inner graph if there is one.
        workers: Who does it.
        inner: The compiled graph inside.
        raises: Whether a failure ends the run though the state records gaps.
        goes_to: Where the node itself may lead.
        defer: Whether it waits until nothing else runs.
    """

    name: str
    fields: Fields
    work: Callable[[Any, Any], Awaitable[Done]]
    workers: Iterable[Worker] = ()
    inner: Any = None
    raises: bool = False
    goes_to: tuple[str, ...] = ()
    defer: bool = False

    def add_to(self, graph: StateGraph[Any, Any, Any, Any]) -> None:
        """Add the part to a graph.

        Raises:
            ConfigError: If the graph has a node of that name, or lacks one that the part leads to.
        """
        if self.name in graph.nodes:
            raise ConfigError(f"{self.fields.part}: the graph has a node {self.name!r} already")
        check_nodes(graph, self.fields.part, self.goes_to)
        graph.add_node(
            self.name,
            self._node(graph),
            defer=self.defer,
            input_schema=self.fields.model,
            destinations=self.goes_to or None,
        )

    def _node(self, graph: StateGraph[Any, Any, Any, Any]) -> Any:  # noqa: ANN401  what LangGraph takes as a node
        inner = self.inner  # in the node's closure, where LangGraph looks for graphs to draw

        async def node(state: Any) -> Any:  # noqa: ANN401  any LangGraph state
            self._check_edges(graph)
            async with timed(self.name) as context:
                context.session.count_on(len(_calls(state)))
                done = await self._done(state, inner, context)
                update = self._accounted(done, context)
            return _led(check_update(self.name, update, self.fields.model), done.goto)

        node.__name__ = self.name
        names = [worker.agent_name for worker in self.workers if worker.agent_name]
        node.__dict__["agent_names"] = names  # lets a run load them before it starts
        node.__dict__[TIMED] = True
        return node

    def _check_edges(self, graph: StateGraph[Any, Any, Any, Any]) -> None:
        """Refuse edges beside the ways that the node takes by itself: both would be followed.

        They are drawn after the part was added, so this is found when it runs.
        """
        ends = [end for start, end in graph.edges if start == self.name]
        if self.goes_to and graph.branches.get(self.name):
            raise ConfigError(
                f"{self.fields.part} goes on by itself, and the graph has conditional edges from"
                " it, which would be followed as well: leave them out"
            )
        if self.goes_to and ends:
            raise ConfigError(
                f"{self.fields.part} goes on by itself, and the graph has an edge from it to"
                f" {ends[0]!r}, which would be followed as well: leave the edge out"
            )

    async def _done(self, state: Any, inner: Any, context: StageContext) -> Done:  # noqa: ANN401
        token = _desk.set(Desk(context))
        try:
            done = await self.work(state, inner)
            done.calls.extend(desk().calls())
        except Exception as error:
            if passes(error):
                raise
            if self.raises or "gaps" not in self.fields:
                raise StageError(f"{self.name} failed: {told(error)}") from error
            context.gap(told(error))
            return Done(calls=desk().calls())
        else:
            return done
        finally:
            _desk.reset(token)

    def _accounted(self, done: Done, context: StageContext) -> dict[str, Any]:
        """Return the update with the accounts that the state has."""
        context.gaps.extend(done.gaps)
        timing = context.stop().after(context.session.timing(self.name))
        accounts = {"timings": {self.name: timing}, "calls": done.calls, "gaps": context.gaps}
        return {**done.update, **{k: v for k, v in accounts.items() if k in self.fields}}


def _calls(state: Any) -> Any:  # noqa: ANN401  any LangGraph state
    found = state.get("calls") if isinstance(state, Mapping) else getattr(state, "calls", None)
    return found or ()


def _led(update: dict[str, Any], goto: str | None) -> dict[str, Any] | Command[Any]:
    if goto is None:
        return update
    from langgraph.types import Command

    return Command(update=update, goto=goto)


def passes(error: Exception) -> bool:
    """Return whether an error is none of the work: a wrong set-up, or LangGraph's own signal."""
    from langgraph.errors import GraphBubbleUp

    return isinstance(error, SetupError | GraphBubbleUp)


def told(error: Exception) -> str:
    """Return what an error says, with its type where it is not ours."""
    return str(error) if isinstance(error, StageError | CallError) else _typed(error)


def _typed(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def failure(stage: str, error: Exception) -> Failure:
    """Return an error as a `Failure`."""
    outcome = error.outcome if isinstance(error, CallError) else type(error).__name__
    return Failure(stage=stage, outcome=outcome, problem=told(error))


def check_nodes(graph: StateGraph[Any, Any, Any, Any], part: str, names: Iterable[str]) -> None:
    """Refuse names that are no nodes of a graph.

    Raises:
        ConfigError: If one is not there.
    """
    from langgraph.graph import END

    for name in names:
        if name not in graph.nodes and name != END:
            raise ConfigError(
                f"{part} names the node {name!r}, which the graph does not have"
                f"{nearest(name, graph.nodes)} (there are: {', '.join(graph.nodes) or 'none'};"
                " add a node before the part that names it)"
            )


async def run_inner(
    inner: Any,  # noqa: ANN401  a compiled graph
    start: Mapping[str, Any],
    *,
    at_once: int,
    steps: int,
) -> dict[str, Any]:
    """Run the graph inside a part, with its own bounds on what runs at once and on steps.

    LangGraph's `max_concurrency` would hold back what a checkpointer writes of finished tasks until
    the last task has started. Work therefore waits for a seat here, and LangGraph is let run free.
    """
    from langgraph.config import get_config

    outer = get_config().get("max_concurrency")
    desk().seats = asyncio.Semaphore(min(at_once, outer) if outer else at_once)
    desk().context.session.count_on(await _kept_calls(inner))
    found = await inner.ainvoke(start, {"max_concurrency": _FREE, "recursion_limit": steps})
    return dict(found)


async def _kept_calls(inner: Any) -> int:  # noqa: ANN401  a compiled graph
    """Return how many calls a checkpointer has kept of this node's work before a run broke off."""
    from langgraph.config import get_config

    try:
        saved = await inner.aget_state(get_config())
    except ValueError:  # no checkpointer
        return 0
    results = [task.result or {} for task in saved.tasks]
    return sum(len(kept.get("calls", ())) for kept in (saved.values, *results))
