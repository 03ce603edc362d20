"""Wiring: what `check` says of graphs, and that it lets everything stand that LangGraph takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera.checks import checked
from chimera.errors import Problem
from chimera.project import Project, load_module

HEAD = """\
from typing import Literal, TypedDict

from langgraph import graph as lg
from langgraph.graph import END, START, StateGraph
from langgraph.graph import START as BEGIN, StateGraph as SG
from langgraph.types import Command


class State(TypedDict):
    q: str


def a(state: State): return {}
def b(state: State): return {}
"""
PLAIN = "graph = StateGraph(State)\n"
BOTH = PLAIN + "graph.add_node(a)\ngraph.add_node(b)\n"
FIRST = BOTH + "graph.add_edge(START, 'a')\n"
LINES = HEAD.count("\n")  # what a graph's own text comes after

ODD = {
    "in-a-function": "def made():\n    g = StateGraph(State)\n    g.add_node('a', a)\n"
    "    g.add_edge(START, 'a')\n    return g\ngraph = made()\n",
    "annotated": "graph: StateGraph = StateGraph(State)\ngraph.add_node(a)\n"
    "graph.add_edge(START, 'a')\n",
    "chained": "graph = StateGraph(State).add_node(a).add_edge(START, 'a')\n",
    "chained-below": PLAIN + "graph.add_node(a).add_node(b).add_edge(START, 'a')"
    ".add_edge('a', 'b')\n",
    "sequence": "graph = StateGraph(State).add_sequence([a, b])\ngraph.add_edge(START, 'a')\n",
    "branches": FIRST + "graph.add_conditional_edges('a', lambda s: 'b', ['b', END])\n",
    "branch-at-the-start": BOTH + "graph.set_conditional_entry_point(lambda s: 'a')\n",
    "entry-point": BOTH + "graph.set_entry_point('a')\ngraph.add_edge('a', 'b')\n",
    "keywords": PLAIN + "graph.add_node(node='a', action=a)\n"
    "graph.add_edge(start_key=START, end_key='a')\n",
    "command": "def go(state: State) -> Command[Literal['b']]: return Command(goto='b')\n"
    + BOTH
    + "graph.add_node(go)\ngraph.add_edge(START, 'go')\ngraph.add_edge('go', 'a')\n",
    "destinations": PLAIN + "graph.add_node('a', a, destinations=('b',))\ngraph.add_node(b)\n"
    "graph.add_edge(START, 'a')\n",
    "renamed-class": "graph = SG(State)\ngraph.add_node(a)\ngraph.add_edge(START, 'a')\n",
    "renamed-start": PLAIN + "graph.add_node(a)\ngraph.add_edge(BEGIN, 'a')\n",
    "dotted-start": PLAIN + "graph.add_node(a)\ngraph.add_edge(lg.START, 'a')\n",
    "own-class": "class Own(StateGraph):\n    def more(self): self.add_node('z', a)\n"
    "graph = Own(State)\ngraph.more()\ngraph.add_edge(START, 'z')\n",
    "alias-of-a-method": PLAIN + "add = graph.add_node\nadd('a', a)\ngraph.add_edge(START, 'a')\n",
    "alias-of-a-function": "c = a\n" + PLAIN + "graph.add_node(c)\ngraph.add_edge(START, 'a')\n",
    "handed-on": "def more(g): g.add_node('b', b)\n" + PLAIN + "more(graph)\n"
    "graph.add_edge(START, 'b')\n",
    "loop": PLAIN + "for n in 'ab': graph.add_node(n, a)\ngraph.add_edge(START, 'a')\n"
    "graph.add_edge('a', 'b')\n",
    "comprehension": PLAIN + "[graph.add_node(n, a) for n in 'ab']\ngraph.add_edge(START, 'b')\n",
    "names": "A = 'a'\n" + PLAIN + "graph.add_node(A, a)\ngraph.add_edge(START, A)\n",
    "several-starts": BOTH + "graph.add_node('c', a)\ngraph.add_edge(START, 'a')\n"
    "graph.add_edge(START, 'b')\ngraph.add_edge(['a', 'b'], 'c')\n",
    "another-object": "def other(g): g.add_node('unused', a)\n"
    + PLAIN
    + "graph.add_node(a)\ngraph.add_edge(START, 'a')\n",
    "two-graphs": "inner = StateGraph(State)\ninner.add_node(a)\ninner.add_edge(START, 'a')\n"
    + PLAIN
    + "graph.add_node('b', inner.compile())\ngraph.add_edge(START, 'b')\n",
    "other-name": "built = StateGraph(State)\nbuilt.add_node(a)\nbuilt.add_edge(START, 'a')\n"
    "graph = built\n",
    "compiled": "built = StateGraph(State)\nbuilt.add_node(a)\nbuilt.add_edge(START, 'a')\n"
    "graph = built.compile()\n",
    "tried": "try:\n    graph = StateGraph(State)\nexcept ValueError:\n    raise\n"
    "graph.add_node(a)\ngraph.add_edge(START, 'a')\n",
}
WRONG = {
    "edge-to-nowhere": (FIRST + "graph.add_edge('a', 'bb')\n", 5, "no node is called 'bb'"),
    "edge-from-nowhere": (FIRST + "graph.add_edge('c', 'b')\n", 5, "no node is called 'c'"),
    "no-node": (PLAIN + "graph.add_edge(START, 'a')\n", 2, "(there are: none)"),
    "entry-to-nowhere": (BOTH + "graph.set_entry_point('c')\n", 4, "no node is called 'c'"),
    "unreached": (FIRST, 3, "nothing leads to node 'b'"),
    "twice": (FIRST + "graph.add_node('a', b)\n", 5, "node 'a' is already present"),
    "other-name-unreached": (
        FIRST.replace("graph.", "built.").replace("graph =", "built =") + "graph = built\n",
        3,
        "nothing leads to node 'b'",
    ),
    "no-way-in": (BOTH, 2, "nothing leads to node 'a'"),
    "exits": (FIRST + "graph.add_edge('a', 'b')\nraise SystemExit(3)\n", 6, "SystemExit"),
}


def found(tmp_path: Path, text: str, *, load: bool) -> list[Problem]:
    """Check a project of one graph."""
    path = tmp_path / "graphs" / "odd.py"
    path.parent.mkdir()
    path.write_text(HEAD + text, encoding="utf-8")
    return checked(Project(tmp_path), load=load).problems


@pytest.mark.parametrize("load", [True, False], ids=["loaded", "static"])
@pytest.mark.parametrize("name", ODD)
def test_what_langgraph_compiles_is_not_refused(name: str, load: bool, tmp_path: Path) -> None:
    """Nothing is said against a graph whose nodes and edges are put together in another way."""
    assert found(tmp_path, ODD[name], load=load) == []
    graph = load_module(tmp_path / "graphs" / "odd.py").graph
    assert not hasattr(graph, "compile") or graph.compile()


@pytest.mark.parametrize("name", WRONG)
def test_wrong_wiring_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    """A lost node, a node that is there twice, a file that ends the process: each has its line."""
    text, line, said = WRONG[name]
    problems = found(tmp_path, text, load=True)
    assert (LINES + line, True) in [(p.line, said in p.message) for p in problems]


def test_a_node_of_another_module_may_go_where_it_likes(tmp_path: Path) -> None:
    """A function that cannot be read may lead to a node without edges: a note, no problem."""
    (tmp_path / "graphs").mkdir()
    text = HEAD + "from json import dumps\n" + FIRST.replace("add_node(a)", "add_node('a', dumps)")
    (tmp_path / "graphs" / "odd.py").write_text(text, encoding="utf-8")
    told = checked(Project(tmp_path), load=False)
    assert (told.problems, [note.line for note in told.notes]) == ([], [LINES + 4])


def test_what_a_graph_file_prints_stays_out_of_the_result(tmp_path: Path) -> None:
    """Graph files are programs; JSON on stdout stays JSON."""
    import json
    import subprocess
    import sys

    (tmp_path / "graphs").mkdir()
    text = HEAD + "print('hello')\n" + FIRST + "graph.add_edge('a', 'b')\n"
    (tmp_path / "graphs" / "loud.py").write_text(text, encoding="utf-8")
    words = [sys.executable, "-m", "chimera", "check", str(tmp_path), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    assert json.loads(done.stdout)["problems"] == []
