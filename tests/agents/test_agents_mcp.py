"""Agents with MCP servers: a real one over stdio, and such as do not work."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from chimera import Agent, ChimeraError
from chimera.errors import SetupError, StageError
from chimera.models import Timeouts
from chimera.testing import ScriptedModel, calling
from chimera.tools import Server
from tests.agents.desk import CLERK, add, asked
from tests.agents.mcp_files import server as files

SCRIPT = str(Path(__file__).with_name("mcp_files.py"))
FILES = Server(command=sys.executable, args=[SCRIPT])


def clerk(server: Server, *answers: Any, **fields: Any) -> Agent[str]:
    """Return an agent with one MCP server."""
    model = ScriptedModel(answers=list(answers))
    return Agent(persona=CLERK, model=model, mcp={"files": server}, **fields)


async def test_tools_of_a_server_stand_beside_functions() -> None:
    """A model calls tools of an MCP server and functions alike; errors of a server are told."""
    calls = [calling("length", text="abcd"), calling("fail"), calling("add", a=1, b=2)]
    answer, made, _ = await asked(clerk(FILES, *calls, "Done.", tools=[add]))
    assert answer == "Done."
    assert [(call.tool, call.outcome) for call in made] == [
        ("length", "ok"),
        ("fail", "failed"),
        ("add", "ok"),
    ]
    assert "on purpose" in str(made[1].detail)


@pytest.fixture
def address() -> Iterator[str]:
    """Serve the same tools over HTTP; yield the address."""
    uvicorn = pytest.importorskip("uvicorn")
    app = files.streamable_http_app()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/mcp"
    server.should_exit = True
    thread.join()


async def test_a_server_at_an_address_works_alike(address: str) -> None:
    """A server over HTTP is connected to for the question."""
    _, made, _ = await asked(clerk(Server(url=address), calling("length", text="abcd"), "4"))
    assert [(call.tool, call.outcome) for call in made] == [("length", "ok")]


async def test_only_some_tools_of_a_server_are_taken() -> None:
    """`only` names the tools a model is offered."""
    one = FILES.model_copy(update={"only": ["length"]})
    _, made, _ = await asked(clerk(one, calling("fail"), "No."))
    assert (made[0].outcome, made[0].detail) == (
        "unknown",
        "there is no tool 'fail' (only: length)",
    )


async def test_a_tool_the_server_lacks_is_named() -> None:
    """A misspelt name under `only` is refused with the nearest one."""
    wrong = FILES.model_copy(update={"only": ["lenght"]})
    with pytest.raises(SetupError, match="no tool 'lenght'; did you mean 'length'"):
        await clerk(wrong).ask("?")


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (Server(command="chimera-no-such-program"), "FileNotFoundError"),
        (Server(command=sys.executable, args=["-c", "pass"]), "Connection closed"),
        (Server(url="http://127.0.0.1:9/mcp"), "ConnectError"),
    ],
)
async def test_a_server_that_does_not_answer_is_named(server: Server, why: str) -> None:
    """A server that cannot be started or reached fails the question by its name."""
    with pytest.raises(StageError, match=rf"MCP server 'files' of agent 'Clerk' .*{why}"):
        await clerk(server).ask("?")


async def test_a_server_that_says_nothing_is_given_up() -> None:
    """The start of a server has a time limit."""
    silent = Server(command=sys.executable, args=["-c", "import sys; sys.stdin.read()"])
    with pytest.raises(StageError, match="does not answer: TimeoutError"):
        await clerk(silent, timeouts=Timeouts(tool=0.2)).ask("?")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "a command or a url"),
        ({"command": "x", "url": "http://h"}, "a command or a url"),
        ({"url": "h:80"}, "must start with http"),
        ({"url": "http://h", "args": ["x"]}, "belong to a command"),
        ({"command": "x", "headers": {"A": "b"}}, "belong to a url"),
    ],
)
def test_wrong_servers_are_refused(fields: dict[str, object], why: str) -> None:
    """A server is one of two kinds, with the settings of its kind."""
    with pytest.raises(ValidationError, match=why):
        Server(**fields)  # type: ignore[arg-type]


def test_secrets_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A header may name a variable; one that is not set is a mistake in the set-up."""
    server = Server(url="http://h", headers={"Authorization": "Bearer ${DESK_KEY}"})
    with pytest.raises(ChimeraError, match="no 'DESK_KEY'"):
        server.connection()
    monkeypatch.setenv("DESK_KEY", "k1")
    assert server.connection()["headers"] == {"Authorization": "Bearer k1"}
    assert "Bearer" not in repr(server)
