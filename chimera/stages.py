"""Stages: async functions as LangGraph nodes, timed, logged, their updates validated.

LangGraph checks state when the next node reads it, too late to say who wrote it, and a bad update
spoils the thread for good. A stage therefore validates what it returns, refuses unknown keys, and
hands LangGraph plain JSON.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    NotRequired,
    Protocol,
    Required,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import BaseModel, TypeAdapter, ValidationError
from typing_extensions import ReadOnly

from chimera import logs
from chimera import session as sessions
from chimera.errors import ConfigError, SetupError, StageError, nearest
from chimera.models.outcomes import ABSENT, LASTING
from chimera.session import Session
from chimera.timing import Span, StageTiming

if TYPE_CHECKING:
    from chimera.agent import Agent
    from chimera.models.allowance import Allowance
    from chimera.models.gateway import Prompt

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


@dataclass
class StageContext:
    """What a stage may use: its agent, its session, its log and its stopwatch."""

    stage: str
    session: Session
    log: Any
    _agent: Agent[Any] | None
    started: float
    _calls_before: int
    gaps: list[str] = field(default_factory=list)
    _stopped: StageTiming | None = None

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
        if self._stopped is None:
            calls = self.session.calls[self._calls_before :]
            waited = sum(call.total_ms or 0.0 for call in calls if call.stage == self.stage) / 1000
            seconds = self.session.clock.monotonic() - self.started
            self._stopped = StageTiming(seconds=seconds, model_seconds=min(waited, seconds))
        return self._stopped

    @property
    def calls(self) -> list[Any]:
        """The model calls of this stage so far."""
        return [c for c in self.session.calls[self._calls_before :] if c.stage == self.stage]

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
        self.session.emit("gap", self.stage, problem=problem)


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
    model = _state_type(work)
    if model is None or not inspect.iscoroutinefunction(work):
        raise ConfigError(
            f"stage {label!r} must be `async def {label}(state: State, context: StageContext)`,"
            " the type of its state written down"
        )
    fields = _fields(model)

    async def node(state: S) -> dict[str, Any]:
        async with timed(label, agent=agent) as context:
            context.session.count_on(len(getattr(state, "calls", ())))
            update = await _work(work, state, context, records_gaps="gaps" in fields)
            accounts = {
                "timings": {label: context.stop().after(context.session.timings.get(label))},
                "calls": context.calls,
                "gaps": context.gaps,
            }
            update = {**update, **{k: v for k, v in accounts.items() if k in fields}}
        return _checked(label, update, fields)

    node.__name__ = label
    node.__doc__ = work.__doc__
    node.__annotations__ = {"state": model, "return": dict[str, Any]}
    node.__dict__["agent_name"] = agent  # lets a run load its agents before it starts
    return node


@asynccontextmanager
async def timed(
    name: str, *, agent: str | None = None, speaker: Agent[Any] | None = None
) -> AsyncIterator[StageContext]:
    """Time and log a block as one stage of the current session; run, stage and agent are bound.

    Args:
        name: Name of the stage.
        agent: Name of the project's agent it speaks through.
        speaker: That agent itself, where it was made in Python.
    """
    session, found = await _opened(agent)
    speaker = speaker or found
    bound = {"run": session.id, "stage": name, **({"agent": speaker.name} if speaker else {})}
    with sessions.active(session), logs.bound(**bound):
        log = logs.logger()
        context = StageContext(
            stage=name,
            session=session,
            log=log,
            _agent=speaker,
            started=session.clock.monotonic(),
            _calls_before=len(session.calls),
        )
        log.info("stage.started")
        session.emit("stage.started", name)
        token = sessions.stage_name.set(name)
        try:
            yield context
        finally:
            sessions.stage_name.reset(token)
        timing = context.stop()
        session.timings[name] = timing.after(session.timings.get(name))
        started_s = session.elapsed_s(context.started)
        session.spans.append(Span(stage=name, started_s=started_s, **timing.model_dump()))
        spent = {"seconds": timing.seconds, "model_seconds": timing.model_seconds}
        log.info("stage.finished", **{key: round(value, 3) for key, value in spent.items()})
        session.emit("stage.finished", name, **spent)


async def _opened(agent: str | None) -> tuple[Session, Agent[Any] | None]:
    """Return the session and the agent; files are read in a thread, if they have to be."""
    session = sessions.running()
    if session is not None and (agent is None or agent in session.agents):
        return session, session.agents[agent] if agent else None

    def read() -> tuple[Session, Agent[Any] | None]:
        opened = session or Session()
        return opened, opened.agent(agent) if agent else None

    return await asyncio.to_thread(read)


async def _work(
    work: Work[S], state: S, context: StageContext, *, records_gaps: bool
) -> dict[str, Any]:
    try:
        return _as_mapping(await work(state, context))
    except SetupError:
        raise
    except Exception as error:
        problem = f"{context.stage} failed: {type(error).__name__}: {error}"
        if not records_gaps:
            raise StageError(problem) from error
        context.log.exception("stage.failed")
        context.gaps.append(problem)
        context.session.emit("gap", context.stage, problem=problem)
        return {}


def _as_mapping(update: object) -> dict[str, Any]:
    if update is None:
        return {}
    if not isinstance(update, Mapping):
        raise TypeError(f"it returned {type(update).__name__}, not a mapping of fields")
    return dict(update)


def check_update(label: str, update: dict[str, Any], model: type) -> dict[str, Any]:
    """Validate a node's update against its state model and return it as plain JSON.

    Raises:
        StageError: If a key is unknown or a value does not fit.
    """
    return _checked(label, update, _fields(model))


def _checked(
    label: str, update: dict[str, Any], fields: dict[str, TypeAdapter[Any]]
) -> dict[str, Any]:
    """Validate an update against the state's fields and return it as plain JSON."""
    plain = {}
    for key, value in update.items():
        adapter = fields.get(key)
        if adapter is None:
            raise StageError(
                f"stage {label!r} returned the unknown key {key!r}{nearest(key, fields)}"
                f" (the state has: {', '.join(fields)})"
            )
        try:
            plain[key] = adapter.dump_python(adapter.validate_python(value), mode="json")
        except ValidationError as error:
            first = error.errors()[0]
            raise StageError(
                f"stage {label!r} returned {key!r} that does not fit: {first['msg']},"
                f" not {first['input']!r}"
            ) from None
    return plain


