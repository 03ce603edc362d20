"""The summary: what makes a difference and what does not, by name, and what stays open."""

import random
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def swept(tmp_path: Path) -> Path:
    """A sweep in mixed order: `batch_size` matters, `num_ctx` does not."""
    rng = random.Random(5)  # noqa: S311  seeded on purpose
    rows = ["batch_size,num_ctx,tokens_s"]
    cells = [(b, c) for b in (1, 2, 4) for c in (1024, 4096)]
    for _ in range(6):
        rng.shuffle(cells)
        rows += [f"{b},{c},{40 * b + rng.gauss(0, 0.2):.3f}" for b, c in cells]
    (tmp_path / "sweep.csv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_settings_that_matter_are_named(swept: Path, make: Any) -> None:
    """And those that do not, each by its own name."""
    summary = make(swept).sections["Summary"]
    assert "`batch_size` makes a difference in `sweep.csv`" in summary
    assert "`num_ctx` makes no difference that matters in `sweep.csv`" in summary


def test_what_is_absent_is_one_line(swept: Path, make: Any) -> None:
    """Not one for each metric."""
    summary = make(swept).sections["Summary"]
    assert summary.count("Not found in the files read: TTFT and quality") == 1


def test_groups_that_share_the_lead_are_no_leader(tmp_path: Path, make: Any) -> None:
    """The column is named, and neither of the two is preferred."""
    rng = random.Random(6)  # noqa: S311  seeded on purpose
    rows = ["engine,tokens_s"]
    for _ in range(8):
        rows += [f"{e},{rng.gauss(m, 1):.2f}" for e, m in (("a", 100), ("b", 100.2), ("c", 70))]
    (tmp_path / "engines.csv").write_text("\n".join(rows) + "\n")
    report = make(tmp_path)
    assert "`engine` makes a difference in `engines.csv`" in report.sections["Summary"]
    advice = [item["text"] for item in report.document["recommendations"]]
    assert "Where throughput decides, choose `engine` by what was found." in advice
    assert not any("prefer" in text for text in advice)
