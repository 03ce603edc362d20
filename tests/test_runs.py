"""`run` and its relatives, from every place they are called from."""

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import pytest
from langgraph.graph import END, START, StateGraph
from nbclient import NotebookClient
from pydantic import BaseModel

import chimera
from chimera.errors import ConfigError, NotFoundError, SetupError, StageError
from chimera.events import Event, FileRead
from chimera.project import Project
from chimera.stages import StageContext
from chimera.testing import OllamaStandIn


class Asked(BaseModel):
    """A state that requires nothing."""

    text: str = ""


CELLS = [
    "import chimera",
    "run = chimera.run('technical-report', {folder!r}, model='none')",
    "print(run.status, run.facts['F12'].sources[0].path, run.timings['analysis'].seconds > 0)",
    "again = await chimera.arun('technical-report', {folder!r}, model='none')",
    "print(again.report.markdown.splitlines()[0])",
    "run",
]


def test_run_gives_report_timings_and_facts(folder: Path) -> None:
    """A run holds the report, its facts and the time of each stage."""
    run = chimera.run("technical-report", folder, model="none")
    assert run.report is not None
    assert run.report.markdown.startswith("# Technical report: `bench`")
    assert list(run.timings) == ["ingest", "analysis", "report", "total"]
    assert run.facts["F12"].sources[0].path == "runs.csv"


def test_total_is_the_sum_of_the_stages(folder: Path) -> None:
    """`total` adds up the stages, in `Run` and in report.json alike."""
    run = chimera.run("technical-report", folder, model="none")
    stages = [run.timings[name].seconds for name in ("ingest", "analysis", "report")]
    assert run.timings["total"].seconds == pytest.approx(sum(stages))
    assert run.report is not None
    assert run.report.data.timings["total"] == run.timings["total"]


def test_calls_carry_ttft(folder: Path) -> None:
    """Every model call of a run is accounted for, with its TTFT."""
    with OllamaStandIn() as server:
        run = chimera.run("technical-report", folder, model="ollama:x", base_url=server.base_url)
    assert [call.stage for call in run.calls] == ["ingest", "analysis", "report"]
    assert all(call.ttft_ms is not None and call.ttft_ms > 0 for call in run.calls)
    assert run.timings["ingest"].model_seconds > 0


def test_spans_and_calls_stand_on_one_time_line(folder: Path) -> None:
    """A call starts within the span of its stage, and stages within the run."""
    with OllamaStandIn() as server:
        run = chimera.run("technical-report", folder, model="ollama:x", base_url=server.base_url)
    assert [span.stage for span in run.spans] == ["ingest", "analysis", "report"]
    for span, call in zip(run.spans, run.calls, strict=True):
        assert call.started_s is not None
        assert call.total_ms is not None
        assert span.started_s < call.started_s
        assert call.started_s + call.total_ms / 1000 < span.started_s + span.seconds


def test_call_outside_of_a_run_has_no_start() -> None:
    """An agent asked by itself has no run to count from."""
    with OllamaStandIn() as server:
        agent = chimera.Agent(
            persona=chimera.Persona(name="p", title="P", instructions="Answer."),
            model="ollama:x",
            base_url=server.base_url,
        )
        answer = asyncio.run(agent.call("Well?"))
    assert answer.record.started_s is None


async def test_run_works_beside_a_running_loop(folder: Path) -> None:
    """The synchronous call works from a coroutine."""
    assert chimera.run("technical-report", folder, model="none").status == "complete"


async def test_arun_is_native(folder: Path) -> None:
    """Two runs share one event loop without disturbing each other."""
    both = [chimera.arun("technical-report", folder, model="none") for _ in range(2)]
    assert [run.status for run in await asyncio.gather(*both)] == ["complete", "complete"]


async def test_astream_tells_stages_then_the_run(folder: Path) -> None:
    """Events come as they happen; the run comes last."""
    found = [item async for item in chimera.astream("technical-report", folder, model="none")]
    names = [item.name for item in found if isinstance(item, Event)]
    assert names.count("stage.started") == names.count("stage.finished") == 3
    assert names.count("file.read") == 2
    assert isinstance(found[-1], chimera.Run)


