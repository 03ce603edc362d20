"""How many injected errors the verifier finds, and how few true lines it flags."""

from pathlib import Path
from typing import Any

import pytest

from tests.verify.injections import Score, score

SEED = 20261124
MOST = 60  # injections of a kind per report
FREE = sorted(Path(__file__).parent.glob("free_text*.tsv"))
LEAST = {"number": 0.99, "n": 0.99, "unit": 0.99, "direction": 0.95, "superlative": 0.95,
         "entity": 0.95, "statistic": 0.95, "citation": 0.95}  # fmt: skip


@pytest.fixture(scope="session")
def scored(reports: list[Any]) -> Score:
    """The score over all reports."""
    total = Score()
    for report in reports:
        score(report.markdown, report.document, total, seed=SEED, most=MOST)
    return total


def free_texts() -> list[tuple[bool, str, str]]:
    """Return sentences written by hand on the example: whether true, what about, and the text."""
    lines = [line for path in FREE for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [line.split("\t") for line in lines]
    return [(truth == "true", kind, text) for truth, kind, text in rows]


def test_true_reports_are_supported(reports: list[Any]) -> None:
    """Nothing in a report as the pipeline wrote it is flagged, and no line was taken out."""
    for report in reports:
        assert report.problems(report.markdown) == []
        assert report.document["verification"]["dropped_lines"] == 0


@pytest.mark.parametrize("kind", LEAST)
def test_injected_errors_are_found(scored: Score, kind: str) -> None:
    """Of each kind of error, nearly all are found."""
    missed = [injection.hint for injection in scored.examples if injection.kind == kind]
    assert scored.found[kind] > 12, kind
    assert scored.recall(kind) >= LEAST[kind], missed


def test_flagged_lines_are_wrong(scored: Score) -> None:
    """Of the lines flagged, at least 98 in 100 are wrong."""
    assert scored.precision >= 0.98


def test_half_of_the_sentences_are_false() -> None:
    """There are sixty true sentences written by hand, and sixty false ones."""
    assert [truth for truth, _, _ in free_texts()].count(True) == 60
    assert len(free_texts()) == 120


@pytest.mark.parametrize(("truth", "kind", "text"), free_texts())
def test_free_texts_are_judged(example: Any, truth: bool, kind: str, text: str) -> None:
    """A sentence as a person or a model would write it is supported if, and only if, it is true."""
    assert (example.problems(text) == []) == truth, kind
