"""The sections of a report that say what was measured and what follows."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from chimera.analysis.claims import HEADLINE, QUALITY, Claim
from chimera.analysis.result import Analysis, GroupRow
from chimera.analysis.wording import quantity, title
from chimera.markup import code, plain, table
from chimera.report.cite import cite
from chimera.report.content import Content, findings
from chimera.report.tables import ARROWS

_STRENGTHS: Final = (
    "Supported: a test says so, the order of the runs aside. Observed: it was read. Weak: it may be"
    " chance. Claims that are not listed here stand in `report.json`."
)


def summary(content: Content) -> str:
    """The verdict: who comes first in what, what failed, what cannot be told."""
    analysis = content.analysis
    lines = [_verdict(claim, analysis) for claim in _leading(analysis)]
    led = {claim.metric for claim in _leading(analysis)}
    if not led & set(QUALITY):
        lines += [content.cited(c) for c in analysis.claims if c.metric in QUALITY][:1]
    lines += [content.cited(c) for c in analysis.claims if c.topic == "failed runs"][:1]
    lines += [content.cited(c) for c in analysis.claims if c.type == "absence"]
    if not lines:
        lines = [content.cited(claim) for claim in analysis.claims[:1]]
    if not _leading(analysis) and analysis.claims:
        lines.insert(0, "No configuration can be put before another on these data; see below why.")
    return "\n".join(f"- {line}" for line in lines)


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
    """What is not claimed, why, and what would settle it."""
    return "\n".join(
        f"- **{item.id}** {item.reason} {cite(item.facts)} Needed: {item.needs}"
        for item in content.analysis.refusals
    )


def _leading(analysis: Analysis) -> list[Claim]:
    """Return the first supported ranking of each metric."""
    first: dict[str, Claim] = {}
    for claim in analysis.claims:
        if claim.strength == "supported" and claim.leader and claim.metric:
            first.setdefault(claim.metric, claim)
    return [first[metric] for metric in HEADLINE if metric in first]


def _verdict(claim: Claim, analysis: Analysis) -> str:
    fact = analysis.facts[claim.facts[0]]
    best = "highest" if fact.direction == "higher" else "lowest"
    return (
        f"{title(fact.metric)}: {code(claim.leader or '')} is {best} in {code(fact.scope['path'])},"
        f" median {quantity(fact.value, fact.unit)} (n = {fact.n}). {cite([fact.id])}"
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
