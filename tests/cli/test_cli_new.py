"""`chimera new`: what it writes runs as it is."""

from pathlib import Path

import pytest

from chimera import schemas
from chimera.testing import OllamaStandIn
from tests.cli.command import chimera

ANSWER = "It names no number. State both values and the number of runs."


def test_new_project_runs_at_once(tmp_path: Path) -> None:
    """A new project is valid, its tests pass, its graph answers on stdout."""
    made = chimera("new", "project", "mine", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    project = tmp_path / "mine"
    assert chimera("check", cwd=project).stdout == "5 files are valid\n"
    assert chimera("test", cwd=project).returncode == 0
    with OllamaStandIn(ANSWER) as server:
        words = ("run", "review-text", "It is fast.", "--model", "ollama:x")
        done = chimera(*words, "--base-url", server.base_url, cwd=project)
    assert (done.returncode, done.stdout) == (0, f"{ANSWER}\n"), done.stderr


def test_what_to_type_next_works(tmp_path: Path) -> None:
    """The commands that `new` prints on stderr are ones that can be typed."""
    made = chimera("new", "project", "mine", cwd=tmp_path)
    lines = [line.strip() for line in made.stderr.splitlines()]
    assert lines[:3] == ["cd mine", "chimera check", "chimera test"]
    assert lines[3].startswith("chimera run review-text ")


def test_editors_find_the_schemas(tmp_path: Path) -> None:
    """The first line of each YAML file names a schema that lies in the project."""
    chimera("new", "project", "mine", cwd=tmp_path)
    files = [*(tmp_path / "mine").rglob("*.yaml")]
    assert len(files) == 4
    for path in files:
        first = path.read_text().splitlines()[0]
        named = path.parent / first.removeprefix("# yaml-language-server: $schema=")
        kind = named.name.removesuffix(".schema.json")
        assert named.resolve().read_text() == schemas.path(kind).read_text()


def test_without_a_server_a_run_says_what_to_do(tmp_path: Path) -> None:
    """No model answers: the run ends with a gap that names the server and `ollama serve`."""
    chimera("new", "project", "mine", cwd=tmp_path)
    words = ("run", "review-text", "It is fast.", "--base-url", "http://127.0.0.1:9")
    done = chimera(*words, cwd=tmp_path / "mine")
    assert done.returncode == 3
    assert "ollama serve" in done.stderr
    assert "Traceback" not in done.stderr


def test_new_parts_fit_together(tmp_path: Path) -> None:
    """A new persona, agent and graph of one name belong together."""
    for kind in ("persona", "agent", "graph"):
        done = chimera("new", kind, "examiner", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert "persona: examiner" in (tmp_path / "agents" / "examiner.yaml").read_text()
    assert 'agent="examiner"' in (tmp_path / "graphs" / "examiner.py").read_text()
    assert chimera("check", tmp_path).returncode == 0


def test_new_persona_extends_another(tmp_path: Path) -> None:
    """A persona that builds on one has its rules, and says its own things."""
    chimera("new", "project", "mine", cwd=tmp_path)
    root = tmp_path / "mine"
    done = chimera("new", "persona", "strict-one", "--extends", "reviewer", cwd=root)
    assert done.returncode == 0, done.stderr
    said = chimera("try", "persona", "strict-one", "--text", "a", cwd=root).stdout
    assert "You are Strict One" in said
    assert "At most 120 words." in said


def test_name_that_hides_a_bundled_one_is_told(tmp_path: Path) -> None:
    """It is allowed, and a note says so."""
    done = chimera("new", "persona", "analyst", cwd=tmp_path)
    assert done.returncode == 0
    assert "note: it is used instead of the persona 'analyst'" in done.stderr


@pytest.mark.parametrize("kind", ["project", "persona", "agent", "graph"])
def test_new_overwrites_nothing(kind: str, tmp_path: Path) -> None:
    """A file that is there stays as it is."""
    chimera("new", kind, "examiner", cwd=tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    done = chimera("new", kind, "examiner", cwd=tmp_path)
    assert done.returncode == 2
    assert "is already there" in done.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["1st", "a b", "../up", "", "naïve", "x" * 65, ".hidden", "-x"])
def test_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    """A name that is none for a file and for Python writes nothing."""
    done = chimera("new", "persona", "--", name, cwd=tmp_path)
    assert done.returncode == 2
    assert "is no name: letters, digits" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_folder_at_hand_becomes_a_project(tmp_path: Path) -> None:
    """`.` is the working folder, and what its owner wrote in it stays."""
    (tmp_path / "README.md").write_text("mine")
    done = chimera("new", "project", ".", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "README.md stays as it is" in done.stderr
    assert "cd " not in done.stderr
    assert (tmp_path / "README.md").read_text() == "mine"
    assert chimera("check", cwd=tmp_path).stdout == "5 files are valid\n"


def test_project_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    """One file that is in the way is told before any other is written."""
    (tmp_path / "chimera.yaml").write_text("")
    done = chimera("new", "project", ".", cwd=tmp_path)
    assert done.returncode == 2
    assert "chimera.yaml is already there" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["chimera.yaml"]


def test_name_that_nearly_is_one_is_offered(tmp_path: Path) -> None:
    """A title with spaces says which name it could have."""
    done = chimera("new", "persona", "My Persona", cwd=tmp_path)
    assert "'My-Persona' would be one" in done.stderr


def test_new_graph_asks_an_agent_of_the_project(tmp_path: Path) -> None:
    """Without an agent of its name, a graph asks one that stands beside it."""
    chimera("new", "persona", "examiner", cwd=tmp_path)
    chimera("new", "agent", "judge", cwd=tmp_path)
    done = chimera("new", "graph", "trial", cwd=tmp_path)
    assert "it asks 'judge': no agent is called 'trial' yet" in done.stderr
    assert "persona: examiner" in (tmp_path / "agents" / "judge.yaml").read_text()
    assert chimera("check", cwd=tmp_path).returncode == 0


def test_unknown_parent_is_refused(tmp_path: Path) -> None:
    """A persona cannot build on one that is not there."""
    done = chimera("new", "persona", "mine", "--extends", "analist", cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean 'analyst'" in done.stderr
    assert list(tmp_path.iterdir()) == []
