"""README and docs: every block runs or loads, every link leads somewhere, limits are kept."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from chimera import Project, yamlfile
from chimera.agentfile import AgentFile
from chimera.cases.casefile import CaseFile
from chimera.inherit import resolve
from chimera.persona import Persona
from chimera.project import KINDS
from chimera.projectfile import ProjectFile

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ((?:personas|agents)/[\w-]+\.yaml)\n")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")


def blocks(language: str) -> list[tuple[str, str]]:
    """Return the code blocks of a language, with the page they stand on."""
    return [
        (str(page.relative_to(ROOT)), code)
        for page in PAGES
        if page.name != "tutorial.md"  # followed as a whole by tests/test_tutorial.py
        for found, code in BLOCK.findall(page.read_text(encoding="utf-8"))
        if found == language
    ]


@pytest.mark.parametrize(("page", "code"), blocks("python"))
def test_python_runs(page: str, code: str) -> None:
    """A Python block runs as it stands, from the project's folder."""
    command = [sys.executable, "-W", "error::UserWarning", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, f"{page}: {done.stderr}"


@pytest.mark.parametrize(("page", "code"), blocks("sh"))
def test_commands_run(page: str, code: str, tmp_path: Path) -> None:
    """A line of a shell block is a command of ours that ends well."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for line in code.strip().splitlines():
        words = shlex.split(line)
        assert words[0] == "chimera", f"{page}: {line}"
        command = [sys.executable, "-m", "chimera", *words[1:]]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert done.returncode == 0, f"{page}: {line}: {done.stderr}"


@pytest.mark.parametrize(("page", "code"), blocks("yaml"))
def test_yaml_is_valid(page: str, code: str, tmp_path: Path) -> None:
    """A YAML block is a file of a project, or of tests; one that names its file, in its place.

    Blocks of a page that name a file form a project, so that they may refer to each other.
    """
    for kind in KINDS:
        (tmp_path / kind).mkdir()
    for where, other in blocks("yaml"):
        if where == page and (found := FILE.match(other)):
            (tmp_path / found.group(1)).write_text(other, encoding="utf-8")
    path = tmp_path / named.group(1) if (named := FILE.match(code)) else None
    if path is not None and path.parent.name == "personas":
        resolve(path)
    elif path is not None:
        Project(tmp_path).speaker(path.stem)
    else:
        kinds: dict[str, type[BaseModel]] = {
            "cases:": CaseFile,
            "instructions:": Persona,
            "models:\n": ProjectFile,
        }
        model = next((kind for mark, kind in kinds.items() if mark in code), AgentFile)
        yamlfile.parse(code, model, source=page)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link is a file of the project."""
    broken = [
        target
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
        and not (
            os.environ.get("CHIMERA_TESTS_INSTALLED") and target in {"CONTRIBUTING.md", "LICENSE"}
        )
    ]
    assert broken == []


def test_readme_is_short() -> None:
    """At most 120 lines, the first Python before line 30, at most 12 lines of it."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 120
    start = lines.index("```python")
    assert start < 30
    assert lines.index("```", start) - start - 1 <= 12


def test_nothing_names_this_machine() -> None:
    """No page, script or constraint names an index, a home folder or a temporary place."""
    names = [*PAGES, ROOT / "pyproject.toml", *sorted((ROOT / "examples").rglob("*"))]
    words = re.compile(r"/(?:root|home|tmp|work)/|pypi\.|index-url|files\.pythonhosted")
    found = {
        str(path.relative_to(ROOT))
        for path in names
        if path.is_file()
        and path.suffix != ".pyc"
        and words.search(path.read_bytes().decode("utf-8", "replace"))
    }
    assert found == set()
