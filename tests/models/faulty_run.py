"""One run of the reference graph against a server that fails, and what must hold of it."""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import chimera
from chimera.clock import Clock
from chimera.models import ModelOptions, Ollama, Outcome, Timeouts
from chimera.testing import FakeClock
from tests.models.fault_rows import CANARY

T = TypeVar("T")

HARD_LIMIT_S = 30.0  # a run that takes longer hangs; none is near it
STAGES = ("ingest", "analysis", "report")
SILENCING = {  # at the first call of a run, these end its calls
    Outcome.UNREACHABLE,
    Outcome.MODEL_MISSING,
    Outcome.UNAUTHORISED,
    Outcome.NOT_OLLAMA,
    Outcome.FIRST_TOKEN_TIMEOUT,
}
_ABOUT_THE_RUN = ("run", "timings", "calls", "metrics", "narrative", "verification")


def write_artifacts(root: Path) -> Path:
    """Write a folder that takes few milliseconds to report on."""
    root.mkdir()
    lines = ["model,ttft_s,tokens_s"]
    for model, speed in (("small", 90.0), ("large", 30.0)):
        lines += [f"{model},{(run + 3) / speed:.4f},{speed + run / 10}" for run in range(5)]
    (root / "runs.csv").write_text("\n".join(lines) + "\n")
    return root


def by_name(base_url: str, limits: Timeouts) -> dict[str, Any]:
    """Return settings that name the model, each agent with time limits of its own."""
    said = {f"timeouts.{name}": value for name, value in limits.model_dump().items()}
    agents = {"data-collector": said, "analyst": said}
    return {"model": "ollama:x", "base_url": base_url, "options": agents}


def by_object(base_url: str, limits: Timeouts) -> dict[str, Any]:
    """Return settings with a model made in Python, which sends a secret header."""
    options = ModelOptions(num_ctx=8192, num_predict=800).model_dump(exclude_none=True)
    headers = {"headers": {"X-Key": CANARY}}
    model = Ollama(model="x", base_url=base_url, timeouts=limits, client_kwargs=headers, **options)
    return {"model": model, "base_url": base_url}


ASKING = {"run": by_name, "arun": by_object}
"""How the model is given, by API: one of the ways for each."""


def execute(api: str, folder: Path, *, clock: Clock | None = None, **settings: Any) -> chimera.Run:
    """Run `technical-report` through one of the two APIs; a hang is an error."""
    settings = {"clock": clock or FakeClock(), "run_id": "r-1", **settings}
    if api == "run":
        return _watched(lambda: chimera.run("technical-report", folder, **settings))

    async def work() -> chimera.Run:
        async with asyncio.timeout(HARD_LIMIT_S):
            return await chimera.arun("technical-report", folder, **settings)

    return asyncio.run(work())


def _watched(work: Callable[[], T]) -> T:
    """Return what a function returns in a thread that is left behind if it hangs."""
    done: Future[T] = Future()

    def do() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  handed to the waiting thread
            done.set_exception(error)

    threading.Thread(target=do, daemon=True).start()
    return done.result(HARD_LIMIT_S)


def numbers(run: chimera.Run) -> dict[str, Any]:
    """Return `report.json` without what tells about the run and its model."""
    assert run.report is not None, run.gaps
    document = json.loads(run.report.path.with_suffix(".json").read_bytes())
    assert (document["verification"]["unsupported"], document["verification"]["dropped_lines"]) == (
        0,
        0,
    )
    return {key: value for key, value in document.items() if key not in _ABOUT_THE_RUN}


def secrets_in(folder: Path) -> list[str]:
    """Return the files below a folder that hold the secret."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if CANARY.encode() in path.read_bytes()]


def left_over(folder: Path) -> list[str]:
    """Return the files of a run folder that no run should leave behind."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return sorted(
        names
        - {"report.md", "report.json", "run/evidence.json", "run/analysis.json", "run/sources.json"}
    )


def gaps_of(run: chimera.Run, stage: str) -> list[str]:
    """Return the gaps of a stage."""
    return [gap for gap in run.gaps if gap.startswith(f"{stage}: ")]
