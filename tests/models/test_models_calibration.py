"""The calibration: kept across runs, shared by processes, and never in the way."""

import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chimera.models.calibration import MODELS, SAMPLES, Calibration, of_user
from chimera.models.estimate import thirds

MODEL = "sha256:" + "a" * 64


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that does not exist yet, in a folder that does not either."""
    return tmp_path / "cache" / "calibration.json"


def teach(calibration: Calibration, model: str = MODEL, *, per_byte: float = 0.5) -> None:
    """Let a model count three prompts."""
    for sent_bytes in (1000, 3000, 9000):
        calibration.learn(model, sent_bytes, 2, int(sent_bytes * per_byte) + 16)


def expected(calibration: Calibration, model: str = MODEL) -> int:
    """Return what is expected of a prompt of 6,000 bytes."""
    return calibration.estimate(model, 6000, 2).expected


def test_what_was_learned_outlives_the_process(path: Path) -> None:
    """A new calibration on the same file expects what the old one did."""
    old = Calibration(path)
    teach(old)
    new = Calibration(path)
    assert expected(new) == expected(old) == pytest.approx(3016, rel=0.02)
    assert new.estimate(MODEL, 6000, 2).samples == 3


def test_models_are_told_apart(path: Path) -> None:
    """What one model counts says nothing of another."""
    calibration = Calibration(path)
    teach(calibration)
    assert expected(calibration, "other") == thirds(6000, 2)


def test_the_file_holds_sizes_and_counts_alone(path: Path) -> None:
    """No text, no time, no path: a version, models, and three numbers for each prompt."""
    teach(Calibration(path))
    held = json.loads(path.read_text())
    assert held == {
        "version": 1,
        "models": {MODEL: [[1000, 2, 516], [3000, 2, 1516], [9000, 2, 4516]]},
    }


def test_the_file_is_written_for_noticeable_changes_only(path: Path) -> None:
    """The same prompts again, as in every run, leave the file alone."""
    teach(Calibration(path))
    path.unlink()
    calibration = Calibration(path)
    teach(calibration)
    path.unlink()
    for _ in range(5):
        teach(calibration)
    assert not path.exists()


def test_two_processes_learn_side_by_side(path: Path) -> None:
    """Each writes on top of what the other wrote, for one model and for two."""
    one, two = Calibration(path), Calibration(path)
    expected(one), expected(two)  # both have read the empty cache
    teach(one)
    teach(two, "other")
    one.learn(MODEL, 20_000, 2, 18_000)
    for sent_bytes in (5000, 7000):
        two.learn(MODEL, sent_bytes, 2, sent_bytes)
    held = json.loads(path.read_text())["models"]
    assert [sample[0] for sample in held[MODEL]] == [1000, 3000, 9000, 20_000, 5000, 7000]
    assert len(held["other"]) == 3


def test_writers_at_the_same_moment_leave_a_whole_file(path: Path) -> None:
    """Whoever wins, the file can be read, holds what one of them wrote, and is the only one."""

    def hammer(index: int) -> None:
        calibration = Calibration(path)  # its own lock, as another process has
        for step in range(1, 25):
            calibration.learn(f"model-{index}", 1000 * step, 2, 100 * step * (1 + step % 5))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(hammer, range(4)))
    held = json.loads(path.read_text())["models"]
    assert {name[:6] for name in held} == {"model-"}
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208


def test_threads_may_share_one(path: Path) -> None:
    """Nothing is lost between threads of one process."""
    calibration = Calibration(path)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: teach(calibration, f"model-{n}"), range(20)))
    held = json.loads(path.read_text())["models"]
    assert {name: len(samples) for name, samples in held.items()} == {
        f"model-{n}": 3 for n in range(20)
    }


def test_size_is_bounded(path: Path) -> None:
    """The newest observations and the models learned of last are kept."""
    calibration = Calibration(path)
    for step in range(SAMPLES + 5):
        calibration.learn(MODEL, 1000 + step, 2, 300)
    for n in range(MODELS):
        calibration.learn(f"model-{n}", 4000, 2, 3000)
    assert calibration.estimate(MODEL, 6000, 2).samples == 0
    held = json.loads(path.read_text())["models"]
    assert (len(held), list(held)[-1]) == (MODELS, f"model-{MODELS - 1}")


def test_one_model_keeps_its_newest_observations(path: Path) -> None:
    """A prompt of a size seen before replaces that observation and is the newest."""
    calibration = Calibration(path)
    for step in [*range(SAMPLES), 0, *range(100, 100 + SAMPLES - 2)]:
        calibration.learn(MODEL, 1000 + step, 2, 300)
    calibration.learn(MODEL, 30_000, 2, 30_000)
    assert calibration.estimate(MODEL, 6000, 2).samples == SAMPLES
    held = [sample[0] for sample in json.loads(path.read_text())["models"][MODEL]]
    assert held == [1000, *range(1100, 1100 + SAMPLES - 2), 30_000]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe",
        b'{"version": 1, "models": {"m": [[1000, 2, 516',
        b'{"version": 1, "models": {"m": [[1000, 2, "516"]]}}',
        b'{"version": 1, "models": {"m": [[1000, 2]]}}',
        b'{"version": 1, "models": {"m": [[1000, 2, -5]]}}',
        b'{"version": 1, "models": {}, "prompt": "secret"}',
        b'{"version": "1", "models": {}}',
        b'{"models": {}}',
        b"[" * 100_000,
        b" " * 1_000_001,
    ],
)
def test_a_damaged_file_is_no_hindrance_and_is_replaced(path: Path, content: bytes) -> None:
    """What cannot be read counts as nothing, and the next writing mends it."""
    path.parent.mkdir()
    path.write_bytes(content)
    calibration = Calibration(path)
    assert expected(calibration) == thirds(6000, 2)
    teach(calibration)
    assert Calibration(path).estimate(MODEL, 6000, 2).samples == 3


def test_a_file_damaged_meanwhile_is_mended_from_memory(path: Path) -> None:
    """What this process knows is written again."""
    calibration = Calibration(path)
    teach(calibration)
    path.write_bytes(b"torn")
    calibration.learn(MODEL, 5000, 2, 4999)
    assert len(json.loads(path.read_text())["models"][MODEL]) == 4


def test_the_file_of_a_later_version_is_left_alone(path: Path) -> None:
    """It is neither read nor written, but this process learns for itself."""
    path.parent.mkdir()
    path.write_text('{"version": 2, "anything": []}')
    calibration = Calibration(path)
    teach(calibration)
    assert path.read_text() == '{"version": 2, "anything": []}'
    assert calibration.estimate(MODEL, 6000, 2).samples == 3


def test_without_a_file_it_learns_for_the_process() -> None:
    """A machine without a home folder calibrates all the same."""
    calibration = Calibration(None)
    teach(calibration)
    calibration.learn(MODEL, 20_000, 2, 19_000)
    assert calibration.estimate(MODEL, 6000, 2).samples == 4


def test_a_folder_that_cannot_be_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file stands where the folder should be: one line in the log, and no path in it."""
    (tmp_path / "cache").write_text("in the way")
    calibration = Calibration(tmp_path / "cache" / "calibration.json")
    with caplog.at_level(logging.INFO, logger="chimera"):
        teach(calibration)
        teach(calibration, "other")
    told = [message for message in caplog.messages if "model.calibration.unavailable" in message]
    assert len(told) == 1
    assert str(tmp_path) not in told[0]
    assert calibration.estimate(MODEL, 6000, 2).samples == 3