def test_run_works_in_a_script(folder: Path) -> None:
    """A plain script runs a graph and ends by itself."""
    script = (
        f"import chimera; print(chimera.run('technical-report', {str(folder)!r}, model='none'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Run('technical-report'")
    assert done.stderr == ""


def test_run_works_in_a_notebook(folder: Path) -> None:
    """In a real kernel both calls work, and the run shows itself as the rendered report."""
    v4: Any = nbformat.v4
    cells = [v4.new_code_cell(cell.format(folder=str(folder))) for cell in CELLS]
    notebook = v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    texts = [o.get("text", "") for cell in notebook.cells for o in cell.get("outputs", [])]
    assert "complete runs.csv True" in texts[0]
    assert "# Technical report: `bench`" in texts[1]
    shown = notebook.cells[-1].outputs[0]["data"]["text/markdown"]
    assert shown.startswith("# Technical report")


def test_default_model_without_server_is_a_warning(folder: Path) -> None:
    """With nobody's choice of model and no server, the report is complete and says so."""
    run = chimera.run("technical-report", folder, base_url="http://127.0.0.1:9")
    assert run.status == "complete"
    assert run.warning is not None
    assert "127.0.0.1:9" in run.warning
    assert run.report is not None
    assert run.report.data.narrative.status == "omitted"


def test_named_model_without_server_is_a_gap(folder: Path) -> None:
    """A model that somebody named and that cannot be reached makes the run partial."""
    run = chimera.run("technical-report", folder, model="ollama:x", base_url="http://127.0.0.1:9")
    assert run.status == "partial"
    assert "ollama:x" in run.gaps[0]
    assert len(run.calls) == 1  # a server that is not there is asked once


def test_model_missing_on_the_server_names_the_remedy(folder: Path) -> None:
    """The gap of a model the server does not have says how to get it."""
    with OllamaStandIn(models=["other"]) as server:
        run = chimera.run("technical-report", folder, model="ollama:x", base_url=server.base_url)
    assert "ollama pull x" in run.gaps[0]


def test_report_with_dead_model_is_the_one_without(folder: Path) -> None:
    """A model that cannot be reached costs nothing but the narrative."""
    parts = []
    for settings in ({"model": "none"}, {"model": "ollama:x", "base_url": "http://127.0.0.1:9"}):
        run = chimera.run("technical-report", folder, **settings)  # type: ignore[arg-type]
        assert run.report is not None
        parts.append(run.report.markdown.partition("## Summary")[2].partition("## Workflow")[0])
    assert parts[0] == parts[1]


def test_out_folder_keeps_the_run(folder: Path, tmp_path: Path) -> None:
    """A run with a folder leaves its files there and nothing half-written."""
    out = tmp_path / "out"
    chimera.run("technical-report", folder, model="none", out=out)
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert names == [
        "report.json",
        "report.md",
        "run/analysis.json",
        "run/evidence.json",
        "run/sources.json",
    ]


def test_temporary_folder_goes_with_the_run(folder: Path) -> None:
    """Without a folder, nothing is left once the run is gone."""
    run = chimera.run("technical-report", folder, model="none")
    place = run.folder
    assert place.is_dir()
    del run
    assert not place.exists()


