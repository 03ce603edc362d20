"""What a text cites is computed again before it is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import chimera
from chimera.report.checking import Checking
from chimera.report.markdown import citations
from chimera.report.recomputed import recomputed
from chimera.state import TechnicalReport
from chimera.verify.text import Verifier


@pytest.fixture
def published(folder: Path, tmp_path: Path) -> tuple[str, dict[str, Any]]:
    """A report and its data."""
    run = chimera.run("technical-report", folder, model="none", out=tmp_path / "out")
    assert run.report is not None
    return run.report.markdown, json.loads(run.report.path.with_suffix(".json").read_text())


def test_the_account_is_in_text_and_data(published: tuple[str, dict[str, Any]]) -> None:
    """In one line, with the numbers of `report.json`."""
    text, document = published
    card = document["verification"]["recomputed"]
    assert f"Recomputed: of {card['facts']} facts cited, {card['confirmed']} confirmed" in text
    assert card["differs"] == card["unreachable"] == 0
    assert document["verification"]["dropped_lines"] == 0


def test_lines_on_facts_that_differ_are_left_out(
    published: tuple[str, dict[str, Any]], folder: Path
) -> None:
    """A file that changed during the run."""
    text, document = published
    path = folder / "runs.csv"
    path.write_text(path.read_text().replace("small,0.0333,90.0", "small,0.9333,90.0"))
    found = recomputed(text, document, TechnicalReport(source=str(folder)))
    assert found.differing
    assert found.card.differs >= len(found.differing)
    checking = Checking(Verifier(document))
    kept = checking.without({"": text}, found.differing)
    assert checking.card(None).dropped_lines > 0
    assert not citations(kept[""]) & found.differing


def test_remote_sources_are_not_fetched_twice(published: tuple[str, dict[str, Any]]) -> None:
    """Their facts count as unreachable."""
    text, document = published
    found = recomputed(text, document, TechnicalReport(source="memory://nowhere"))
    assert found.card.unreachable > 0
    assert not found.differing
