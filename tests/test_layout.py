"""The layout that lets Chimera live beside other packages."""

import os
from importlib.metadata import distribution
from pathlib import Path

import pytest

from chimera.project import KINDS, Project

ROOT = Path(__file__).parents[1]
INSTALLED = bool(os.environ.get("CHIMERA_TESTS_INSTALLED"))


@pytest.mark.parametrize("folder", [*KINDS, "tests"])
def test_content_folders_are_no_packages(folder: str) -> None:
    """An `agents` package would hide that of another distribution."""
    assert not list((ROOT / folder).rglob("__init__.py"))


def test_wheel_holds_the_content() -> None:
    """Every persona, agent and graph is where the package looks for it."""
    root = Project.bundled().root
    assert (root.name == "_bundled") == INSTALLED
    counts = {kind: len(Project.bundled().names(kind)) for kind in KINDS}
    assert counts == {"personas": 5, "agents": 5, "graphs": 3}


def test_wheel_leaves_persona_tests_out() -> None:
    """The tests of bundled personas are for those who change them: in the checkout, not in use."""
    assert (Project.bundled().root / "personas" / "tests").is_dir() != INSTALLED


@pytest.mark.skipif(not INSTALLED, reason="needs the built wheel, with the source out of reach")
def test_wheel_brings_one_import_name() -> None:
    """The wheel installs `chimera` and nothing else beside its metadata and its command."""
    files = distribution("chimera-agents").files or []
    tops = {path.parts[0] for path in files}
    assert {top for top in tops if not top.endswith(".dist-info")} <= {"chimera", ".."}
    assert all(path.name == "chimera" for path in files if path.parts[0] == "..")
