"""Stages: async functions as LangGraph nodes, timed, logged, their updates validated.

LangGraph checks state when the next node reads it, too late to say who wrote it, and a bad update
spoils the thread for good. A stage therefore validates what it returns, refuses unknown keys, and
hands LangGraph plain JSON.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic import BaseModel

from chimera import logs
from chimera import session as sessions
from chimera.errors import ConfigError, SetupError, StageError
from chimera.events import Gap, StageFinished, StageStarted
from chimera.models.outcomes import ABSENT, LASTING
from chimera.session import Session
from chimera.timing import StageTiming
from chimera.updates import fields_of, state_type

if TYPE_CHECKING:
    from chimera.agent import Agent
    from chimera.models.allowance import Allowance
    from chimera.models.gateway import Prompt
    from chimera.models.records import CallRecord

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)


class Node(Protocol[S_contra]):
    """What LangGraph calls: state in, update out."""

    async def __call__(self, state: S_contra) -> dict[str, Any]:
        """Do the work of the node."""


class Work(Protocol[S_contra]):
    """What a stage does: `async def work(state, context) -> update`."""

    async def __call__(self, state: S_contra, context: StageContext) -> Mapping[str, Any]:
        """Do the work of the stage."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a stage asks of its agent.

    The prompt is the persona, what the stages of a run share, the task, then the sections: what
    changes least comes first, so that a server finds the start of a prompt in its cache. What does
    not fit is left out from the last section on, then from the last of what is shared.

    Attributes:
        text: What to do; always sent.
        shared: Parts by name that other calls of the run have too, byte for byte.
        sections: Parts by name that are of this call alone.
        ids: What the answer's `Id` fields may hold.
        allowance: What the call may take with a repair; None sets no limit.
    """

    text: str
    shared: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)
    ids: Iterable[str] = ()
    allowance: Allowance | None = None

    def prompt(self, system: str) -> Prompt:
        """Return the task as a prompt of a persona; empty parts are none."""
        from chimera.models.gateway import Prompt, Section

        shared, sections = (
            [p for p in parts.items() if p[1]] for parts in (self.shared, self.sections)
        )
        ranked = [("task", self.text), *shared, *sections]
        priority = {name: len(ranked) - rank for rank, (name, _) in enumerate(ranked)}
        ordered = [*shared, ("task", self.text), *sections]
        return Prompt(
            system=system,
            ids=tuple(self.ids),
            allowance=self.allowance,
            sections=tuple(Section(name, text, priority[name]) for name, text in ordered),
        )


@dataclass(slots=True)
class StageContext:
    """What a stage may use: its agent, its session, its log and its stopwatch.

    Attributes:
        stage: Name of the stage.
        session: What the stages of the run share.
        started: Reading of the session's clock at the start.
        parent: The stage this one runs inside of, if any.
        calls: The model calls of this stage so far.
        waited_s: Seconds spent in them, and in those of the stages inside of this one.
        gaps: What will be missing, and why.
    """

    stage: str
    session: Session
    started: float
    parent: StageContext | None = None
    _agent: Agent[Any] | None = None
    calls: list[CallRecord] = field(default_factory=list)
    waited_s: float = 0.0
    gaps: list[str] = field(default_factory=list)
    _seconds: float | None = None

    @property
    def log(self) -> Any:  # noqa: ANN401  structlog's bound loggers share no type
        """The log, to which run, stage and agent are bound."""
        return logs.logger()

    @property
    def agent(self) -> Agent[Any]:
        """The agent the stage speaks through.

        Raises:
            SetupError: If the stage was made without one.
        """
        if self._agent is None:
            raise SetupError(f"stage {self.stage!r} has no agent: make it with stage(…, agent=…)")
        return self._agent

    def stop(self) -> StageTiming:
        """Stop the stopwatch and return the stage's timing; later calls return the same."""
        seconds = self.halt()
        return StageTiming(seconds=seconds, model_seconds=min(self.waited_s, seconds))

    def halt(self) -> float:
        """Stop the stopwatch and return its seconds; later calls return the same."""
        if self._seconds is None:
            self._seconds = self.session.clock.monotonic() - self.started
        return self._seconds

    async def ask(
        self,
        task: Task,
        output: type[M],
        *,
        check: Callable[[str, Any], list[str]] | None = None,
        salvage: bool = False,
    ) -> M | None:
        """Ask the stage's agent; None if there is no model or no usable answer, which is recorded.

        With `salvage`, an answer that the check still finds fault with after its repair is
        returned all the same: whoever asked takes out of it what may stay.

        A model that cannot be had at the first call of a run, or says nothing in time, is not asked
        again in that run. If nobody chose that model and it is not there, a warning is all that
        comes of it; else it is a gap.
        """
        agent = self.agent
        if agent.silent or agent.model_name in self.session.silenced:
            return None
        first = all(call.model != agent.model_name for call in self.session.calls)
        answer = await agent.call(task.prompt(agent.persona.prompt), output=output, check=check)
        outcome = answer.record.outcome
        if (answer.ok or salvage) and isinstance(answer.value, output):
            return answer.value
        problem = answer.record.detail or outcome.value
        if first and outcome in LASTING:
            self.session.silenced[agent.model_name] = problem
            self.log.warning("model.unavailable", model=agent.model_name, problem=problem)
            if outcome in ABSENT and not agent.named:
                return None
        self.gap(f"no narrative from {agent.model_name}: {problem}")
        return None

    def gap(self, problem: str) -> None:
        """Record that a part of the result is missing, and why."""
        self.gaps.append(f"{self.stage}: {problem}")
        self.log.warning("stage.gap", problem=problem)
        self.session.emit(Gap(self.stage, problem))