def _state_type(work: Any) -> Any:  # noqa: ANN401  any LangGraph state type
    """Return what `state` is annotated with; other annotations need not be resolvable here."""
    said = getattr(work, "__annotations__", {}).get("state")
    alone = SimpleNamespace(__annotations__={} if said is None else {"state": said})
    names = inspect.getclosurevars(work) if inspect.isfunction(work) else None
    known = {**names.globals, **names.nonlocals} if names else {}
    whole = {**getattr(work, "__globals__", {}), **known}
    try:
        return get_type_hints(alone, globalns=whole).get("state")
    except NameError as error:
        raise ConfigError(f"the type of `state` cannot be found: {error}") from None


@lru_cache(maxsize=64)
def _fields(model: Any) -> dict[str, TypeAdapter[Any]]:  # noqa: ANN401  any LangGraph state type
    hints = get_type_hints(model, include_extras=True)
    names = getattr(model, "model_fields", hints)
    return {name: TypeAdapter(_bare(hints[name])) for name in names}


def _bare(annotation: Any) -> Any:  # noqa: ANN401  an annotation
    """Return an annotation without its reducer and the qualifiers of a TypedDict."""
    while get_origin(annotation) in {Annotated, NotRequired, Required, ReadOnly}:
        annotation = get_args(annotation)[0]
    return annotation
