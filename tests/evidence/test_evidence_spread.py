"""The work spreads over processes and machines, and gives the same evidence byte for byte."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from chimera.errors import SetupError
from chimera.evidence import Evidence, Limits, collect, spread
from chimera.evidence.content import Found
from chimera.evidence.executors import executor_at
from chimera.evidence.store import encode
from chimera.evidence.take import Taken


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Six hundred files, some of them equal, some broken."""
    for number in range(600):
        folder = tmp_path / "many" / f"{number % 7}"
        folder.mkdir(parents=True, exist_ok=True)
        text = f"model,ttft_s\nx,{number % 550}.5\ny,{number % 550}.6\n"
        (folder / f"{number:03}.csv").write_text(text if number % 11 else '{"torn": ')
    return tmp_path / "many"


def same(one: Evidence, other: Evidence) -> bool:
    return encode(one) == encode(other)


def test_processes_of_this_machine_give_the_same_evidence(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the threshold every core works; duplicates across batches are found by the merge."""
    here = collect(many)
    monkeypatch.setattr(spread, "WORTH", 1)
    monkeypatch.setattr(spread, "_cores", lambda: 2)
    assert same(collect(many), here)
    assert len(here.inventory.duplicates) > 40


def test_any_executor_will_do(many: Path) -> None:
    """A pool of the user's own, of another library even."""
    with ThreadPoolExecutor(2) as pool:
        assert same(collect(many, executor=pool), collect(many))


def test_the_cap_of_seconds_holds_elsewhere_too(many: Path) -> None:
    """What was not read in time is listed."""
    with ThreadPoolExecutor(2) as pool:
        files = collect(many, limits=Limits(seconds=-1), executor=pool).inventory.files
    assert {entry.status for entry in files} == {"skipped"}


@pytest.mark.filterwarnings("ignore")
def test_a_dask_cluster_survives_the_death_of_a_worker(many: Path, tmp_path: Path) -> None:
    """Two workers on this machine, one of them killed in the middle: the same evidence."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        local_directory=str(tmp_path / "dask"),
        silence_logs=50,
    ) as cluster:
        with executor_at(f"dask:{cluster.scheduler_address}") as executor:
            assert executor is not None
            victim = _Killing(executor, next(iter(cluster.workers.values())).pid)
            found = collect(many, executor=victim)
        assert victim.killed
    assert same(found, collect(many))


class _Killing(Executor):
    """Passes work on; kills a process when the third batch is handed out."""

    def __init__(self, inner: Executor, pid: int) -> None:
        self.inner, self.pid, self.batches, self.killed = inner, pid, 0, False

    def submit(self, function, /, *args, **kwargs):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202, ARG002
        self.batches += 1
        future = self.inner.submit(_slowly, *args)
        if self.batches == 3:
            time.sleep(0.2)  # so that it is at work
            os.kill(self.pid, signal.SIGKILL)
            self.killed = True
        return future


def _slowly(batch: Sequence[Found], limits: Limits, seconds: float) -> list[Taken]:
    """Do a batch so slowly that a worker dies over it."""
    time.sleep(0.3)
    return spread.work(batch, limits, seconds)


def test_garbage_is_collected_as_often_as_before_whoever_ends_first() -> None:
    """Two collections in threads of one process overlap."""
    before = gc.get_threshold()
    first, second = spread.rare_collections(), spread.rare_collections()
    first.__enter__()
    second.__enter__()
    assert gc.get_threshold()[0] > before[0]
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] > before[0]
    second.__exit__(None, None, None)
    assert gc.get_threshold() == before


@pytest.mark.parametrize("address", ["ray:x", "dask:", "dask"])
def test_an_unknown_engine_is_refused(address: str) -> None:
    """With what can be given."""
    with pytest.raises(SetupError, match="give dask:ADDRESS"), executor_at(address):
        pass


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is read."""
    pytest.importorskip("distributed")
    monkeypatch.setattr("chimera.evidence.executors._TIMEOUT", 1)
    with (
        pytest.raises(SetupError, match="no Dask scheduler"),
        executor_at("dask:tcp://127.0.0.1:9"),
    ):
        pass
