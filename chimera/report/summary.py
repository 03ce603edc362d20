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
        *_matters(analysis, kind="some"),
        *_matters(analysis, kind="none"),
        *_failed(analysis),
        *_absent(analysis),
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


def _matters(analysis: Analysis, *, kind: str) -> list[str]:
    """Say what makes a difference to headline metrics, or none that matters, and where."""
    found: dict[tuple[str, tuple[str, ...]], list[Claim]] = defaultdict(list)
    for claim in analysis.claims:
        known = claim.strength == "supported" and claim.by and not claim.leader
        if known and (claim.type == "equivalence") == (kind == "none"):
            found[claim.metric or "", tuple(claim.by)].append(claim)
    ordered = [key for metric in HEADLINE for key in found if key[0] == metric]
    return [_said(*key, found[key], analysis, kind=kind) for key in ordered[:_MOST_LEADERS]]


def _said(
    metric: str, by: tuple[str, ...], claims: list[Claim], analysis: Analysis, *, kind: str
) -> str:
    paths = (analysis.facts[claim.facts[0]].scope.get("path", ".") for claim in claims)
    files = list(dict.fromkeys(paths))
    named = [*map(code, files[:_MOST_FILES]), *(["others"] if files[_MOST_FILES:] else [])]
    ids = ", ".join(claim.id for claim in claims[:_MOST_FILES])
    more = " and others" if claims[_MOST_FILES:] else ""
    verb = "make" if by[1:] else "makes"
    what = "no difference that matters" if kind == "none" else "a difference"
    subject = f"{title(metric)}: {listed(map(code, by))} {verb} {what}"
    return f"{subject} in {listed(named)}; see {ids}{more}."


def _absent(analysis: Analysis) -> list[str]:
    """Name what was not measured."""
    claims = [claim for claim in analysis.claims if claim.type == "absence"]
    if not claims:
        return []
    names = [claim.topic.removeprefix("absent ") for claim in claims]
    names = [name if name[:2].isupper() else name.lower() for name in names]
    return [f"Not found in the files read: {listed(names)}; see {', '.join(c.id for c in claims)}."]


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
    return [f"Left open by these data: {'; '.join(named)}."]
