"""Fan out: one worker over many items at once, with a bound, in order."""

from __future__ import annotations

import operator
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict, Unpack

from pydantic import TypeAdapter, ValidationError

from chimera.errors import ConfigError, StageError
from chimera.parts.fields import (
    Fields,
    admits_none,
    at_least_one,
    check_options,
    plain,
    value_of,
    without_none,
)
from chimera.parts.node import Done, Part, desk, passes, run_inner, told
from chimera.parts.workers import Work, Worker

if TYPE_CHECKING:
    from langgraph.graph import StateGraph


class Limits(TypedDict, total=False):
    """Bounds of a fan-out.

    Attributes:
        at_once: Most items in work at the same time; 4 if left out.
        at_most: Most items; more are refused before any is worked on. 1,000 if left out.
        seconds: How long one item may take; no limit if left out.
        failures: `gap` records a failed item and goes on with the others; `raise` ends the run.
    """

    at_once: int
    at_most: int
    seconds: float
    failures: Literal["gap", "raise"]


class One(TypedDict):
    """What is sent to the worker."""

    index: int
    item: Any


class Items(TypedDict):
    """State of the graph inside a fan-out."""

    items: list[Any]
    done: Annotated[list[dict[str, Any]], operator.add]
    calls: Annotated[list[dict[str, Any]], operator.add]


def fan_out(
    graph: StateGraph[Any, Any, Any, Any],
    name: str,
    worker: Work,
    *,
    over: str,
    into: str,
    **limits: Unpack[Limits],
) -> None:
    """Add a node that gives every item of a list to a worker, several at once.

    The results come in the order of the items. A failed item is a gap, and leaves None in its place
    if the type of the results admits None, else nothing. With a checkpointer, items that were done
    before a run broke off are not worked on again when it is resumed.

    Args:
        graph: The graph.
        name: Name of the node.
        worker: An agent, the name of one of the project's, or an async function of the item.
        over: Field of the state with the items, a list; each is given as the type the list says.
        into: Field for the results, a list; each result is validated as the type the list says.
        limits: See `Limits`.

    Raises:
        ConfigError: If the state lacks a field, or a limit or the worker cannot be used.
        StageError: (by the node) if an item fails and failures are to be raised.
    """
    part = f"fan_out {name!r}"
    check_options(limits, Limits.__annotations__, part)
    fields = Fields(graph, part)
    fan = _Fan(
        name=name,
        over=over,
        into=into,
        takes=fields.item_of(over, "reads its items from"),
        gives=fields.item_of(into, "writes its results to"),
        worker=Worker(worker, part, limits.get("seconds")),
        limits=limits,
    )
    fan.check(fields)
    Part(
        name=name,
        fields=fields,
        work=fan.work,
        workers=[fan.worker],
        inner=spread(fan.worker.name, fan.one),
        raises=fan.raises,
    ).add_to(graph)


@dataclass(frozen=True, kw_only=True)
class _Fan:
    name: str
    over: str
    into: str
    takes: Any
    gives: Any
    worker: Worker
    limits: Limits

    @property
    def raises(self) -> bool:
        return self.limits.get("failures", "gap") == "raise"

    def check(self, fields: Fields) -> None:
        """Refuse limits that cannot be kept."""
        at_least_one(
            fields.part,
            at_once=self.limits.get("at_once"),
            at_most=self.limits.get("at_most"),
            seconds=self.limits.get("seconds"),
        )
        if self.limits.get("failures", "gap") not in {"gap", "raise"}:
            raise ConfigError(
                f"{fields.part}: failures={self.limits['failures']!r} is neither 'gap' nor 'raise'"
            )
        if not self.raises:
            fields.need_gaps("say failures='raise'")

    async def work(self, state: Any, inner: Any) -> Done:  # noqa: ANN401
        found = value_of(state, self.over, f"fan_out {self.name!r}")
        if not isinstance(found, list | tuple | NoneType):
            raise StageError(f"{self.over!r} holds no list, but {found!r:.200}")
        items = list(found or ())
        most = self.limits.get("at_most", 1000)
        if len(items) > most:
            raise StageError(
                f"{self.over!r} has {len(items)} items, more than at_most={most}: none was worked"
                " on; raise the limit or shorten the list"
            )
        plain_items = plain(items, list[Any])
        at_once = self.limits.get("at_once", 4)
        result = await run_inner(inner, {"items": plain_items}, at_once=at_once, steps=10)
        done = sorted(result["done"], key=operator.itemgetter("index"))
        kept = [one["value"] for one in done if one["fits"]]
        return Done({self.into: kept}, [g for one in done for g in one["gaps"]], result["calls"])

    async def one(self, index: int, item: Any) -> dict[str, Any]:  # noqa: ANN401
        """Work on one item; what fails is said in its gaps."""
        async with desk().one() as context:
            try:
                value = await self.worker(self._typed(item), without_none(self.gives), context)
            except Exception as error:
                if passes(error):
                    raise
                problem = f"item {index + 1} of {self.over!r} ({item!r:.80}): {told(error)}"
                if self.raises:
                    raise StageError(problem) from error
                context.gap(problem)
                value = None
                fits = admits_none(self.gives)
            else:
                fits = True
        return {"index": index, "value": value, "fits": fits, "gaps": context.gaps}

    def _typed(self, item: Any) -> Any:  # noqa: ANN401
        """Return a plain item as the type that the list says, or the worker where it says more."""
        kind = self.worker.takes or self.takes
        try:
            return TypeAdapter(kind).validate_python(item)
        except ValidationError as error:
            first = error.errors()[0]
            raise StageError(f"it does not fit: {first['msg']}, not {first['input']!r}") from None


def spread(name: str, one: Callable[[int, Any], Awaitable[dict[str, Any]]]) -> Any:  # noqa: ANN401
    """Return the graph inside a fan-out: a task for every item, each checkpointed on its own."""
    from langgraph.graph import END, START, StateGraph
    from langgraph.types import Send

    async def work(state: One) -> dict[str, Any]:
        done = await one(state["index"], state["item"])
        return {"done": [plain(done, dict[str, Any])], "calls": desk().calls()}

    def each(state: Items) -> list[Any]:
        return [Send(name, {"index": i, "item": x}) for i, x in enumerate(state["items"])] or [END]

    inner: StateGraph[Any, Any, Any, Any] = StateGraph(Items)
    inner.add_node(name, work)
    inner.add_conditional_edges(START, each, [name, END])
    inner.add_edge(name, END)
    return inner.compile()
