"""Session: what the parts of one run share while it runs.

LangGraph carries plain JSON from node to node. Clock, model, project, listener and the accounts of
stages and calls are Python objects; they travel in a context variable instead, which LangGraph
hands on to every node. A node that runs outside of `chimera.run` gets a session of its own, made
from the environment, so that a graph works the same under `langgraph dev` or inside another graph.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from chimera.clock import Clock, SystemClock
from chimera.events import Event, Warned
from chimera.models.serving import Serving
from chimera.project import Project
from chimera.timing import Span, StageTiming

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.types import Interrupt

    from chimera.agent import Agent
    from chimera.models.records import CallRecord
    from chimera.models.request import Door
    from chimera.stages import StageContext
    from chimera.tools.record import ToolRecord

__all__ = ["ModelChoice", "Session", "active", "current"]

DEFAULT_MODEL = "ollama:gemma3:latest"
NO_MODEL = "none"


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which model a run was told to use, and where; None leaves it to each agent."""

    model: str | BaseChatModel | None = None
    base_url: str | Sequence[str] | None = None
    options: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # agent -> option -> value
    serving: Serving | None = None  # the project's if None

    @property
    def is_named(self) -> bool:
        """Whether the run names a model or an address."""
        return self.model is not None or self.base_url is not None


class Ended(NamedTuple):
    """One execution of a stage, as it is kept while a run goes on; in seconds."""

    stage: str
    started_s: float
    seconds: float
    model_seconds: float
    nested: bool


class _Found:
    """The project of a session: the one given, else found from the working folder when needed."""

    def __get__(self, session: Session | None, _: type | None = None) -> Project:
        if session is None:  # dataclasses ask for the default
            return cast("Project", None)
        if session._home is None:  # noqa: SLF001  its own session's
            session._home = Project.find()  # noqa: SLF001
        return session._home  # noqa: SLF001

    def __set__(self, session: Session, project: Project | None) -> None:
        session._home = project  # noqa: SLF001


