"""No telemetry, no network but the model's address."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

import chimera
from chimera.testing import OllamaStandIn


def test_run_without_model_opens_no_connection(folder: Path, connections: list[Any]) -> None:
    """A run without a model speaks to nobody."""
    chimera.run("technical-report", folder, model="none")
    assert connections == []


def test_run_speaks_to_its_model_only(folder: Path, connections: list[Any]) -> None:
    """A run with a model speaks to the address it was given, and to no other."""
    with OllamaStandIn() as server:
        port = int(server.base_url.rpartition(":")[2])
        chimera.run("technical-report", folder, model="ollama:x", base_url=server.base_url)
    assert {address[1] for address in connections} == {port}


def test_tracing_in_the_environment_sends_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LangSmith switched on by the environment gets no prompt of ours."""
    received: list[str] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.path)
            self.send_response(202)
            self.end_headers()

        do_GET = do_POST  # noqa: N815  the names http.server asks for

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with HTTPServer(("127.0.0.1", 0), Recorder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, value in (("TRACING", "true"), ("API_KEY", "k")):
            monkeypatch.setenv(f"LANGSMITH_{name}", value)
        monkeypatch.setenv("LANGSMITH_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        with OllamaStandIn() as ollama:
            chimera.run("technical-report", folder, model="ollama:x", base_url=ollama.base_url)
        server.shutdown()
    assert received == []


def test_secrets_of_the_environment_stay_there(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys in the environment reach neither the server nor any file of the run."""
    monkeypatch.setenv("OLLAMA_API_KEY", "canary-7431")
    with OllamaStandIn() as server:
        chimera.run(
            "technical-report",
            folder,
            model="ollama:x",
            base_url=server.base_url,
            out=tmp_path / "out",
        )
        headers = json.dumps([dict(request.headers) for request in server.requests])
    written = b"".join(p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert "canary-7431" not in headers
    assert b"canary-7431" not in written