def test_input_files_are_not_touched(folder: Path) -> None:
    """The folder that is read is the same afterwards."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    chimera.run("technical-report", folder, model="none")
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_single_file_will_do(folder: Path) -> None:
    """A file stands for a folder with one file."""
    run = chimera.run("technical-report", folder / "runs.csv", model="none")
    assert run.report is not None
    assert run.report.data.inventory.files_total == 1


def test_empty_folder_is_reported_as_empty(tmp_path: Path) -> None:
    """A folder with nothing in it gives a short report, and the gap says so."""
    run = chimera.run("technical-report", tmp_path, model="none", out=tmp_path.parent / "o")
    assert run.status == "partial"
    assert run.gaps == [f"ingest: nothing to read in {tmp_path.name!r}"]
    assert run.report is not None
    assert run.report.data.inventory.files_total == 0
    assert run.report.data.verification.unsupported == 0


def test_missing_folder_is_named(tmp_path: Path) -> None:
    """A folder that is not there is a set-up error with its path."""
    with pytest.raises(NotFoundError, match="nowhere"):
        chimera.run("technical-report", tmp_path / "nowhere", model="none")


def test_unknown_graph_lists_the_graphs(folder: Path) -> None:
    """A graph that does not exist names the nearest one."""
    with pytest.raises(NotFoundError, match="did you mean 'technical-report'"):
        chimera.run("technical-reprot", folder)


def test_unknown_agent_in_options_is_refused(folder: Path) -> None:
    """Options for an agent that does not exist are refused before anything runs."""
    with pytest.raises(NotFoundError, match="did you mean 'analyst'"):
        chimera.run("technical-report", folder, options={"analist": {"num_ctx": 512}})


def test_output_below_a_file_is_refused(folder: Path) -> None:
    """An output folder that cannot be made is a set-up error."""
    with pytest.raises(SetupError, match="cannot write to the output folder"):
        chimera.run("technical-report", folder, out=folder / "runs.csv" / "out")


def test_input_is_needed() -> None:
    """A graph with a required field says which one is missing."""
    with pytest.raises(ConfigError, match="source"):
        chimera.run("technical-report", model="none")


def test_named_state_fields_can_be_given(folder: Path) -> None:
    """The input may be the state itself."""
    assert chimera.run("technical-report", {"source": str(folder)}, model="none").report is not None


def test_graph_inside_another_graph(folder: Path) -> None:
    """The whole reference graph serves as a node of somebody else's."""
    inner = chimera.Project.bundled().graph("technical-report").compile()

    class Outer(BaseModel):
        folder: str
        report: str = ""

    async def node(state: Outer) -> dict[str, Any]:
        result = await inner.ainvoke({"source": state.folder})
        return {"report": result["report"]["path"]}

    builder = StateGraph(Outer)
    builder.add_node("report", node)
    builder.add_edge(START, "report")
    builder.add_edge("report", END)
    run = chimera.run(builder, {"folder": str(folder)}, model="none")
    assert json.loads(Path(run.state.report).read_text())["schema"] == "chimera.report/1"


def test_graph_with_a_checkpointer_runs_in_a_thread_of_its_own(folder: Path) -> None:
    """A compiled graph with a checkpointer gets the run's id as its thread."""
    from langgraph.checkpoint.memory import InMemorySaver

    saver = InMemorySaver()
    graph = chimera.Project.bundled().graph("technical-report").compile(checkpointer=saver)
    run = chimera.run(graph, folder, model="none", run_id="r7")
    assert run.status == "complete"
    assert {item.config["configurable"]["thread_id"] for item in saver.list(None)} == {"r7"}


def test_own_reports_are_no_evidence(folder: Path) -> None:
    """A report written into the folder is left out of the next one, and the inventory says so."""
    chimera.run("technical-report", folder, model="none", out=folder / "out")
    run = chimera.run("technical-report", folder, model="none")
    assert run.report is not None
    inventory = run.report.data.inventory
    assert sorted(entry.path for entry in inventory.files) == ["quality.json", "runs.csv"]
    assert inventory.problems == ["out/: report of an earlier run, left out"]
    assert "report of an earlier run" in run.report.markdown


def test_unknown_setting_is_refused(folder: Path) -> None:
    """A misspelt keyword is refused with the nearest one, before anything runs."""
    with pytest.raises(TypeError, match="no setting 'modle'; did you mean 'model'"):
        chimera.run("technical-report", folder, modle="none")  # type: ignore[call-arg]


async def test_astream_tells_a_listener_too(folder: Path) -> None:
    """A listener of one's own hears the events that are streamed."""
    heard: list[Event] = []
    settings: Any = {"model": "none", "listener": heard.append}
    streamed = [item async for item in chimera.astream("technical-report", folder, **settings)]
    assert heard == [item for item in streamed if isinstance(item, Event)]


