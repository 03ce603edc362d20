"""pytest collects persona tests: in a process of its own, as in a project that has Chimera."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chimera.project import Project
from tests.cases.conftest import PERSONA, Write, case

BAD = "This claim has no support at all."
QUIET = ["-p", "no:cacheprovider", "-W", "error"]
ALONE = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"  # other plugins take seconds to load, and play no part


def pytest_in(folder: Path, *options: str, code: int = 0) -> str:
    """Run pytest with our plugin alone, and return its output; it has to end with the code."""
    return finished(folder, {ALONE: "1"}, ["-p", "chimera.testing.plugin", *options], code)


def finished(folder: Path, settings: dict[str, str], options: list[str], code: int) -> str:
    """Run pytest in a folder and return its output."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *QUIET, *options],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**outer, **settings},
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_installation_registers_the_plugin(project: Project, write: Write) -> None:
    """Pytest finds it by itself; `-p no:chimera` leaves it out."""
    write(case())
    options = ["-v", "-p", "no:asyncio"]  # which warns of an option that is not set here
    assert "skeptic.yaml::one PASSED" in finished(project.root, {}, options, 0)
    options += ["-p", "no:chimera"]
    assert "no tests ran" in finished(project.root, {}, options, 5)


def test_each_case_is_an_item(project: Project, write: Write) -> None:
    """The id of an item is file and case; a good one passes with warnings as errors."""
    write(case())
    assert "personas/tests/skeptic.yaml::one PASSED" in pytest_in(project.root, "-v")


def test_failure_says_rule_and_answer(project: Project, write: Write) -> None:
    """A failure is what the answer broke, no traceback."""
    write(case(BAD))
    out = pytest_in(project.root, code=1)
    assert "failed: breaks the persona's rules: must mention 'evidence'" in out
    assert f"the answer (written by hand): '{BAD}'" in out
    assert "Traceback" not in out
    assert ".py:" not in out


def test_drift_is_a_failure_that_shows_what_changed(project: Project, write: Write) -> None:
    """A persona that was not accepted as it is fails with its difference."""
    write("accepted: " + "a" * 64 + "\n" + case())
    out = pytest_in(project.root, code=1)
    assert "drifted: the persona is not the one that was accepted" in out
    assert "chimera test skeptic --accept" in out


def test_wrong_file_is_an_error_of_collection(project: Project, write: Write) -> None:
    """A file that is no test is told with its line."""
    write("persona: skeptic\ncases: 3\n")
    out = pytest_in(project.root, code=2)
    assert "skeptic.yaml:2: cases: " in out
    assert "Traceback" not in out


def test_missing_persona_is_a_failure_without_traceback(project: Project, write: Write) -> None:
    """A set-up error is its message."""
    write(case().replace("skeptic", "skeptik", 1))
    out = pytest_in(project.root, code=1)
    assert "no persona is called 'skeptik'; did you mean 'skeptic'" in out
    assert ".py:" not in out


def test_live_is_an_option(project: Project, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--chimera-live` asks a model; one that cannot be had is told as the reason."""
    monkeypatch.setenv("CHIMERA_MODEL", "ollama:none-here")
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    write(case())
    out = pytest_in(project.root, "--chimera-live", code=1)
    assert "no answer: unreachable" in out


def test_items_run_in_many_processes(project: Project, write: Write) -> None:
    """Under xdist each case runs once, in whatever process."""
    pytest.importorskip("xdist")
    write(case())
    write(case(BAD), "other")
    out = pytest_in(project.root, "-p", "xdist", "-n", "2", code=1)
    assert "1 failed, 1 passed" in out


def test_other_projects_see_nothing(tmp_path: Path) -> None:
    """Without such files the plugin says nothing and loads nothing heavy."""
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas" / "skeptic.yaml").write_text(PERSONA)
    (tmp_path / "test_own.py").write_text(
        "import sys\n\n\ndef test_own():\n"
        "    heavy = {'pydantic', 'yaml', 'langchain_core', 'langgraph', 'chimera.project'}\n"
        "    assert not heavy & set(sys.modules)\n"
        "    assert 'chimera.testing.plugin' in sys.modules\n"
    )
    out = pytest_in(tmp_path)
    assert "persona" not in out
    assert "1 passed" in out
