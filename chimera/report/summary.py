"""The summary of a report: what can be chosen by, what failed, and what stays open."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from chimera.analysis.claims import HEADLINE, Claim
from chimera.analysis.facts import Fact
from chimera.analysis.failures import TOPIC
from chimera.analysis.result import Analysis
from chimera.analysis.wording import listed, number, plural, quantity, title
from chimera.markup import code
from chimera.report.cite import cite
from chimera.report.content import Content

_MOST_LEADERS: Final = 3
_MOST_FILES: Final = 3
_MOST_OPEN: Final = 4
_UNDECIDED: Final = (
    "Nothing can be chosen by these data: no comparison in them is supported by a test."
)


def summary(content: Content) -> str:
    """Return the verdict: who comes first in what, what makes no difference, failed, stays open."""
    analysis = content.analysis
    if not analysis.claims:
        return ""
    lines = [
        *(_led(claim, analysis) for claim in _leading(analysis)),
        *_negligible(analysis),
        *_failed(analysis),
        *(content.cited(claim) for claim in analysis.claims if claim.type == "absence"),
        *_open(analysis),
    ]
    if not any(claim.strength == "supported" for claim in analysis.claims):
        lines.insert(0, _UNDECIDED)
    return "\n".join(f"- {line}" for line in lines)


def _leading(analysis: Analysis) -> list[Claim]:
    """Return the first supported ranking of each headline metric that has one."""
    first: dict[str, Claim] = {}
    for claim in analysis.claims:
        if claim.type == "rank" and claim.strength == "supported" and claim.leader:
            first.setdefault(claim.metric or "", claim)
    return [first[metric] for metric in HEADLINE if metric in first][:_MOST_LEADERS]


def _led(claim: Claim, analysis: Analysis) -> str:
    """Say which group comes first in a metric, by how much, with how many runs."""
    median, *times = _of(claim, analysis)
    best = "highest" if median.direction == "higher" else "lowest"
    text = (
        f"{title(median.metric)}: {code(claim.leader or '')} is {best} in"
        f" {code(median.scope['path'])}, median {quantity(median.value, median.unit)}"
        f" (n = {median.n})"
    )
    if times:
        text += f", {number(times[0].value)} times {code(claim.groups[1])}"
    if times[1:]:
        low, high = (number(end.value) for end in times[1:])
        text += f" (95 % interval {low} to {high})"
    return f"{text}. {cite(fact.id for fact in (median, *times))}"


def _of(claim: Claim, analysis: Analysis) -> list[Fact]:
    """Return the leader's median, and its ratio to the second with the interval."""
    facts = [analysis.facts[name] for name in claim.facts]
    wanted = ("ratio", "ratio_low", "ratio_high")
    found = {fact.statistic: fact for fact in facts if fact.statistic in wanted}
    return [facts[0], *(found[name] for name in wanted if name in found)]


def _negligible(analysis: Analysis) -> list[str]:
    """Say in which metrics and files nothing tested makes a difference that matters."""
    found: dict[str, list[Claim]] = defaultdict(list)
    for claim in analysis.claims:
        if claim.type == "equivalence" and claim.strength == "supported" and claim.metric:
            found[claim.metric].append(claim)
    metrics = [metric for metric in HEADLINE if metric in found][:_MOST_LEADERS]
    return [_same(metric, found[metric], analysis) for metric in metrics]


def _same(metric: str, claims: list[Claim], analysis: Analysis) -> str:
    paths = [analysis.facts[claim.facts[0]].scope.get("path", ".") for claim in claims]
    files = list(dict.fromkeys(paths))
    named = [*map(code, files[:_MOST_FILES]), *(["others"] if files[_MOST_FILES:] else [])]
    ids = ", ".join(claim.id for claim in claims[:_MOST_FILES])
    more = " and others" if claims[_MOST_FILES:] else ""
    return (
        f"{title(metric)}: what was varied in {listed(named)} makes no difference that matters"
        f" ({ids}{more})."
    )


def _failed(analysis: Analysis) -> list[str]:
    """Say where most runs failed."""
    claim = next((c for c in analysis.claims if c.topic == TOPIC), None)
    if claim is None:
        return []
    failed, rows, files = (analysis.facts[name] for name in claim.facts[:3])
    folder = failed.scope.get("folder", ".")
    where = plural(int(files.value), "file")
    place = f"{where} at the top" if folder == "." else f"{where} below {code(folder)}"
    text = f"{int(failed.value):,} of {plural(int(rows.value), 'row')} failed in {place}."
    return [f"{text} {cite([failed.id, rows.id, files.id])}"]


def _open(analysis: Analysis) -> list[str]:
    """Name what the data leave open, most telling first."""
    subjects = list(dict.fromkeys(r.subject for r in analysis.refusals if r.subject))
    if not subjects:
        return []
    named = [*subjects[:_MOST_OPEN], *(["more"] if subjects[_MOST_OPEN:] else [])]
    return [f"Left open by these data: {listed(named)}."]
