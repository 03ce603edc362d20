"""Fallback: a node whose failure leads to another branch of the graph, and is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict, Unpack

from pydantic import TypeAdapter, ValidationError

from chimera.errors import ConfigError
from chimera.parts.fields import Fields, at_least_one, check_options, spelled
from chimera.parts.node import Done, Part, desk, failure, passes
from chimera.parts.reading import Reading, Reads
from chimera.parts.turns import Failure
from chimera.parts.workers import Work, Worker

if TYPE_CHECKING:
    from langgraph.graph import StateGraph


class Branches(TypedDict):
    """Where a fallback goes on.

    Attributes:
        then: The node that follows when the work was done.
        otherwise: The node that follows when it was not.
        failure: Field of the state that keeps the `Failure`; it is cleared when the work is done.
        seconds: How long the work may take; no limit if left out.
    """

    then: str
    otherwise: str
    failure: NotRequired[str]
    seconds: NotRequired[float]


def fallback(
    graph: StateGraph[Any, Any, Any, Any],
    name: str,
    worker: Work,
    *,
    writes: str,
    reads: Reads | None = None,
    **branches: Unpack[Branches],
) -> None:
    """Add a node that leads to one branch when its work is done, and to another when it fails.

    A failure is an error, an answer of the wrong type, no answer in time, or a gap that the worker
    recorded. The node leads on by itself: give it no edges of its own.

    Args:
        graph: The graph, with both branches in it.
        name: Name of the node.
        worker: An agent, the name of one of the project's, or an async function of what is read.
        writes: Field for the result.
        reads: One field, or several, which are read as a mapping of name to value; the whole state
            if left out, which only a function can take.
        branches: See `Branches`.

    Raises:
        ConfigError: If the state lacks a field, or the graph a branch.
    """
    part = f"fallback {name!r}"
    _check_branches(part, branches)
    fields, worker = Fields(graph, part), Worker(worker, part, branches.get("seconds"))
    reading = Reading(fields, reads)
    reading.check(worker)
    kind = fields.type_of(writes, "writes its result to", "str")
    place = branches.get("failure")
    _check_record(fields, place)

    async def work(state: Any, _: Any) -> Done:  # noqa: ANN401  any LangGraph state
        context = desk().context
        update: dict[str, Any] = {}
        failed = None
        try:
            update = {writes: await worker(reading.value(state), kind, context)}
        except Exception as error:
            if passes(error):
                raise
            failed = failure(name, error)
            context.gap(failed.problem)
        if context.gaps and failed is None:
            failed = Failure(stage=name, outcome="gap", problem=context.gaps[0])
        if place is not None:
            update[place] = failed
        goto = branches["otherwise" if failed else "then"]
        return Done(update, goto=goto)

    ways = (branches["then"], branches["otherwise"])
    Part(name=name, fields=fields, work=work, workers=[worker], raises=True, goes_to=ways).add_to(
        graph
    )


def _check_branches(part: str, branches: Branches) -> None:
    check_options(branches, Branches.__annotations__, part)
    at_least_one(part, seconds=branches.get("seconds"))
    for one in ("then", "otherwise"):
        if one not in branches:
            raise ConfigError(f"{part} does not say where it goes on: give {one}=NODE")


def _check_record(fields: Fields, place: str | None) -> None:
    """Refuse a state in which a failure would leave no trace."""
    if place is None:
        fields.need_gaps("name a field with failure=…")
        return
    kind = fields.type_of(place, "writes why it failed to", "Failure | None")
    try:
        for value in (None, {"stage": "", "outcome": "", "problem": ""}):
            TypeAdapter(kind).validate_python(value)
    except ValidationError:
        raise ConfigError(
            f"{fields.part} writes why it failed to {place!r}, which is {spelled(kind)}: declare"
            f" `{place}: Failure | None`, from chimera.parts"
        ) from None
