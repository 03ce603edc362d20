"""The tables of a report: groups with their statistics, then the tools' own figures."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Final

from chimera.analysis.claims import HEADLINE, QUALITY
from chimera.analysis.facts import Fact
from chimera.analysis.result import Analysis, GroupRow
from chimera.analysis.statistics import PERCENTILES
from chimera.analysis.wording import factor, number, quantity, readable, title
from chimera.markup import code, table
from chimera.report.cite import cite
from chimera.report.content import Content, findings

ARROWS: Final = {"higher": "higher is better", "lower": "lower is better"}
_MOST_ROWS: Final = 10
_INTERVAL: Final = "95 % interval"
_STATISTICS: Final = ("median", _INTERVAL, "min", "max", "p90", "p95", "p99")


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
    shown = [s for s in _STATISTICS if any(_needs(s) in row.facts for row in kept)] or ["value"]
    about, scale = _scale(kept, unit, analysis)
    body = []
    for row in kept:
        values = [_cell(row, name, analysis, scale) for name in shown]
        n = f"{row.n:,}" if row.n else ""
        body.append([row.group, code(row.path), n, *values, cite(row.facts.values())])
    direction = ARROWS.get(analysis.facts[next(iter(kept[0].facts.values()))].direction or "")
    defined = f"as {code(rows[0].definition)} defines it" if rows[0].definition else ""
    about = ", ".join(part for part in (about, direction, defined) if part)
    header = ["Group", "File", "n", *shown, "Facts"]
    text = table(header, body, align="ll" + "r" * (len(shown) + 1))
    more = "\n\nFurther groups are in `report.json`." if len(rows) > len(kept) else ""
    return f"### {title(metric)}{f' ({about})' if about else ''}\n\n{text}{more}"


def _telling(rows: list[GroupRow], analysis: Analysis) -> list[GroupRow]:
    """Return the rows worth a reader's time: those findings rest on, then those of most runs.

    Findings by rule: which rows a table has is not for a model to choose.
    """
    by_rule = analysis.model_copy(update={"chosen": []})
    used = {name for claim in findings(by_rule) for name in claim.facts}

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


def _needs(column: str) -> str:
    """Return the statistic without which a column of a table would be empty."""
    return "median_low" if column == _INTERVAL else column


def _cell(row: GroupRow, statistic: str, analysis: Analysis, scale: float) -> str:
    if statistic == _INTERVAL:
        ends = [row.facts.get(end) for end in ("median_low", "median_high")]
        return " to ".join(number(analysis.facts[end].value * scale) for end in ends if end)
    name = row.facts.get(statistic)
    if name is None and statistic in {"median", "value"}:  # a single value stands for its group
        name = row.facts.get("value")
    return number(analysis.facts[name].value * scale) if name else ""


def _tool_figures(metric: str, rows: list[GroupRow], analysis: Analysis) -> list[str]:
    """Return a table of the tools' own figures, for metrics without single runs."""
    alike: dict[str | None, list[GroupRow]] = defaultdict(list)
    for row in rows:
        alike[row.definition].append(row)
    tables = [_figures(metric, found, analysis) for found in alike.values()]
    return [table for table in tables if table]


def _figures(metric: str, rows: list[GroupRow], analysis: Analysis) -> str:
    known = [(row, analysis.facts[name]) for row in rows for name in row.facts.values()]
    carried = [(row, fact) for row, fact in known if _is_carried(fact)]
    body = []
    for row, fact in carried[:_MOST_ROWS]:
        n = f"{fact.n:,}" if fact.n else "not given"
        value = quantity(fact.value, fact.unit)
        body.append([row.group, code(row.path), fact.statistic, n, value, cite([fact.id])])
    if not body:
        return ""
    defined = f" ({code(rows[0].definition)})" if rows[0].definition else ""
    text = table(["Group", "File", "Statistic", "n", "Value", "Facts"], body, align="lllrr")
    more = "\n\nFurther figures are in `report.json`." if carried[_MOST_ROWS:] else ""
    if len(carried) < len(known):
        more += "\n\nPercentiles that tools state for too few values are not repeated here."
    return f"### {title(metric)}{defined}, as computed by the tools\n\n{text}{more}"


def _is_carried(fact: Fact) -> bool:
    """Return whether a figure of a tool is no percentile, or one that its n supports."""
    _, least = PERCENTILES.get(fact.statistic, (0.0, 0))
    return fact.n is None or fact.n >= least


def _unit(row: GroupRow, analysis: Analysis) -> str | None:
    return analysis.facts[next(iter(row.facts.values()))].unit
