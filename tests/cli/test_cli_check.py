"""`chimera check` on the command line."""

import json
from pathlib import Path

from tests.cli.command import chimera
from tests.cli.wrong_files import GRAPH, WHOLE, good


def test_bundled_project_is_in_order() -> None:
    """Every file of the reference project is valid, and nothing is odd about it."""
    done = chimera("check")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" files are valid\n")
    assert done.stdout.count("\n") == 1


def test_every_problem_is_a_line_on_stderr(tmp_path: Path) -> None:
    """Two wrong files get a line each, as file:line: message, and exit code 2."""
    root = good(tmp_path / "p")
    (root / "personas" / "own.yaml").write_text("name: A\ntitel: t\ninstructions: x\n")
    (root / "agents" / "own.yaml").write_text("persona: nobody\n")
    done = chimera("check", ".", cwd=root)
    assert done.returncode == 2
    agent, *persona = done.stderr.splitlines()
    assert agent.startswith("agents/own.yaml:1: persona: no persona is called 'nobody'")
    assert persona[0].startswith("personas/own.yaml:1: key 'title' is missing")
    assert persona[1].startswith("personas/own.yaml:2: unknown key 'titel'; did you mean 'title'")
    assert done.stdout == "3 problems in 5 files\n"


def test_json_has_what_is_allowed_and_what_is_nearest(tmp_path: Path) -> None:
    """With --json each problem has file, line, key, what is allowed, and the nearest."""
    root = good(tmp_path / "p")
    (root / "agents" / "own.yaml").write_text("persona: goood\n")
    done = chimera("check", root, "--json")
    assert (done.returncode, done.stderr) == (2, "")
    told = json.loads(done.stdout)
    assert (told["files"], told["notes"], len(told["problems"])) == (4, [], 1)
    problem = told["problems"][0]
    assert problem["file"] == str(root / "agents" / "own.yaml")
    assert (problem["line"], problem["key"], problem["nearest"]) == (1, "persona", "good")
    assert {"good", "asks", "analyst"} <= set(problem["allowed"])


def test_only_load_runs_graph_files(tmp_path: Path) -> None:
    """A graph's file is read and not run; with --load it is."""
    root = good(tmp_path / "p")
    ran = "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"
    (root / "graphs" / "own.py").write_text(WHOLE + ran)
    assert chimera("check", root).returncode == 0
    assert not (root / "graphs" / "ran").exists()
    assert chimera("check", root, "--load").returncode == 0
    assert (root / "graphs" / "ran").exists()


def test_no_node_works(tmp_path: Path) -> None:
    """A graph is compiled; what its nodes would do is not done."""
    root = good(tmp_path / "p")
    work = GRAPH.replace('return {"question": "?"}', "raise SystemExit(7)")
    (root / "graphs" / "own.py").write_text(WHOLE.replace(GRAPH, work))
    assert chimera("check", root).returncode == 0


def test_hiding_and_leftover_files_are_notes(tmp_path: Path) -> None:
    """What is odd and allowed is told, and the check passes."""
    root = good(tmp_path / "p")
    (root / "agents" / "analyst.yaml").write_text("persona: good\n")
    (root / "personas" / "tests" / "recorded").mkdir()
    (root / "personas" / "tests" / "recorded" / "gone.json").write_text("{}")
    done = chimera("check", ".", cwd=root)
    assert (done.returncode, done.stderr) == (0, "")
    notes = done.stdout.splitlines()
    assert notes[0].startswith("note: agents/analyst.yaml: hides the agent of the same name")
    assert notes[1].startswith("note: personas/tests/recorded/gone.json: is never played")


def test_recording_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """A damaged recording is named, with what to do."""
    root = good(tmp_path / "p")
    tests = root / "personas" / "tests"
    (tests / "good.yaml").write_text("persona: good\ncases: [{name: a, input: b}]\n")
    (tests / "recorded").mkdir()
    (tests / "recorded" / "good.json").write_text('{"answers": []}')
    done = chimera("check", root)
    assert done.returncode == 2
    assert "recorded/good.json: answers:" in done.stderr
    assert "record again, or remove it" in done.stderr


def test_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    """A folder without personas, agents and graphs is none to check."""
    done = chimera("check", tmp_path)
    assert done.returncode == 2
    assert "is no project" in done.stderr
