"""`chimera test` on the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from chimera.testing import OllamaStandIn

PERSONA = (
    "name: Skeptic\ntitle: reviewer\ninstructions: Be brief.\nrules: {must_mention: [proof]}\n"
)
TESTS = """\
persona: skeptic
cases:
  - name: asks for proof
    input: It is fast.
    answer: Where is the proof?
  - name: is brief
    input: It is slow.
    answer: No proof, no claim.
    expect: {max_words: 4}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a project with a persona and two cases."""
    for kind in ("agents", "graphs", "personas/tests"):
        (tmp_path / kind).mkdir(parents=True)
    (tmp_path / "personas" / "skeptic.yaml").write_text(PERSONA)
    (tmp_path / "personas" / "tests" / "skeptic.yaml").write_text(TESTS)
    return tmp_path


def chimera(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `chimera test` in a project."""
    command = [sys.executable, "-m", "chimera", "test", *words]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=root, env={**os.environ}, check=False
    )


def test_each_case_is_a_line(root: Path) -> None:
    """Cases that pass are a line each, then the counts; nothing goes to stderr."""
    done = chimera(root)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:3] == [
        "passed     skeptic: asks for proof",
        "passed     skeptic: is brief",
        "2 cases: 2 passed",
    ]


def test_failure_ends_with_one(root: Path) -> None:
    """A case that fails says why, and the command ends with 1."""
    path = root / "personas" / "tests" / "skeptic.yaml"
    path.write_text(TESTS.replace("max_words: 4", "max_words: 3"))
    done = chimera(root)
    assert done.returncode == 1
    assert "failed     skeptic: is brief\n    - has 4 words, more than 3\n" in done.stdout


def test_drift_is_told_once_and_accepted(root: Path) -> None:
    """What has changed stands below the first case; accepting it makes all pass again."""
    assert chimera(root, "--accept").returncode == 0
    (root / "personas" / "skeptic.yaml").write_text(PERSONA.replace("brief", "short"))
    done = chimera(root)
    assert done.returncode == 1
    assert done.stdout.count('instructions: "Be brief." → "Be short."') == 1
    accepted = chimera(root, "skeptic", "--accept")
    assert 'instructions: "Be brief." → "Be short."' in accepted.stdout
    assert accepted.stdout.endswith("accepted: the persona of skeptic\n")
    assert chimera(root).returncode == 0


def test_json_is_the_whole_of_it(root: Path) -> None:
    """With --json stdout is one JSON value."""
    told = json.loads(chimera(root, "--json").stdout)
    assert told["schema"] == "chimera.test/1"
    assert told["passed"] is True
    assert [case["status"] for case in told["cases"]] == ["passed", "passed"]
    assert told["never_accepted"] == ["skeptic"]


def test_wrong_file_ends_with_two(root: Path) -> None:
    """A test that is no test is a set-up error with file and line."""
    (root / "personas" / "tests" / "other.yaml").write_text("persona: skeptic\ncase: []\n")
    done = chimera(root)
    assert done.returncode == 2
    assert "other.yaml:2: unknown key 'case'; did you mean 'cases'" in done.stderr


def test_live_answers_come_from_the_server_named(root: Path) -> None:
    """A live test asks the model at the address, and what it says is kept for the next time."""
    with OllamaStandIn(answer=lambda _: "There is no proof here.") as server:
        where = ["--model", "ollama:gemma3", "--base-url", server.base_url]
        done = chimera(root, "--live", "--record", *where)
    assert done.returncode == 1  # five words are more than four
    path = root / "personas" / "tests" / "recorded" / "skeptic.json"
    kept = json.loads(path.read_text())["answers"]["asks for proof"]
    assert kept["model"] == "ollama:gemma3"
    assert kept["said"][0]["text"] == "There is no proof here."
    assert server.base_url not in path.read_text()
