"""Every server fault, at every stage, through both APIs: the run ends, and says what is missing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chimera.models import Outcome
from chimera.testing import Behaviour, OllamaStandIn
from tests.models.fault_rows import CANARY, ROWS, Row
from tests.models.faulty_run import (
    ASKING,
    SILENCING,
    STAGES,
    execute,
    gaps_of,
    left_over,
    numbers,
    secrets_in,
    write_artifacts,
)


@pytest.fixture(scope="module")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny folder that all runs read."""
    return write_artifacts(tmp_path_factory.mktemp("faults") / "bench")


@pytest.fixture(scope="module")
def clean(artifacts: Path) -> dict[str, Any]:
    """What the report holds where nothing fails."""
    with OllamaStandIn() as server:
        run = execute("run", artifacts, model="ollama:x", base_url=server.base_url)
    assert run.status == "complete"
    return numbers(run)


@pytest.fixture(autouse=True)
def _secrets_and_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key in the environment that nobody asked for; no second is waited for a slow close."""
    monkeypatch.setenv("OLLAMA_API_KEY", CANARY)
    monkeypatch.setattr("chimera.models.wire.AFTER_DONE_S", 0.05)


@pytest.fixture(autouse=True)
def _no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No run logs a traceback, and none is printed."""
    yield
    told = [record.getMessage() for record in caplog.get_records("call") if record.exc_info]
    assert told + [line for line in caplog.text.splitlines() if "Traceback" in line] == []


def script_of(row: Row, stage: str) -> list[Behaviour]:
    """Return how the server answers so that the call of one stage meets the fault."""
    return [Behaviour()] * STAGES.index(stage) + list(row.faults)


@pytest.mark.parametrize("api", ["run", "arun"])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_a_fault_costs_one_answer_at_most(
    row: Row, stage: str, api: str, artifacts: Path, clean: dict[str, Any], tmp_path: Path
) -> None:
    """A run that meets a fault ends with its numbers whole, its calls counted, its gap named."""
    with OllamaStandIn(script=script_of(row, stage)) as server:
        settings = ASKING[api](server.base_url, row.limits)
        run = execute(api, artifacts, out=tmp_path / "out", **settings)
    asked_no_more = stage == "ingest" and row.outcome in SILENCING
    calls = {call.stage: call for call in run.calls}
    assert list(calls) == (["ingest"] if asked_no_more else list(STAGES))
    met = calls[stage]
    assert row.allows(met.outcome, met.attempts), met
    unseen = sum(call.attempts for call in run.calls) - len(server.chats)
    assert 0 <= unseen <= (row.faults[0].raw is not None)  # sent into what the server had closed
    assert {c.outcome for s, c in calls.items() if s != stage} <= {Outcome.OK}
    assert run.status == ("complete" if met.outcome is Outcome.OK else "partial")
    assert len(run.gaps) == (met.outcome is not Outcome.OK)
    assert gaps_of(run, stage) == run.gaps
    assert all((met.detail or "?") in gap for gap in run.gaps)
    assert numbers(run) == clean
    assert (secrets_in(tmp_path), left_over(tmp_path / "out")) == ([], [])
