"""Projects: where personas, agents and graphs are found."""

from pathlib import Path

import pytest

from chimera import Project
from chimera.errors import ConfigError, NotFoundError
from chimera.project import KINDS

PERSONA = "name: Mine\ntitle: t\ninstructions: x\n"


def project(root: Path) -> Project:
    for kind in KINDS:
        (root / kind).mkdir()
    return Project.find(root)


def test_bundled_project_has_the_reference_content() -> None:
    """Personas, agents and graphs of the reference project come with the package."""
    bundled = Project.bundled()
    assert "data-collector-9000" in bundled.names("personas")
    assert {"analyst", "data-collector"} <= set(bundled.names("agents"))
    assert "technical-report" in bundled.names("graphs")


def test_case_and_dashes_do_not_matter() -> None:
    """A name is found however it is written."""
    bundled = Project.bundled()
    assert bundled.path("personas", "DataCollector-9000").stem == "data-collector-9000"
    assert bundled.path("graphs", "technical_report").stem == "technical_report"


def test_own_files_come_before_bundled_ones(tmp_path: Path) -> None:
    """A file of the project hides the bundled one of the same name."""
    own = project(tmp_path)
    (tmp_path / "personas" / "analyst.yaml").write_text(PERSONA)
    assert own.persona("analyst").name == "Mine"


def test_bundled_files_fill_the_gaps(tmp_path: Path) -> None:
    """What the project lacks comes from the bundled one."""
    assert project(tmp_path).persona("analyst").name == "Analyst"


def test_unknown_name_lists_what_there_is() -> None:
    """A name that leads nowhere gets the nearest one and all others."""
    with pytest.raises(NotFoundError, match=r"'analist'; did you mean 'analyst'.*there are"):
        Project.bundled().path("agents", "analist")


def test_folder_without_content_is_no_project(tmp_path: Path) -> None:
    """A folder without any of the three folders is refused."""
    with pytest.raises(NotFoundError, match="is no project"):
        Project.find(tmp_path)


def test_nearest_folder_upwards_is_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a project's subfolder the project is found."""
    project(tmp_path)
    below = tmp_path / "data" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert Project.find().root == tmp_path


def test_outside_of_projects_the_bundled_one_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a project around, the bundled one serves."""
    monkeypatch.chdir(tmp_path)
    assert Project.find() == Project.bundled()


def test_graph_file_must_set_graph(tmp_path: Path) -> None:
    """A graph file without `graph` is refused."""
    own = project(tmp_path)
    (tmp_path / "graphs" / "empty.py").write_text("x = 1\n")
    with pytest.raises(ConfigError, match="must set `graph`"):
        own.graph("empty")


def test_edited_graph_is_loaded_again(tmp_path: Path) -> None:
    """A changed graph file gives its new graph."""
    own = project(tmp_path)
    path = tmp_path / "graphs" / "a.py"
    path.write_text("graph = 1\n")
    assert own.graph("a") == 1
    path.write_text("graph = 2  # longer\n")
    assert own.graph("a") == 2


def test_graph_file_that_is_no_python_is_named(tmp_path: Path) -> None:
    """A graph file with a mistake is a set-up error with its path and the mistake."""
    own = project(tmp_path)
    (tmp_path / "graphs" / "broken.py").write_text("graph = (\n")
    with pytest.raises(ConfigError, match=r"broken\.py: cannot be loaded: SyntaxError"):
        own.graph("broken")


def test_name_stands_for_the_files_it_hides_too(tmp_path: Path) -> None:
    """The file that is used comes first, then those of the same name behind it."""
    own = project(tmp_path)
    (tmp_path / "personas" / "Analyst.yaml").write_text(PERSONA)
    bundled = Project.bundled().path("personas", "analyst")
    assert own.paths("personas", "analyst") == [tmp_path / "personas" / "Analyst.yaml", bundled]


def test_file_belongs_to_the_project_around_it(tmp_path: Path) -> None:
    """A file in `personas/` needs no other folder; elsewhere it is the nearest whole project."""
    assert Project.around(tmp_path / "a" / "personas" / "p.yaml").root == tmp_path / "a"
    own = project(tmp_path)
    assert Project.around(tmp_path / "drafts" / "new" / "p.yaml") == own
    assert Project.around(tmp_path.parent / "p.yaml") == Project.bundled()
