"""The page: a draft and the claims it names as Markdown, without the lines that do not hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from chimera.analysis.claims import Claim
from chimera.analysis.result import Analysis
from chimera.markup import code
from chimera.report import accounts
from chimera.report.checking import Checking
from chimera.report.cite import cite
from chimera.report.content import Content, findings
from chimera.report.document import ReportDocument, VerificationCard
from chimera.report.markdown import assemble, citations
from chimera.report.recomputed import recomputed
from chimera.report.results import cannot_tell
from chimera.reviewing.state import Ended, Part
from chimera.state import Reading
from chimera.verify.text import Verifier

_FINDING: Final = re.compile(r"\d+\. (C\w+): ")
_SECTION: Final = "Key findings"
_TOLD: Final = {"supported", "observed"}
HOW: Final[dict[Ended, str]] = {
    "content": "The verifier and the critic are content with it.",
    "bound": "The critic was not content when the rounds were used up.",
    "no_model": "No model was asked: the claims stand in the order of the rules.",
    "failed": "A model gave no answer that could be used: what was there before stands.",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the artifacts of a reviewed report are."""

    source: list[str]
    reading: Reading


@dataclass(frozen=True, slots=True)
class Page:
    """The finished text, and what the verifier found in it."""

    text: str
    card: VerificationCard


def plain(analysis: Analysis, most: int) -> list[Part]:
    """Return the draft that the rules make: verdict and changes, or the first findings."""
    by_id = {claim.id: claim for claim in analysis.claims}
    compared = [n for n in analysis.order if by_id[n].type in {"verdict", "change"}]
    found = compared or [one.id for one in findings(analysis)]
    return [Part(claim=name) for name in found if by_id[name].strength in _TOLD][:most]


def lines(draft: Sequence[Part], claims: dict[str, Claim]) -> str:
    """Return a draft as numbered lines, every number in the words of its claim."""
    said = []
    for position, part in enumerate(draft, start=1):
        claim = claims[part.claim]
        lead = f"*{part.lead}* " if part.lead else ""
        said.append(
            f"{position}. {claim.id}: {lead}{claim.text} {cite(claim.facts)} ({claim.strength})"
        )
    return "\n".join(said)


def unsupported(draft: Sequence[Part], document: ReportDocument) -> list[str]:
    """Return the ids of those parts whose leads cost their line; code's own sentences hold."""
    if not any(part.lead for part in draft):
        return []
    claims = {claim.id: claim for claim in document.claims}
    found = Verifier(_plain(document)).check(f"## {_SECTION}\n{lines(draft, claims)}")
    bad = {match[1] for one in found.unsupported if (match := _FINDING.match(one.text))}
    return [part.claim for part in draft if part.lead and part.claim in bad]


def page(draft: Sequence[Part], document: ReportDocument, ended: Ended, origin: Origin) -> Page:
    """Render the draft, verify it, and compute the facts it cites again from their files."""
    content = _content(document)
    claims = {claim.id: claim for claim in document.claims}
    head = f"# Reviewed: {code(document.inventory.root)}\n\n{HOW[ended]}"
    data = _plain(document)
    checking = Checking(Verifier(data))
    body = checking.keep(
        {
            "": head,
            _SECTION: lines(draft, claims),
            "What the data cannot tell": cannot_tell(content),
        }
    )
    again = recomputed("\n".join(body.values()), data, origin)
    if again.differing:
        body = checking.keep(checking.without(body, again.differing))
    data["verification"]["recomputed"] = again.card.model_dump()
    cited = citations("\n".join(body.values()))
    tail = checking.keep({"Evidence": accounts.evidence(content, cited, again.card)})
    return Page(assemble({**body, **tail}), checking.card(again.card))


def _plain(document: ReportDocument) -> dict[str, Any]:
    return document.model_dump(mode="json", by_alias=True)


def _content(document: ReportDocument) -> Content:
    analysis = Analysis.empty().model_copy(
        update={
            "facts": {fact.id: fact for fact in document.facts},
            "claims": document.claims,
            "refusals": document.refusals,
        }
    )
    return Content(
        run=document.run,
        inventory=document.inventory,
        analysis=analysis,
        narrative=document.narrative,
        calls=document.calls,
        metrics=document.metrics,
    )
