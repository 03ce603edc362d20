"""`chimera verify`: text against report.json, report.json against the bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import chimera
from chimera.cli.commands import cli
from chimera.errors import SetupError


@pytest.fixture
def report(folder: Path, tmp_path: Path) -> Path:
    """A report on a small folder."""
    chimera.run("technical-report", folder, model="none", out=tmp_path / "out")
    return tmp_path / "out" / "report.md"


def run(*words: object) -> tuple[int, str]:
    """Return the exit code of the command, and what it printed."""
    done = CliRunner().invoke(cli, ["verify", *map(str, words)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.return_value, done.output


def edit(report: Path, key: str, value: object) -> None:
    """Change a field of the first median in a `report.json`."""
    path = report.with_suffix(".json")
    document: dict[str, Any] = json.loads(path.read_text())
    next(f for f in document["facts"] if f["formula"] == "median(values)")[key] = value
    path.write_text(json.dumps(document))


def test_a_true_report_holds(report: Path) -> None:
    """By its file or its folder."""
    for place in (report, report.parent):
        code, said = run(place)
        assert code == 0, said
        assert "0 problems" in said
        assert "confirmed from the bytes of their files" in said


def test_an_edited_text_does_not(report: Path) -> None:
    """Line and token are named."""
    report.write_text(report.read_text() + "\nThe median is 77.7 s.\n")
    code, said = run(report)
    assert code == 1
    assert f"line {len(report.read_text().splitlines())}" in said
    assert "77.7" in said


@pytest.mark.parametrize(("key", "value"), [("value", 77.5), ("n", 4), ("statistic", "mean")])
def test_an_edited_fact_does_not(report: Path, key: str, value: object) -> None:
    """Even where the text was never looked at."""
    edit(report, key, value)
    code, said = run(report)
    assert code == 1
    assert " differs: " in said


def test_an_artifact_that_changed_is_named(report: Path, folder: Path) -> None:
    """Its facts may still hold; it is not what the report was made of."""
    path = folder / "quality.json"
    path.write_text(path.read_text() + "\n")
    code, said = run(report)
    assert code == 1
    assert "changed: quality.json is not the file that was read" in said


def test_sources_out_of_reach_leave_the_text(report: Path, folder: Path) -> None:
    """They may be named where they have moved; a name that leads nowhere is an error."""
    moved = folder.with_name("elsewhere")
    shutil.move(folder, moved)
    code, said = run(report)
    assert code == 0
    assert "not computed again" in said
    moved = moved.rename(folder.with_name("again"))
    shutil.copytree(moved, folder.with_name("more") / folder.name)
    assert "confirmed" in run(report, "--source", folder.with_name("more") / folder.name)[1]
    with pytest.raises(SetupError):
        run(report, "--source", folder.with_name("nowhere"))


def test_any_text_beside_a_report_is_checked(report: Path) -> None:
    """A page that somebody wrote."""
    page = report.with_name("notes.md")
    page.write_text("The folder holds nothing but good news: 123,456 files.\n")
    code, said = run(page, "--json")
    found = json.loads(said)
    assert code == 1
    assert found["holds"] is False
    assert found["unsupported"][0]["line"] == 1
    assert found["facts"]["differs"] == 0


def test_without_a_report_there_is_nothing_to_check(tmp_path: Path, report: Path) -> None:
    """No text, no report.json, or one that is not ours or not whole."""
    with pytest.raises(SetupError, match="no report at"):
        run(tmp_path / "none.md")
    (tmp_path / "page.md").write_text("1\n")
    with pytest.raises(SetupError, match=r"no report\.json"):
        run(tmp_path / "page.md")
    report.with_suffix(".json").write_text('{"schema": "chimera.report/1"}')
    with pytest.raises(SetupError, match="is not whole"):
        run(report)
