"""Gateways to a given server, quick to give up, and the pauses they would have made."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chimera.models import CallSite, Gateway, ModelOptions, Prompt, Section, Timeouts, chat_model

QUICK = Timeouts(connect=1.0, first_token=0.5, idle=0.5, total=5.0)


@pytest.fixture
def recordings() -> Path:
    """The folder of recorded exchanges."""
    return Path(__file__).parents[1] / "data" / "ollama-wire"


@pytest.fixture
def pauses() -> list[float]:
    """The pauses between attempts, in seconds, which no test waits for."""
    return []


@pytest.fixture
def connect(pauses: list[float]) -> Callable[..., Gateway]:
    """A function from address and model name to a gateway."""

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    def connect(
        base_url: str,
        name: str = "gemma3",
        options: ModelOptions | None = None,
        timeouts: Timeouts = QUICK,
    ) -> Gateway:
        options = options or ModelOptions(num_ctx=2048)
        spec = f"ollama:{name}"
        model = chat_model(spec, options, base_url=base_url, timeouts=timeouts)
        return Gateway(model, name=spec, options=options, timeouts=timeouts, sleep=sleep)

    return connect


@pytest.fixture
def prompt() -> Prompt:
    """A short question."""
    return Prompt("Answer briefly.", (Section("question", "How are things?"),))


@pytest.fixture
def site() -> CallSite:
    """Where the calls of a test belong."""
    return CallSite("C1", stage="report", agent="analyst")
