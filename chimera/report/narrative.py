"""What the report's model may add: sentences before findings and between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.claims import Claim
from chimera.analysis.frames import ClaimType
from chimera.analysis.material import Material
from chimera.analysis.plan import subject
from chimera.models.schema import Id
from chimera.prose import Gate
from chimera.slots import broken, quoted, trusted, wrong_ids

LONGEST: Final = 80  # characters of a lead or link
TASK: Final = (
    "Return JSON on one line. The claims named below are the findings of a report. `leads`: for\n"
    "at most three of them one sentence to stand before it, why it is worth reading to somebody\n"
    "who chooses a configuration. `links`: for at most two one sentence to stand after it, which\n"
    "leads on to the finding that follows. Say what a finding is good for and what to do with it,\n"
    "not how it came out."
)
CHOICE: Final = (
    "Return JSON on one line. The claims named below are the findings of a report. `choices`: for\n"
    "at most three of them what a reader should be told before it: `use` (what it is good for),\n"
    "`care` (what to mind), `next` (what to do with it)."
)
Words = Annotated[
    str,
    Field(
        json_schema_extra={"maxLength": LONGEST}, description="One short plain sentence, no digits."
    ),
]
Variant = Literal["use", "care", "next"]


class Lead(BaseModel):
    """A sentence before a finding."""

    model_config = ConfigDict(extra="forbid")

    claim: Id = Field(description="Id of the finding.")
    lead: Words


class Link(BaseModel):
    """A sentence after a finding, which leads to the one that follows."""

    model_config = ConfigDict(extra="forbid")

    claim: Id = Field(description="Id of the finding.")
    link: Words


class Leads(BaseModel):
    """The analyst's answer: leads and links for findings."""

    model_config = ConfigDict(extra="forbid")

    leads: list[Lead] = Field(max_length=3, description="At most one per finding.")
    links: list[Link] = Field(max_length=2, description="At most one per finding.")


class Choice(BaseModel):
    """Which of our sentences stands before a finding."""

    model_config = ConfigDict(extra="forbid")

    claim: Id = Field(description="Id of the finding.")
    lead: Variant = Field(description="Kind of the sentence.")


class Choices(BaseModel):
    """A small model's answer: leads chosen among those written here."""

    model_config = ConfigDict(extra="forbid")

    choices: list[Choice] = Field(max_length=3, description="At most one per finding.")


@dataclass(slots=True)
class Told:
    """Leads and links that can be printed, by claim id, and why the others cannot."""

    leads: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    dropped: int = 0


def in_order(findings: Sequence[Claim], material: Material) -> str:
    """Return for a prompt which claims are the findings, and those that it does not show yet."""
    ids = ", ".join(claim.id for claim in findings)
    return "\n".join([f"Findings, in order: {ids}.", *material.others(findings)])


def usable(answer: Leads, findings: Sequence[Claim], gate: Gate) -> Told:
    """Return what can be printed of an answer with sentences."""
    told = Told()
    about = {claim.id: (subject(claim),) for claim in findings}
    between = {one.id: (subject(one), subject(other)) for one, other in pairwise(findings)}
    leads = [(item.claim, item.lead.strip()) for item in answer.leads]
    links = [(item.claim, item.link.strip()) for item in answer.links]
    offered = [name for name, _ in (*leads, *links)]
    if trusted(offered, about):
        told.leads = _kept("lead", leads, about, (gate, told.reasons))
        told.links = _kept("link", links, between, (gate, told.reasons))
    else:
        told.reasons.append("most of the ids are not among those given")
    if wrong := broken(gate, [*told.leads.values(), *told.links.values()]):
        told.reasons += wrong
        told.leads, told.links = {}, {}
    told.dropped = len(offered) - len(told.leads) - len(told.links)
    told.reasons = quoted(told.reasons)
    return told


def _kept(
    where: str,
    offered: Sequence[tuple[str, str]],
    about: Mapping[str, tuple[str, ...]],
    judged: tuple[Gate, list[str]],
) -> dict[str, str]:
    """Return the sentences that pass, at most one for each claim; note what is wrong."""
    gate, reasons = judged
    kept: dict[str, str] = {}
    reasons += wrong_ids(where, [name for name, _ in offered], about)
    for name, text in offered:
        if name not in about or name in kept:
            continue
        wrong = gate.flaws(text, about=about[name], longest=LONGEST)
        reasons += [f"{where}: {reason}" for reason in wrong]
        if not wrong:
            kept[name] = text
    return kept


def chosen(answer: Choices, findings: Sequence[Claim]) -> Told:
    """Return the sentences of ours that a small model chose."""
    told = Told()
    types = {claim.id: claim.type for claim in findings}
    ids = [item.claim for item in answer.choices]
    told.reasons += wrong_ids("choices", ids, types)
    offered = answer.choices if trusted(ids, types) else []
    for item in offered:
        text = VARIANTS[types[item.claim]][item.lead] if item.claim in types else ""
        if text and text not in told.leads.values():
            told.leads.setdefault(item.claim, text)
    told.dropped = len(ids) - len(told.leads)
    return told


_ORDERED: Final[Mapping[Variant, str]] = {
    "use": "This is where a choice between the groups starts.",
    "care": "Read this together with the number of runs behind it.",
    "next": "Check this on the machine that will do the work.",
}
_DESCRIBED: Final[Mapping[Variant, str]] = {
    "use": "This describes one group and ranks nothing.",
    "care": "Mind the spread around the middle of these values.",
    "next": "Measure the other groups alike before choosing by this.",
}
_RISKY: Final[Mapping[Variant, str]] = {
    "use": "This tells how steady the measurement was.",
    "care": "Figures taken under such conditions need care.",
    "next": "Repeat the runs in mixed order to settle this.",
}
_LOADED: Final[Mapping[Variant, str]] = {
    "use": "This tells how the server answers as the load changes.",
    "care": "This holds for the load that was tried.",
    "next": "Repeat each level of load before planning by this.",
}
_HELD: Final[Mapping[Variant, str]] = {
    "use": "This tells what the files can say at all.",
    "care": "Read the other findings within these bounds.",
    "next": "Complete the data before deciding by it.",
}
_CHANGED: Final[Mapping[Variant, str]] = {
    "use": "This is where a decision on the change starts.",
    "care": "Read this together with what else changed between the runs.",
    "next": "Repeat both sides in mixed order before deciding by this.",
}
VARIANTS: Final[Mapping[ClaimType, Mapping[Variant, str]]] = {
    "rank": _ORDERED,
    "equivalence": _ORDERED,
    "sweep_effect": _ORDERED,
    "proportion": {
        **_ORDERED,
        "use": "This tells how often something happened, with its interval.",
    },
    "value": _DESCRIBED,
    "single_values": {**_DESCRIBED, "care": "Single values carry no order."},
    "spread": _RISKY,
    "cold_start": _RISKY,
    "trend": _RISKY,
    "change_point": _RISKY,
    "outliers": _RISKY,
    "scaling": _LOADED,
    "offered_rate": _LOADED,
    "goodput": _LOADED,
    "coverage": _HELD,
    "absence": _HELD,
    "data_quality": _HELD,
    "change": _CHANGED,
    "verdict": _CHANGED,
}
