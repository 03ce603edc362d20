"""The timeline of a run as a picture: when each stage ran, and what each call spent its time on."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from chimera.display import svg
from chimera.display.bars import PARTS, Chart, Row, Segment, chart

if TYPE_CHECKING:
    from chimera.runs import Run

LEFT: Final = 170.0  # pixels for what a row is
CHART: Final = 480.0
RIGHT: Final = 180.0  # for how long it took
TOP: Final = 6.0
ROW: Final = {False: 22.0, True: 17.0}  # of a stage, of a call
BAR: Final = {False: 14.0, True: 10.0}
TICKS: Final = 8  # at most
NAME: Final = 25  # letters of a row's label
COLOURS: Final = {"wait": "#9aa0a6", "load": "#b07aa1", "prefill": "#f28e2b", "decode": "#4e8cc7"}
FAILED: Final = "#d6455d"


def timeline_svg(run: Run) -> str:
    """Return the timeline of a run as SVG: offline, without script or reference to anything.

    A row per execution of a stage and, under it, per model call, on one axis of seconds since the
    run began. A call is split into wait, load, prefill and decode as measured; what nobody measured
    is hatched. The parts of a call that was tried again are sums. Many rows are joined where their
    bars do not overlap.
    """
    drawn = chart(run.spans, run.calls)
    end = drawn.end_s or 1.0
    heights = [ROW[row.call] for row in drawn.rows]
    bottom = TOP + sum(heights)
    parts, y = [_axis(end, bottom)], TOP
    for row, height in zip(drawn.rows, heights, strict=True):
        parts.append(_row(row, y, CHART / end))
        y += height
    parts.append(
        _legend(drawn, bottom + 34) if drawn.rows else svg.text("no stage ran", 4, bottom + 34)
    )
    if drawn.left_out:
        parts.append(svg.text(f"{drawn.left_out} more rows are not drawn", LEFT, bottom + 60))
    height = bottom + 46 + 22 * bool(drawn.left_out)
    label = f"Timeline of {run.graph}: {len(run.spans)} stages, {len(run.calls)} calls"
    return svg.picture(LEFT + CHART + RIGHT, height, *parts, label=label)


def _row(row: Row, y: float, scale: float) -> str:
    height = ROW[row.call]
    indent, size = (14, 11) if row.call else (0, 12)
    base = y + height / 2 + 4
    bars = [
        _bar(segment, y + (height - BAR[row.call]) / 2, BAR[row.call], scale)
        for segment in row.segments
    ]
    label = svg.text(svg.short(row.label, NAME), 4 + indent, base, font_size=size)
    note = svg.text(
        row.note,
        LEFT + CHART + 8,
        base,
        font_size=11,
        **({"fill": FAILED} if row.failed else {"fill_opacity": 0.8}),
    )
    # the empty rectangle lets the whole row show its tooltip
    ground = svg.element(
        "rect", x=0, y=y, width=LEFT + CHART + RIGHT, height=height, fill_opacity=0
    )
    return svg.element("g", svg.title(row.said), ground, label, *bars, note)


def _bar(segment: Segment, y: float, height: float, scale: float) -> str:
    x, width = LEFT + segment.start_s * scale, segment.seconds * scale
    box = {"x": x, "y": y, "width": width, "height": height}
    parts = [svg.title(segment.said), *_filling(segment.kind, box)]
    if width < 1:  # else nothing would be seen of it
        mark = f"M{x:.2f} {y:.2f}v{height}"
        parts.append(svg.element("path", d=mark, stroke="currentColor", stroke_opacity=0.5))
    return svg.element("g", *parts, data_kind=segment.kind)


def _filling(kind: str, box: dict[str, float]) -> list[str]:
    """Return what a segment or its sample in the legend is filled with."""
    if kind in COLOURS:
        return [svg.element("rect", **box, fill=COLOURS[kind])]
    if kind == "stage":
        line = {"stroke": "currentColor", "stroke_opacity": 0.5, "stroke_width": 1}
        return [svg.element("rect", **box, fill="currentColor", fill_opacity=0.18, **line)]
    frame = svg.element("rect", **box, fill="currentColor", fill_opacity=0.07)
    return [frame, svg.hatched(**box, stroke="currentColor", stroke_opacity=0.55)]


def _axis(end: float, bottom: float) -> str:
    """Return the axis of seconds with its lines."""
    step = _step(end)
    parts = []
    for i in range(int(end / step + 1e-9) + 1):
        x = LEFT + CHART * i * step / end
        path = f"M{x:.1f} {TOP}V{bottom + 4:.1f}"
        parts.append(svg.element("path", d=path, stroke="currentColor", stroke_opacity=0.15))
        shown = f"{i * step:.6g}"
        parts.append(
            svg.text(shown, x, bottom + 16, text_anchor="middle", font_size=10, opacity=0.8)
        )
    unit = svg.text("seconds", LEFT + CHART + 28, bottom + 16, font_size=10, opacity=0.8)
    return svg.element("g", *parts, unit)


def _step(end: float) -> float:
    """Return the distance of ticks: 1, 2 or 5 times a power of ten, for at most TICKS of them."""
    rough = end / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))


def _legend(drawn: Chart, y: float) -> str:
    """Return a sample of every kind of segment that is drawn."""
    found = {segment.kind for row in drawn.rows for segment in row.segments}
    x, parts = LEFT, []
    for kind in ("stage", *PARTS, "unknown"):
        if kind in found:
            box = {"x": x, "y": y - 9, "width": 18.0, "height": 10.0}
            parts += [*_filling(kind, box), svg.text(kind, x + 24, y, font_size=11)]
            x += 38 + svg.width_px(kind) * 0.85
    return svg.element("g", *parts, data_legend="") if parts else ""