def stage(work: Work[S], *, agent: str | None = None, name: str | None = None) -> Node[S]:
    """Make a LangGraph node of `async def work(state, context) -> update`.

    The state model is read from the annotation of `state`. If it has the fields `timings`, `calls`
    or `gaps`, the node adds its own; with `gaps`, a failure of the work is recorded there and the
    graph goes on.

    Args:
        work: The function; its update is a mapping of field names to values.
        agent: Name of the agent the stage speaks through.
        name: Name of the stage; the function's if left out.

    Raises:
        StageError: (by the node) if the work raises and the state has no `gaps`, or if its update
            does not fit the state.
        SetupError: (by the node) whatever of that kind the work raises.
    """
    label = str(name or getattr(work, "__name__", "stage"))
    model = state_type(work)
    if model is None or not inspect.iscoroutinefunction(work):
        raise ConfigError(
            f"stage {label!r} must be `async def {label}(state: State, context: StageContext)`,"
            " the type of its state written down"
        )
    fields, where = fields_of(model), f"stage {label!r} returned"
    accounts = [name for name in ("timings", "calls", "gaps") if name in fields]

    async def node(state: S) -> dict[str, Any]:
        stopwatch, session, well = Timed(label, agent), sessions.running(), False
        if agent is None and session is not None:  # by far the most; files need no reading
            context = stopwatch.begin(session)
        else:
            context = await stopwatch.__aenter__()
        try:
            if accounts:
                update = await _accounted(work, state, context, accounts)
            else:
                update = await _work(work, state, context)
            update = fields.plain(where, update)
            well = True
        finally:
            stopwatch.end(well=well)
        return update

    node.__name__ = label
    node.__doc__ = work.__doc__
    node.__annotations__ = {"state": model, "return": dict[str, Any]}
    node.__dict__["agent_name"] = agent  # lets a run load its agents before it starts
    node.__dict__[TIMED] = True
    return node


TIMED = "_chimera_timed"
"""Set on the functions of nodes that time themselves."""


def timed(name: str, *, agent: str | None = None, speaker: Agent[Any] | None = None) -> Timed:
    """Time and log an `async with` block as one stage of the current session.

    Run, stage and agent are bound to what is logged inside of it.

    Args:
        name: Name of the stage.
        agent: Name of the project's agent it speaks through.
        speaker: That agent itself, where it was made in Python.
    """
    return Timed(name, agent, speaker)