async def test_astream_keeps_the_order_of_threads() -> None:
    """What a thread told before the loop's own next event comes before it."""

    async def work(state: Asked, context: StageContext) -> dict[str, Any]:
        for number in range(20):
            await asyncio.to_thread(context.session.emit, FileRead("there", str(number)))
            context.session.emit(FileRead("here", str(number)))
        return {}

    builder = StateGraph(Asked)
    builder.add_node("work", chimera.stage(work))
    builder.add_edge(START, "work").add_edge("work", END)
    told = [
        item async for item in chimera.astream(builder, {"text": "x"}) if isinstance(item, Event)
    ]
    numbered = [(e.stage, e.path) for e in told if isinstance(e, FileRead)]
    assert numbered == [(name, str(number)) for number in range(20) for name in ("there", "here")]


def test_nothing_is_written_where_nothing_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run whose stages store nothing makes its folder when it is asked for, for as long as it."""

    async def work(state: Asked, context: StageContext) -> dict[str, Any]:
        return {}

    made: list[str] = []
    make = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **k: made.append(make(**k)) or made[-1])  # type: ignore[func-returns-value]
    builder = StateGraph(Asked)
    builder.add_node("work", chimera.stage(work))
    builder.add_edge(START, "work").add_edge("work", END)
    run = chimera.run(builder, {"text": "x"}, project=Project.bundled())
    assert made == []
    place = run.folder
    assert [str(place)] == made
    assert place.is_dir()
    assert run.folder == place
    del run
    assert not place.exists()


def test_folder_goes_where_a_run_fails() -> None:
    """A temporary folder that a failing stage had written to is removed."""
    places: list[Path] = []

    async def work(state: Asked, context: StageContext) -> dict[str, Any]:
        places.append(context.session.workspace())
        raise ValueError("no")

    builder = StateGraph(Asked)
    builder.add_node("work", chimera.stage(work))
    builder.add_edge(START, "work").add_edge("work", END)
    with pytest.raises(StageError):
        chimera.run(builder, {"text": "x"})
    assert not places[0].exists()


def test_agents_are_loaded_before_anything_works(folder: Path, tmp_path: Path) -> None:
    """A mistake in the last agent's file is found before the first stage starts."""
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "analyst.yaml").write_text("persona: analyst\nmodle: x\n")
    heard: list[Event] = []
    with pytest.raises(ConfigError, match="modle"):
        chimera.run("technical-report", folder, project=tmp_path, listener=heard.append)
    assert heard == []


def test_what_is_no_graph_is_refused(folder: Path) -> None:
    """Anything but a LangGraph graph is a set-up error."""
    with pytest.raises(ConfigError, match="is no LangGraph StateGraph"):
        chimera.run(5, folder)


def test_lacking_field_is_named() -> None:
    """An input without a field the state requires says which."""
    with pytest.raises(ConfigError, match="lacks the fields source"):
        chimera.run("technical-report", {"brief": "x"}, model="none")


async def test_graph_on_its_own_keeps_one_folder_and_one_count(folder: Path) -> None:
    """Compiled and run by LangGraph alone, the stages share their folder and number their calls."""
    graph: Any = chimera.Project.bundled().graph("technical-report").compile()
    with OllamaStandIn() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OLLAMA_HOST", server.base_url)
        patch.setenv("CHIMERA_MODEL", "ollama:x")
        result = await graph.ainvoke({"source": str(folder)})
    assert [call["id"] for call in result["calls"]] == ["M1", "M2", "M3"]
    paths = [Path(result[key]["path"]) for key in ("evidence", "analysis", "report")]
    assert len({path.parents[path.parent.name == "run"] for path in paths}) == 1


def test_graph_that_has_grown_is_compiled_again() -> None:
    """A branch added to a graph that has run before is in force the next time."""

    class Visits(BaseModel):
        seen: list[str] = []

    def node(name: str) -> Any:
        async def visit(state: Visits) -> dict[str, Any]:
            return {"seen": [*state.seen, name]}

        return visit

    builder: Any = StateGraph(Visits)
    for name in ("first", "second", "third"):
        builder.add_node(name, node(name))
    builder.add_edge(START, "first")
    builder.add_conditional_edges("first", lambda _: END, ["second", END])
    assert chimera.run(builder, {}).state.seen == ["first"]

    def onwards(_: Visits) -> str:
        return "third"

    builder.add_conditional_edges("first", onwards, ["third"])
    assert chimera.run(builder, {}).state.seen == ["first", "third"]
