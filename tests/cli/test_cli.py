"""The `chimera` command, in a process of its own."""

import json
from pathlib import Path

import pytest

from chimera.testing import OllamaStandIn
from tests.cli.command import chimera

NO_SERVER = "http://127.0.0.1:9"


def test_run_prints_the_path_of_the_report(folder: Path, tmp_path: Path) -> None:
    """Stdout holds the path and nothing else; the report is there."""
    done = chimera("run", "technical-report", folder, "--model", "none", "--out", tmp_path / "o")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path / 'o' / 'report.md'}\n"
    assert json.loads((tmp_path / "o" / "report.json").read_text())["schema"] == "chimera.report/1"


def test_progress_is_plain_lines_where_there_is_no_terminal(folder: Path, tmp_path: Path) -> None:
    """Stages and the execution time go to stderr, a line each."""
    done = chimera("run", "technical-report", folder, "--model", "none", "--out", tmp_path / "o")
    lines = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "ingest",
        "analysis",
        "report",
        "Execution time",
    ]
    assert lines[0].endswith("2 files")


def test_run_as_json(folder: Path, tmp_path: Path) -> None:
    """With --json, stdout is one JSON object."""
    out = tmp_path / "o"
    done = chimera("run", "technical-report", folder, "--model", "none", "--out", out, "--json")
    said = json.loads(done.stdout)
    assert said["status"] == "complete"
    assert Path(said["report"]) == out / "report.md"


def test_run_without_out_makes_a_folder_of_its_own(folder: Path, tmp_path: Path) -> None:
    """Each run gets a new folder below chimera-runs."""
    for _ in range(2):
        done = chimera("run", "technical-report", folder, "--model", "none", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "chimera-runs").glob("*/report.md"))) == 2


def test_run_that_keeps_nothing_leaves_no_folder(tmp_path: Path) -> None:
    """A graph that stores nothing leaves no empty folder behind, unless one was asked for."""
    chimera("new", "project", ".", cwd=tmp_path)
    for extra in ((), ("--out", "asked")):
        chimera("run", "review-text", "It is.", "--base-url", NO_SERVER, *extra, cwd=tmp_path)
    assert not (tmp_path / "chimera-runs").exists()
    assert (tmp_path / "asked").is_dir()


def test_default_model_without_server_ends_well_with_one_warning(
    folder: Path, tmp_path: Path
) -> None:
    """Nobody chose the model: exit 0 and one warning."""
    done = chimera(
        "run", "technical-report", folder, "--out", tmp_path / "o", "--base-url", NO_SERVER
    )
    assert done.returncode == 0
    assert done.stderr.count("warning:") == 1
    assert "ollama serve" in done.stderr


def test_named_model_without_server_exits_3(folder: Path, tmp_path: Path) -> None:
    """The user chose the model: the report is written, a part is missing."""
    out = tmp_path / "o"
    words = ("run", "technical-report", folder, "--out", out, "--model", "ollama:x")
    done = chimera(*words, "--base-url", NO_SERVER)
    assert done.returncode == 3
    assert "missing: ingest: no narrative from ollama:x" in done.stderr
    assert (out / "report.md").exists()


def test_model_of_the_environment_counts_as_named(folder: Path, tmp_path: Path) -> None:
    """CHIMERA_MODEL is a choice like --model."""
    words = ("run", "technical-report", folder, "--out", tmp_path / "o", "--base-url", NO_SERVER)
    assert chimera(*words, CHIMERA_MODEL="ollama:x").returncode == 3


def test_missing_model_names_the_remedy(folder: Path, tmp_path: Path) -> None:
    """A model the server does not have says `ollama pull`."""
    with OllamaStandIn(models=["other"]) as server:
        words = ("run", "technical-report", folder, "--out", tmp_path / "o", "--model", "ollama:x")
        done = chimera(*words, "--base-url", server.base_url)
    assert done.returncode == 3
    assert "ollama pull x" in done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["run", "technical-report", "nowhere"], "'nowhere'"),
        (["run", "technical-report"], "source"),
        (["run", "technical-reprot", "."], "did you mean 'technical-report'"),
        (["run", "technical-report", ".", "--set", "analyst.num_ctx=big"], "analyst.num_ctx"),
        (["run", "technical-report", ".", "--set", "analyst.numctx=1"], "did you mean 'num_ctx'"),
        (["run", "technical-report", ".", "--set", "analist.num_ctx=512"], "'analist'"),
        (["run", "technical-report", ".", "--model", "gemma3"], "provider"),
        (["run", "technical-report", ".", "--model", "ollama:x", "--base-url", "ftp://x"], "http"),
        (["run", "technical-report", ".", "--project", "nowhere"], "is no project"),
        (["show", "persona", "analist"], "did you mean 'analyst'"),
    ],
)
def test_wrong_set_up_exits_2_without_a_traceback(
    words: list[str], why: str, tmp_path: Path
) -> None:
    """A mistake names what is wrong, before any work, on one line."""
    done = chimera(*words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_output_that_cannot_be_written_exits_2(folder: Path) -> None:
    """An output folder below a file is refused before any work."""
    done = chimera("run", "technical-report", folder, "--out", folder / "runs.csv" / "o")
    assert done.returncode == 2
    assert "cannot write to the output folder" in done.stderr


def test_wrong_persona_exits_2_with_its_line(folder: Path, tmp_path: Path) -> None:
    """A typo in a persona of the project names file, line and nearest key."""
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas" / "analyst.yaml").write_text("name: A\ntitel: t\ninstructions: x\n")
    done = chimera("run", "technical-report", folder, "--project", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "analyst.yaml:2: unknown key 'titel'; did you mean 'title'" in done.stderr


@pytest.mark.parametrize("kind", ["json", "lines"])
def test_log_goes_to_stderr(kind: str, folder: Path, tmp_path: Path) -> None:
    """CHIMERA_LOG shows every event with its run, stage and agent."""
    words = ("run", "technical-report", folder, "--model", "none", "--out", tmp_path / "o")
    done = chimera(*words, CHIMERA_LOG=kind)
    events = [line for line in done.stderr.splitlines() if "stage.finished" in line]
    assert len(events) == 3
    if kind == "json":
        assert {"run", "stage", "agent", "seconds"} <= set(json.loads(events[0]))


def test_doctor_speaks_of_the_server() -> None:
    """`doctor` says whether a server answers, and which models it has."""
    assert "no Ollama answers" in chimera("doctor", "--base-url", NO_SERVER).stdout
    with OllamaStandIn(models=["gemma3"]) as server:
        assert "gemma3:latest" in chimera("doctor", "--base-url", server.base_url).stdout


def test_help_names_the_commands() -> None:
    """`--help` lists every command of the contract."""
    said = chimera("--help").stdout
    for command in ("run", "list", "show", "check", "doctor", "new"):
        assert command in said


def test_unknown_option_is_explained() -> None:
    """Click's own errors look like click's."""
    done = chimera("run", "--modle", "x")
    assert done.returncode == 2
    assert "No such option" in done.stderr


@pytest.mark.parametrize(
    ("word", "said"), [("compare", "`chimera run compare"), ("chek", "did you mean 'check'?")]
)
def test_unknown_command_is_told_what_was_meant(word: str, said: str) -> None:
    """A graph's name leads to `run`, a slip to the nearest command."""
    done = chimera(word)
    assert done.returncode == 2
    assert said in done.stderr
