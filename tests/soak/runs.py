"""Ways to run a graph over and over; each checks its answers and should leave nothing behind."""

import asyncio
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import chimera
from chimera.models import Ollama
from chimera.runs import Settings
from tests.models.faulty_run import write_artifacts
from tests.soak.flow import flow, heard_by

CALLS = 3
_GRAPH = flow(CALLS)

Once = Callable[[str, int], None]


def same_graph(base_url: str, number: int) -> None:
    """Run one graph again, on the shared loop."""
    _check(chimera.run(_GRAPH, _input(number), **_settings(base_url)), number)


def own_loop(base_url: str, number: int) -> None:
    """Run it in an event loop that ends with the run."""
    _check(asyncio.run(chimera.arun(_GRAPH, _input(number), **_settings(base_url))), number)


def new_graph(base_url: str, number: int) -> None:
    """Build the graph anew for the run."""
    _check(chimera.run(flow(CALLS), _input(number), **_settings(base_url)), number)


def new_model(base_url: str, number: int) -> None:
    """Make the model anew for the run, with a header of its own."""
    headers = {"headers": {"X-Request": str(number)}}
    model = Ollama(model="x", base_url=base_url, client_kwargs=headers)
    _check(chimera.run(_GRAPH, _input(number), model=model, base_url=base_url), number)


def streamed(base_url: str, number: int) -> None:
    """Run it for its events, as the terminal does."""

    async def work() -> chimera.Run:
        events = chimera.astream(_GRAPH, _input(number), **_settings(base_url))
        *_, last = [item async for item in events]
        assert isinstance(last, chimera.Run)
        return last

    _check(asyncio.run(work()), number)


def refused(base_url: str, number: int) -> None:
    """Run it against a port where nothing listens: it fails, and that leaves nothing either."""
    try:
        chimera.run(_GRAPH, _input(number), model="ollama:x", base_url="http://127.0.0.1:9")
    except chimera.ChimeraError:
        return
    raise AssertionError("a call that cannot be made did not fail")


def reported(base_url: str, number: int) -> None:
    """Run the reference graph on a small folder; echoes are no answers, so it is partial."""
    run = chimera.run("technical-report", _artifacts(), **_settings(base_url))
    assert (run.status, len(run.gaps), len(run.calls)) == ("partial", 3, 3)
    assert run.report is not None


WAYS: dict[str, Once] = {
    way.__name__: way
    for way in (same_graph, own_loop, new_graph, new_model, streamed, refused, reported)
}


def _check(run: chimera.Run, number: int) -> None:
    """Fail unless each call was answered, and with the run's own word."""
    assert run.state.heard == heard_by(_input(number)["canary"], CALLS)
    assert [call.outcome.value for call in run.calls] == ["ok"] * CALLS


def _input(number: int) -> dict[str, str]:
    return {"canary": f"canary-{number}"}


def _settings(base_url: str) -> Settings:
    return {"model": "ollama:x", "base_url": base_url}


@lru_cache(maxsize=1)
def _artifacts() -> Path:
    return write_artifacts(Path(tempfile.mkdtemp(prefix="soak-")) / "bench")
