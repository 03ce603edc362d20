"""Material: what both calls of the analyst are shown, the same bytes in the same place each time.

A server keeps what it computed for the start of the last prompt. So persona, rules, claims and
refusals come first, and what a call wants follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from chimera.analysis.claims import Claim, Refusal
from chimera.analysis.handles import Handles
from chimera.analysis.plan import is_on_data
from chimera.analysis.result import Analysis
from chimera.gist import gist

MOST_CLAIMS: Final = 10
CLAIMS_BYTES: Final = 640
REFUSALS_BYTES: Final = 280
OTHERS_BYTES: Final = 200

_CLAIMS: Final = (
    "Claims computed from benchmark files, each with id and strength; E1, E2 and so on are names."
)
RULES: Final = (
    "Sentences you write are plain, of at most twelve words, on the subject of the claims they\n"
    "cite, and mention no metric those are not about. They hold no digits, number words, names,\n"
    "comparisons such as faster or best, effects, nor what is not there: the claims say that."
)


class Material:
    """Claims and refusals as an analyst sees them.

    Args:
        analysis: What code found; what a model made of it changes nothing here.
        writes: Whether the analyst writes sentences; one that does not needs no rules for them,
            and cites no refusals.

    Attributes:
        claims: The claims shown, what matters first.
        refusals: The refusals shown.
        sections: The parts of the prompt by name, in order.
    """

    def __init__(self, analysis: Analysis, *, writes: bool) -> None:
        self._handles = Handles(analysis.facts.values())
        by_id = {claim.id: claim for claim in analysis.claims}
        first = [by_id[name] for name in analysis.order[:MOST_CLAIMS]]
        lines = self._lines(first, CLAIMS_BYTES)
        self.claims = first[: len(lines)]
        said = self._lines(analysis.refusals if writes else [], REFUSALS_BYTES)
        self.refusals = analysis.refusals[: len(said)]
        self.sections = {
            "claims": "\n".join([_CLAIMS, *([RULES] if writes else []), "", *lines]),
            "refusals": "\n".join(said),
        }

    @property
    def ids(self) -> list[str]:
        """Ids of all that is shown."""
        return [*(claim.id for claim in self.claims), *(one.id for one in self.refusals)]

    def others(self, claims: Iterable[Claim]) -> list[str]:
        """Return lines for claims that are not among those shown, as many as have room."""
        return self._lines([c for c in claims if c not in self.claims], OTHERS_BYTES)

    def _lines(self, shown: Sequence[Claim | Refusal], most: int) -> list[str]:
        """Return the lines of the first of them, as many as have room."""
        lines: list[str] = []
        for one in shown:
            line = self._line(one)
            most -= len(line.encode()) + 1
            if most < 0:
                break
            lines.append(line)
        return lines

    def _line(self, one: Claim | Refusal) -> str:
        if isinstance(one, Claim):
            kind = one.type.replace("_", " ")
            strength = "on the data" if is_on_data(one) else one.strength.replace("_", " ")
            return f"{one.id} ({strength}, {kind}): {self._handles.hide(one.text, gist)}"
        reason = self._handles.hide(one.reason, lambda text: gist(text).partition(": ")[0])
        needs = self._handles.hide(one.needs, lambda text: text.partition(", ")[0])
        return f"{one.id} (not testable): {reason}. Needs {needs.removesuffix('.')}"
