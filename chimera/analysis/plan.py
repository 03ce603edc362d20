"""What the analyst's model may decide: which claims matter, and what to do about them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.claims import Claim, ClaimBook, Recommendation, Refusal, Risk
from chimera.models.schema import Id
from chimera.prose import flaws

MOST_CLAIMS: Final = 12  # claims shown to the model


class Advice(BaseModel):
    """One recommendation of the model."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(max_length=200, description="One plain sentence, no digits, no comparisons.")
    claims: list[Id] = Field(max_length=4, description="Ids of the claims it follows from.")


class Caution(BaseModel):
    """One risk the model sees, and what helps."""

    model_config = ConfigDict(extra="forbid")

    risk: str = Field(max_length=200, description="One plain sentence, no digits.")
    mitigation: str = Field(max_length=200, description="One plain sentence, no digits.")
    claims: list[Id] = Field(max_length=4, description="Ids of the claims it follows from.")


class Plan(BaseModel):
    """The analyst's answer: order, recommendations and risks, all by claim id."""

    model_config = ConfigDict(extra="forbid")

    order: list[Id] = Field(max_length=8, description="Ids of the claims that matter, first first.")
    recommendations: list[Advice] = Field(max_length=3, description="What to do.")
    risks: list[Caution] = Field(max_length=2, description="What could mislead.")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is left of a plan once it is checked."""

    order: list[str]
    recommendations: list[Recommendation]
    risks: list[Risk]
    dropped: int


def judge(
    plan: Plan, book: ClaimBook, groups: Collection[str], agent: str, language: str
) -> Judgement:
    """Keep what a plan may say: known ids, sentences without flaws, each cited to a known claim.

    Args:
        plan: The answer.
        book: Claims and refusals there are.
        groups: Names of everything that was measured.
        agent: Name of the agent, who is their author.
        language: The language the sentences have to be in.
    """
    known: dict[str, Claim | Refusal] = {claim.id: claim for claim in book.claims}
    known |= {refusal.id: refusal for refusal in book.refusals}

    def usable(texts: list[str], ids: list[str]) -> list[str]:
        cited = [name for name in dict.fromkeys(ids) if name in known]
        about = [subject(known[name]) for name in cited]
        bad = any(flaws(t, language=language, about=about) or names(t, groups) for t in texts)
        return [] if bad else cited

    order = [c for c in dict.fromkeys(plan.order) if c in known and c.startswith("C")]
    recommendations = [
        Recommendation(text=_sentence(item.text), claims=ids, author=agent)
        for item in plan.recommendations
        if (ids := usable([item.text], item.claims))
    ]
    risks = [
        Risk(
            risk=_sentence(item.risk),
            mitigation=_sentence(item.mitigation),
            claims=ids,
            author=agent,
        )
        for item in plan.risks
        if (ids := usable([item.risk, item.mitigation], item.claims))
    ]
    offered = len(plan.recommendations) + len(plan.risks)
    return Judgement(order, recommendations, risks, offered - len(recommendations) - len(risks))


def names(text: str, groups: Collection[str]) -> bool:
    """Return whether a text names a group; to name one is to judge it, which claims do."""
    found = (re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in groups)
    return any(found)


def subject(claim: Claim | Refusal) -> str:
    """Return what a claim or refusal is about, in words that a sentence on it would use."""
    return f"{claim.topic} {_said(claim)}"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def shown(claims: Iterable[Claim | Refusal]) -> str:
    """Return claims as lines for a prompt: id, strength, sentence; unusual names as handles.

    Names come from artifacts. One that looks like anything but a name could carry an instruction,
    so the model sees `E1`, `E2`, … in its place.
    """
    handles: dict[str, str] = {}

    def handle(match: re.Match[str]) -> str:
        text = match.group(1)
        if _NAME.fullmatch(text):
            return text
        return handles.setdefault(text, f"E{len(handles) + 1}")

    lines = []
    for claim in claims:
        kind = claim.strength if isinstance(claim, Claim) else "not testable"
        lines.append(f"{claim.id} ({kind}): {_SPAN.sub(handle, _said(claim))}")
    return "\n".join(lines)


def _said(claim: Claim | Refusal) -> str:
    return claim.text if isinstance(claim, Claim) else f"{claim.reason} Needed: {claim.needs}"


_SPAN: Final = re.compile(r"`([^`]*)`")
_NAME: Final = re.compile(r"[\w.:/+@-]{1,60}")
