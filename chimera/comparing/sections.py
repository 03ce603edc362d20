"""The report of a comparison as Markdown: verdict, changes, what else changed, evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chimera.analysis.claims import Claim
from chimera.analysis.result import Analysis
from chimera.analysis.wording import number, title
from chimera.comparing.said import TOPICS
from chimera.comparing.verdict import RULE
from chimera.markup import code
from chimera.report import accounts
from chimera.report.cite import cite
from chimera.report.content import Content
from chimera.report.results import cannot_tell

MOST_LEADS: Final = 4
"""Changes a model may say something about."""
_MOST_SHORT: Final = 6  # changes that the summary names
_MOST_LINES: Final = 20  # of a kind
_APART: Final = (
    "Unless both sides were measured in turns, whatever else changed in between is a part of every"
    " difference."
)
_HEADINGS: Final = {
    "regressed": "Regressed",
    "improved": "Improved",
    "no difference that matters": "No difference that matters",
    "undecided": "Undecided",
}


def body(content: Content) -> dict[str, str]:
    """Return the sections on the data, by heading, empty ones included; the first is the title."""
    name = code(content.inventory.root)
    return {
        "": f"# Before and after: {name}\n\n{accounts.run_card(content)}",
        "Summary": _summary(content.analysis),
        "Changes": _changes(content),
        "What else changed": _besides(content),
        "What the data cannot tell": cannot_tell(content),
        "Data inventory": accounts.inventory(content),
        "Data quality": accounts.data_quality(content),
    }


def leading(analysis: Analysis) -> list[Claim]:
    """Return the changes a model may lead to: regressions, then improvements."""
    return [c for c in _told(analysis) if outcome(c) in {"regressed", "improved"}][:MOST_LEADS]


def outcome(claim: Claim) -> str:
    """Return how a change came out, as its topic has it."""
    return claim.topic.rpartition(": ")[2]


def _told(analysis: Analysis) -> list[Claim]:
    by_id = {claim.id: claim for claim in analysis.claims}
    return [by_id[name] for name in analysis.order if by_id[name].type == "change"]


def _summary(analysis: Analysis) -> str:
    found = [claim for claim in analysis.claims if claim.type == "verdict"]
    lines = [f"- {claim.id}: {claim.text} {cite(claim.facts)}" for claim in found]
    decided = [c for c in _told(analysis) if outcome(c) in {"regressed", "improved"}]
    lines += [_short(claim, analysis) for claim in decided[:_MOST_SHORT]]
    return "\n".join(lines) + (f"\n\n{RULE.capitalize()}" if lines else "")


def _short(claim: Claim, analysis: Analysis) -> str:
    """Say in few words what changed, and by how much."""
    facts = {analysis.facts[name].statistic: analysis.facts[name] for name in claim.facts[2:]}
    ratio, low, high = (facts.get(name) for name in ("ratio", "ratio_low", "ratio_high"))
    group = f" of {code(claim.groups[0])}" if claim.groups else ""
    text = f"{title(claim.metric or '')}{group} {outcome(claim)}"
    if ratio is None:
        return f"- {text}; see {claim.id}."
    ends = f" (95 % interval {number(low.value)} to {number(high.value)})" if low and high else ""
    return f"- {text}: {number(ratio.value)} times before{ends}. {cite([ratio.id])}"


def _changes(content: Content) -> str:
    parts = []
    told, narrative = _told(content.analysis), content.narrative
    for topic in TOPICS.values():
        same = [claim for claim in told if outcome(claim) == topic]
        if not same:
            continue
        lines = [_line(claim, narrative.leads.get(claim.id)) for claim in same[:_MOST_LINES]]
        more = "\n\nFurther comparisons are in `compare.json`." if same[_MOST_LINES:] else ""
        parts.append(f"### {_HEADINGS[topic]}\n\n" + "\n".join(lines) + more)
    return "\n\n".join(parts)


def _line(claim: Claim, lead: str | None) -> str:
    before = f"*{lead}* " if lead else ""
    return f"- {claim.id}: {before}{claim.text} {cite(claim.facts)} ({claim.strength})"


def _besides(content: Content) -> str:
    topics = {"what else changed", "failed runs"}
    found = [claim for claim in content.analysis.claims if claim.topic in topics]
    return "\n".join([f"- {_APART}", *_cited(found)])


def _cited(claims: Iterable[Claim]) -> list[str]:
    return [f"- {claim.id}: {claim.text} {cite(claim.facts)}".rstrip() for claim in claims]
