"""Run a graph: `run` from anywhere, `arun` in an event loop, `astream` for its events."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import cached_property
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack

from pydantic import ValidationError

from chimera.clock import Clock, SystemClock
from chimera.errors import ConfigError, SetupError, nearest
from chimera.events import Event
from chimera.loop import run_sync
from chimera.models.serving import Serving
from chimera.project import Project
from chimera.session import NO_MODEL, ModelChoice, Session
from chimera.speakers import speakers
from chimera.stopping import bounded
from chimera.timing import Span, StageTiming, execution_line

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.types import Interrupt

    from chimera.analysis.facts import Facts
    from chimera.display import Tables
    from chimera.models.records import CallRecord
    from chimera.report.document import ReportDocument
    from chimera.tools.record import ToolRecord


class Report:
    """A finished report: `markdown` to read, `data` to compute with, `path` where it stands."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.markdown = path.read_text(encoding="utf-8")
        self._json = path.with_suffix(".json").read_bytes()
        self._data: ReportDocument | None = None

    @property
    def data(self) -> ReportDocument:
        """The report as the contract `chimera.report/1` has it."""
        from chimera.report.document import ReportDocument

        if self._data is None:
            self._data = ReportDocument.model_validate_json(self._json)
        return self._data

    def __repr__(self) -> str:
        return f"Report({str(self.path)!r})"

    def _repr_markdown_(self) -> str:
        return self.markdown

    def _repr_html_(self) -> str:
        from chimera.display import report_html

        return report_html(self)


class Run:
    """One execution of a graph.

    Attributes:
        id: Id of the run.
        graph: Name of the graph.
        status: `complete`; `partial` if something is missing, then `gaps` says what; `waiting` if
            a node has called LangGraph's `interrupt`, then `interrupts` says what for.
        state: The final state, as the graph's state model where it is one.
        compiled: The LangGraph graph that ran, to draw.
        calls: Every model call, in order.
        tool_calls: Every call of a tool, in order.
        agents: Who took part, with the version and the content hash of each persona.
        gaps: What is missing, and why.
        interrupts: What the run waits for, as LangGraph has it: `value` is what the node asks.
            `run(graph, Command(resume=answer), run_id=run.id)` goes on, with the same checkpointer.
        folder: The run folder. A temporary one goes with the `Run`; it is made when a stage stores
            something or when it is asked for.
        report: The report, for graphs that write one; else None.
        warning: Why no model was asked, if nobody had chosen one; else None.
        warnings: What the user should know though nothing failed.
        warm_up_ms: How long loading the model took, where the run was told to warm it up.
    """

    def __init__(self, session: Session, state: Any) -> None:  # noqa: ANN401
        self.id = session.id
        self.graph = session.graph
        self.state = state
        self.compiled = session.compiled
        self._folder = session.folder
        if session.temporary is not None:
            weakref.finalize(self, shutil.rmtree, session.temporary, ignore_errors=True)
        self._session = session
        self.calls: list[CallRecord] = list(session.calls)
        self.tool_calls: list[ToolRecord] = list(session.tool_calls)
        self.agents = speakers([*session.agents.values(), *session.spoke])
        self.gaps: list[str] = list(_get(state, "gaps") or [])
        self.interrupts: list[Interrupt] = list(session.interrupts)
        self.status: Literal["complete", "partial", "waiting"] = (
            "waiting" if self.interrupts else "partial" if self.gaps else "complete"
        )
        self.warning = None if self.gaps else next(iter(session.silenced.values()), None)
        self.warnings = list(session.warnings)
        self.warm_up_ms = session.warm_up_ms
        stored = _get(state, "report")
        path = getattr(stored, "path", None)
        self.report = Report(Path(path).with_suffix(".md")) if path else None

    @cached_property
    def timings(self) -> dict[str, StageTiming]:
        """Seconds per stage, and `total`."""
        return {**self._session.timings, "total": self._session.total()}

    @cached_property
    def spans(self) -> list[Span]:
        """Every execution of a stage, in the order in which they began."""
        return self._session.spans()

    @property
    def folder(self) -> Path:
        """The run folder."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="chimera-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    @property
    def facts(self) -> Facts:
        """The report's facts by id, or `F12` for the twelfth; empty for graphs without a report."""
        from chimera.analysis.facts import Facts

        found = self.report.data.facts if self.report else ()
        return Facts((fact.id, fact) for fact in found)

    def __repr__(self) -> str:
        return f"Run({self.graph!r}, {self.id!r}, {self.status}, {execution_line(self.timings)})"

    def to_pandas(self) -> Tables:
        """Return `calls` and `timings` as data frames; see `chimera.display.Tables`.

        Raises:
            SetupError: If pandas is not installed.
        """
        from chimera.display import tables

        return tables(self)

    def _repr_html_(self) -> str:
        from chimera.display import run_html

        return run_html(self)

    def _repr_markdown_(self) -> str:
        if self.report:
            return self.report.markdown
        return f"`{self!r}`"


