"""Runs in which one request in five fails: each ends, and each gap has its fault."""

from pathlib import Path

import pytest

from tests.models.random_faults import FAULTS, P_FAULT, drawn, failures

SEEDS = range(40)


def test_every_gap_of_a_seeded_run_matches_its_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty runs end whole or partial, their calls as their faults ask; failing seeds are told."""
    monkeypatch.setattr("chimera.models.wire.AFTER_DONE_S", 0.05)
    assert failures(SEEDS, tmp_path) == {}


def test_seeds_draw_one_fault_in_five_from_all() -> None:
    """The draw is what it says, and the same each time."""
    names = [name for seed in range(500) for name in drawn(seed)]
    assert sum(name is not None for name in names) / len(names) == pytest.approx(P_FAULT, abs=0.01)
    assert set(names) - {None} == set(FAULTS)
    assert drawn(7) == drawn(7)
