"""The reference report: the examples, without a model, with clock and run id fixed.

`CHIMERA_UPDATE_GOLDEN=1 pytest tests/test_golden.py` writes it anew; read the difference before you
commit it.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

import chimera
from chimera.testing import FakeClock

GOLDEN = Path(__file__).parent / "data" / "golden" / "report.md"


def reference(folder: Path, out: Path) -> chimera.Run:
    """Run the reference graph on a folder with everything fixed that can differ."""
    clock = FakeClock(datetime(2026, 11, 23, 21, 50, 59, tzinfo=UTC), step=0.01)
    return chimera.run(
        "technical-report", folder, model="none", clock=clock, run_id="golden", out=out
    )


def test_report_of_the_examples_is_the_golden_one(examples: Path, tmp_path: Path) -> None:
    """The report is byte-equal to the one that was read and accepted."""
    reference(examples, tmp_path / "out")
    made = (tmp_path / "out" / "report.md").read_bytes()
    if os.environ.get("CHIMERA_UPDATE_GOLDEN"):
        GOLDEN.parent.mkdir(parents=True, exist_ok=True)
        GOLDEN.write_bytes(made)
        pytest.skip("the golden report was written anew")
    assert made == GOLDEN.read_bytes()


def test_both_files_are_the_same_on_every_run(examples: Path, tmp_path: Path) -> None:
    """Two runs write the same bytes, the JSON too."""
    reference(examples, tmp_path / "a")
    reference(examples, tmp_path / "b")
    for name in ("report.md", "report.json", "run/evidence.json", "run/analysis.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_every_number_of_the_golden_report_is_supported(examples: Path, tmp_path: Path) -> None:
    """The verifier finds every number again."""
    report = reference(examples, tmp_path / "out").report
    assert report is not None
    card = report.data.verification
    assert (card.unsupported, card.dropped_lines) == (0, 0)
    assert card.numbers == card.supported > 300
