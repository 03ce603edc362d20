"""A run or a report as HTML for notebooks: one fragment, styled in place, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from chimera.display import marks
from chimera.display.bars import chart, seconds
from chimera.display.drawing import graph_svg
from chimera.display.svg import clean
from chimera.display.timeline import timeline_svg

if TYPE_CHECKING:
    from chimera.models.records import CallRecord
    from chimera.runs import Report, Run

FEW: Final = 8  # calls whose table is unfolded
MOST: Final = 200  # calls in the table

_GREEN, _AMBER = "#3f9d5a", "#d98a00"
_LINE = "1px solid rgba(128,128,128,.35)"


def run_html(run: Run) -> str:
    """Return a run as HTML: status, timeline, graph, gaps and warnings, calls, and its report."""
    parts = [_header(run), *_trouble(run), _scrolled(timeline_svg(run))]
    if run.compiled is not None:
        parts.append(
            _folded("Graph", _scrolled(graph_svg(run.compiled, name=run.graph)), shown=True)
        )
    if run.calls:
        parts.append(
            _folded(f"Calls ({len(run.calls)})", _calls(run.calls), shown=len(run.calls) <= FEW)
        )
    if run.report:
        parts.append(_folded("Report", _paper(run.report.markdown), shown=True))
    return _framed(parts)


def report_html(report: Report) -> str:
    """Return a report as HTML."""
    return _framed([marks.html(report.markdown)])


def _framed(parts: Iterable[str]) -> str:
    return f'<div class="chimera" style="max-width:900px">{"".join(parts)}</div>'


def _header(run: Run) -> str:
    colour = _GREEN if run.status == "complete" else _AMBER
    state = f'<b style="color:{colour}">{_text(run.status)}</b>'
    said = " · ".join(
        [f"<b>{_text(run.graph)}</b>", state, _took(run), f"run <code>{_text(run.id)}</code>"]
    )
    return f'<p style="margin:.3em 0">{said}</p>'


def _took(run: Run) -> str:
    """Return how long the stages took, and when the last ended where that is another time."""
    stages, end = run.timings["total"].seconds, chart(run.spans, ()).end_s
    said = f"{seconds(stages)} in stages"
    differs = abs(end - stages) > 0.01 * stages  # stages side by side, or pauses between
    return f"{said}, over after {seconds(end)}" if differs else said


def _trouble(run: Run) -> Iterable[str]:
    """Yield what is missing and what the user should know."""
    yield from _list("Waiting for", [str(one.value) for one in run.interrupts], _AMBER)
    yield from _list("Missing", run.gaps, _AMBER)
    yield from _list("Warnings", [*filter(None, [run.warning]), *run.warnings], "currentColor")


def _list(name: str, lines: Sequence[str], colour: str) -> Iterable[str]:
    if lines:
        points = "".join(f"<li>{_text(line)}</li>" for line in lines)
        style = f"border-left:3px solid {colour};padding-left:.8em;margin:.5em 0"
        yield f'<div style="{style}">{name}<ul style="margin:.1em 0">{points}</ul></div>'


def _calls(calls: Sequence[CallRecord]) -> str:
    head = (
        "call",
        "stage",
        "agent",
        "model",
        "outcome",
        "attempts",
        "total ms",
        "tokens in",
        "tokens out",
    )
    cells = [_row(head, "th")]
    for call in calls[:MOST]:
        told = (call.id, call.stage, call.agent, call.model, call.outcome.value, call.attempts)
        counts = (_whole(call.total_ms), call.prompt_tokens, call.output_tokens)
        cells.append(_row((*told, *counts), "td"))
    more = f"<p>{len(calls) - MOST} more calls are in run.calls.</p>" if len(calls) > MOST else ""
    table = "".join(cells)
    return (
        _scrolled(f'<table style="border-collapse:collapse;font-size:12px">{table}</table>') + more
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def _row(cells: Iterable[object], tag: str) -> str:
    row = []
    for cell in cells:
        side = "right" if isinstance(cell, int) else "left"
        shown = "unknown" if cell is None else _text(str(cell))
        style = f"text-align:{side};padding:.15em .7em .15em 0;border-bottom:{_LINE}"
        row.append(f'<{tag} style="{style}">{shown}</{tag}>')
    return f"<tr>{''.join(row)}</tr>"


def _paper(markdown: str) -> str:
    style = f"max-height:42em;overflow:auto;border:{_LINE};border-radius:6px;padding:.2em 1.2em"
    return f'<div style="{style}">{marks.html(markdown)}</div>'


def _folded(name: str, inside: str, *, shown: bool) -> str:
    opened = " open" if shown else ""
    return f'<details{opened} style="margin:.4em 0"><summary>{name}</summary>{inside}</details>'


def _scrolled(inside: str) -> str:
    return f'<div style="overflow-x:auto">{inside}</div>'


def _text(said: str) -> str:
    return escape(clean(said))