class Settings(TypedDict, total=False):
    """What a run can be told, by keyword.

    Attributes:
        model: `provider:name`, a LangChain chat model, or `"none"`; each agent's own if left out.
        base_url: Address of the model server, or several that hold the same models.
        options: Model options by agent: `{"analyst": {"num_ctx": 4096, "timeouts.total": 60}}`.
        in_flight: Calls at once per model server, in the whole process; 1 if never said.
        one_profile: Whether agents on one model share one num_ctx and num_gpu.
        warm_up: Whether to load the first agent's model while the first stage works.
        unload: Whether to unload the models at the end.
        out: Run folder; a temporary one that lives as long as the `Run` if left out.
        project: Project or its folder; found from the working folder if left out.
        clock: Source of time.
        run_id: Id of the run; a random one if left out. LangGraph's thread has the same.
        listener: Is told every `Event` as it happens, in the thread where it happens. One that
            raises is told no more; the run goes on with a warning.
        callbacks: LangChain callbacks, which hear of every node and every model call.
        checkpointer: LangGraph's saver, called after each step in sync mode; the graph's if left
            out.
        resume: Whether to go on with what was saved of `run_id`; it starts where nothing was.
        max_steps: LangGraph's recursion limit; 100 if left out.
        timeout_s: Seconds after which the run is cancelled.
        stop: Cancels the run when it is set, from any thread.
    """

    model: str | BaseChatModel | None
    base_url: str | Sequence[str] | None
    options: Mapping[str, Mapping[str, Any]]
    in_flight: int
    one_profile: bool
    warm_up: bool
    unload: bool
    out: str | Path | None
    project: str | Path | Project | None
    clock: Clock
    run_id: str
    listener: Callable[[Event], None] | None
    callbacks: Sequence[BaseCallbackHandler]
    checkpointer: BaseCheckpointSaver[Any] | None
    resume: bool
    max_steps: int
    timeout_s: float | None
    stop: threading.Event | None


_SETTINGS = Settings.__annotations__.keys()


def run(graph: Any, input: Any = None, **settings: Unpack[Settings]) -> Run:  # noqa: A002, ANN401
    """Run a graph to its end; works in scripts, in notebooks and beside a running event loop.

    Takes what `arun` takes.
    """
    return run_sync(arun(graph, input, **settings))


async def arun(graph: Any, input: Any = None, **settings: Unpack[Settings]) -> Run:  # noqa: A002, ANN401
    """Run a graph to its end.

    Args:
        graph: Name of a graph of the project, or a LangGraph `StateGraph`, compiled or not.
        input: State to start from: a mapping, a Pydantic model, the value of the only field the
            state requires (for `technical-report` a folder), or a list of the values of those it
            requires, in their order (for `compare` the folders before and after); or a `Command` to
            a run that waits.
        settings: See `Settings`.

    Raises:
        SetupError: If the set-up is wrong; nothing has run.
        RunError: If a node fails in a graph that cannot record gaps, or the run is stopped.
    """
    if not settings.keys() <= _SETTINGS:
        name = min(settings.keys() - _SETTINGS)
        raise TypeError(f"run() has no setting {name!r}{nearest(name, Settings.__annotations__)}")
    _check_bounds(settings)
    session = _session(graph, settings)
    from chimera.running import ASKED, Asked, execute

    asked = Asked(**{name: settings[name] for name in settings.keys() & ASKED})  # type: ignore[literal-required]
    try:
        _check_choice(session)
        found = session.project.graph(graph) if isinstance(graph, str) else graph
        work = execute(found, input, session, asked)
        state = await bounded(work, session, settings.get("timeout_s"), settings.get("stop"))
    except BaseException:
        if session.temporary is not None:
            shutil.rmtree(session.temporary, ignore_errors=True)
        raise
    return Run(session, state)


