"""What the analyst's model may decide: which claims matter, and what to do about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.claims import Claim, ClaimBook, Recommendation, Refusal, Risk
from chimera.models.schema import Id
from chimera.prose import Gate
from chimera.slots import broken, quoted, trusted, wrong_ids

LONGEST: Final = 80  # characters of a sentence

# In the schema only: a longer sentence costs itself, not the answer.
Sentence = Annotated[
    str,
    Field(
        json_schema_extra={"maxLength": LONGEST}, description="One short plain sentence, no digits."
    ),
]
_ON_DATA: Final = {"coverage", "absence", "data_quality", "cold_start", "spread", "outliers"}


class Order(BaseModel):
    """A small model's answer: which claims come first."""

    model_config = ConfigDict(extra="forbid")

    order: list[Id] = Field(max_length=5, description="Ids of the claims that matter, first first.")


class Advice(BaseModel):
    """One recommendation of the model."""

    model_config = ConfigDict(extra="forbid")

    text: Sentence
    claims: list[Id] = Field(max_length=2, description="Ids of the claims it follows from.")


class Caution(BaseModel):
    """One risk the model sees, and what helps."""

    model_config = ConfigDict(extra="forbid")

    risk: Sentence
    mitigation: Sentence
    claims: list[Id] = Field(max_length=2, description="Ids of the claims it follows from.")


class Plan(Order):
    """The analyst's answer: order, recommendations and risks, all by claim id."""

    recommendations: list[Advice] = Field(max_length=2, description="What to do.")
    risks: list[Caution] = Field(max_length=1, description="What could mislead.")

    @property
    def cited(self) -> list[str]:
        """All ids of the answer."""
        advised = [name for one in self.recommendations for name in one.claims]
        return [*self.order, *advised, *(name for one in self.risks for name in one.claims)]

    @property
    def parts(self) -> int:
        """Ids of the order, recommendations and risks."""
        return len(self.order) + len(self.recommendations) + len(self.risks)


@dataclass(slots=True)
class Judgement:
    """What is left of a plan once it is checked, and why the rest is not."""

    order: list[str] = field(default_factory=list)
    recommendations: list[Recommendation] = field(default_factory=list)
    risks: list[Risk] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    dropped: int = 0

    @property
    def texts(self) -> list[str]:
        """The sentences that are left."""
        said = [one.text for one in self.recommendations]
        return said + [text for one in self.risks for text in (one.risk, one.mitigation)]


def judge(plan: Order, book: ClaimBook, gate: Gate, agent: str) -> Judgement:
    """Keep what a plan may say: known ids, sentences without flaws, each cited to what carries it.

    Args:
        plan: The answer; an order alone is one without sentences.
        book: Claims and refusals there are.
        gate: Decides over the sentences.
        agent: Name of the agent, who is their author.
    """
    whole = plan if isinstance(plan, Plan) else Plan(order=plan.order, recommendations=[], risks=[])
    known: dict[str, Claim | Refusal] = {claim.id: claim for claim in book.claims}
    claims = set(known)
    known |= {refusal.id: refusal for refusal in book.refusals}
    found = Judgement(reasons=wrong_ids("order", whole.order, claims))
    if not trusted(whole.cited, known):
        found.reasons.append("most of the ids are not among those given")
        found.dropped = whole.parts
        return found
    found.order = [name for name in dict.fromkeys(whole.order) if name in claims]
    _advise(whole, _Cited(known, gate, found.reasons), found, agent)
    if wrong := broken(gate, found.texts):  # then all of it, since no part keeps the rules
        found.reasons += wrong
        found.recommendations, found.risks = [], []
    kept = len(found.order) + len(found.recommendations) + len(found.risks)
    found.dropped = whole.parts - kept
    found.reasons = quoted(found.reasons)
    return found


@dataclass(frozen=True, slots=True)
class _Cited:
    """Finds what sentences may cite, and notes what is wrong with them."""

    known: Mapping[str, Claim | Refusal]
    gate: Gate
    reasons: list[str]

    def usable(self, where: str, texts: list[str], ids: list[str]) -> list[str]:
        """Return the known ids that sentences cite; none where one of them cannot be printed."""
        self.reasons.extend(wrong_ids(where, ids, self.known))
        cited = [name for name in dict.fromkeys(ids) if name in self.known]
        about = [subject(self.known[name]) for name in cited]
        bad = [] if cited else ["cites nothing that is known"]
        bad += [w for text in texts for w in self.gate.flaws(text, about=about, longest=LONGEST)]
        self.reasons.extend(f"{where}: {reason}" for reason in dict.fromkeys(bad))
        return [] if bad else cited


def _advise(plan: Plan, cited: _Cited, found: Judgement, agent: str) -> None:
    """Keep the recommendations and risks that can be printed."""
    for item in plan.recommendations:
        where = "recommendation"
        if not any(carries(cited.known[name]) for name in item.claims if name in cited.known):
            cited.reasons.append(f"{where}: cites no claim that carries one")
        elif ids := cited.usable(where, [item.text], item.claims):
            text = _sentence(item.text)
            found.recommendations.append(Recommendation(text=text, claims=ids, author=agent))
    for one in plan.risks:
        if ids := cited.usable("risk", [one.risk, one.mitigation], one.claims):
            risk, helps = _sentence(one.risk), _sentence(one.mitigation)
            found.risks.append(Risk(risk=risk, mitigation=helps, claims=ids, author=agent))


def carries(claim: Claim | Refusal) -> bool:
    """Return whether advice can follow: a test says so, it is about the data, or it is refused."""
    if isinstance(claim, Refusal) or claim.strength == "supported":
        return True
    return is_on_data(claim)


def is_on_data(claim: Claim) -> bool:
    """Return whether a claim says something about the data itself, as it was read."""
    about = claim.type in _ON_DATA or claim.topic == "failed runs"
    return about and claim.strength == "observed"


def subject(claim: Claim | Refusal) -> str:
    """Return what a claim or refusal is about, in words that a sentence on it would use."""
    return f"{claim.topic} {_said(claim)}"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _said(claim: Claim | Refusal) -> str:
    return claim.text if isinstance(claim, Claim) else f"{claim.reason} Needed: {claim.needs}"
