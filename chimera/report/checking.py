"""Checking: sections of a report are verified, lines that do not hold are taken out and counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from chimera.report.document import RecomputedCard, VerificationCard
from chimera.report.markdown import citations
from chimera.verify.text import Verification, Verifier


@dataclass
class Checking:
    """What became of the lines of a report; a section that is checked again counts once."""

    verifier: Verifier
    _found: dict[str, Verification] = field(default_factory=dict)  # by section
    _dropped: int = 0
    _problems: Counter[str] = field(default_factory=Counter)

    def keep(self, sections: dict[str, str]) -> dict[str, str]:
        """Return the sections without the lines in which something is not supported."""
        return {name: self._kept(name, text) for name, text in sections.items()}

    def without(self, sections: dict[str, str], stems: frozenset[str]) -> dict[str, str]:
        """Return the sections without the lines that cite some facts."""
        kept = {}
        for name, text in sections.items():
            lines = text.splitlines()
            left = [line for line in lines if not citations(line) & stems]
            self._dropped += len(lines) - len(left)
            kept[name] = "\n".join(left)
        return kept

    def card(self, recomputed: RecomputedCard | None) -> VerificationCard:
        """Return the account of all that was kept and dropped."""
        found = self._found.values()
        return VerificationCard(
            numbers=sum(one.numbers for one in found),
            supported=sum(one.supported for one in found),
            unsupported=sum(one.wrong for one in found),
            dropped_lines=self._dropped,
            problems=dict(sorted(self._problems.items())),
            recomputed=recomputed,
        )

    def _kept(self, name: str, section: str) -> str:
        text, heading = section, f"## {name}\n" if name else ""
        found = self.verifier.check(heading + text)
        bad = {item.line for item in found.unsupported}
        if bad:
            lines = (heading + text).splitlines()
            lines = [line for row, line in enumerate(lines, start=1) if row not in bad or row == 1]
            text = "\n".join(lines[1:] if name else lines)
            self._dropped += len(bad)
            self._problems.update(found.problems)
            found = self.verifier.check(heading + text)
        self._found[name] = found
        return text
