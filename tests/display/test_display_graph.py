"""Graphs as pictures: all of them is there, nothing is loaded, nothing overlaps."""

import itertools
import random
import re
from typing import Any, TypedDict
from xml.etree import ElementTree as ET

import pytest
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from chimera.display import graph_svg
from chimera.display.layout import Box, Link, lay_out
from chimera.errors import ConfigError
from chimera.project import Project

SVG = "{http://www.w3.org/2000/svg}"


class State(TypedDict, total=False):
    """A state for graphs that are only drawn."""

    text: str


def nothing(state: State) -> State:
    """Do nothing."""
    return {}


def graph(nodes: dict[str, Any] | list[str], edges: list[tuple[str, str]]) -> StateGraph[State]:
    """Return a graph of nodes that do nothing, or of what is given."""
    made = StateGraph(State)
    for name in nodes:
        made.add_node(name, nodes[name] if isinstance(nodes, dict) else nothing)
    for source, target in edges:
        made.add_edge(source, target)
    return made


def loop() -> StateGraph[State]:
    """Return a writer and a critic who go on until the critic is content."""
    made = graph(["writer", "critic"], [(START, "writer"), ("writer", "critic")])
    made.add_conditional_edges("critic", lambda _: END, {"not content": "writer", "content": END})
    return made


def parsed(svg: str) -> ET.Element:
    """Return a picture of ours as XML."""
    return ET.fromstring(svg)  # noqa: S314  our own text


def texts(svg: str) -> list[str]:
    """Return the texts of a picture."""
    return [found.text or "" for found in parsed(svg).iter(f"{SVG}text")]


def titles(svg: str) -> list[str]:
    """Return the tooltips of a picture."""
    return [found.text or "" for found in parsed(svg).iter(f"{SVG}title")]


def test_bundled_graph_shows_every_stage() -> None:
    """The reference graph shows its stages with their agents, and its four edges."""
    svg = graph_svg(Project.find(None).graph("technical-report"), name="technical-report")
    assert texts(svg) == ["start", "ingest", "analysis", "report", "end"]
    assert "ingest, agent data-collector" in titles(svg)
    assert sum(" → " in title for title in titles(svg)) == 4


def test_conditional_edges_are_dashed_and_labelled() -> None:
    """An edge that may not be taken is dashed, and says when it is."""
    svg = graph_svg(loop().compile())
    assert {"not content", "content"} <= set(texts(svg))
    assert svg.count("stroke-dasharray") == 2
    assert "critic → writer if not content" in titles(svg)


def test_subgraph_is_drawn_inside_its_node() -> None:
    """A compiled graph as a node shows what it holds."""
    outer = graph(
        {"collect": nothing, "improve": loop().compile()},
        [(START, "collect"), ("collect", "improve"), ("improve", END)],
    )
    assert {"collect", "improve", "writer", "critic"} <= set(texts(graph_svg(outer)))


def test_node_that_chooses_at_run_time_is_marked() -> None:
    """Where LangGraph does not know the successors, none is invented."""
    made = graph(["plan", "work"], [(START, "plan"), ("work", END)])
    made.add_conditional_edges("plan", lambda state: [Send("work", state)])
    svg = graph_svg(made)
    assert "plan → ?" in texts(svg)
    assert not any(title.startswith("plan → ") for title in titles(svg))


def test_hostile_names_are_shown_as_text() -> None:
    """Markup, quotes and control characters in a name stay text; references do not work."""
    name = "<script>alert(1)</script> \"q\" & 'x'\x07"
    svg = graph_svg(graph([name], [(START, name), (name, END)]))
    assert texts(svg)[1].startswith("<script>alert(1)</script>")
    assert not list(parsed(svg).iter(f"{SVG}script"))


def test_picture_refers_to_nothing() -> None:
    """No address, no script, no id that could clash with another picture's."""
    svg = graph_svg(loop()).replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"http|href|url\(|<script|<style| id=|<image|<foreignObject", svg)


def test_long_chain_flows_from_the_top() -> None:
    """Forty nodes in a row are drawn below each other, not in a strip of several screens."""
    names = [f"step-{i}" for i in range(40)]
    chain = graph(names, list(itertools.pairwise([START, *names, END])))
    root = parsed(graph_svg(chain))
    assert float(root.get("width", "0")) < 200
    assert float(root.get("height", "0")) > 1500


def test_other_things_are_no_graph() -> None:
    """What is no graph is refused."""
    with pytest.raises(ConfigError, match="42 is no LangGraph graph"):
        graph_svg(42)


@pytest.mark.parametrize("seed", range(20))
def test_boxes_do_not_overlap_and_links_end_at_them(seed: int) -> None:
    """In random graphs with loops, boxes keep apart and every link runs from box to box."""
    rnd = random.Random(seed)  # noqa: S311  no secrets
    names = [f"n{i}" for i in range(rnd.randint(2, 40))]
    boxes = [Box(name, rnd.uniform(20, 60), rnd.uniform(40, 200)) for name in names]
    links = [
        Link(rnd.choice(names), rnd.choice(names), *rnd.choice([(0.0, 0.0), (15.0, 60.0)]))
        for _ in range(len(names) * 2)
    ]
    laid = lay_out(boxes, links)
    sizes = {box.id: box for box in boxes}
    for one, other in itertools.combinations(names, 2):
        (a, b), (c, d) = laid.centres[one], laid.centres[other]
        deep = abs(a - c) - (sizes[one].along + sizes[other].along) / 2
        wide = abs(b - d) - (sizes[one].across + sizes[other].across) / 2
        assert max(deep, wide) > -1e-6, f"{one} and {other}"
    for link, route in zip(links, laid.routes, strict=True):
        if link.source == link.target:
            assert route == []
            continue
        for name, (along, across) in ((link.source, route[0].end), (link.target, route[-1].start)):
            middle = laid.centres[name]
            assert abs(abs(along - middle[0]) - sizes[name].along / 2) < 1e-6
            assert abs(across - middle[1]) <= sizes[name].across / 2
