"""Run a graph: `run` from anywhere, `arun` in an event loop, `astream` for its events."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, get_type_hints

from pydantic import BaseModel, ValidationError

from chimera.clock import Clock, SystemClock
from chimera.errors import ConfigError, SetupError, nearest
from chimera.loop import run_sync
from chimera.models.serving import Serving
from chimera.project import Project
from chimera.session import NO_MODEL, Event, ModelChoice, Session, active
from chimera.timing import StageTiming, execution_line, total

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from chimera.analysis.facts import Facts
    from chimera.models.records import CallRecord
    from chimera.report.document import ReportDocument

RECURSION_LIMIT = 100  # steps; LangGraph's own default would let a loop run for ten thousand

_COMPILED = (
    "_chimera_compiled"  # kept on the graph itself: it refers to the graph, and goes with it
)


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


class Run:
    """One execution of a graph.

    Attributes:
        id: Id of the run.
        graph: Name of the graph.
        status: `complete`, or `partial` if something is missing; then `gaps` says what.
        state: The final state, as the graph's state model where it is one.
        compiled: The LangGraph graph that ran, to draw.
        timings: Seconds per stage, and `total`.
        spans: Every execution of a stage, in the order in which they began.
        calls: Every model call, in order.
        gaps: What is missing, and why.
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
        self.timings: dict[str, StageTiming] = {
            **session.timings,
            "total": total(session.timings),
        }
        self.spans = sorted(session.spans, key=attrgetter("started_s"))
        self.calls: list[CallRecord] = list(session.calls)
        self.gaps: list[str] = list(_get(state, "gaps") or [])
        self.status: Literal["complete", "partial"] = "partial" if self.gaps else "complete"
        self.warning = None if self.gaps else next(iter(session.silenced.values()), None)
        self.warnings = list(session.warnings)
        self.warm_up_ms = session.warm_up_ms
        stored = _get(state, "report")
        path = getattr(stored, "path", None)
        self.report = Report(Path(path).with_suffix(".md")) if path else None

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
        run_id: Id of the run; a random one if left out.
        listener: Is told every `Event` as it happens, in the thread where it happens.
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
    listener: Callable[[Event], None]


def run(graph: Any, input: Any = None, **settings: Unpack[Settings]) -> Run:  # noqa: A002, ANN401
    """Run a graph to its end; works in scripts, in notebooks and beside a running event loop.

    Takes what `arun` takes.
    """
    return run_sync(arun(graph, input, **settings))


async def arun(graph: Any, input: Any = None, **settings: Unpack[Settings]) -> Run:  # noqa: A002, ANN401
    """Run a graph to its end.

    Args:
        graph: Name of a graph of the project, or a LangGraph `StateGraph`, compiled or not.
        input: State to start from: a mapping, a Pydantic model, or the value of the only field the
            state requires (for `technical-report` a folder).
        settings: See `Settings`.

    Raises:
        SetupError: If the set-up is wrong; nothing has run.
        RunError: If a stage of a graph that cannot record gaps fails.
    """
    if unknown := settings.keys() - Settings.__annotations__.keys():
        name = min(unknown)
        raise TypeError(f"run() has no setting {name!r}{nearest(name, Settings.__annotations__)}")
    project = settings.get("project")
    found = project if isinstance(project, Project) else Project.find(project)
    session = Session(
        project=found,
        choice=_choice(found, settings),
        clock=settings.get("clock") or SystemClock(),
        graph=graph if isinstance(graph, str) else "graph",
        folder=_folder(settings.get("out")),
        listener=settings.get("listener"),
    )
    session.id = settings.get("run_id") or session.id
    try:
        _check_choice(session)
        state = await _execute(
            found.graph(graph) if isinstance(graph, str) else graph, input, session
        )
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
        task.cancel()


