"""What a run did when, as rows of bars: one per execution of a stage, one per call under it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from chimera.timing import Span

if TYPE_CHECKING:
    from chimera.models.records import CallRecord

CROWDED: Final = 40  # rows; beyond them, bars that do not overlap share a row
MOST: Final = 120  # rows that are drawn at all
TOLD: Final = 3  # bars of a shared row that its tooltip describes
SHORT_S: Final = 0.01  # below it, tenths of milliseconds matter
LONG_S: Final = 120
PARTS: Final = ("wait", "load", "prefill", "decode")

_CLOSE: Final = 0.002  # seconds by which two clock readings of one moment may differ


@dataclass(frozen=True)
class Segment:
    """A part of a bar, in seconds from the start of the run."""

    kind: str
    start_s: float
    seconds: float
    said: str

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.seconds


@dataclass(frozen=True)
class Row:
    """A line of the picture: what it is, its bars, and what stands after them."""

    label: str
    call: bool
    said: str
    segments: tuple[Segment, ...] = ()
    note: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Chart:
    """All rows, the end of the axis in seconds, and how many rows are too many to draw."""

    rows: tuple[Row, ...]
    end_s: float
    left_out: int = 0


@dataclass
class _Block:
    """One execution of a stage and its calls; calls outside all stages have a block without one."""

    span: Span | None
    calls: list[CallRecord] = field(default_factory=list)


def chart(spans: Sequence[Span], calls: Sequence[CallRecord]) -> Chart:
    """Return the rows for the stages and calls of a run."""
    blocks = _blocks(spans, calls)
    rows = [row for block in blocks for row in _rows(block)]
    if len(rows) > CROWDED:
        rows = _shared(rows)
    ends = [segment.end_s for row in rows for segment in row.segments]
    return Chart(tuple(rows[:MOST]), max(ends, default=0.0), max(0, len(rows) - MOST))


def seconds(value: float) -> str:
    """Return a duration as people read it: `0.4 ms`, `12 ms`, `3.21 s`, `2 min 05 s`."""
    if value < SHORT_S:
        return f"{value * 1000:.1f} ms"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < LONG_S:
        return f"{value:.2f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s"


def _blocks(spans: Sequence[Span], calls: Sequence[CallRecord]) -> list[_Block]:
    """Put every call under the execution of its stage in which it began."""
    blocks = [_Block(span) for span in sorted(spans, key=lambda span: span.started_s)]
    outside = _Block(None)
    for call in calls:
        block = next((one for one in reversed(blocks) if _holds(one.span, call)), outside)
        block.calls.append(call)
    return blocks + [outside] * bool(outside.calls)


def _holds(span: Span | None, call: CallRecord) -> bool:
    if span is None or span.stage != call.stage or call.started_s is None:
        return False
    return span.started_s - _CLOSE <= call.started_s <= span.started_s + span.seconds + _CLOSE


def _rows(block: _Block) -> Iterable[Row]:
    if block.span is not None:
        yield _stage_row(block.span)
    for call in block.calls:
        yield _call_row(call)


def _stage_row(span: Span) -> Row:
    asking = f"{seconds(span.model_seconds)} in model calls"
    said = f"{span.stage}: {seconds(span.seconds)}, of which {asking}"
    bar = Segment("stage", span.started_s, span.seconds, said)
    return Row(span.stage, call=False, said=said, segments=(bar,), note=seconds(span.seconds))


def _call_row(call: CallRecord) -> Row:
    failed = call.outcome != "ok"
    known = call.started_s is not None and call.total_ms is not None
    took = "time unknown" if call.total_ms is None else seconds(call.total_ms / 1000)
    return Row(
        f"{call.id} {call.agent or call.model}",
        call=True,
        said=_call_said(call, took),
        segments=tuple(_segments(call)) if known else (),
        note=f"{call.outcome.value}, {took}" if failed else took,
        failed=failed,
    )


def _call_said(call: CallRecord, took: str) -> str:
    parts = [f"{kind} {seconds(ms / 1000)}" for kind, ms in _parts(call) if ms is not None]
    unknown = [kind for kind, ms in _parts(call) if ms is None]
    said = [f"{call.id}: {call.agent or 'no agent'}, {call.model}, {call.outcome.value}, {took}"]
    said += [", ".join(parts)] if parts else []
    said += [f"unknown: {', '.join(unknown)}"] if unknown else []
    if call.attempts > 1:
        said.append(f"{call.attempts} attempts, parts are sums and not in the order of events")
    if call.detail:
        said.append(call.detail)
    return "; ".join(said)


def _parts(call: CallRecord) -> list[tuple[str, float | None]]:
    return [(kind, getattr(call, f"{kind}_ms")) for kind in PARTS]


def _segments(call: CallRecord) -> Iterable[Segment]:
    """Yield the known parts of a call one after another, then what nobody accounts for.

    The parts are the server's, the whole is ours: where its parts are longer than the whole, they
    are drawn to scale within it.
    """
    at, whole = call.started_s or 0.0, (call.total_ms or 0.0) / 1000
    parts = [(kind, ms / 1000) for kind, ms in _parts(call) if ms]
    known = sum(took for _, took in parts)
    scale = min(1.0, whole / known) if known else 1.0
    for kind, took in parts:
        yield Segment(kind, at, took * scale, f"{call.id} {kind}: {seconds(took)}")
        at += took * scale
    if (rest := whole - known) > 0:
        yield Segment("unknown", at, rest, f"{call.id} unknown: {seconds(rest)}")


def _shared(rows: list[Row]) -> list[Row]:
    """Let bars of one stage that do not overlap share a row, and so the calls of each stage."""
    lanes: dict[tuple[str, bool], list[list[Row]]] = {}
    stage = ""
    for row in rows:
        stage = stage if row.call else row.label
        found = lanes.setdefault((stage, row.call), [])
        lane = next((one for one in found if _after(one[-1], row)), None)
        if lane is None:
            found.append([row])
        else:
            lane.append(row)
    return [_joined(lane, stage) for (stage, _), found in lanes.items() for lane in found]


def _after(before: Row, row: Row) -> bool:
    if not (before.segments and row.segments):
        return not before.segments and not row.segments
    return before.segments[-1].end_s <= row.segments[0].start_s + 1e-9


def _joined(lane: list[Row], stage: str) -> Row:
    if len(lane) == 1:
        return lane[0]
    what = f"calls of {stage}" if lane[0].call else stage
    failed = sum(row.failed for row in lane)
    took = seconds(sum(segment.seconds for row in lane for segment in row.segments))
    return replace(
        lane[0],
        label=f"{len(lane)} {what}" if lane[0].call else f"{stage} x {len(lane)}",
        said="; ".join(row.said for row in lane[:TOLD]) + ("; …" if len(lane) > TOLD else ""),
        segments=tuple(segment for row in lane for segment in row.segments),
        note=f"{failed} failed, {took}" if failed else took,
        failed=failed > 0,
    )
