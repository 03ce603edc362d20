"""Where boxes and links of a layered picture stand, in directions `along` and `across` the flow.

The steps are those of Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical
system structures" (1981): turn the links that close a loop, put boxes into layers, let long links
pass through every layer, order the layers against crossings, straighten. Boxes stand in even
layers; every link passes through an odd one, where its label has room and where a link there and
the link back keep apart.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

SWEEPS: Final = 8  # for the order
PULLS: Final = 40  # for the places
SPACING: Final = 18.0  # across, between two boxes
ROOM: Final = 13.0  # along, between two layers

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A box and how much room it takes, in pixels."""

    id: str
    along: float
    across: float


@dataclass(frozen=True)
class Link:
    """A link between two boxes and how much room its label takes, in pixels."""

    source: str
    target: str
    along: float = 0.0
    across: float = 0.0


@dataclass(frozen=True)
class Stop:
    """Where a route passes a layer, straight; a `labelled` part is left to the label."""

    start: Point
    end: Point
    labelled: bool = False


@dataclass(frozen=True)
class Layout:
    """Centres of the boxes, a route for every link from source to target, and the whole size."""

    centres: dict[str, Point]
    routes: list[list[Stop]]
    along: float
    across: float


@dataclass
class _Slot:
    """A place in a layer: a box, or a link passing through."""

    layer: int
    along: float
    across: float
    box: str | None = None
    labelled: bool = False
    centre: float = 0.0
    above: list[_Slot] = field(default_factory=list)
    below: list[_Slot] = field(default_factory=list)


def lay_out(boxes: Sequence[Box], links: Sequence[Link]) -> Layout:
    """Place boxes and links; a link from a box to itself gets an empty route."""
    turned = _closing([box.id for box in boxes], links)
    layers = _layers(boxes, links, turned)
    slots = {box.id: _Slot(layers[box.id], box.along, box.across, box.id) for box in boxes}
    chains = [_chain(link, slots, turned=i in turned) for i, link in enumerate(links)]
    rows = _ordered([*slots.values(), *(slot for chain in chains for slot in chain[1:-1])])
    _straighten(rows)
    starts, along = _starts(rows)
    low = min(slot.centre - slot.across / 2 for row in rows for slot in row)
    high = max(slot.centre + slot.across / 2 for row in rows for slot in row)
    for row in rows:
        for slot in row:
            slot.centre -= low
    middle = {layer: starts[layer] + _thickness(row) / 2 for layer, row in enumerate(rows)}
    centres = {name: (middle[slot.layer], slot.centre) for name, slot in slots.items()}
    ports = _ports(slots, chains)
    routes = [
        _route(chain, starts, rows, ports[i], turned=i in turned) for i, chain in enumerate(chains)
    ]
    return Layout(centres, routes, along, high - low)


def _closing(ids: Sequence[str], links: Sequence[Link]) -> set[int]:
    """Return the indexes of the links that lead back to a box on the way to their source."""
    leaving: dict[str, list[int]] = defaultdict(list)
    for i, link in enumerate(links):
        leaving[link.source].append(i)
    done, closing = set[str](), set[int]()
    for first in ids:
        if first in done:
            continue
        way, left = [first], {first: iter(leaving[first])}
        while way:
            following = next(left[way[-1]], None)
            if following is None:
                done.add(way.pop())
                continue
            target = links[following].target
            if target in way:
                closing.add(following)
            elif target not in done:
                way.append(target)
                left[target] = iter(leaving[target])
    return closing


def _layers(boxes: Sequence[Box], links: Sequence[Link], turned: set[int]) -> dict[str, int]:
    """Return each box's layer: two more than that of the last box before it."""
    before: dict[str, list[str]] = defaultdict(list)
    for i, link in enumerate(links):
        if link.source != link.target:
            source, target = (
                (link.target, link.source) if i in turned else (link.source, link.target)
            )
            before[target].append(source)
    layers: dict[str, int] = {}
    waiting = [box.id for box in boxes]
    while waiting:  # each pass places at least one: nothing leads back any more
        ready = [name for name in waiting if all(one in layers for one in before[name])]
        for name in ready:
            layers[name] = max((layers[one] + 2 for one in before[name]), default=0)
        waiting = [name for name in waiting if name not in layers]
    return layers


def _chain(link: Link, slots: dict[str, _Slot], *, turned: bool) -> list[_Slot]:
    """Return the slots a link passes, from the upper box to the lower, each tied to the next."""
    first, last = slots[link.source], slots[link.target]
    if turned:
        first, last = last, first
    between = range(first.layer + 1, last.layer)
    labelled = (between[-1] if turned else between[0]) if link.along and between else None
    chain = [first]
    for layer in between:
        here = layer == labelled
        size = (link.along, link.across) if here else (0.0, 0.0)
        chain.append(_Slot(layer, *size, labelled=here))
    chain.append(last)
    for upper, lower in itertools.pairwise(chain):
        if upper is not lower:
            upper.below.append(lower)
            lower.above.append(upper)
    return chain


