"""Pictures and tables: a LangGraph graph or a `Run` in, SVG, HTML or data frames out.

Everything is drawn here, offline: no script, no font, no address is ever referred to. Colours can
be read on light and on dark ground; text takes the colour of the page it stands on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera.lazy import attach

if TYPE_CHECKING:
    from chimera.display.drawing import graph_svg as graph_svg
    from chimera.display.frames import Tables as Tables
    from chimera.display.frames import tables as tables
    from chimera.display.page import report_html as report_html
    from chimera.display.page import run_html as run_html
    from chimera.display.timeline import timeline_svg as timeline_svg

__all__ = ["Tables", "graph_svg", "report_html", "run_html", "tables", "timeline_svg"]

_HOME = {
    "Tables": "frames",
    "graph_svg": "drawing",
    "report_html": "page",
    "run_html": "page",
    "tables": "frames",
    "timeline_svg": "timeline",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = attach(__name__, _HOME)
