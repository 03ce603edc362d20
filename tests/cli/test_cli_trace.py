"""`chimera trace`: from a fact back to the bytes."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest

import chimera
from chimera.cli.tracing import traced
from chimera.errors import NotFoundError, RunError, SetupError


@pytest.fixture
def report(folder: Path, tmp_path: Path) -> Path:
    """A report on a small folder, a compressed file among its artifacts."""
    with gzip.open(folder / "more.csv.gz", "wt") as file:
        file.write("model,latency_ms\nx,7.5\nx,8.5\nx,9.25\n")
    chimera.run("technical-report", folder, model="none", out=tmp_path / "out")
    return tmp_path / "out"


def facts(report: Path, path: str) -> list[str]:
    found = json.loads((report / "report.json").read_text())["facts"]
    return [fact["id"] for fact in found if any(s["path"] == path for s in fact["sources"])]


def test_a_fact_is_followed_to_its_cells(report: Path) -> None:
    """File, hash, line, and a mark under the number."""
    said = traced(facts(report, "runs.csv")[0], report, ())
    assert "runs.csv, rows 2-6, column ttft_s" in said
    assert "\n      2 | small,0.0333,90.0,\n        |       ^^^^^^" in said


def test_a_fact_of_a_compressed_file_is_followed(report: Path) -> None:
    """The line is that of the unpacked text."""
    said = traced(facts(report, "more.csv.gz")[0], report / "report.md", ())
    assert "      4 | x,9.25\n" in said


def test_a_changed_artifact_is_named(report: Path, folder: Path) -> None:
    """A number of another file is no evidence for this report."""
    (folder / "runs.csv").write_text("model,ttft_s\nsmall,1\nsmall,2\n")
    with pytest.raises(RunError, match=r"runs\.csv has changed"):
        traced(facts(report, "runs.csv")[0], report, ())


def test_sources_that_moved_are_named_by_the_user(report: Path, folder: Path) -> None:
    """Where they were is noted relative to the report."""
    shutil.move(folder, folder.with_name("elsewhere"))
    with pytest.raises(NotFoundError):
        traced(facts(report, "runs.csv")[0], report, ())
    moved = str(folder.with_name("elsewhere"))
    assert "row" in traced(facts(report, "runs.csv")[0], report, (moved,))


def test_an_unknown_fact_names_the_nearest(report: Path) -> None:
    """As every other name does."""
    with pytest.raises(NotFoundError, match="has no fact 'f1'"):
        traced("f1", report, ())


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    """So is a file that is no report of ours."""
    with pytest.raises(NotFoundError, match="no report"):
        traced("F1", tmp_path, ())
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(SetupError, match="no report of chimera"):
        traced("F1", tmp_path, ())
