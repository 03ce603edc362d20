"""The sections of a report that say what was measured and what follows."""

from __future__ import annotations

from collections import defaultdict
from typing import Final, get_args

from chimera.analysis.claims import HEADLINE, RefusalTopic
from chimera.analysis.result import Analysis, GroupRow
from chimera.analysis.wording import title
from chimera.markup import code, plain, table
from chimera.report.cite import cite
from chimera.report.content import Content, findings
from chimera.report.tables import ARROWS

_STRENGTHS: Final = (
    "Supported: a test says so; of groups such as models, the order of the runs aside. Observed: it"
    " was read or counted. Weak: it may be chance. Not testable: too few values for any test."
    " Further claims stand in `report.json`."
)
_TOPICS: Final = get_args(RefusalTopic)


def measured(content: Content) -> str:
    """The collector's brief, and the metrics found."""
    groups: dict[tuple[str, str, str], list[GroupRow]] = defaultdict(list)
    facts = content.analysis.facts
    for row in content.analysis.rows:
        first = facts[next(iter(row.facts.values()))]
        groups[row.metric, row.definition or "", first.unit or "not given"].append(row)
    names = sorted(groups, key=lambda key: (_rank(key[0]), key))
    cells = [
        [
            plain(title(metric)) + (f" ({code(definition)})" if definition else ""),
            code(unit),
            _direction(groups[metric, definition, unit], content.analysis),
            _files(groups[metric, definition, unit]),
        ]
        for metric, definition, unit in names[:_MOST_METRICS]
    ]
    if not cells:
        return content.narrative.brief
    listing = table(["Metric", "Unit", "Direction", "Found in"], cells)
    more = "\n\nFurther metrics are in `report.json`." if names[_MOST_METRICS:] else ""
    return f"{content.narrative.brief}\n\n{listing}{more}"


def key_findings(content: Content) -> str:
    """The claims that matter most, each with its facts and strength."""
    lines, told = [], content.narrative
    for position, claim in enumerate(findings(content.analysis), start=1):
        lead, link = told.leads.get(claim.id), told.links.get(claim.id)
        before = f"*{lead}* " if lead else ""
        after = f" *{link}*" if link else ""
        said = f"{before}{content.cited(claim)} ({claim.strength}){after}"
        lines.append(f"{position}. {claim.id}: {said}")
    return "\n".join(lines) + (f"\n\n{_STRENGTHS}" if lines else "")


def recommendations(content: Content) -> str:
    """What to do, then what could mislead and what helps."""
    analysis = content.analysis
    lines = [
        f"{position}. {item.text} {_because(item.claims, item.author)}"
        for position, item in enumerate(analysis.recommendations, start=1)
    ]
    risks = [
        [item.risk, item.mitigation, _because(item.claims, item.author)] for item in analysis.risks
    ]
    parts = ["\n".join(lines)]
    if risks:
        parts.append("### Risks\n\n" + table(["Risk", "Mitigation", "Follows from"], risks))
    return "\n\n".join(part for part in parts if part)


def cannot_tell(content: Content) -> str:
    """What is not claimed, why, and what would settle it; what bears on a choice comes first."""
    ordered = sorted(content.analysis.refusals, key=lambda item: _TOPICS.index(item.topic))
    return "\n".join(
        f"- **{item.id}** {item.reason} {cite(item.facts)} Needed: {item.needs}" for item in ordered
    )


def _because(claims: list[str], author: str | None) -> str:
    by = f", {author}" if author else ""
    more = " and others" if claims[_MOST_CLAIMS:] else ""
    return f"({', '.join(claims[:_MOST_CLAIMS])}{more}{by})"


def _direction(rows: list[GroupRow], analysis: Analysis) -> str:
    fact = analysis.facts[next(iter(rows[0].facts.values()))]
    return ARROWS.get(fact.direction or "", "unknown")


def _files(rows: list[GroupRow]) -> str:
    paths = list(dict.fromkeys(row.path for row in rows))
    return ", ".join(code(path) for path in paths[:_MOST_PATHS]) + (
        " and others" if paths[_MOST_PATHS:] else ""
    )


def _rank(metric: str) -> int:
    return HEADLINE.index(metric) if metric in HEADLINE else len(HEADLINE)


_MOST_METRICS: Final = 12
_MOST_PATHS: Final = 3
_MOST_CLAIMS: Final = 4