@dataclass
class Session:
    """The shared things of one run."""

    project: _Found = _Found()
    choice: ModelChoice = field(default_factory=ModelChoice)
    clock: Clock = field(default_factory=SystemClock)
    id: str = field(default_factory=lambda: os.urandom(6).hex())
    graph: str = ""
    folder: Path | None = None
    temporary: Path | None = None  # the folder, where this session made it
    listener: Callable[[Event], None] | None = None
    started_at: datetime | None = None
    calls: list[CallRecord] = field(default_factory=list)
    tool_calls: list[ToolRecord] = field(default_factory=list)
    agents: dict[str, Agent[Any]] = field(default_factory=dict)
    spoke: list[Agent[Any]] = field(default_factory=list)  # agents made in Python that called
    bulk: dict[str, Any] = field(default_factory=dict)  # hash -> value stored by a stage
    silenced: dict[str, str] = field(default_factory=dict)  # model -> why it is not asked any more
    pins: dict[str, str] = field(default_factory=dict)  # model -> digest that counts in this run
    unusable: set[str] = field(default_factory=set)  # where a fallback is asked at once instead
    warnings: list[str] = field(default_factory=list)
    warm_up_ms: float | None = None
    compiled: Any = None  # the graph that runs
    hearer: Any = None  # LangChain's handler for model calls that pass no gateway
    interrupts: list[Interrupt] = field(default_factory=list)
    journal: Door | None = None  # what requests pass on their way; straight to the server if None
    _ended: list[tuple[Any, ...]] = field(default_factory=list, repr=False)
    _asked: int = 0
    _home: Project | None = field(init=False, repr=False)
    _began: float = 0.0
    _making: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _adopted: list[tuple[Agent[Any], Agent[Any]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.started_at = self.started_at or self.clock.now()
        self._began = self.clock.monotonic()

    def agent(self, name: str) -> Agent[Any]:
        """Return the agent of that name with the run's model and options in force."""
        from chimera.agent import Agent

        if name not in self.agents:
            self.agents[name] = Agent.from_project(self.project, name, self.choice)
        return self.agents[name]

    @property
    def serving(self) -> Serving:
        """How model servers are used: as the run says, else as the project does."""
        return self.choice.serving or self.project.file().models

    @property
    def speakers(self) -> list[Agent[Any]]:
        """The agents that take part."""
        return [*self.agents.values(), *(adopted for _, adopted in self._adopted)]

    def warn(self, problem: str) -> None:
        """Note what the user should know though nothing failed."""
        from chimera.logs import logger

        self.warnings.append(problem)
        logger().warning("run.warning", problem=problem)
        self.emit(Warned(None, problem))

    def warn_once(self, problem: str) -> None:
        """Warn, unless it was said before."""
        if problem not in self.warnings:
            self.warn(problem)

    def adopt(self, agent: Agent[Any]) -> Agent[Any]:
        """Return an agent made in Python with the run's choice of model and address in force."""
        choice = self.choice
        known = (*self.agents.values(), *(adopted for _, adopted in self._adopted))
        if not choice.is_named or any(a is agent for a in known):
            return agent
        for made, adopted in self._adopted:
            if made is agent:
                return adopted
        model, address = choice.model or agent.model, choice.base_url or agent.base_url
        adopted = replace(agent, model=model, base_url=address, fallbacks=())
        self._adopted.append((agent, adopted))
        return self._adopted[-1][1]

    @property
    def door(self) -> Door:
        """What every request of the run passes on its way to a server."""
        from chimera.models.request import straight

        return self.journal or straight

    def emit(self, event: Event) -> None:
        """Tell the listener, if there is one; one that raises is warned of and told no more."""
        listener = self.listener
        if listener is None:
            return
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001  the run is not the listener's to end
            self.listener = None
            self.warn(
                f"the listener failed at {event.name} and is told nothing more:"
                f" {type(error).__name__}: {error}"
            )

    def keep(self, record: CallRecord, stage: StageContext | None = None) -> None:
        """Take a call into the accounts of the run and of the stages it was made in.

        Args:
            record: The call.
            stage: The stage; the running one if left out.
        """
        self.calls.append(record)
        stage = stage or frame.get()
        if stage is not None:
            stage.calls.append(record)
        while stage is not None:
            stage.waited_s += (record.total_ms or 0.0) / 1000
            stage = stage.parent

    def timed(self, context: StageContext) -> tuple[float, float]:
        """Take an execution of a stage into the accounts of the run.

        Returns its seconds, and those of them that were spent in model calls.
        """
        seconds = context.halt()
        waited = min(context.waited_s, seconds)
        self._ended.append((context.stage, context.started, seconds, waited, context.parent))
        return seconds, waited

    @property
    def ended(self) -> list[Ended]:
        """Every execution of a stage, in the order in which they ended."""
        return [
            Ended(stage, max(0.0, started - self._began), seconds, waited, parent is not None)
            for stage, started, seconds, waited, parent in self._ended
        ]

    def timing(self, stage: str) -> StageTiming | None:
        """Return the time all executions of a stage took; None before the first has ended."""
        ended = [one for one in self.ended if one.stage == stage]
        if not ended:
            return None
        return StageTiming(
            seconds=sum(one.seconds for one in ended),
            model_seconds=sum(one.model_seconds for one in ended),
        )

    @property
    def timings(self) -> dict[str, StageTiming]:
        """The time of each stage so far."""
        stages = dict.fromkeys(one.stage for one in self.ended)
        return {stage: timing for stage in stages if (timing := self.timing(stage))}

    def total(self) -> StageTiming:
        """Return the sum of all stages; those inside of others count with those."""
        ended = [one for one in self.ended if not one.nested]
        return StageTiming(
            seconds=sum(one.seconds for one in ended),
            model_seconds=sum(one.model_seconds for one in ended),
        )

    def spans(self) -> list[Span]:
        """Return the executions of stages so far, in the order in which they began."""
        return [
            Span(
                stage=one.stage,
                started_s=one.started_s,
                seconds=one.seconds,
                model_seconds=one.model_seconds,
            )
            for one in sorted(self.ended, key=attrgetter("started_s"))
        ]

    def workspace(self) -> Path:
        """Return the run folder; without one that was asked for, a new temporary folder."""
        with self._making:  # stages store their values in threads
            if self.folder is None:
                self.folder = self.temporary = Path(tempfile.mkdtemp(prefix="chimera-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def elapsed_s(self, reading: float | None = None) -> float:
        """Return the seconds from the start of the run to a reading of its clock, or to now."""
        now = self.clock.monotonic() if reading is None else reading
        return max(0.0, now - self._began)

    def count_on(self, calls: int) -> None:
        """Number the next calls after so many that earlier sessions of the run have made."""
        self._asked = max(self._asked, calls)

    def next_call_id(self) -> str:
        """Return M1, M2, … in the order of asking."""
        self._asked += 1
        return f"M{self._asked}"


_current: ContextVar[Session | None] = ContextVar("chimera_session", default=None)
frame: ContextVar[StageContext | None] = ContextVar("chimera_stage", default=None)
"""The stage that is running, for the accounts of its calls."""


def stage_name() -> str | None:
    """Return the name of the stage that is running; None outside of one."""
    stage = frame.get()
    return None if stage is None else stage.stage


def running() -> Session | None:
    """Return the session of the running graph, None outside of one."""
    return _current.get()


def current() -> Session:
    """Return the session of the running graph, else a new one made from the environment."""
    return _current.get() or Session()


@contextmanager
def active(session: Session) -> Iterator[Session]:
    """Make a session the current one inside the block."""
    token = enter(session)
    try:
        yield session
    finally:
        leave(token)


hearer: ContextVar[Any] = ContextVar("chimera_hearer", default=None)
"""LangChain's handler for model calls that pass no gateway; `chimera.overheard` sets it up."""


Tokens = tuple["Token[Session | None] | None", "Token[StageContext | None]", "Token[Any]"]


def begin(stage: StageContext) -> Tokens:
    """Make a stage the running one, until `end` is given what this returns."""
    session = stage.session
    outer = None if _current.get() is session else _current.set(session)
    return outer, frame.set(stage), hearer.set(session.hearer)


def end(tokens: Tokens) -> None:
    """Undo `begin`."""
    outer, stage, hears = tokens
    hearer.reset(hears)
    frame.reset(stage)
    if outer is not None:
        _current.reset(outer)


def enter(session: Session) -> Token[Session | None]:
    """Make a session the current one, until `leave` is given what this returns."""
    return _current.set(session)


def leave(token: Token[Session | None]) -> None:
    """Undo `enter`."""
    _current.reset(token)


def environment_model() -> str | None:
    """Return what `CHIMERA_MODEL` names, None if it is unset or empty."""
    return os.environ.get("CHIMERA_MODEL") or None
