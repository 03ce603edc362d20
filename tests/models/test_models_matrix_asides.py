"""A server whose answers about itself are odd: what is asked beside a chat costs no answer."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from chimera.models import Outcome, Timeouts
from chimera.testing import OllamaStandIn
from chimera.testing.http1 import JSON, Request, whole
from tests.models.faulty_run import ASKING, STAGES, execute, numbers, write_artifacts

LIMITS = Timeouts(first_token=0.2, idle=0.2, total=9.0)
PATHS = ("/api/tags", "/api/version", "/api/ps")
BODIES = {
    "nothing": b"",
    "no-json": b"<html>hello</html>",
    "null": b"null",
    "list": b"[]",
    "number": b"7",
    "deep": b"[" * 100_000,
    "no-models": b"{}",
    "models-null": b'{"models":null,"version":null}',
    "models-object": b'{"models":{"name":"x"},"version":{"v":1}}',
    "odd-models": b'{"models":[null,7,[],{},{"name":[],"model":{},"digest":{}}],"version":[1]}',
    "odd-fields": b'{"models":[{"name":"x:latest","model":7,"digest":9,"context_length":"big"}]}',
    "odd-window": b'{"models":[{"name":"x:latest","context_length":-1e400}],"version":""}',
    "not-utf8": b'{"version":"\xff\xfe","models":[{"name":"\xff"}]}',
    "big-number": b'{"models":[{"name":"x:latest","context_length":' + b"9" * 5000 + b"}]}",
}
both_apis = pytest.mark.parametrize("api", ["run", "arun"])


class Odd(OllamaStandIn):
    """A stand-in that answers chats well, and other paths with a given response."""

    def __init__(self, replies: Mapping[str, bytes]) -> None:
        super().__init__()
        self._replies = replies

    def _other(self, request: Request) -> bytes:
        return self._replies.get(request.path) or super()._other(request)


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny folder that all runs read."""
    return write_artifacts(tmp_path_factory.mktemp("asides") / "bench")


@pytest.fixture(scope="module")
def clean(artifacts: Path) -> dict[str, Any]:
    """What the report holds without a model."""
    return numbers(execute("run", artifacts, model="none"))


@both_apis
@pytest.mark.parametrize("body", BODIES)
def test_odd_answers_about_itself_cost_no_chat(
    body: str, api: str, artifacts: Path, clean: dict[str, Any]
) -> None:
    """Whatever lists and versions look like, the chats count and the run is complete."""
    replies = dict.fromkeys(PATHS, whole(200, [("Content-Type", JSON)], BODIES[body]))
    with Odd(replies) as server:
        run = execute(api, artifacts, model="ollama:x", base_url=server.base_url)
    assert [(call.stage, call.outcome) for call in run.calls] == [
        (stage, Outcome.OK) for stage in STAGES
    ]
    assert (run.status, len(server.chats)) == ("complete", 3)
    assert numbers(run) == clean


@both_apis
@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500, 503])
def test_refusals_beside_the_chat_cost_no_chat(
    status: int, api: str, artifacts: Path, clean: dict[str, Any]
) -> None:
    """An old server, or a proxy that lets only chats through, is good enough."""
    replies = dict.fromkeys(PATHS, whole(status, [("Location", "http://127.0.0.1:9/")], b"no"))
    with Odd(replies) as server:
        run = execute(api, artifacts, model="ollama:x", base_url=server.base_url)
    assert (run.status, len(server.chats)) == ("complete", 3)
    assert numbers(run) == clean


@contextmanager
def answering_all(data: bytes, *, keep: bool = False) -> Iterator[str]:
    """A port that sends the same bytes to everybody, then closes, or stays silent for good."""
    held: list[socket.socket] = []
    over = threading.Event()

    def serve(listening: socket.socket) -> None:
        while not over.is_set():
            with suppress(TimeoutError):
                connection, _ = listening.accept()
                held.append(connection)
                if not keep:
                    _say(connection, data)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)
        thread = threading.Thread(target=serve, args=[listening], daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        thread.join()
    for connection in held:
        connection.close()


def _say(connection: socket.socket, data: bytes) -> None:
    """Send the bytes once the request is there, and hear it out: unread bytes would mean RST."""
    connection.settimeout(1.0)
    with suppress(OSError):
        connection.recv(65_536)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass


@both_apis
def test_s03_a_server_silent_to_everything_is_given_up(
    api: str, artifacts: Path, clean: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that takes connections and says nothing is a gap, named once, and asked no more."""
    monkeypatch.setattr("chimera.models.catalogue._QUICK", LIMITS)
    with answering_all(b"", keep=True) as address:
        run = execute(api, artifacts, **ASKING[api](address, LIMITS))
    assert [(call.outcome, call.attempts) for call in run.calls] == [
        (Outcome.FIRST_TOKEN_TIMEOUT, 1)
    ]
    assert len(run.gaps) == 1
    assert numbers(run) == clean


@both_apis
@pytest.mark.parametrize(
    "data",
    [b"SSH-2.0-OpenSSH_9.9\r\n", b"\x15\x03\x01\x00\x02\x02\x0a", b"HTTP/1.1 200 OK\r\n\r\n<html>"],
)
def test_s10_a_foreign_server_is_told_apart(
    data: bytes, api: str, artifacts: Path, clean: dict[str, Any]
) -> None:
    """What answers everything with something else is called no Ollama server."""
    with answering_all(data) as address:
        run = execute(api, artifacts, model="ollama:x", base_url=address)
    assert [(call.outcome, call.attempts) for call in run.calls] == [(Outcome.NOT_OLLAMA, 1)]
    assert "not an Ollama server?" in run.gaps[0]
    assert numbers(run) == clean