def test_a_pipe_in_its_place_is_not_waited_for(path: Path) -> None:
    """Only a regular file is read; opening a pipe would wait for a writer."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    path.parent.mkdir()
    os.mkfifo(path)
    assert expected(Calibration(path)) == thirds(6000, 2)


@pytest.mark.parametrize("count", [0, -5, 1, 9999])
def test_impossible_counts_are_not_learned(path: Path, count: int) -> None:
    """Neither a count of nothing nor one of more tokens than bytes becomes an observation."""
    calibration = Calibration(path)
    calibration.learn(MODEL, 3000, 2, count)
    assert calibration.estimate(MODEL, 6000, 2).samples == 0
    assert not path.exists()


@pytest.mark.parametrize("name", ["", "n" * 300, "\ud800"])
def test_names_that_are_none_are_not_learned(path: Path, name: str) -> None:
    """What cannot be a key of the file is passed over."""
    calibration = Calibration(path)
    teach(calibration, name)
    assert calibration.estimate(name, 6000, 2).samples == 0


def test_the_users_calibration_is_one_for_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """It lies in the cache folder that the environment names, here one of this test's own."""
    assert of_user() is of_user()
    teach(of_user())
    path = Path(os.environ["CHIMERA_CACHE"]) / "calibration.json"
    assert MODEL in json.loads(path.read_text())["models"]
    monkeypatch.setenv("CHIMERA_CACHE", os.environ["CHIMERA_CACHE"] + "-other")
    assert of_user().estimate(MODEL, 6000, 2).samples == 0