async def _execute(graph: Any, input: Any, session: Session) -> Any:  # noqa: A002, ANN401
    if not hasattr(getattr(graph, "builder", graph), "state_schema"):
        raise ConfigError(f"{graph!r} is no LangGraph StateGraph")
    schema = getattr(graph, "state_schema", None) or getattr(graph, "builder", graph).state_schema
    _load_agents(graph, session)
    session.compiled = compiled = _compiled(graph)
    config = {
        "recursion_limit": RECURSION_LIMIT,
        "run_name": session.graph,
        "configurable": {"thread_id": session.id},
    }
    saved = {"durability": "sync"} if getattr(compiled, "checkpointer", None) else {}
    async with _around(session):
        result = await compiled.ainvoke(_start(input, schema), config, **saved)
    if isinstance(schema, type) and issubclass(schema, BaseModel):
        return schema.model_validate(result or {})
    return result


@asynccontextmanager
async def _around(session: Session) -> AsyncIterator[None]:
    from chimera.servers import served, settle_profiles

    settle_profiles(session)
    with active(session), _untraced():
        async with served(session):
            yield


def _load_agents(graph: Any, session: Session) -> None:  # noqa: ANN401
    """Load the agents of a graph's stages before any of them works, in the order of the stages."""
    for node in getattr(graph, "builder", graph).nodes.values():
        function = getattr(getattr(node, "runnable", None), "afunc", None)
        if name := getattr(function, "agent_name", None):
            session.agent(name)


def _compiled(graph: Any) -> Any:  # noqa: ANN401
    """Return a graph ready to run; one that has not changed since is compiled once."""
    if not hasattr(graph, "compile"):
        return graph
    branches = sum(len(ends) for ends in graph.branches.values())
    shape = (len(graph.nodes), len(graph.edges), len(graph.waiting_edges), branches)
    known = vars(graph).get(_COMPILED)
    if known is None or known[0] != shape:
        known = (shape, graph.compile())
        setattr(graph, _COMPILED, known)
    return known[1]


def _start(input: Any, schema: Any) -> Any:  # noqa: A002, ANN401
    """Return the state to start from; a bare value goes to the only field that is required."""
    if isinstance(input, BaseModel):
        return input.model_dump(mode="json", exclude_unset=True)
    required = _required(schema)
    if isinstance(input, Mapping):
        if missing := [name for name in required if name not in input]:
            raise ConfigError(f"the input lacks the fields {', '.join(missing)}")
        fields = get_type_hints(schema)
        if unknown := [name for name in input if name not in fields]:
            hint = nearest(unknown[0], fields)
            raise ConfigError(f"the graph's state has no field {unknown[0]!r}{hint}")
        return dict(input)
    if input is None and not required:
        return {}
    if input is None or len(required) != 1:
        raise ConfigError(f"the input must give the fields {', '.join(required)}, not {input!r}")
    return {required[0]: _plain(input)}


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return paths, also those of a list, as text."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _required(schema: Any) -> list[str]:  # noqa: ANN401
    """Return the fields a state cannot do without, whatever kind of type it is."""
    if hasattr(schema, "model_fields"):
        return [name for name, field in schema.model_fields.items() if field.is_required()]
    return sorted(getattr(schema, "__required_keys__", ()))


def _choice(project: Project, settings: Settings) -> ModelChoice:
    """Return what a run says of models, over what its project says."""
    said = {name: settings.get(name) for name in ("in_flight", "one_profile", "warm_up", "unload")}
    given = {name: value for name, value in said.items() if value is not None}
    try:
        serving = Serving.model_validate({**project.file().models.model_dump(), **given})
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
    from chimera.models.address import base_url, each

    for agent in session.choice.options:
        session.project.path("agents", agent)
    if session.choice.model != NO_MODEL:
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


@contextmanager
def _untraced() -> Any:  # noqa: ANN401  a context manager
    """Keep LangSmith from sending prompts away, whatever the environment says.

    `CHIMERA_TRACING=langsmith` leaves it to the environment.
    """
    if os.environ.get("CHIMERA_TRACING") == "langsmith":
        yield
        return
    from langsmith import tracing_context

    with tracing_context(enabled=False):
        yield


def _get(state: Any, name: str) -> Any:  # noqa: ANN401  any LangGraph state
    return state.get(name) if isinstance(state, Mapping) else getattr(state, name, None)
