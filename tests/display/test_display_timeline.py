"""The timeline of a run: what was measured, where it was measured, and nothing else."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

import chimera
from chimera.display import timeline_svg
from chimera.display.bars import CROWDED, chart
from chimera.display.timeline import CHART, LEFT
from chimera.models.records import CallRecord, Outcome
from chimera.stages import StageContext
from chimera.testing import FakeClock
from chimera.timing import Span

SVG = "{http://www.w3.org/2000/svg}"


class Text(BaseModel):
    """A state."""

    text: str = ""


def call(started_s: float | None, total_ms: float | None, **facts: Any) -> CallRecord:
    """Return the record of a call in stage `answer`."""
    known = {"id": "M1", "stage": "answer", "agent": "analyst", "model": "ollama:x"}
    return CallRecord.model_validate(
        {**known, "outcome": "ok", "started_s": started_s, "total_ms": total_ms, **facts}
    )


def finished(clock: FakeClock | None = None) -> chimera.Run:
    """Run a graph of two stages that take 2 and 3 seconds."""
    clock = clock or FakeClock()

    async def slow(state: Text, context: StageContext) -> dict[str, str]:
        clock.advance(2 if context.stage == "first" else 3)
        return {"text": "done"}

    graph = StateGraph(Text)
    graph.add_node("first", chimera.stage(slow, name="first"))
    graph.add_node("<second>", chimera.stage(slow, name="<second>"))
    graph.add_edge(START, "first")
    graph.add_edge("first", "<second>")
    graph.add_edge("<second>", END)
    return chimera.run(graph, clock=clock, model="none")


def parsed(svg: str) -> ET.Element:
    """Return a picture of ours as XML."""
    return ET.fromstring(svg)  # noqa: S314  our own text


def bars(svg: str) -> list[tuple[float, float]]:
    """Return where the bars of a picture start and end, in pixels."""
    groups = [g for g in parsed(svg).iter(f"{SVG}g") if g.get("data-kind")]
    rects = [group.find(f"{SVG}rect") for group in groups]
    return [
        (float(r.get("x", 0)), float(r.get("x", 0)) + float(r.get("width", 0)))
        for r in rects
        if r is not None
    ]


def test_bars_stand_where_the_stages_ran() -> None:
    """Two stages of 2 and 3 seconds fill two and three fifths of the axis, one after the other."""
    first, second = bars(timeline_svg(finished()))
    assert first == pytest.approx((LEFT, LEFT + 0.4 * CHART), abs=0.1)
    assert second == pytest.approx((LEFT + 0.4 * CHART, LEFT + CHART), abs=0.1)


def test_picture_is_self_contained_and_escaped() -> None:
    """Well-formed, with the stage's name as text, and without reference to anything."""
    svg = timeline_svg(finished())
    names = [text.text for text in parsed(svg).iter(f"{SVG}text")]
    assert "<second>" in names
    inside = svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"http|href|url\(|<script|<style| id=|<image", inside)


def test_parts_of_a_call_follow_each_other_and_fill_it() -> None:
    """Wait, load, prefill, decode and what is unknown add up to the call."""
    parts = {"wait_ms": 100, "load_ms": 200, "prefill_ms": 300, "decode_ms": 350}
    row = chart([Span(stage="answer", started_s=1, seconds=2)], [call(1.5, 1000, **parts)]).rows[1]
    assert [one.kind for one in row.segments] == ["wait", "load", "prefill", "decode", "unknown"]
    assert [one.seconds for one in row.segments] == pytest.approx([0.1, 0.2, 0.3, 0.35, 0.05])
    ends = [one.end_s for one in row.segments]
    assert [one.start_s for one in row.segments] == pytest.approx([1.5, *ends[:-1]])
    assert ends[-1] == pytest.approx(2.5)


def test_call_nobody_measured_is_unknown() -> None:
    """Without the server's counters a call is all hatched; its tooltip names what is unknown."""
    row = chart([], [call(0.0, 800)]).rows[0]
    assert [(one.kind, one.seconds) for one in row.segments] == [("unknown", 0.8)]
    assert "unknown: wait, load, prefill, decode" in row.said


def test_counters_longer_than_the_call_stay_inside_it() -> None:
    """Parts that add up to more than the call are drawn to scale; tooltips keep the numbers."""
    row = chart([], [call(0.0, 1000, load_ms=500, decode_ms=1500)]).rows[0]
    assert row.segments[-1].end_s == pytest.approx(1.0)
    assert [one.said for one in row.segments] == ["M1 load: 500 ms", "M1 decode: 1.50 s"]


@pytest.mark.parametrize("record", [call(None, 500, decode_ms=500), call(2.0, None)])
def test_call_without_time_or_place_has_no_bar(record: CallRecord) -> None:
    """A call of which the start or the length is not known has a row and no bar."""
    row = chart([], [record]).rows[0]
    assert row.segments == ()
    assert row.label == "M1 analyst"


def test_failed_call_says_how() -> None:
    """The outcome of a failed call stands beside it, its detail in the tooltip."""
    record = call(0.0, 1800, outcome=Outcome.STALLED, detail="no token for 30 s", attempts=2)
    row = chart([], [record]).rows[0]
    assert row.note == "stalled, 1.80 s"
    assert "2 attempts, parts are sums" in row.said
    assert "no token for 30 s" in row.said


def test_calls_stand_under_the_execution_they_began_in() -> None:
    """In a loop, a call belongs to the round in which it was asked."""
    spans = [Span(stage="answer", started_s=at, seconds=1) for at in (0, 5)]
    rows = chart(spans, [call(5.2, 100, id="M2"), call(0.2, 100)]).rows
    assert [row.label for row in rows] == ["answer", "M1 analyst", "answer", "M2 analyst"]


def test_many_rounds_share_rows_without_overlap() -> None:
    """A loop of a hundred rounds is drawn in two rows whose bars do not overlap."""
    spans = [Span(stage="answer", started_s=2.0 * i, seconds=1.5) for i in range(100)]
    calls = [call(2.0 * i + 0.1, 1000, id=f"M{i + 1}", decode_ms=900) for i in range(100)]
    drawn = chart(spans, calls)
    assert len(drawn.rows) < CROWDED
    assert [row.label for row in drawn.rows] == ["answer x 100", "100 calls of answer"]
    for row in drawn.rows:
        ends = [segment.end_s for segment in row.segments]
        starts = [segment.start_s for segment in row.segments]
        assert all(end <= start + 1e-6 for end, start in zip(ends, starts[1:], strict=False))


def test_more_rows_than_can_be_drawn_are_counted() -> None:
    """Of five hundred stages at once, those that are not drawn are counted."""
    spans = [Span(stage="work", started_s=0, seconds=1) for _ in range(500)]
    drawn = chart(spans, [])
    assert len(drawn.rows) + drawn.left_out == 500


def test_run_without_stages_says_so() -> None:
    """Where nothing ran, the picture says so instead of failing."""
    graph = StateGraph(Text)
    graph.add_edge(START, END)
    run = chimera.run(graph, model="none")
    run.spans = []
    assert "no stage ran" in timeline_svg(run)


def test_stages_that_took_no_time_can_be_seen() -> None:
    """On a clock that stands still, each stage still has a mark."""
    clock = FakeClock()
    run = finished(clock)
    run.spans = [Span(stage="first", started_s=0, seconds=0)]
    assert len(bars(timeline_svg(run))) == 1
    assert 'd="M170.00' in timeline_svg(run)
