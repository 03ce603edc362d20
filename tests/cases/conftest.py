"""A project with one persona, its tests, and an agent with an output contract."""

import json
from pathlib import Path
from typing import Protocol

import pytest

from chimera.cases.sitting import Tested, Wish, run
from chimera.project import KINDS, Project

PERSONA = """\
name: Skeptic
title: reviewer
instructions: |
  You say what is claimed without evidence.
  You are brief.
rules:
  max_words: 12
  must_mention: [evidence]
"""
AGENT = "persona: skeptic\noutput: chimera.models.options:ModelOptions\n"
GOOD = "There is no evidence for this claim."


class Write(Protocol):
    """Writes a file of tests."""

    def __call__(self, text: str, name: str = "skeptic") -> Path:
        """Write it and return its path."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return the project."""
    root = tmp_path / "project"
    for kind in KINDS:
        (root / kind).mkdir(parents=True)
    (root / "personas" / "skeptic.yaml").write_text(PERSONA)
    (root / "agents" / "judge.yaml").write_text(AGENT)
    return Project.find(root)


@pytest.fixture
def write(project: Project) -> Write:
    """Return what writes the project's tests."""

    def written(text: str, name: str = "skeptic") -> Path:
        folder = project.root / "personas" / "tests"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.yaml"
        path.write_text(text)
        return path

    return written


def case(answer: str | None = GOOD, **expect: object) -> str:
    """Return a file with one case, as YAML; a value in JSON is YAML."""
    lines = ["persona: skeptic", "cases:", "  - name: one", "    input: It is fast."]
    lines += [f"    answer: {json.dumps(answer)}"] if answer is not None else []
    lines += [f"    expect: {json.dumps(expect)}"] if expect else []
    return "\n".join(lines) + "\n"


def results(project: Project, wish: Wish | None = None) -> Tested:
    """Run all tests of the project."""
    return run(project, wish=wish)
