"""`chimera new`: files that run as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from chimera.errors import ConfigError, SetupError
from chimera.project import Project

_PERSONA: Final = """\
name: {title}
title: reviewer of technical texts
instructions: |
  You read what you are given and say in a few plain sentences what is good, what is missing and
  what to do next.
rules:
  max_words: 150
  language: en
"""
_AGENT: Final = """\
persona: {persona}
options:
  num_ctx: 8192
  temperature: 0.2
  num_predict: 400
"""
_GRAPH: Final = '''\
"""{title}: one agent answers one question."""

from typing import NotRequired, TypedDict

from langgraph.graph import END, START, StateGraph

from chimera.stages import StageContext, stage


class State(TypedDict):
    """What passes between the nodes."""

    question: str
    answer: NotRequired[str]


async def answer(state: State, context: StageContext) -> dict[str, str]:
    """Ask the agent."""
    return {{"answer": await context.agent.ask(state["question"])}}


graph = StateGraph(State)
graph.add_node("answer", stage(answer, agent="{agent}"))
graph.add_edge(START, "answer")
graph.add_edge("answer", END)
'''


def create(kind: str, name: str, start: Path | None) -> list[Path]:
    """Write a new project, persona, agent or graph, and return the files.

    Raises:
        ConfigError: If the name cannot be a file's name.
        SetupError: If a file is already there.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", name):
        raise ConfigError(f"{name!r} is no name: letters, digits, - and _, a letter first")
    if kind == "project":
        return _project(Path(name))
    root = start or _here()
    slug = name.lower().replace("_", "-")
    title = name.replace("-", " ").replace("_", " ").strip().title()
    if kind == "persona":
        return [_write(root / "personas" / f"{slug}.yaml", _PERSONA.format(title=title))]
    if kind == "agent":
        known = Project.find(root).names("personas") if root.is_dir() else []
        persona = slug if slug in known else "analyst"
        return [_write(root / "agents" / f"{slug}.yaml", _AGENT.format(persona=persona))]
    agents = Project.find(root).names("agents") if root.is_dir() else []
    agent = slug if slug in agents else "analyst"
    text = _GRAPH.format(title=title, agent=agent)
    return [_write(root / "graphs" / f"{slug.replace('-', '_')}.py", text)]


def _project(root: Path) -> list[Path]:
    return [
        _write(root / "personas" / "reviewer.yaml", _PERSONA.format(title="Reviewer")),
        _write(root / "agents" / "reviewer.yaml", _AGENT.format(persona="reviewer")),
        _write(root / "graphs" / "review.py", _GRAPH.format(title="Review", agent="reviewer")),
    ]


def _here() -> Path:
    """Return the project of the working folder; the working folder itself where there is none."""
    root = Project.find().root
    return Path.cwd() if root == Project.bundled().root and root != Path.cwd() else root


def _write(path: Path, text: str) -> Path:
    if path.exists():
        raise SetupError(f"{path} is already there")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SetupError(f"cannot write {str(path)!r}: {error.strerror}") from None
    return path
