"""`langgraph.json`: every entry loads and runs, and `langgraph dev` serves it."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import chimera
from chimera.project import load_module
from chimera.session import ModelChoice, Session, active
from chimera.testing import OllamaStandIn

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "langgraph.json"
pytestmark = pytest.mark.skipif(
    not CONFIG.exists(), reason="langgraph.json belongs to the checkout, not to the wheel"
)


def entries() -> dict[str, str]:
    """Return graph names and where they are."""
    return dict(json.loads(CONFIG.read_text())["graphs"]) if CONFIG.exists() else {}


async def given(name: str, folder: Path) -> dict[str, str]:
    """Return the input of a graph: a folder of artifacts, two of them, or a finished run."""
    if name == "compare":
        return {"before": str(folder), "after": str(folder)}
    if name == "review":
        out = folder.parent / "out"
        run = await chimera.arun("technical-report", folder, model="none", out=out)
        return {"source": str(run.folder)}
    return {"source": str(folder)}


@pytest.mark.parametrize("name", entries())
async def test_every_entry_runs(name: str, folder: Path) -> None:
    """Each graph is an uncompiled StateGraph that runs from its file."""
    path, _, attribute = entries()[name].partition(":")
    graph = getattr(load_module(ROOT / path), attribute)
    with active(Session(choice=ModelChoice(model="none"))):
        result = await graph.compile().ainvoke(await given(name, folder))
    assert Path(result["report"]["path"]).exists()


@pytest.mark.parametrize("name", entries())
def test_graph_files_read_like_a_map(name: str) -> None:
    """A graph file has fewer than 40 lines."""
    path = ROOT / entries()[name].partition(":")[0]
    assert len(path.read_text().splitlines()) < 40


@contextlib.contextmanager
def served(**environment: str) -> Iterator[str]:
    """Run `langgraph dev` on a free port of loopback and end it afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload"]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "LANGGRAPH_CLI_NO_ANALYTICS": "1", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_for(client: httpx.Client) -> None:
    """Wait until the server answers, at most a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with contextlib.suppress(httpx.HTTPError):
            if client.get("/ok").status_code == 200:
                return
        time.sleep(0.3)
    pytest.fail("langgraph dev did not start within a minute")


def test_langgraph_dev_serves_every_graph(folder: Path) -> None:
    """Runs through the server ask the model and end with no error."""
    with OllamaStandIn() as ollama:
        environment = {"CHIMERA_MODEL": "ollama:x", "OLLAMA_HOST": ollama.base_url}
        with (
            served(**environment) as url,
            httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
        ):
            wait_for(client)
            for name in entries():
                before = len(ollama.chats)
                body = {"assistant_id": name, "input": asyncio.run(given(name, folder))}
                result: dict[str, Any] = client.post("/runs/wait", json=body).json()
                assert "__error__" not in result, name
                assert result["gaps"] == [], name
                quiet = name == "compare"  # nothing has changed from a folder to itself
                assert len(ollama.chats) > before or quiet, name
                assert Path(result["report"]["path"]).exists(), name


def test_langgraph_dev_streams_nodes_by_name(folder: Path) -> None:
    """A client sees the update of each stage as it ends."""
    with (
        served(CHIMERA_MODEL="none") as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
    ):
        wait_for(client)
        body = {
            "assistant_id": "technical-report",
            "input": {"source": str(folder)},
            "stream_mode": ["updates"],
        }
        text = client.post("/runs/stream", json=body).text
    updates = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    stages = [
        key for update in updates for key in update if key in {"ingest", "analysis", "report"}
    ]
    assert stages == ["ingest", "analysis", "report"]
