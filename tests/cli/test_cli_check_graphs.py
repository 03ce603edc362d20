"""Graphs that are put together in odd ways: what LangGraph compiles is never refused."""

import ast
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimera import checks
from chimera.checks.graphs import Graphs
from chimera.checks.wiring import read_wiring
from chimera.errors import Problem
from chimera.project import Project
from tests.cli.wrong_files import GRAPH, WHOLE, good

EDGE = 'graph.add_edge(START, "work")\n'
MADE = WHOLE.removeprefix(GRAPH).replace("graph", "made")
ODD = {
    "function": GRAPH + "graph = StateGraph(State)\ngraph.add_node(work)\n" + EDGE,
    "renamed": GRAPH
    + "other = stage(work, name='work')\ngraph = StateGraph(State)\ngraph.add_node(other)\n"
    + EDGE,
    "chained": GRAPH
    + 'graph = StateGraph(State).add_node("work", work).add_edge(START, "work")\n',
    "builder": GRAPH + MADE + "graph = made\n",
    "compiled": GRAPH + MADE + "graph = made.compile()\n",
    "made in a function": GRAPH
    + "def make(names):\n    made = StateGraph(State)\n    for name in names:\n"
    "        made.add_node(name, work)\n        made.add_edge(START, name)\n    return made\n"
    "graph = make(['a', 'b'])\n",
    "finished outside": GRAPH
    + "def make():\n    made = StateGraph(State)\n    made.add_node('a', work)\n    return made\n"
    "graph = make()\ngraph.add_node('b', work)\ngraph.add_edge(START, 'a')\n"
    "graph.add_edge('a', 'b')\n",
    "annotated": GRAPH
    + "graph: StateGraph = StateGraph(State)\ngraph.add_node('work', work)\n"
    + EDGE,
    "conditional": GRAPH
    + "graph = StateGraph(State)\nfor name in ('a', 'b'):\n    graph.add_node(name, work)\n"
    "graph.add_conditional_edges(START, lambda state: 'a', ['a', 'b'])\n",
    "command": GRAPH
    + "from typing import Literal\nfrom langgraph.types import Command\n"
    "async def go(state: State) -> Command[Literal['work']]:\n    return Command(goto='work')\n"
    "graph = StateGraph(State)\ngraph.add_node(go)\ngraph.add_node('work', work)\n"
    "graph.add_edge(START, 'go')\n",
    "subgraph": GRAPH
    + "inner = StateGraph(State)\ninner.add_node('x', work)\ninner.add_edge(START, 'x')\n"
    "graph = StateGraph(State)\ngraph.add_node('work', inner.compile())\n" + EDGE,
    "sequence": GRAPH
    + "graph = StateGraph(State)\ngraph.add_sequence([('a', work), ('b', work)])\n"
    "graph.add_edge(START, 'a')\ngraph.add_edge('b', END)\n",
    "entry point": GRAPH
    + "graph = StateGraph(State)\ngraph.add_node('work', work)\ngraph.set_entry_point('work')\n"
    "graph.set_finish_point('work')\n",
    "several starts": GRAPH
    + "graph = StateGraph(State)\nfor name in 'abc':\n    graph.add_node(name, work)\n"
    "graph.add_edge(START, 'a')\ngraph.add_edge(START, 'b')\ngraph.add_edge(['a', 'b'], 'c')\n",
    "handed on": GRAPH
    + "def extend(made):\n    made.add_node('more', work)\ngraph = StateGraph(State)\n"
    "extend(graph)\ngraph.add_edge(START, 'more')\n",
    "by another name": GRAPH
    + "graph = StateGraph(State)\nalias = graph\nalias.add_node('work', work)\n"
    + EDGE,
    "constants": GRAPH
    + "A = 'a'\ngraph = StateGraph(State)\ngraph.add_node(A, work)\ngraph.add_edge(START, A)\n",
    "another library": WHOLE
    + "class Net:\n    def add_edge(self, a, b):\n        pass\nNet().add_edge('x', 'y')\n",
    "another stage": WHOLE
    + "class Theatre:\n    def stage(self, agent):\n        pass\nTheatre().stage(agent='Bond')\n",
    "branch": GRAPH
    + "graph = StateGraph(State)\nif True:\n    graph.add_node('work', work)\n"
    "else:\n    graph.add_node('other', work)\n" + EDGE,
    "keywords": GRAPH
    + "graph = StateGraph(State)\ngraph.add_node(node='work', action=work)\n"
    "graph.add_edge(start_key=START, end_key='work')\n",
}  # fmt: skip


def found(folder: Path, text: str, *, load: bool) -> Graphs:
    """Check a graph's file in a project that is in order."""
    path = folder / "graphs" / "odd.py"
    path.write_text(text)
    graphs = Graphs(Project.find(folder), load=load)
    graphs.check(path)
    return graphs


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("load", [False, True])
def test_odd_graph_is_accepted(name: str, load: bool, tmp_path: Path) -> None:
    """A graph that compiles has no problem, read or loaded."""
    assert found(good(tmp_path / "p"), ODD[name], load=load).problems == []


def test_compiled_graph_is_a_note(tmp_path: Path) -> None:
    """A compiled graph runs as well; the note says what it cannot do."""
    graphs = found(good(tmp_path / "p"), ODD["compiled"], load=True)
    assert ["checkpointer" in note.message for note in graphs.notes] == [True]


NAMES = st.sampled_from(["a", "b", "c", "END"])
LINES = st.one_of(
    st.builds('graph.add_node("{}", work)'.format, NAMES),
    st.builds("graph.add_node({})".format, st.sampled_from(["a", "b", "c"])),
    st.builds("graph.add_edge(START, {!r})".format, NAMES),
    st.builds("graph.add_edge({!r}, {!r})".format, NAMES, NAMES),
    st.builds("graph.add_edge({!r}, END)".format, NAMES),
    st.builds("graph.add_edge([{!r}, {!r}], {!r})".format, NAMES, NAMES, NAMES),
    st.builds("graph.add_conditional_edges({!r}, lambda s: 'a', ['a'])".format, NAMES),
    st.builds("for x in ['a', 'b']: graph.add_node(x, work)".format),
    st.builds("more = graph; more.add_node({!r}, work)".format, NAMES),
    st.builds("a = stage(work, name={!r})".format, NAMES),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=8))
def test_what_compiles_is_not_refused_unread(lines: list[str]) -> None:
    """Of graphs at random, none that LangGraph compiles is refused by what is read of it."""
    from chimera.checks.graphs import _loose_ends

    named = "\n".join(f"async def {n}(state: State):\n    return {{}}" for n in "abc")
    text = "\n".join([GRAPH + named, "graph = StateGraph(State)", *lines])
    space: dict[str, object] = {"__name__": "odd"}
    try:
        exec(compile(text, "odd.py", "exec"), space)  # noqa: S102  a graph's file is a program
        space["graph"].compile()  # type: ignore[attr-defined]
    except ValueError:
        return
    refused: list[Problem] = _loose_ends(Path("odd.py"), read_wiring(ast.parse(text)))
    assert refused == []


def test_this_repository_and_its_examples_are_in_order() -> None:
    """The bundled project and the example have neither problems nor notes."""
    root = Path(__file__).parents[2]
    for folder in (Project.bundled().root, root / "examples" / "skeptic"):
        result = checks.checked(Project.find(folder), load=True)
        assert (result.problems, result.notes) == ([], [])