class Timed:
    """One execution of a stage; begun and ended once, in the same task."""

    __slots__ = ("_agent", "_bound", "_context", "_name", "_speaker", "_tokens")

    def __init__(self, name: str, agent: str | None = None, speaker: Any = None) -> None:  # noqa: ANN401  an Agent
        self._name = name
        self._agent = agent
        self._speaker = speaker
        self._bound: logs.Bound | None = None

    async def __aenter__(self) -> StageContext:
        """Begin; files are read in a thread, if they have to be."""
        session, agent = sessions.running(), self._agent
        if session is None or (agent is not None and agent not in session.agents):
            session = await asyncio.to_thread(_opened, session, agent)
        if agent is not None and self._speaker is None:
            self._speaker = session.agents[agent]
        return self.begin(session)

    async def __aexit__(self, kind: object, *_: object) -> None:
        """End."""
        self.end(well=kind is None)

    def begin(self, session: Session) -> StageContext:
        """Start the stopwatch and make this the running stage."""
        parent, speaker = sessions.frame.get(), self._speaker
        started = session.clock.monotonic()
        self._context = context = StageContext(self._name, session, started, parent, speaker)
        self._tokens = sessions.begin(context)
        if logs.heard():
            by = {} if speaker is None else {"agent": speaker.name}
            self._bound = logs.bound(run=session.id, stage=self._name, **by)
            self._bound.__enter__()
            logs.logger().info("stage.started")
        if session.listener is not None:
            session.emit(StageStarted(self._name))
        return context

    def end(self, *, well: bool) -> None:
        """Stop the stopwatch and keep what it shows; it is told only where all went well."""
        context = self._context
        seconds, waited = context.session.timed(context)
        if well and (self._bound is not None or context.session.listener is not None):
            self._tell(context.session, seconds, waited)
        if self._bound is not None:
            self._bound.__exit__()
        sessions.end(self._tokens)

    def _tell(self, session: Session, seconds: float, waited: float) -> None:
        logs.logger().info(
            "stage.finished", seconds=round(seconds, 3), model_seconds=round(waited, 3)
        )
        session.emit(StageFinished(self._name, seconds, waited))


def _opened(session: Session | None, agent: str | None) -> Session:
    """Return the session with the agent loaded."""
    opened = session or Session()
    if agent is not None:
        opened.agent(agent)
    return opened


def _account(name: str, context: StageContext) -> Any:  # noqa: ANN401  what the field holds
    if name == "timings":
        before = context.session.timing(context.stage)
        return {context.stage: context.stop().after(before)}
    return getattr(context, name)


async def _accounted(
    work: Work[S], state: S, context: StageContext, accounts: list[str]
) -> dict[str, Any]:
    """Do the work of a stage whose state has fields for accounts."""
    if "calls" in accounts:
        context.session.count_on(len(getattr(state, "calls", ())))
    try:
        update = await _work(work, state, context)
    except StageError as error:
        if "gaps" not in accounts:
            raise
        context.log.exception("stage.failed")
        context.gaps.append(str(error))
        context.session.emit(Gap(context.stage, str(error)))
        update = {}
    for account in accounts:
        update[account] = _account(account, context)
    return update


async def _work(work: Work[S], state: S, context: StageContext) -> dict[str, Any]:
    try:
        return _as_mapping(await work(state, context))
    except SetupError:
        raise
    except Exception as error:
        if _bubbles(error):
            raise
        problem = f"{context.stage} failed: {type(error).__name__}: {error}"
        raise StageError(problem) from error


def _bubbles(error: Exception) -> bool:
    """Return whether an exception is LangGraph's way to interrupt, or to leave, a graph."""
    from langgraph.errors import GraphBubbleUp

    return isinstance(error, GraphBubbleUp)


def _as_mapping(update: object) -> dict[str, Any]:
    if update is None:
        return {}
    if not isinstance(update, Mapping):
        raise TypeError(f"it returned {type(update).__name__}, not a mapping of fields")
    return dict(update)
