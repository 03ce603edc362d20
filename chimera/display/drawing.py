"""A LangGraph graph as a picture: SVG, from the left where that fits, else from the top."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from chimera.display import svg
from chimera.display.flow import END, START, Edge, Flow, Node, flow
from chimera.display.layout import Box, Layout, Link, Point, Stop, lay_out

WIDEST: Final = 900.0  # pixels; a wider picture flows from the top instead
PADDING: Final = 8.0
BOX_HEIGHT: Final = 28.0
LABEL_HEIGHT: Final = 15.0
TITLE_HEIGHT: Final = 20.0  # the name of a subgraph, above what it holds
LOOP: Final = 22.0  # room beside a box for a link back to itself
HEAD: Final = 6.0  # length of an arrow head
NAME: Final = 36  # letters of a name that are shown

_LINE: Final = {
    "fill": "none",
    "stroke": "currentColor",
    "stroke_width": 1.2,
    "stroke_opacity": 0.65,
}
_ELLIPSE: Final = "#4e79a7"


@dataclass(frozen=True)
class _Drawing:
    """A picture still without its frame."""

    body: str
    width: float
    height: float


def graph_svg(graph: Any, *, name: str = "graph") -> str:  # noqa: ANN401  a LangGraph graph
    """Return a graph drawn as SVG: offline, without script, and without reference to anything.

    Conditional edges are dashed and carry their label; a subgraph is drawn inside its node; a node
    that chooses its successor at run time, without having said among which, is marked `→ ?`.

    Args:
        graph: A LangGraph graph, compiled or not.
        name: What to call it, for tooltips and screen readers.

    Raises:
        ConfigError: If it is no graph.
    """
    found = flow(graph)
    drawn = _draw(found, across=True)
    if drawn.width > WIDEST:
        drawn = min(drawn, _draw(found, across=False), key=lambda one: one.width)
    width, height = drawn.width + 2 * PADDING, drawn.height + 2 * PADDING
    count = sum(node.id not in {START, END} for node in found.nodes)
    moved = svg.element("g", drawn.body, transform=f"translate({PADDING} {PADDING})")
    return svg.picture(width, height, moved, label=f"Graph {name}: {count} nodes")


def _draw(found: Flow, *, across: bool) -> _Drawing:
    """Draw a graph; `across` lets it flow from left to right."""
    turn = _Turn(across=across)
    inside = {node.id: _draw(node.inside, across=across) for node in found.nodes if node.inside}
    sizes = {node.id: _size(node, inside.get(node.id), found) for node in found.nodes}
    loops = {edge.source for edge in found.edges if edge.source == edge.target}
    boxes = [_box(name, size, turn, loop=name in loops) for name, size in sizes.items()]
    links = [_link(edge, turn) for edge in found.edges]
    placed = lay_out(boxes, links)
    parts = [
        _edge(edge, route, turn) for edge, route in zip(found.edges, placed.routes, strict=True)
    ]
    for node in found.nodes:
        x, y = turn.point(placed.centres[node.id])
        parts.append(_node(node, inside.get(node.id), (x, y), sizes[node.id], found))
    parts += [
        _loop(edge, placed, sizes[edge.source], turn)
        for edge in found.edges
        if edge.source == edge.target
    ]
    return _Drawing("".join(parts), *turn.size(placed.along, placed.across))


@dataclass(frozen=True)
class _Turn:
    """Which way a picture flows: where along and across lie on the page."""

    across: bool

    def point(self, point: Point) -> Point:
        return point if self.across else (point[1], point[0])

    size_of = point

    def size(self, along: float, across: float) -> Point:
        return self.point((along, across))


def _shown(node: Node, found: Flow) -> str:
    name = svg.short(node.name, NAME)
    return f"{name} → ?" if node.id in found.open_ended else name


def _size(node: Node, inside: _Drawing | None, found: Flow) -> Point:
    """Return how wide and high a node is drawn."""
    width = svg.width_px(_shown(node, found)) + 20
    if inside is None:
        return max(44.0, width), BOX_HEIGHT
    return max(width, inside.width + 2 * PADDING), inside.height + TITLE_HEIGHT + 2 * PADDING


def _box(name: str, size: Point, turn: _Turn, *, loop: bool) -> Box:
    along, across = turn.size(*size)
    return Box(name, along, across + 2 * LOOP * loop)


def _link(edge: Edge, turn: _Turn) -> Link:
    if not edge.label:
        return Link(edge.source, edge.target)
    size = (svg.width_px(svg.short(edge.label, NAME)) + 6, LABEL_HEIGHT)
    return Link(edge.source, edge.target, *turn.size(*size))


def _node(node: Node, inside: _Drawing | None, centre: Point, size: Point, found: Flow) -> str:
    x, y = centre[0] - size[0] / 2, centre[1] - size[1] / 2
    end = node.id in {START, END}
    shape = svg.element(
        "rect",
        x=x,
        y=y,
        width=size[0],
        height=size[1],
        rx=size[1] / 2 if end else 6,
        fill=_ELLIPSE if end else "currentColor",
        fill_opacity=0.2 if end else 0.05,
        stroke="currentColor",
        stroke_opacity=0.55,
        stroke_dasharray=None if inside is None else "1 0",
    )
    at = centre[1] + 4 if inside is None else y + 15
    label = svg.text(_shown(node, found), centre[0], at, text_anchor="middle")
    parts = [svg.title(_said(node, found)), shape, label]
    if inside is not None:
        left = centre[0] - inside.width / 2
        moved = f"translate({left:.2f} {y + TITLE_HEIGHT + PADDING:.2f})"
        parts.append(svg.element("g", inside.body, transform=moved))
    return svg.element("g", *parts)


def _said(node: Node, found: Flow) -> str:
    said = ", ".join(filter(None, (node.name, node.detail, "a graph" if node.inside else "")))
    return f"{said}: chooses what comes next at run time" if node.id in found.open_ended else said


def _edge(edge: Edge, route: list[Stop], turn: _Turn) -> str:
    """Draw a link from stop to stop, with a gap where its label stands, and its arrow head."""
    if not route:
        return ""
    tip = route[-1].start
    before = route[-2].end if len(route) > 1 else route[0].end
    back = -1 if tip[0] >= before[0] else 1
    path = _path([*route[:-1], Stop((tip[0] + back * HEAD, tip[1]), tip)], turn)
    said = f"{edge.source} → {edge.target}" + (f" if {edge.label}" if edge.label else "")
    parts = [
        svg.title(said),
        svg.element("path", d=path, stroke_dasharray="5 4" if edge.conditional else None, **_LINE),
        _head(tip, back, turn),
    ]
    if edge.label:
        stop = next(stop for stop in route if stop.labelled)
        x, y = turn.point(((stop.start[0] + stop.end[0]) / 2, stop.start[1]))
        shown = svg.short(edge.label, NAME)
        parts.append(svg.text(shown, x, y + 4, text_anchor="middle", font_size=11, opacity=0.85))
    return svg.element("g", *parts)


def _path(route: Iterable[Stop], turn: _Turn) -> str:
    """Return a smooth line through the stops, which leaves out those of labels."""
    stops = list(route)
    parts = [f"M{_at(stops[0].end, turn)}"]
    for left, stop in itertools.pairwise(stops):
        bend = (left.end[0] + stop.start[0]) / 2
        points = ((bend, left.end[1]), (bend, stop.start[1]), stop.start)
        parts.append(f"C{' '.join(_at(point, turn) for point in points)}")
        if stop is not stops[-1]:
            parts.append(f"{'M' if stop.labelled else 'L'}{_at(stop.end, turn)}")
    return "".join(parts)


def _at(point: Point, turn: _Turn) -> str:
    x, y = turn.point(point)
    return f"{x:.1f} {y:.1f}"


def _head(tip: Point, back: int, turn: _Turn) -> str:
    ends = [tip, *((tip[0] + back * HEAD, tip[1] + side * HEAD / 2) for side in (-1, 1))]
    path = "L".join(_at(point, turn) for point in ends)
    return svg.element("path", d=f"M{path}Z", fill="currentColor", fill_opacity=0.75)


def _loop(edge: Edge, placed: Layout, size: Point, turn: _Turn) -> str:
    """Draw the link of a box to itself, beside it."""
    along, across = placed.centres[edge.source]
    deep, wide = turn.size(*size)
    side, out = across + wide / 2, across + wide / 2 + LOOP
    start, end = (along + deep / 4, side), (along - deep / 4, side)
    bends = ((start[0], out), (end[0], out), (end[0], side + HEAD))
    path = f"M{_at(start, turn)}C{' '.join(_at(point, turn) for point in bends)}"
    tip = "L".join(
        _at(p, turn) for p in (end, (end[0] - 3, side + HEAD), (end[0] + 3, side + HEAD))
    )
    dashed = "5 4" if edge.conditional else None
    return svg.element(
        "g",
        svg.title(f"{edge.source} again" + (f" if {edge.label}" if edge.label else "")),
        svg.element("path", d=path, stroke_dasharray=dashed, **_LINE),
        svg.element("path", d=f"M{tip}Z", fill="currentColor", fill_opacity=0.75),
    )
