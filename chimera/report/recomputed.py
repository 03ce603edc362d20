"""The facts a text cites, computed again from their files before it is published."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from chimera.errors import ChimeraError, NotFoundError
from chimera.evidence.choice import Choice
from chimera.evidence.limits import Limits
from chimera.evidence.remote import is_remote
from chimera.evidence.sources import Artifact, artifact_reader
from chimera.evidence.stage import sources_of
from chimera.report.document import RecomputedCard
from chimera.report.markdown import citations
from chimera.state import Sourced
from chimera.verify.again.recompute import recompute

_MOST: Final = 64 * 1024 * 1024  # bytes that a run reads a second time


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The account of it, and the stems of the facts that differ."""

    card: RecomputedCard
    differing: frozenset[str]


def recomputed(text: str, document: dict[str, Any], state: Sourced) -> Recomputed:
    """Compute the facts that a text cites again; files elsewhere are not fetched twice."""
    cited = citations(text)
    found = recompute(document, _reader(state), cited, total=_MOST)
    card = RecomputedCard(facts=len(found.outcomes), **found.counts)
    stems = (outcome.fact.partition(".")[0] for outcome in found.of("differs"))
    return Recomputed(card, frozenset(stems))


def _reader(state: Sourced) -> Callable[[str], Artifact]:
    """Return what reads a file of the sources again, listing them when first asked."""
    known: list[Callable[[str], Artifact]] = []

    def read(path: str) -> Artifact:
        if not known:
            known.append(_listed(state))
        return known[0](path)

    return read


def _listed(state: Sourced) -> Callable[[str], Artifact]:
    sources, reading = sources_of(state), state.reading
    if any(map(is_remote, sources)):
        return _refuse
    choice = Choice(tuple(reading.include), tuple(reading.exclude), reading.gitignore)
    try:
        return artifact_reader(sources, Limits().updated(reading.caps), choice)
    except ChimeraError:
        return _refuse


def _refuse(path: str) -> Artifact:
    raise NotFoundError(f"{path} is not read a second time")
