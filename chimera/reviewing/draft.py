"""What a writer may decide: which claims, in which order, and a plain sentence before each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from chimera.analysis.claims import Claim
from chimera.analysis.plan import subject
from chimera.models.schema import Id
from chimera.prose import Gate
from chimera.reviewing.state import Complaint, Part
from chimera.slots import broken, quoted, trusted, wrong_ids

LONGEST: Final = 80  # characters of a sentence
MOST: Final = 8
Words = Annotated[
    str,
    Field(
        json_schema_extra={"maxLength": LONGEST}, description="One short plain sentence, no digits."
    ),
]
TASK: Final = (
    "Return JSON on one line. You write the summary of a report. `parts`: at most {parts} of the\n"
    "claims above, what a reader has to know first, each with a `lead` to stand before it: why it\n"
    "is worth reading and what to do with it, not how it came out."
)
CHOICE: Final = (
    "Return JSON on one line. You choose the summary of a report. `claims`: ids of at most\n"
    "{parts} of the claims above, in the order in which a reader has to know them."
)


class Led(BaseModel):
    """A claim with a sentence before it."""

    model_config = ConfigDict(extra="forbid")

    claim: Id = Field(description="Id of the claim.")
    lead: Words


class Text(BaseModel):
    """The writer's answer."""

    model_config = ConfigDict(extra="forbid")

    parts: list[Led] = Field(max_length=MOST, description="In the order of the text.")


class Chosen(BaseModel):
    """The answer of a writer whose model is too small for sentences."""

    model_config = ConfigDict(extra="forbid")

    claims: list[Id] = Field(max_length=MOST, description="In the order of the text.")


@dataclass(slots=True)
class Drafted:
    """What is left of an answer once it is checked, and why the rest is not."""

    parts: list[Part] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    dropped: int = 0


def drafted(answer: object, known: Mapping[str, Claim], gate: Gate, most: int) -> Drafted:
    """Keep known claims, each once, with the leads that can be printed.

    Args:
        answer: A `Text` or `Chosen`; anything else is none.
        known: Claims by id.
        gate: Decides over the sentences.
        most: Parts at most.
    """
    offered = _offered(answer)
    ids = [name for name, _ in offered]
    found = Drafted(reasons=wrong_ids("parts", ids, known))
    if not trusted(ids, known):
        found.reasons.append("most of the ids are not among those given")
        found.dropped = len(offered)
        return found
    for name, lead in offered:
        new = name in known and all(part.claim != name for part in found.parts)
        if not new or len(found.parts) == most:
            found.dropped += 1
            continue
        wrong = gate.flaws(lead, about=(subject(known[name]),), longest=LONGEST) if lead else []
        found.reasons += [f"lead: {reason}" for reason in wrong]
        found.dropped += bool(wrong)
        found.parts.append(Part(claim=name, lead="" if wrong else lead))
    if wrong := broken(gate, [part.lead for part in found.parts if part.lead]):
        found.reasons += wrong
        found.dropped += sum(bool(part.lead) for part in found.parts)
        found.parts = [Part(claim=part.claim) for part in found.parts]
    found.reasons = quoted(found.reasons)
    return found


def _offered(answer: object) -> list[tuple[str, str]]:
    if isinstance(answer, Text):
        return [(part.claim, part.lead.strip()) for part in answer.parts]
    return [(name, "") for name in answer.claims] if isinstance(answer, Chosen) else []


def revision(draft: Sequence[Part], complaints: Sequence[Complaint]) -> str:
    """Return for a prompt what stands and what is wrong with it; empty for a first draft."""
    if not draft:
        return ""
    lines = [f"Your last draft: {', '.join(part.claim for part in draft)}."]
    lines += [f"{one.claim} is {SAID[one.kind]}." for one in complaints]
    return "\n".join(lines)


SAID: Final = {
    "unclear": "led to by words that are unclear",
    "irrelevant": "of no use to a reader who has to decide",
    "repeats": "a repetition",
    "misplaced": "in the wrong place",
    "missing": "missing",
    "unsupported": "led to by words that its facts do not carry",
}