async def astream(
    graph: Any,  # noqa: ANN401  a name or a LangGraph graph
    input: Any = None,  # noqa: A002, ANN401  as `arun` takes it
    **settings: Unpack[Settings],
) -> AsyncIterator[Event | Run]:
    """Yield every `Event` of a run as it happens, then the `Run`; takes what `arun` takes."""
    queue: asyncio.Queue[Event | None] = asyncio.Queue()
    loop, thread = asyncio.get_running_loop(), threading.get_ident()

    told = settings.get("listener")

    def listener(event: Event) -> None:
        if threading.get_ident() == thread:  # waking the loop costs more than a token's text
            queue.put_nowait(event)
        else:
            loop.call_soon_threadsafe(queue.put_nowait, event)
        if told is not None:
            told(event)

    settings["listener"] = listener
    task = asyncio.create_task(arun(graph, input, **settings))
    task.add_done_callback(lambda _: queue.put_nowait(None))
    try:
        while (event := await queue.get()) is not None:
            yield event
        yield await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task])  # its folders, connections and slots are free after that


def _check_bounds(settings: Settings) -> None:
    """Refuse bounds that let nothing through, and a listener that nobody would await.

    Raises:
        ConfigError: If there is one.
    """
    for name, kinds in (("timeout_s", int | float), ("max_steps", int)):
        given = settings.get(name)
        number = isinstance(given, kinds) and not isinstance(given, bool)
        if given is not None and not (number and given > 0):  # type: ignore[operator]
            raise ConfigError(f"{name}={given!r} lets nothing through: give a number above 0")
    listener = settings.get("listener")
    if listener is not None and (not callable(listener) or iscoroutinefunction(listener)):
        raise ConfigError(
            f"listener={listener!r} must be a plain function of an event: to await in between, use"
            " astream"
        )


def _session(graph: object, settings: Settings) -> Session:
    """Return the session of a run as its settings say; the project is found when it is needed."""
    project = settings.get("project")
    if not (project is None or isinstance(project, Project)):
        project = Project.find(project)
    session = Session(
        project=project,
        clock=settings.get("clock") or SystemClock(),
        graph=graph if isinstance(graph, str) else "graph",
        folder=_folder(settings.get("out")),
        listener=settings.get("listener"),
    )
    session.id = settings.get("run_id") or session.id
    session.choice = _choice(session, settings)
    return session


def _choice(session: Session, settings: Settings) -> ModelChoice:
    """Return what a run says of models, over what its project says."""
    said = {name: settings.get(name) for name in ("in_flight", "one_profile", "warm_up", "unload")}
    given = {name: value for name, value in said.items() if value is not None}
    try:
        serving = (
            Serving.model_validate({**session.serving.model_dump(), **given}) if given else None
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{first['loc'][0]}: {first['msg']}, not {first['input']!r}") from None
    return ModelChoice(
        settings.get("model"),
        settings.get("base_url") or None,
        settings.get("options") or {},
        serving,
    )


def _check_choice(session: Session) -> None:
    """Refuse unknown agents and unusable addresses before anything runs."""
    for agent in session.choice.options:
        session.project.path("agents", agent)
    if session.choice.base_url and session.choice.model != NO_MODEL:
        from chimera.models.address import base_url, each

        for one in each(session.choice.base_url):
            base_url(one)


def _folder(out: str | Path | None) -> Path | None:
    """Return the run folder that was asked for, made and tried."""
    if out is None:
        return None
    folder = Path(out).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SetupError(
            f"cannot write to the output folder {str(out)!r}: {error.strerror}"
        ) from None
    return folder


def _get(state: Any, name: str) -> Any:  # noqa: ANN401  any LangGraph state
    fields = state if isinstance(state, Mapping) else getattr(state, "__dict__", {})
    return fields.get(name)
