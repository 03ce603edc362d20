"""The model's sentences against the verifier: one that costs its line goes, and the line stays.

A line with something unsupported is taken out of a report. A model could so take out a finding by
what it writes beside it; therefore its sentences are tried first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from chimera.report.content import Content
from chimera.report.results import key_findings, measured, recommendations
from chimera.verify.text import Verifier

_FINDING: Final = re.compile(r"\d+\. (C\w+): ")


def settled(content: Content, brief: str, data: Callable[[Content], dict[str, Any]]) -> Content:
    """Return the content without those sentences of a model that cost their line.

    Args:
        content: What the report is made of.
        brief: The brief without the model's leads.
        data: Makes the `report.json` of a content.
    """
    if not _speaks(content, brief):
        return content
    verifier = Verifier(data(content))

    def bad(section: str, text: str) -> list[str]:
        return [one.text for one in verifier.check(f"## {section}\n{text}").unsupported]

    content = _without_findings(content, bad("Key findings", key_findings(content)))
    content = _without_advice(content, bad("Recommendations", recommendations(content)))
    story = content.narrative
    if story.brief != brief and bad("What was measured", measured(content)):
        return _told(content, story.dropped + 1, brief=brief)
    return content


def _speaks(content: Content, brief: str) -> bool:
    """Return whether a model wrote anything that is to be printed."""
    story, analysis = content.narrative, content.analysis
    authors = {one.author for one in analysis.recommendations}
    authors |= {one.author for one in analysis.risks}
    return bool(story.leads or story.links or authors - {None} or story.brief != brief)


def _without_findings(content: Content, lines: list[str]) -> Content:
    """Take out leads and links of findings whose lines are bad."""
    found = {match[1] for line in lines if (match := _FINDING.match(line))}
    story = content.narrative
    leads = {name: text for name, text in story.leads.items() if name not in found}
    links = {name: text for name, text in story.links.items() if name not in found}
    lost = len(story.leads) + len(story.links) - len(leads) - len(links)
    return _told(content, story.dropped + lost, leads=leads, links=links) if lost else content


def _without_advice(content: Content, lines: list[str]) -> Content:
    """Take out a model's recommendations and risks whose lines are bad."""
    analysis = content.analysis

    def stays(text: str, author: str | None) -> bool:
        return author is None or not any(text in line for line in lines)

    advice = [one for one in analysis.recommendations if stays(one.text, one.author)]
    risks = [one for one in analysis.risks if stays(one.risk, one.author)]
    lost = len(analysis.recommendations) + len(analysis.risks) - len(advice) - len(risks)
    if not lost:
        return content
    left = analysis.model_copy(update={"recommendations": advice, "risks": risks})
    return _told(replace(content, analysis=left), content.narrative.dropped + lost)


def _told(content: Content, dropped: int, **changed: object) -> Content:
    story = content.narrative.model_copy(update={**changed, "dropped": dropped})
    return replace(content, narrative=story)
