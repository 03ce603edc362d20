"""The notebooks of the examples run in a real kernel from top to end, and are clean in git."""

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "examples" / "notebooks"
NAMES = ["first_report", "your_own_graph", "your_own_persona"]


def notebook(name: str) -> Any:
    """Return a notebook as it is in git."""
    return nbformat.read(  # type: ignore[no-untyped-call]
        FOLDER / f"{name}.ipynb", as_version=4
    )


def test_there_are_three() -> None:
    """No notebook goes without tests."""
    assert sorted(path.stem for path in FOLDER.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_notebook_runs_and_shows_its_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell runs, without network or model; a run is shown as HTML that loads nothing."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    if not os.environ.get("CHIMERA_TESTS_INSTALLED"):
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    for address in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(address, "http://127.0.0.1:9")  # nobody listens
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    made = notebook(name)
    NotebookClient(
        made, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    outputs = [output for cell in made.cells for output in cell.get("outputs", [])]
    shown = [
        output["data"]["text/html"]
        for output in outputs
        if "data" in output and "text/html" in output["data"]
    ]
    assert any("<svg" in page for page in shown)
    assert not any(re.search(r"<(script|img|link|iframe)|href=.http", page) for page in shown)
    assert not [output for output in outputs if output.get("name") == "stderr"]


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_stored_without_output(name: str) -> None:
    """Git holds neither outputs nor counts, nor the kernel of whoever saved it."""
    made = notebook(name)
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert set(made.metadata) == {"kernelspec", "language_info"}
    assert made.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("name", NAMES)
def test_notebook_says_how_to_use_a_model(name: str) -> None:
    """Each names a real model, so that a reader knows what to write instead."""
    assert "ollama:gemma3" in (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
