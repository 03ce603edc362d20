"""Graph files: read as Python and, where that is asked for, loaded and compiled; no node works."""

from __future__ import annotations

import ast
import re
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from chimera.checks.imports import import_problems
from chimera.checks.named import named_agents
from chimera.checks.wiring import Wiring, read_wiring
from chimera.errors import ChimeraError, Problem, nearest, nearest_of
from chimera.project import Project, load_module

_NAMED: Final = re.compile(r"unknown \w+ ['`](.+?)['`]")  # in what LangGraph says of an edge


@dataclass
class Graphs:
    """Checks one graph file after the other.

    Args:
        project: Where agents that are named are looked up.
        load: Whether files are also loaded as the programs they are, and their graphs compiled.
    """

    project: Project
    load: bool
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def check(self, path: Path) -> None:
        """Note what is wrong with a graph's file, and what is odd about it."""
        try:
            tree = ast.parse(path.read_bytes(), str(path))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            said = f"is no Python: {getattr(error, 'msg', None) or error}"
            self.problems.append(Problem(str(path), line, said))
            return
        before = len(self.problems)
        wiring = read_wiring(tree)
        self.problems += import_problems(path, tree)
        self.problems += [*self._unknown_agents(path, tree), *_loose_ends(path, wiring)]
        unreached = _unreached(path, wiring) if len(self.problems) == before else []
        if wiring.local:
            self.problems += unreached
        else:
            self.notes += unreached
        if not wiring.sets_graph:
            said = "sets no `graph`: end the file with `graph = StateGraph(…)` and its nodes"
            self.problems.append(Problem(str(path), None, said, "graph"))
        if wiring.compiled:
            said = (
                "`graph` is compiled: leave out `.compile()`, so that a run can add a checkpointer"
            )
            self.notes.append(Problem(str(path), wiring.compiled, said, "graph"))
        if self.load and len(self.problems) == before:
            self._loaded(path, wiring)

    def _unknown_agents(self, path: Path, tree: ast.Module) -> list[Problem]:
        problems = []
        for name, line in named_agents(tree):
            if not self.project.paths("agents", name):
                names = self.project.names("agents")
                said = (
                    f"no agent is called {name!r}{nearest(name, names)}"
                    f" (there are: {', '.join(names)})"
                )
                near = nearest_of(name, names)
                problems.append(Problem(str(path), line, said, "agent", tuple(names), near))
        return problems

    def _loaded(self, path: Path, wiring: Wiring) -> None:
        from chimera.checks.states import state_problems

        try:
            graph = getattr(load_module(path), "graph", None)
        except ChimeraError as error:
            cause = error.__cause__ or error
            self.problems.append(Problem(str(path), _line_in(path, cause), _last(path, error)))
            return
        builder: Any = getattr(graph, "builder", graph)
        if not hasattr(builder, "state_schema"):
            said = f"`graph` is a {type(graph).__name__}, not a StateGraph of LangGraph"
            self.problems.append(Problem(str(path), wiring.graph_line, said, "graph"))
            return
        self.problems += state_problems(path, builder)
        if reason := _not_compiling(graph):
            named = next(iter(_NAMED.findall(reason)), "")
            reason += nearest(named, builder.nodes)
            self.problems.append(Problem(str(path), wiring.graph_line, reason, "graph"))


def _loose_ends(path: Path, wiring: Wiring) -> list[Problem]:
    """Return edges to nodes that there are none, and nodes that are added again."""
    known = sorted(wiring.nodes)
    there = ", ".join(known) or "none"
    problems = [
        Problem(
            str(path),
            line,
            f"no node is called {name!r}{nearest(name, known)} (there are: {there})",
            "edge",
            tuple(known),
            nearest_of(name, known),
        )
        for name, line in wiring.ends
        if name not in wiring.nodes
    ]
    if wiring.closed:
        problems += [
            Problem(
                str(path),
                line,
                f"node {name!r} is already present: give this one another name",
                "node",
            )
            for name, line in wiring.twice
        ]
    return problems


def _unreached(path: Path, wiring: Wiring) -> list[Problem]:
    """Return nodes that nothing leads to."""
    reached = wiring.reached()
    return [
        Problem(str(path), line, f"nothing leads to node {name!r}: add an edge to it", "node")
        for name, line in wiring.nodes.items()
        if wiring.closed and name not in reached
    ]


def _not_compiling(graph: Any) -> str | None:  # noqa: ANN401  LangGraph's own type
    """Return why a graph does not compile; None if it does."""
    if not hasattr(graph, "compile"):
        return None
    try:
        graph.compile()
    except Exception as error:  # noqa: BLE001  whatever LangGraph raises is shown
        return f"the graph does not compile: {error}"
    return None


def _line_in(path: Path, error: BaseException) -> int | None:
    """Return the line of the file that was at work when an error was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno for f in reversed(frames) if f.filename == str(path)), None)


def _last(path: Path, error: BaseException) -> str:
    return str(error).removeprefix(f"{path}: ")
