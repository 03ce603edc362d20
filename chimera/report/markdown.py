"""The report as Markdown: its sections in order, empty ones left out and named."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from chimera.markup import code
from chimera.report import accounts, calls, results, summary, tables
from chimera.report.content import Content
from chimera.report.document import RecomputedCard
from chimera.timing import StageTiming

Section = Callable[[Content], str]

BODY: Final[dict[str, Section]] = {
    "Summary": summary.summary,
    "What was measured": results.measured,
    "Performance": tables.performance,
    "Key findings": results.key_findings,
    "Recommendations": results.recommendations,
    "What the data cannot tell": results.cannot_tell,
    "Data inventory": accounts.inventory,
    "Data quality": accounts.data_quality,
}

_SPAN: Final = re.compile(r"(?<!\\)`[^`]*`")
_CITATION: Final = re.compile(r"(?<!\\)\[(F[0-9a-z]+(?:, F[0-9a-z]+)*)\]")


def body(content: Content) -> dict[str, str]:
    """Return the sections on the data, by heading, empty ones included; the first is the title."""
    head = f"# Technical report: {code(content.inventory.root)}\n\n{accounts.run_card(content)}"
    return {"": head, **{name: section(content) for name, section in BODY.items()}}


def account(
    content: Content, timings: dict[str, StageTiming], text: str, again: RecomputedCard
) -> dict[str, str]:
    """Return the sections that account for the report; `text` is the rest, for its citations."""
    return {
        "Workflow summary": accounts.workflow(content, timings),
        "Model metrics": calls.model_metrics(content),
        "Personas": accounts.personas(content),
        "Evidence": accounts.evidence(content, citations(text), again),
    }


def assemble(sections: dict[str, str]) -> str:
    """Return the sections as one document; those without content are named at the end."""
    parts = [f"## {name}\n\n{text}" if name else text for name, text in sections.items() if text]
    empty = [name for name, text in sections.items() if not text]
    if empty:
        parts.append(f"Left out, having no content: {', '.join(empty)}.")
    return "\n\n".join(parts) + "\n"


def citations(text: str) -> set[str]:
    """Return the stems of all facts a text cites; what looks like one in a name is none."""
    found = _CITATION.finditer(_SPAN.sub("", text))
    return {name for match in found for name in match.group(1).split(", ")}
