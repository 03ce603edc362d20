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
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimera.clock import Clock, SystemClock
from chimera.models.serving import Serving
from chimera.project import Project
from chimera.timing import Span, StageTiming

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from chimera.agent import Agent
    from chimera.models.records import CallRecord
    from chimera.models.request import Door

DEFAULT_MODEL = "ollama:gemma3:latest"
NO_MODEL = "none"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run: a dotted name and its facts."""

    name: str  # stage.started and .finished, file.read, gap, warning, and those of models:
    # model.loaded, .asked, .text, .progress, .restarted, .called
    stage: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


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


@dataclass
class Session:
    """The shared things of one run."""

    project: Project = field(default_factory=Project.find)
    choice: ModelChoice = field(default_factory=ModelChoice)
    clock: Clock = field(default_factory=SystemClock)
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    graph: str = ""
    folder: Path | None = None
    temporary: Path | None = None  # the folder, where this session made it
    listener: Callable[[Event], None] | None = None
    started_at: datetime | None = None
    timings: dict[str, StageTiming] = field(default_factory=dict)
    calls: list[CallRecord] = field(default_factory=list)
    agents: dict[str, Agent[Any]] = field(default_factory=dict)
    bulk: dict[str, Any] = field(default_factory=dict)  # hash -> value stored by a stage
    silenced: dict[str, str] = field(default_factory=dict)  # model -> why it is not asked any more
    pins: dict[str, str] = field(default_factory=dict)  # model -> digest that counts in this run
    unusable: set[str] = field(default_factory=set)  # where a fallback is asked at once instead
    warnings: list[str] = field(default_factory=list)
    warm_up_ms: float | None = None
    compiled: Any = None  # the graph that runs
    journal: Door | None = None  # what requests pass on their way; straight to the server if None
    spans: list[Span] = field(default_factory=list)  # in the order in which they ended
    _asked: int = 0
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
        self.emit("warning", None, problem=problem)

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

    def emit(self, name: str, stage: str | None = None, **facts: object) -> None:
        """Tell the listener, if there is one."""
        if self.listener is not None:
            self.listener(Event(name, stage, facts))

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
stage_name: ContextVar[str | None] = ContextVar("chimera_stage", default=None)
"""Name of the stage that is running, for the accounts of its calls."""


def running() -> Session | None:
    """Return the session of the running graph, None outside of one."""
    return _current.get()


def current() -> Session:
    """Return the session of the running graph, else a new one made from the environment."""
    return _current.get() or Session()


@contextmanager
def active(session: Session) -> Iterator[Session]:
    """Make a session the current one inside the block."""
    token = _current.set(session)
    try:
        yield session
    finally:
        _current.reset(token)


def environment_model() -> str | None:
    """Return what `CHIMERA_MODEL` names, None if it is unset or empty."""
    return os.environ.get("CHIMERA_MODEL") or None