def _ordered(slots: list[_Slot]) -> list[list[_Slot]]:
    """Return the layers, each in an order that crosses few links."""
    rows: list[list[_Slot]] = [[] for _ in range(1 + max(slot.layer for slot in slots))]
    for slot in slots:
        rows[slot.layer].append(slot)
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        places = _places(rows)
        for row in rows if down else reversed(rows):
            row.sort(key=_barycentre(places, down=down))
            places.update({id(slot): place for place, slot in enumerate(row)})
        if (crossings := _crossings(rows)) < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _places(rows: list[list[_Slot]]) -> dict[int, float]:
    return {id(slot): float(place) for row in rows for place, slot in enumerate(row)}


def _barycentre(places: dict[int, float], *, down: bool) -> Callable[[_Slot], float]:
    def mean(slot: _Slot) -> float:
        near = slot.above if down else slot.below
        own = places[id(slot)]
        return sum(places[id(one)] for one in near) / len(near) if near else own

    return mean


def _crossings(rows: list[list[_Slot]]) -> int:
    """Return how many pairs of links cross between neighbouring layers."""
    places, found = _places(rows), 0
    for row in rows:
        ends = [sorted(places[id(one)] for one in slot.below) for slot in row]
        flat = [end for group in ends for end in group]
        found += sum(a > b for i, a in enumerate(flat) for b in flat[i + 1 :])
    return found


def _straighten(rows: list[list[_Slot]]) -> None:
    """Move the slots of each layer towards their neighbours, in order and without overlap."""
    for row in rows:
        _settle(row, [0.0] * len(row))
    for sweep in range(PULLS):
        last = sweep >= PULLS - 4
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _settle(row, [_wished(slot, down=sweep % 2 == 0, both=last) for slot in row])


def _wished(slot: _Slot, *, down: bool, both: bool) -> float:
    near = slot.above + slot.below if both else (slot.above if down else slot.below)
    return sum(one.centre for one in near) / len(near) if near else slot.centre


def _settle(row: list[_Slot], wished: list[float]) -> None:
    """Place a layer as near to the wishes as order and distances allow, in least squares.

    With the distances taken off, that is isotonic regression: pool neighbours out of order.
    """
    offsets = [0.0]
    for left, right in itertools.pairwise(row):
        offsets.append(offsets[-1] + (left.across + right.across) / 2 + SPACING)
    pools: list[tuple[float, float, int]] = []  # sum of weighted wishes, weight, count
    for slot, wish, offset in zip(row, wished, offsets, strict=True):
        weight = 1.0 if slot.box else 4.0  # a long link should run straight
        pool = ((wish - offset) * weight, weight, 1)
        while pools and pools[-1][0] / pools[-1][1] > pool[0] / pool[1]:
            before = pools.pop()
            pool = (before[0] + pool[0], before[1] + pool[1], before[2] + pool[2])
        pools.append(pool)
    settled = [total / weight for total, weight, count in pools for _ in range(count)]
    for slot, place, offset in zip(row, settled, offsets, strict=True):
        slot.centre = place + offset


def _thickness(row: list[_Slot]) -> float:
    return max((slot.along for slot in row), default=0.0)


def _starts(rows: list[list[_Slot]]) -> tuple[list[float], float]:
    """Return where each layer starts along the flow, and where the last one ends."""
    starts, at = list[float](), 0.0
    for row in rows:
        starts.append(at)
        at += _thickness(row) + ROOM
    return starts, at - ROOM


def _ports(slots: dict[str, _Slot], chains: list[list[_Slot]]) -> list[tuple[float, float]]:
    """Return where across its two boxes each link is tied, as distances from their centres."""
    ports = [[0.0, 0.0] for _ in chains]
    for slot in slots.values():
        for end, towards in ((0, 1), (1, -2)):
            tied = [
                i
                for i, chain in enumerate(chains)
                if chain[-end] is slot and chain[0] is not chain[-1]
            ]
            tied.sort(key=lambda i, towards=towards: chains[i][towards].centre)  # type: ignore[misc]
            step = min(16.0, slot.across * 0.7 / max(1, len(tied)))
            for place, i in enumerate(tied):
                ports[i][end] = (place - (len(tied) - 1) / 2) * step
    return [(first, last) for first, last in ports]


def _route(
    chain: list[_Slot],
    starts: list[float],
    rows: list[list[_Slot]],
    ports: tuple[float, float],
    *,
    turned: bool,
) -> list[Stop]:
    """Return the stops of a link from its source to its target."""
    first, last = chain[0], chain[-1]
    if first is last:
        return []
    stops = [_tie(first, starts, rows, ports[0], 1)]
    for slot in chain[1:-1]:
        start = starts[slot.layer]
        end = start + _thickness(rows[slot.layer])
        stops.append(Stop((start, slot.centre), (end, slot.centre), slot.labelled))
    stops.append(_tie(last, starts, rows, ports[1], -1))
    if not turned:
        return stops
    return [Stop(stop.end, stop.start, stop.labelled) for stop in reversed(stops)]


def _tie(slot: _Slot, starts: list[float], rows: list[list[_Slot]], port: float, side: int) -> Stop:
    middle = starts[slot.layer] + _thickness(rows[slot.layer]) / 2
    point = (middle + side * slot.along / 2, slot.centre + port)
    return Stop(point, point)
