"""Wrong files of every kind: each is refused with its line and with what to do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chimera import checks
from chimera.errors import Problem
from chimera.project import Project
from tests.cli.wrong_files import WRONG, WRONG_SETTINGS, Wrong, good


def told(problems: list[Problem], wrong: Wrong, path: Path) -> list[Problem]:
    """Return the problems that say of a file what they ought to."""
    return [
        problem
        for problem in problems
        if problem.file == str(path)
        and problem.line == wrong.line
        and all(words in problem.message for words in wrong.words)
    ]


def test_there_are_more_than_a_hundred() -> None:
    """The table holds files of every kind, each under a name of its own."""
    names = [wrong.name for wrong in WRONG]
    assert len(names) == len(set(names))
    assert len(names) + len(WRONG_SETTINGS) > 150


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.name)
def test_wrong_file_is_refused(wrong: Wrong, tmp_path: Path) -> None:
    """One wrong file in a project that is in order: its line and its remedy, and nothing else."""
    root = good(tmp_path / "p")
    path = wrong.write(root)
    beside = [one for one in WRONG if wrong.name[:-6] in one.name and "circle" in wrong.name]
    known = {str(path), *(str(one.write(root)) for one in beside)}
    problems = checks.checked(Project.find(root), load=True).problems
    assert told(problems, wrong, path), [str(problem) for problem in problems]
    assert {problem.file for problem in problems} <= known


@pytest.mark.parametrize("name", WRONG_SETTINGS)
def test_wrong_settings_are_refused(name: str, tmp_path: Path) -> None:
    """A wrong chimera.yaml: its line and its remedy."""
    root = good(tmp_path / "p")
    path = WRONG_SETTINGS[name].write(root)
    problems = checks.checked(Project.find(root), load=True).problems
    assert told(problems, WRONG_SETTINGS[name], path), [str(problem) for problem in problems]


def test_command_tells_all_of_them_at_once(tmp_path: Path) -> None:
    """A folder of nothing but wrong files: every one is named with its line, without traceback."""
    root = good(tmp_path / "p")
    paths = [(wrong, wrong.write(root)) for wrong in [*WRONG, WRONG_SETTINGS["key"]]]
    command = [sys.executable, "-m", "chimera", "check", str(root), "--load", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ}, check=False)
    assert (done.returncode, done.stderr) == (2, "")
    problems = [Problem(**found) for found in json.loads(done.stdout)["problems"]]
    assert [wrong.name for wrong, path in paths if not told(problems, wrong, path)] == []
