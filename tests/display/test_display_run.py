"""What a notebook shows of a run, and its data frames."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from langgraph.graph import END, START, StateGraph
from nbclient import NotebookClient
from pydantic import BaseModel

import chimera
from chimera.display import marks
from chimera.errors import SetupError
from chimera.testing import OllamaStandIn

CELLS = [
    "import chimera\nrun = chimera.run('technical-report', {folder!r}, model='none')\nrun",
    "run.report",
]


class Note(BaseModel):
    """A state that can record gaps."""

    text: str = ""
    gaps: list[str] = []


class Tags(HTMLParser):
    """The tags of a page with their attributes, and that every one is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in {"br", "hr"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check_alone(page: str) -> None:
    """Assert that a page is well nested and loads nothing."""
    tags = Tags(page)
    assert tags.open == []
    loading = {"script", "link", "img", "image", "iframe", "object", "embed", "style", "base"}
    assert not loading & {tag for tag, _ in tags.found}
    for _, attributes in tags.found:
        assert not {"src", "srcset", "xlink:href", "onload", "onclick"} & attributes.keys()
        assert (attributes.get("href") or "#").startswith("#")
        assert "url(" not in (attributes.get("style") or "")


def test_run_shows_timeline_graph_calls_and_report(folder: Path) -> None:
    """The page of a run has all four, nested well, and loads nothing."""
    with OllamaStandIn() as server:
        run = chimera.run(
            "technical-report", folder, model="ollama:qwen3:4b", base_url=server.base_url
        )
    page = run._repr_html_()
    check_alone(page)
    for said in ("Timeline of technical-report", "Graph technical-report", "Calls (3)", run.id):
        assert said in page
    assert "<h1>Technical report: <code>bench</code></h1>" in page
    assert f">{run.calls[0].prompt_tokens}</td>" in page


def test_gaps_and_warnings_are_shown_as_text() -> None:
    """What is missing stands at the top, and markup in it stays text."""

    async def fails(state: Note, context: Any) -> dict[str, str]:
        context.session.warnings.append("look at <b>this</b>")
        raise RuntimeError("<img src=x onerror=alert(1)>")

    graph = StateGraph(Note)
    graph.add_node("fails", chimera.stage(fails))
    graph.add_edge(START, "fails")
    graph.add_edge("fails", END)
    page = chimera.run(graph, model="none")._repr_html_()
    check_alone(page)
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "look at &lt;b&gt;this&lt;/b&gt;" in page
    assert ">partial</b>" in page


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[click](javascript:alert(1))",
        "[click](http://example.org)",
        "![picture](http://example.org/x.png)",
        "<http://example.org>",
        "[click](data:text/html;base64,eA==)",
        "[a]: http://example.org\n\n[a]",
        "| a |\n| --- |\n| <img src=x onerror=alert(1)> |",
    ],
)
def test_hostile_markdown_loads_and_links_nothing(hostile: str) -> None:
    """Tags, pictures and addresses in Markdown become text."""
    check_alone(marks.html(hostile))


def test_markdown_tables_and_lists_are_rendered() -> None:
    """What our reports use is rendered."""
    page = marks.html("# A\n\n- **b** `c`\n\n| d | e |\n| --- | ---: |\n| f | 1 |\n")
    assert all(
        tag in page for tag in ("<h1>", "<li>", "<strong>b</strong>", "<code>c</code>", "<td>f")
    )


def test_run_shows_itself_in_a_kernel(folder: Path) -> None:
    """In a real kernel, a run and a report come as HTML that loads nothing, and as Markdown."""
    v4: Any = nbformat.v4
    cells = [v4.new_code_cell(cell.format(folder=str(folder))) for cell in CELLS]
    notebook = v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    for cell in notebook.cells:
        shown = cell.outputs[-1]["data"]
        check_alone(shown["text/html"])
        assert shown["text/markdown"].startswith("# Technical report")
    assert "<svg" in notebook.cells[0].outputs[-1]["data"]["text/html"]


def test_frames_hold_calls_and_timings(folder: Path) -> None:
    """A row per call and per stage, with the run's own numbers."""
    with OllamaStandIn() as server:
        run = chimera.run(
            "technical-report", folder, model="ollama:qwen3:4b", base_url=server.base_url
        )
    calls, timings = run.to_pandas()
    assert list(calls["id"]) == ["M1", "M2", "M3"]
    assert list(calls["decode_ms"]) == [call.decode_ms for call in run.calls]
    assert list(timings["stage"]) == ["ingest", "analysis", "report"]
    assert timings["seconds"].sum() == pytest.approx(run.timings["total"].seconds)
    own = [run.timings[name].own_seconds for name in timings["stage"]]
    assert list(timings["own_seconds"]) == pytest.approx(own)


def test_unknown_is_not_zero_in_frames(folder: Path) -> None:
    """What nobody counted is missing in its column, and whole numbers stay whole numbers."""
    run = chimera.run("technical-report", folder, model="ollama:x", base_url="http://127.0.0.1:9")
    calls = run.to_pandas().calls
    assert calls["prompt_tokens"].isna().all()
    assert calls["decode_ms"].isna().all()
    assert calls["prompt_tokens"].dtype == pd.Int64Dtype()
    assert calls["attempts"].dtype == pd.Int64Dtype()


def test_frames_without_calls_have_the_same_columns(folder: Path) -> None:
    """A run without a model gives empty columns of the same types."""
    calls = chimera.run("technical-report", folder, model="none").to_pandas().calls
    assert len(calls) == 0
    assert calls["output_tokens"].dtype == pd.Int64Dtype()
    assert calls["total_ms"].dtype == "float64"
    assert "receipt_counted_tokens" in calls


def test_without_pandas_the_remedy_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pandas is not installed, the error says how to install it."""
    run = chimera.run("technical-report", folder, model="none")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SetupError, match=re.escape("pip install pandas")):
        run.to_pandas()
