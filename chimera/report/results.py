"""The sections of a report that say what was measured and what follows."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Final

from chimera.analysis.claims import HEADLINE, QUALITY, Claim
from chimera.analysis.result import Analysis, GroupRow
from chimera.analysis.wording import factor, number, quantity, readable, title
from chimera.markup import code, plain, table
from chimera.report.cite import cite
from chimera.report.content import Content, findings

_MOST_ROWS: Final = 10
_STATISTICS: Final = ("median", "mean", "min", "max", "stdev", "p90", "p95", "p99")
_STRENGTHS: Final = (
    "Supported: a test says so, the order of the runs aside. Observed: it was read. Weak: it may be"
    " chance. Claims that are not listed here stand in `report.json`."
)
_ARROWS: Final = {"higher": "higher is better", "lower": "lower is better"}


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


def performance(content: Content) -> str:
    """One table per headline metric: groups with their statistics, then the tools' own figures."""
    parts = []
    for metric in HEADLINE:
        rows = [
            row
            for row in content.analysis.rows
            if row.metric == metric and (metric in QUALITY or _unit(row, content.analysis))
        ]
        parts += _tables(metric, [row for row in rows if row.raw], content.analysis)
        if not any(row.raw for row in rows):
            parts += _tool_figures(metric, rows, content.analysis)
    return "\n\n".join(parts)


def key_findings(content: Content) -> str:
    """The claims that matter most, each with its facts and strength."""
    lines = []
    for position, claim in enumerate(findings(content.analysis), start=1):
        lead = content.narrative.leads.get(claim.id)
        before = f"*{lead}* " if lead else ""
        lines.append(f"{position}. {claim.id}: {before}{content.cited(claim)} ({claim.strength})")
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


def _tables(metric: str, rows: list[GroupRow], analysis: Analysis) -> list[str]:
    """Return a table per definition and unit: values of different ones are not to be compared.

    Where anything was repeated, single values wait in `report.json`.
    """
    alike: dict[tuple[str | None, str | None], list[GroupRow]] = defaultdict(list)
    repeated = [row for row in rows if (row.n or 0) > 1]
    for row in repeated or rows:
        alike[row.definition, _unit(row, analysis)].append(row)
    return [_table(metric, unit, found, analysis) for (_, unit), found in alike.items()]


def _table(metric: str, unit: str | None, rows: list[GroupRow], analysis: Analysis) -> str:
    kept = _telling(rows, analysis)
    shown = [s for s in _STATISTICS if any(s in row.facts for row in kept)] or ["value"]
    about, scale = _scale(kept, unit, analysis)
    body = []
    for row in kept:
        values = [_cell(row, name, analysis, scale) for name in shown]
        ids = [row.facts[name] for name in shown if name in row.facts] or list(row.facts.values())
        body.append([row.group, code(row.path), f"{row.n:,}" if row.n else "", *values, cite(ids)])
    direction = _ARROWS.get(analysis.facts[next(iter(kept[0].facts.values()))].direction or "")
    defined = f"as {code(rows[0].definition)} defines it" if rows[0].definition else ""
    about = ", ".join(part for part in (about, direction, defined) if part)
    header = ["Group", "File", "n", *(name if name != "stdev" else "SD" for name in shown), "Facts"]
    text = table(header, body, align="ll" + "r" * (len(shown) + 1))
    more = "\n\nFurther groups are in `report.json`." if len(rows) > len(kept) else ""
    return f"### {title(metric)}{f' ({about})' if about else ''}\n\n{text}{more}"


def _telling(rows: list[GroupRow], analysis: Analysis) -> list[GroupRow]:
    """Return the rows worth a reader's time: those findings rest on, then those of most runs."""
    used = {name for claim in findings(analysis) for name in claim.facts}

    def weight(row: GroupRow) -> tuple[bool, int]:
        return not used & set(row.facts.values()), -(row.n or 0)

    return sorted(sorted(rows, key=weight)[:_MOST_ROWS], key=rows.index)


def _scale(rows: list[GroupRow], unit: str | None, analysis: Analysis) -> tuple[str | None, float]:
    """Return the unit a table reads well in, and what its values are multiplied by for it."""
    centres = [abs(analysis.facts[next(iter(row.facts.values()))].value) for row in rows]
    sizes = [math.log(size) for size in centres if size > 0]
    shown = readable(math.exp(sum(sizes) / len(sizes)), unit) if sizes else unit
    largest = max(abs(analysis.facts[name].value) for row in rows for name in row.facts.values())
    scale = factor(unit, shown)
    return (shown, scale) if math.isfinite(largest * scale) else (unit, 1.0)


def _cell(row: GroupRow, statistic: str, analysis: Analysis, scale: float) -> str:
    name = row.facts.get(statistic)
    if name is None and statistic in {"median", "value"}:  # a single value stands for its group
        name = row.facts.get("value")
    return number(analysis.facts[name].value * scale) if name else ""


def _tool_figures(metric: str, rows: list[GroupRow], analysis: Analysis) -> list[str]:
    """Return a table of the tools' own figures, for metrics without single runs."""
    alike: dict[str | None, list[GroupRow]] = defaultdict(list)
    for row in rows:
        alike[row.definition].append(row)
    return [_figures(metric, found, analysis) for found in alike.values()]


def _figures(metric: str, rows: list[GroupRow], analysis: Analysis) -> str:
    body = []
    for row in rows[:_MOST_ROWS]:
        for statistic, name in row.facts.items():
            fact = analysis.facts[name]
            n = f"{fact.n:,}" if fact.n else "not given"
            value = quantity(fact.value, fact.unit)
            body.append([row.group, code(row.path), statistic, n, value, cite([name])])
    defined = f" ({code(rows[0].definition)})" if rows[0].definition else ""
    text = table(["Group", "File", "Statistic", "n", "Value", "Facts"], body, align="lllrr")
    more = "\n\nFurther figures are in `report.json`." if rows[_MOST_ROWS:] else ""
    return f"### {title(metric)}{defined}, as computed by the tools\n\n{text}{more}"


def _because(claims: list[str], author: str | None) -> str:
    by = f", {author}" if author else ""
    more = " and others" if claims[_MOST_CLAIMS:] else ""
    return f"({', '.join(claims[:_MOST_CLAIMS])}{more}{by})"


def _unit(row: GroupRow, analysis: Analysis) -> str | None:
    return analysis.facts[next(iter(row.facts.values()))].unit


def _direction(rows: list[GroupRow], analysis: Analysis) -> str:
    fact = analysis.facts[next(iter(rows[0].facts.values()))]
    return _ARROWS.get(fact.direction or "", "unknown")


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
