"""`chimera list` and `show`: what there is, and where it is from."""

import json
from pathlib import Path

from tests.cli.command import chimera
from tests.cli.wrong_files import good


def test_bundled_content_needs_no_remarks() -> None:
    """In the bundled project a line is a name."""
    assert chimera("list", "graphs").stdout == "compare\nreview\ntechnical-report\n"
    assert "(" not in chimera("list").stdout


def test_origin_stands_behind_the_name(tmp_path: Path) -> None:
    """In a project of one's own, what is bundled says so, and what hides something too."""
    root = good(tmp_path / "p")
    (root / "personas" / "analyst.yaml").write_text("extends: good\nname: Mine\n")
    lines = chimera("list", "personas", "--project", root).stdout.splitlines()
    assert "analyst  (yours, hides the bundled one)" in lines
    assert "writer  (bundled)" in lines
    assert "good" in lines


def test_list_as_json_names_files(tmp_path: Path) -> None:
    """With --json each thing has its kind, origin and file, and the files that it hides."""
    root = good(tmp_path / "p")
    (root / "agents" / "analyst.yaml").write_text("persona: good\n")
    found = json.loads(chimera("list", "agents", "--json", "--project", root).stdout)
    by_name = {one["name"]: one for one in found}
    assert by_name["good"] == {
        "kind": "agents",
        "name": "good",
        "origin": "own",
        "path": str(root / "agents" / "good.yaml"),
        "hides": [],
    }
    assert by_name["writer"]["origin"] == "bundled"
    assert [Path(path).name for path in by_name["analyst"]["hides"]] == ["analyst.yaml"]


def test_show_prints_a_prompt_an_agent_and_a_map() -> None:
    """`show` prints the prompt of a persona, the file of an agent, the map of a graph."""
    assert chimera("show", "persona", "analyst").stdout.startswith("You are Analyst")
    assert "persona: analyst" in chimera("show", "agent", "analyst").stdout
    assert "ingest --> analysis" in chimera("show", "graph", "technical-report").stdout


def test_show_agent_says_what_it_comes_to(tmp_path: Path) -> None:
    """Below the file stand persona, model and server, each with where it is from."""
    root = good(tmp_path / "p")
    (root / "agents" / "mine.yaml").write_text("persona: good\nmodel: ollama:tiny\n")
    (root / "chimera.yaml").write_text("models: {hosts: ['http://far:1234']}\n")
    said = chimera("show", "agent", "mine", "--project", ".", cwd=root, CHIMERA_MODEL="").stdout
    assert said.startswith("persona: good\nmodel: ollama:tiny\n\n# file      agents/mine.yaml\n")
    assert "(personas/good.yaml)\n# model     ollama:tiny (this file)\n" in said
    assert "# server    http://far:1234 (chimera.yaml)\n" in said
    said = chimera("show", "agent", "mine", "--project", root, CHIMERA_MODEL="ollama:y").stdout
    assert "# model     ollama:y (CHIMERA_MODEL)\n" in said


def test_show_resolved_says_where_lines_come_from(tmp_path: Path) -> None:
    """A persona's merged YAML names the file and line of each line, its own and inherited ones."""
    (tmp_path / "personas").mkdir()
    (tmp_path / "personas" / "analyst.yaml").write_text("extends: analyst\nname: Mine\n")
    done = chimera("show", "persona", "analyst", "--resolved", "--project", ".", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = dict(line.rsplit("  # ", 1) for line in done.stdout.splitlines())
    found = {text.strip(): place for text, place in lines.items()}
    assert found["name: Mine"] == "personas/analyst.yaml:2"
    assert found["max_words: 600"].endswith("analyst.yaml:12")
    assert found["max_words: 600"] != "personas/analyst.yaml:12"


def test_show_resolved_is_for_personas(tmp_path: Path) -> None:
    """An agent has nothing to resolve."""
    done = chimera("show", "agent", "analyst", "--resolved", cwd=tmp_path)
    assert done.returncode == 2
    assert "--resolved is for a persona" in done.stderr


def test_graph_is_drawn_as_svg() -> None:
    """`show graph --svg` prints a picture with the names of the nodes; other kinds have none."""
    done = chimera("show", "graph", "technical-report", "--svg")
    assert done.stdout.startswith("<svg")
    assert ">analysis<" in done.stdout
    assert chimera("show", "persona", "analyst", "--svg").returncode == 2
