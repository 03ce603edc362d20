"""What all tests share: no model from the environment, no network, small folders of artifacts."""

import os
import shutil
import socket
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")  # a busy machine is no fault of the code

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "llm-bench"
CACHES = count()
LOCAL = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own settings out of the tests."""
    for name in ("CHIMERA_MODEL", "CHIMERA_LOG", "CHIMERA_TRACING", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_logging_of_others() -> None:
    """Undo what an earlier test has configured of structlog."""
    if structlog := sys.modules.get("structlog"):
        structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _no_memory_of_servers() -> None:
    """Forget what earlier tests learned of servers: their ports may be given out again."""
    if catalogue := sys.modules.get("chimera.models.catalogue"):
        catalogue.KNOWN.clear()
    if hosts := sys.modules.get("chimera.models.hosts"):
        hosts.RESTING.clear()
        hosts.LOADED.clear()
    if connections := sys.modules.get("chimera.models.connections"):
        connections.ANSWERED.clear()


@pytest.fixture(autouse=True)
def _no_cache_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Give each test a cache folder of its own, made by whoever writes to it."""
    folder = tmp_path_factory.getbasetemp() / f"cache-{next(CACHES)}"
    monkeypatch.setenv("CHIMERA_CACHE", str(folder))


@pytest.fixture(autouse=True)
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Refuse every connection that does not stay on this machine; list the addresses tried."""
    tried: list[Any] = []

    def guarded(original: Callable[..., Any]) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            tried.append(address)
            if isinstance(address, tuple) and address[0] not in LOCAL:
                raise OSError(f"a test tried to reach {address!r}")
            return original(self, address)

        return connect

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    return tried


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small folder: three variants with five runs each, one of them failed, and a document."""
    root = tmp_path / "bench"
    root.mkdir()
    lines = ["model,ttft_s,tokens_s,error"]
    for model, speed in (("small", 90.0), ("medium", 60.0), ("large", 30.0)):
        lines += [f"{model},{(run + 3) / speed:.4f},{speed + run / 10}," for run in range(5)]
    lines.append("large,0,0,connection refused")
    (root / "runs.csv").write_text("\n".join(lines) + "\n")
    (root / "quality.json").write_text('{"small": {"accuracy": 0.5}, "large": {"accuracy": 0.7}}')
    return root


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy of the example artifacts with fixed dates, as a clone does not keep them."""
    copy = tmp_path / "llm-bench"
    shutil.copytree(EXAMPLES, copy)
    for path in copy.rglob("*"):
        os.utime(path, (1_763_942_400, 1_763_942_400))  # 2025-11-24T00:00:00Z
    return copy
