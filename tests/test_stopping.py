"""Ending a run from outside: by time, by another thread, by cancelling, by Ctrl-C."""

import asyncio
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.errors import RunError
from chimera.events import Event, ModelAsked, StageStarted
from chimera.stages import StageContext
from chimera.testing import Behaviour, OllamaStandIn


class State(BaseModel):
    text: str = ""


async def quick(state: State, context: StageContext) -> Mapping[str, Any]:
    """Store something, so that the run makes its temporary folder."""
    (context.session.workspace() / "note").write_text("x")
    return {"text": "quick"}


async def endless(state: State, context: StageContext) -> Mapping[str, Any]:
    """Wait longer than any test."""
    await asyncio.sleep(600)
    return {}


def waiting() -> Any:
    """Return a graph whose second stage does not end."""
    builder: Any = StateGraph(State)
    builder.add_node("quick", chimera.stage(quick))
    builder.add_node("endless", chimera.stage(endless))
    return builder.add_edge(START, "quick").add_edge("quick", "endless").add_edge("endless", END)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary run folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_time_that_is_over_ends_the_run(temporary: Path) -> None:
    """The error says after how long and how far the run was; its folder is gone."""
    with pytest.raises(RunError, match=r"not done within 0\.1 s.*begun: quick, endless"):
        chimera.run(waiting(), timeout_s=0.1)
    assert list(temporary.iterdir()) == []


def test_another_thread_can_stop_a_run(temporary: Path) -> None:
    """A run ends soon after its `stop` is set, wherever that is done."""
    stop = threading.Event()

    def listener(event: Event) -> None:
        if event == StageStarted("endless"):
            threading.Thread(target=stop.set).start()

    with pytest.raises(RunError, match="was stopped"):
        chimera.run(waiting(), stop=stop, listener=listener)
    assert list(temporary.iterdir()) == []


def test_a_run_that_is_not_stopped_is_whole() -> None:
    """Limits that are not reached change nothing."""
    builder: Any = StateGraph(State)
    builder.add_node("quick", chimera.stage(quick))
    builder.add_edge(START, "quick").add_edge("quick", END)
    run = chimera.run(builder, stop=threading.Event(), timeout_s=60)
    assert run.state.text == "quick"


async def test_timeouts_of_the_work_itself_pass() -> None:
    """Only the run's own limit is told as such."""

    async def hasty(state: State, context: StageContext) -> Mapping[str, Any]:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(10)
        return {}

    builder: Any = StateGraph(State)
    builder.add_node("hasty", chimera.stage(hasty))
    builder.add_edge(START, "hasty")
    with pytest.raises(chimera.RunError, match="hasty failed: TimeoutError"):
        await chimera.arun(builder, timeout_s=60)


async def test_a_cancelled_call_leaves_no_slot_taken(folder: Path) -> None:
    """After a run was cancelled amid a call, its server is free for the next run."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def listener(event: Event) -> None:
        if isinstance(event, ModelAsked):
            loop.call_soon_threadsafe(asked.set)

    with OllamaStandIn() as server:
        settings: Any = {"base_url": server.base_url, "in_flight": 1}
        silent = chimera.arun(
            "technical-report", folder, model="ollama:silent", listener=listener, **settings
        )
        task = asyncio.create_task(silent)
        await asked.wait()
        assert await asyncio.to_thread(server.wait_until, lambda: server.in_flight == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.wait_until, lambda: server.in_flight == 0)
        run = await chimera.arun("technical-report", folder, model="ollama:x", **settings)
    assert run.status == "complete"


def test_ctrl_c_unloads_what_was_asked(folder: Path) -> None:
    """A script that is interrupted amid a call still unloads its model, where that was asked."""
    with OllamaStandIn(script=[Behaviour(first_token_s=3600.0)]) as server:
        script = (
            "import chimera\n"
            f"chimera.run('technical-report', {str(folder)!r}, model='ollama:x',"
            f" base_url={server.base_url!r}, unload=True)"
        )
        process = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)
        assert server.wait_until(lambda: server.in_flight == 1, timeout_s=60)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
        last = server.chats[-1].body
    assert process.returncode != 0
    assert b"KeyboardInterrupt" in told
    assert (last["messages"], last["keep_alive"]) == ([], 0)


LEAVES = """
import sys
from typing import TypedDict
from langgraph.graph import END, START, StateGraph
import chimera

class State(TypedDict, total=False):
    text: str

async def leave(state: State) -> State:
    sys.exit(3)

async def stay(state: State) -> State:
    return {"text": "here"}

def graph(node):
    return StateGraph(State).add_node("node", node).add_edge(START, "node").add_edge("node", END)

try:
    chimera.run(graph(leave), {})
except SystemExit as left:
    assert left.code == 3
assert chimera.run(graph(stay), {}).state == {"text": "here"}
"""


def test_a_node_that_exits_ends_its_run_and_no_other() -> None:
    """`sys.exit` in a node reaches whoever called `run`; the loop of all runs goes on."""
    subprocess.run([sys.executable, "-c", LEAVES], check=True, timeout=60)
