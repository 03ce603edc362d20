"""Route: one of several ways is chosen, by an agent or by code, and the choice is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, get_args, get_origin

from chimera.errors import ConfigError, nearest
from chimera.parts.fields import Fields, at_least_one, check_options, check_values, without_none
from chimera.parts.node import Done, Part, desk, passes, told
from chimera.parts.reading import Reading, Reads
from chimera.parts.workers import Work, Worker

if TYPE_CHECKING:
    from langgraph.graph import StateGraph


class Ways(TypedDict, total=False):
    """What a router does where there is no usable answer.

    Attributes:
        default: The answer that is taken then, which is a gap; an error ends the run if left out.
        seconds: How long choosing may take; no limit if left out.
    """

    default: str
    seconds: float


def route(
    graph: StateGraph[Any, Any, Any, Any],
    name: str,
    chooser: Work,
    *,
    to: Sequence[str] | Mapping[str, str],
    writes: str,
    reads: Reads | None = None,
    **ways: Unpack[Ways],
) -> None:
    """Add a node that chooses where the graph goes on, and writes its choice into the state.

    The node leads to its destinations by itself: give it no edges of its own. An agent can answer
    with nothing but the choices; an answer that is none is repaired once.

    Args:
        graph: The graph, with the destinations in it.
        name: Name of the node.
        chooser: An agent, the name of one of the project's, or an async function of what is read.
        to: The nodes to choose from, or a mapping of answers to nodes; `END` is one too.
        writes: Field for the choice, such as a `Literal` of the answers.
        reads: One field, or several, which are read as a mapping of name to value; the whole state
            if left out, which only a function can take.
        ways: See `Ways`.

    Raises:
        ConfigError: If the state lacks a field or the graph a destination, or if the field cannot
            hold an answer or could hold one that leads nowhere.
        StageError: (by the node) if there is no usable answer and no default.
    """
    part = f"route {name!r}"
    check_options(ways, Ways.__annotations__, part)
    at_least_one(part, seconds=ways.get("seconds"))
    fields, worker = Fields(graph, part), Worker(chooser, part, ways.get("seconds"))
    reading = Reading(fields, reads, "what it decides on")
    reading.check(worker)
    if isinstance(to, str):
        raise ConfigError(f"{part}: to={to!r} must list the nodes to choose from")
    nodes = dict(to) if isinstance(to, Mapping) else {node: node for node in to}
    _check(fields, writes, nodes, ways.get("default"))
    answers: Any = Literal[tuple(nodes)]

    async def choose(state: Any, _: Any) -> Done:  # noqa: ANN401  any LangGraph state
        context = desk().context
        try:
            choice = await worker(reading.value(state), answers, context)
        except Exception as error:
            if passes(error) or "default" not in ways:
                raise
            choice = ways["default"]
            context.gap(f"no usable choice, so {choice!r} was taken: {told(error)}")
        return Done({writes: choice}, goto=nodes[choice])

    Part(
        name=name,
        fields=fields,
        work=choose,
        workers=[worker],
        raises=True,
        goes_to=tuple(dict.fromkeys(nodes.values())),
    ).add_to(graph)


def _check(fields: Fields, writes: str, nodes: Mapping[str, str], default: str | None) -> None:
    """Refuse answers that the field cannot hold, and such as lead nowhere."""
    if len(nodes) < 2:  # noqa: PLR2004  one way is no choice
        raise ConfigError(f"{fields.part}: to={list(nodes)!r} leaves nothing to choose")
    kind = fields.type_of(writes, "writes its choice to", f"Literal[{', '.join(map(repr, nodes))}]")
    check_values(kind, nodes, writes, fields)
    known = [*nodes]
    for answer in [*_answers(without_none(kind)), *([] if default is None else [default])]:
        if answer not in nodes:
            raise ConfigError(
                f"{fields.part}: the answer {answer!r} leads nowhere{nearest(str(answer), known)}"
                f" (to=… has: {', '.join(known)})"
            )


def _answers(kind: Any) -> list[Any]:  # noqa: ANN401  a type
    """Return what a field can hold, where its type lists it."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return [one.value for one in kind]
    return list(get_args(kind)) if get_origin(kind) is Literal else []
