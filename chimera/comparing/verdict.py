"""The verdict: one word for all changes together, by a rule that is written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from chimera.comparing.changes import Change
from chimera.comparing.state import Verdict

RULE: Final = (
    "regressed: something regressed and nothing improved; mixed: something regressed and something"
    " improved; improved: something improved and nothing regressed; no_difference: every comparison"
    " shows no difference that matters, and none had to be refused; cannot_tell: anything else."
)
WORDS: Final[dict[Verdict, str]] = {
    "regressed": "regressed",
    "mixed": "mixed, with regressions beside improvements",
    "improved": "improved",
    "no_difference": "no difference that matters",
    "cannot_tell": "the data cannot tell",
}


class Counts(BaseModel):
    """How many comparisons came out how."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    regressed: int = Field(ge=0, description="Worse by a test, and by enough to matter.")
    improved: int = Field(ge=0, description="Better by a test, and by enough to matter.")
    same: int = Field(ge=0, description="No difference that matters, by a test of equivalence.")
    unknown: int = Field(ge=0, description="Tested or too few to test, and left undecided.")

    @property
    def total(self) -> int:
        """All comparisons."""
        return self.regressed + self.improved + self.same + self.unknown


def counted(changes: Iterable[Change]) -> Counts:
    """Count changes by how they came out."""
    found = {"regressed": 0, "improved": 0, "same": 0, "unknown": 0}
    for change in changes:
        found[change.outcome] += 1
    return Counts(**found)


def judged(counts: Counts, refused: int = 0) -> Verdict:
    """Return the verdict that `RULE` gives, with how many comparisons had to be refused."""
    if counts.regressed:
        return "mixed" if counts.improved else "regressed"
    if counts.improved:
        return "improved"
    sure = counts.same and not counts.unknown and not refused
    return "no_difference" if sure else "cannot_tell"
