"""Who spoke in a run: agents with the version and content hash of their personas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chimera.agent import Agent


@dataclass(frozen=True, slots=True)
class Speaker:
    """An agent as it took part in a run.

    Attributes:
        name: Name of the agent.
        model: `provider:name`, or none.
        persona: Name of its persona.
        persona_version: The persona's version, as its file says; None if it says none.
        persona_hash: SHA-256 of what the persona said and was held to, in hex.
    """

    name: str
    model: str
    persona: str
    persona_version: str | None
    persona_hash: str


def speakers(agents: Iterable[Agent[Any]]) -> list[Speaker]:
    """Return agents as speakers, each once."""
    return list(dict.fromkeys(map(_speaker, agents)))


def _speaker(agent: Agent[Any]) -> Speaker:
    persona = agent.persona
    return Speaker(agent.name, agent.model_name, persona.name, persona.version, persona.hash)
