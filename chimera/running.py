"""A graph on its way: made ready, started or gone on with, its failures told by node."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from langgraph.errors import GraphRecursionError
from langgraph.types import Command
from langsmith import tracing_context
from langsmith.utils import tracing_is_enabled
from pydantic import BaseModel, ValidationError

from chimera.errors import ChimeraError, ConfigError, RunError, StageError
from chimera.inputs import start
from chimera.overheard import Overhearer
from chimera.servers import begin_serving, end_serving
from chimera.session import Session, enter, leave
from chimera.watching import agent_names, watched

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler

MAX_STEPS: Final = 100  # steps; LangGraph's own default would let a loop run for ten thousand

_READY: Final = (
    "_chimera_ready"  # kept on the graph itself: it refers to the graph, and goes with it
)
_NODE: Final = re.compile(r"(?:During|Before) task with name '(.+)' and id '")  # LangGraph's notes


@dataclass(frozen=True, slots=True)
class Ready:
    """A graph that can run.

    Attributes:
        compiled: The graph as LangGraph compiled it.
        watched: The same, its nodes timed and checked.
        agents: Names of the agents its stages speak through.
    """

    compiled: Any
    watched: Any
    agents: Sequence[str]


class Asked(NamedTuple):
    """Those settings of a run that say how its graph is executed; see `chimera.runs.Settings`."""

    run_id: str | None = None
    resume: bool = False
    checkpointer: Any = None
    callbacks: Sequence[BaseCallbackHandler] = ()
    max_steps: int = MAX_STEPS


ASKED: Final = frozenset(Asked._fields)


async def execute(graph: Any, given: Any, session: Session, asked: Asked) -> Any:  # noqa: ANN401  any LangGraph state
    """Run a graph in a session; return its last state, or its state where it is interrupted.

    Raises:
        ConfigError: If `graph` is none, or does not take the input.
        RunError: If a node failed.
    """
    ready = _ready(graph)
    for name in ready.agents:  # before any stage works, in the order of the stages
        session.agent(name)
    session.compiled, run = ready.compiled, ready.watched
    if asked.checkpointer is not None:
        session.compiled, run = _saving(session.compiled, asked), _saving(run, asked)
    config: dict[str, Any] = {
        "recursion_limit": asked.max_steps,
        "run_name": session.graph,
        "configurable": {"thread_id": session.id},
    }
    if asked.callbacks:
        config["callbacks"] = list(asked.callbacks)
    session.hearer = Overhearer(session)
    beginning = await _beginning(run, config, given, asked)
    try:
        result = await _served(session, run, beginning, config)
    except Exception as error:
        told = _told(error, session, asked)
        if told is error:
            raise
        raise told from error
    state = _typed(result, run.builder.state_schema, session)
    if session.interrupts and not run.checkpointer:
        raise RunError(
            f"{session.graph} waits to be told {session.interrupts[0].value!r}, but nothing was"
            " saved to go on with: give the run a checkpointer"
        )
    return state


def _ready(graph: Any) -> Ready:  # noqa: ANN401  a LangGraph graph, it is to be hoped
    """Return a graph ready to run; one that has not changed since is made ready once."""
    builder = getattr(graph, "builder", graph)
    if not hasattr(builder, "state_schema"):
        raise ConfigError(f"{graph!r} is no LangGraph StateGraph")
    if graph is not builder:
        return Ready(graph, watched(graph), agent_names(builder))
    branches = sum(len(ends) for ends in graph.branches.values())
    shape = (len(graph.nodes), len(graph.edges), len(graph.waiting_edges), branches)
    known = vars(graph).get(_READY)
    if known is None or known[0] != shape:
        compiled = graph.compile()
        known = (shape, Ready(compiled, watched(compiled), agent_names(graph)))
        setattr(graph, _READY, known)
    ready: Ready = known[1]
    return ready


def _saving(compiled: Any, asked: Asked) -> Any:  # noqa: ANN401  a CompiledStateGraph
    saving = copy.copy(compiled)
    saving.checkpointer = asked.checkpointer
    return saving


async def _beginning(run: Any, config: dict[str, Any], given: Any, asked: Asked) -> Any:  # noqa: ANN401  LangGraph's
    """Return what LangGraph starts with: a state, a command, or None to go on.

    Raises:
        ConfigError: If there is nothing to go on with, or something a fresh start would spoil.
    """
    is_command, schema = isinstance(given, Command), run.builder.input_schema
    if not run.checkpointer:
        if is_command or asked.resume:
            raise ConfigError(
                "nothing was saved to go on with: a run goes on where it was given a checkpointer,"
                " and run_id= says which run"
            )
        return start(given, schema)
    if asked.run_id is None:
        return given if is_command else start(given, schema)
    before = await run.aget_state(config)
    if is_command or (asked.resume and before.created_at is not None):
        return given if is_command else None
    if before.next:
        raise ConfigError(
            f"run {config['configurable']['thread_id']!r} has stopped before"
            f" {', '.join(before.next)}: resume=True goes on with it, input Command(resume=…)"
            " answers what it waits for, another run_id starts afresh"
        )
    return start(given, schema)


def _told(error: Exception, session: Session, asked: Asked) -> Exception:
    """Return an error that says which node it was, where a node raised; else the error itself."""
    if isinstance(error, ChimeraError):
        return error
    if isinstance(error, GraphRecursionError):
        ran = ", ".join(dict.fromkeys(one.stage for one in session.ended))
        return RunError(
            f"{session.graph} did not end within {asked.max_steps} steps (of {ran}):"
            " give its loop a way out, or the run more max_steps"
        )
    notes = map(_NODE.match, getattr(error, "__notes__", ()))
    node = next((found[1] for found in notes if found), None)
    if type(error).__name__ == "NodeCancelledError":  # not in all versions of LangGraph
        node = getattr(error, "node", None)
    if node is None:  # LangGraph's own: what came of parallel nodes, or what cannot be saved
        ran = ", ".join(dict.fromkeys(one.stage for one in session.ended)) or "no node"
        return RunError(f"{session.graph} failed after {ran}: {type(error).__name__}: {error}")
    return StageError(f"{node} failed: {type(error).__name__}: {error}")


async def _served(session: Session, run: Any, beginning: Any, config: dict[str, Any]) -> Any:  # noqa: ANN401  LangGraph's
    """Run a graph between what is to be done with model servers before and after."""
    saved: dict[str, Any] = {"durability": "sync"} if run.checkpointer else {}
    warming = begin_serving(session) if session.agents else None
    token = enter(session)
    try:
        with _untraced():
            return await run.ainvoke(beginning, config, **saved)
    finally:
        leave(token)
        if session.agents or session.calls:
            await end_serving(session, warming)


def _untraced() -> AbstractContextManager[None]:
    """Keep LangSmith from sending prompts away, whatever the environment says.

    `CHIMERA_TRACING=langsmith` leaves it to the environment.
    """
    if not tracing_is_enabled() or os.environ.get("CHIMERA_TRACING") == "langsmith":
        return nullcontext()
    return tracing_context(enabled=False)


def _typed(result: Any, schema: Any, session: Session) -> Any:  # noqa: ANN401  any LangGraph state
    """Return the last state as the graph's model, where it is one; note what the run waits for."""
    if isinstance(result, dict):
        session.interrupts = list(result.pop("__interrupt__", ()))
    if not (isinstance(schema, type) and issubclass(schema, BaseModel)):
        return result
    try:
        return schema.model_validate(result or {})
    except ValidationError as error:
        if session.interrupts:
            return result
        raise StageError(f"the state {session.graph} ended with does not fit: {error}") from None
